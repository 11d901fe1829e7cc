"""Forgeries without a database: not one of all tries is taken for genuine or has an effect.

Three thousand tries each in an ordinary run; MAILDESK_PROOF=1 takes a hundred thousand from the same dice.
"""

import os
import random
import string
from collections.abc import Iterator
from dataclasses import replace

import pytest

from maildesk.core.access import Standing, identify
from maildesk.core.decide import decide_message
from maildesk.mail.threads import TokenClaim, find_claims
from maildesk.mail.tokens import Binding, Minted, Purpose, is_genuine, make_ref, mint
from maildesk.model.decided import Disposition
from maildesk.model.message import Address, InboundMessage
from maildesk.model.notice import Audience
from maildesk.model.situation import Role, Signal
from tests import make
from tests.make import ANN, EVE, FAIL, PASS, TIA

TRIES = 100_000 if os.environ.get("MAILDESK_PROOF") == "1" else 3_000
#: Decisions of the whole core take longer; they are drawn from the same dice.
DECISIONS = 4_000
SEED = 20260304

KEYS = (b"k" * 32, b"o" * 32)
OWN = frozenset({"support@desk.test"})
ALPHABET = string.ascii_lowercase + "234567"
BINDINGS = {
    ref: Binding(ref, number, to, audience, visibility)
    for number, (to, audience, visibility) in enumerate(
        [(TIA.email, "technician", "public"), (ANN.address, "public", "public"), (TIA.email, "technician", "internal")],
        start=1042,
    )
    if (ref := make_ref(KEYS[0], f"inbound:{number}", "ticket_opened", to))
}
MINTED = tuple(mint(key, binding, purpose) for key in KEYS for binding in BINDINGS.values() for purpose in Purpose)


def mail_with(carrier: str, text: str) -> InboundMessage:
    """A mail that carries a string where a token of that kind stands."""
    match carrier:
        case "address":
            return InboundMessage("r", "c", 1, to=(Address("", text),))
        case "message-id":
            return InboundMessage("r", "c", 1, in_reply_to=(text,))
        case _:
            return InboundMessage("r", "c", 1, text=text)


def carriers(minted: Minted) -> dict[str, str]:
    return {
        "address": minted.subaddress("support@desk.test"), "message-id": minted.message_id("desk.test"),
        "footer": minted.footer,
    }  # fmt: skip


def accepted(carrier: str, text: str) -> list[TokenClaim]:
    """The claims in a string that the desk would take for its own."""
    claims = find_claims(mail_with(carrier, text), OWN).tokens
    return [c for c in claims if c.ref in BINDINGS and is_genuine(KEYS, c, BINDINGS[c.ref])]


def same(claims: list[TokenClaim], minted: Minted) -> bool:
    """The claim is the original itself: in other case, or with a change beside it."""
    return all((c.purpose, c.ref, c.mac) == (minted.purpose.value, minted.ref, minted.mac) for c in claims)


@pytest.mark.parametrize("minted", MINTED[:4])
def test_every_bit_of_a_token(minted: Minted) -> None:
    for carrier, text in carriers(minted).items():
        assert accepted(carrier, text), "the original counts"
        for place in range(len(text) * 8):
            raw = bytearray(text.encode())
            raw[place // 8] ^= 1 << (place % 8)
            found = accepted(carrier, raw.decode("latin-1"))
            assert same(found, minted), raw


def test_flipped_bits() -> None:
    dice = random.Random(SEED)
    tries = 0
    for minted in _endless():
        tokens = f"{minted.ref}{minted.mac}"
        raw = bytearray(tokens.encode())
        for _ in range(dice.randrange(1, 9)):
            raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        changed = raw.decode("latin-1")
        if changed.casefold() == tokens:
            continue
        claim = TokenClaim("address", minted.purpose.value, changed[:12].lower(), changed[12:].lower())
        assert claim.ref not in BINDINGS or not is_genuine(KEYS, claim, BINDINGS[claim.ref])
        # Not even when the outgoing mail it names were the very one, and only its name another.
        assert not is_genuine(KEYS, claim, replace(BINDINGS[minted.ref], ref=claim.ref))
        tries += 1
        if tries == TRIES:
            return


def _endless() -> Iterator[Minted]:
    while True:
        yield from MINTED


@pytest.mark.parametrize("knows", ["nothing", "the reference", "another purpose", "another mail"])
def test_guessed_tokens(knows: str) -> None:
    dice = random.Random(SEED)
    refs = tuple(BINDINGS)
    genuine = {(m.purpose.value, m.ref, m.mac) for m in MINTED}
    for n in range(TRIES):
        known = MINTED[n % len(MINTED)]
        purpose, ref, mac = dice.choice("rnb"), dice.choice(refs), "".join(dice.choices(ALPHABET, k=26))
        match knows:
            case "nothing":
                ref = "".join(dice.choices(ALPHABET, k=12))
            case "another purpose":
                ref, mac = known.ref, known.mac
            case "another mail":
                mac = known.mac
        claim = TokenClaim("address", purpose, ref, mac)
        if (purpose, ref, mac) not in genuine:
            assert not is_genuine(KEYS, claim, BINDINGS.get(ref, replace(BINDINGS[refs[0]], ref=ref)))


def test_guessed_numbers() -> None:
    """Whoever names a ticket joins none: not the one whose number was guessed right either."""
    dice = random.Random(SEED)
    desk = make.desk()
    strangers = [make.message(f"close {n}", Address("", f"eve{n}@elsewhere.test"), auth=PASS) for n in range(20)]
    for n in range(TRIES):
        guessed = make.ticket(dice.randrange(1, 10**9))
        signal = (Signal.SUBJECT, Signal.STORED_ID)[n % 2]
        found = identify(make.situation(strangers[n % 20], make.candidate(signal, guessed)), desk)
        assert (found.role, found.candidate, found.technician) == (Role.STRANGER, None, None)
        assert found.claims == guessed.number


def test_guessed_numbers_in_a_technicians_name() -> None:
    dice = random.Random(SEED)
    for n in range(TRIES):
        desk = make.desk() if n % 2 else make.desk(authenticates=False)
        guessed = make.by_subject(make.ticket(dice.randrange(1, 10**9)))
        mail = make.message("#close", Address("", "TIA@home.test"), auth=FAIL if n % 3 == 0 else None)
        found = identify(make.situation(mail, guessed), desk)
        assert found.command_standing in (Standing.STRANGER, Standing.HELD)


def test_replayed_commands() -> None:
    """The very body under new ids, from whomever, with whatever verdict: its commands ran once and never again."""
    dice = random.Random(SEED)
    for n in range(DECISIONS):
        spent = dice.random() < 0.8
        token = make.by_token(spent=spent, issued_at=make.NOW - dice.random() * make.timedelta(days=30))
        sender = dice.choice([TIA.address, Address("", "tia@home.test"), ANN, EVE])
        mail = make.message(
            "#priority P1\n#assign ned\n\nWe come.", sender, auth=dice.choice([PASS, None, FAIL]),
            message_id=f"<again{n}@x.test>", cc=dice.choice([(), (EVE,), (ANN,)]),
        )  # fmt: skip
        desk = make.desk(authenticates=dice.random() < 0.5)
        decision = decide_message(make.situation(mail, token, body_already_ran=True), desk)
        assert not set(make.names(decision)) & {"PriorityChanged", "Assigned", "CorrespondenceSent", "QueueChanged"}
        assert EVE.address not in [n.to.address for n in decision.notices]
        if sender.address in (TIA.email, "tia@home.test"):
            assert decision.disposition is Disposition.HOLD
            assert {n.audience for n in decision.notices} <= {Audience.TECHNICIAN}
