"""Reply tokens: genuine for exactly one mail, recipient, ticket, audience, visibility and purpose."""

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail.threads import TokenClaim, find_claims
from maildesk.mail.tokens import (
    MAC_LENGTH,
    REF_LENGTH,
    Binding,
    Minted,
    Purpose,
    is_genuine,
    is_probe,
    make_ref,
    mint,
    probe_id,
)
from maildesk.model.message import Address, InboundMessage

KEY = b"k" * 32
REF = make_ref(KEY, "inbound:1", "acknowledgement", "ann@client.test")
BINDING = Binding(REF, 1042, "ann@client.test", "public", "public")
ALPHABET = string.ascii_lowercase + "234567"


def claim_of(minted: Minted) -> TokenClaim:
    return TokenClaim("address", minted.purpose.value, minted.ref, minted.mac)


MINTED = mint(KEY, BINDING, Purpose.REPLY)


def test_what_was_minted_is_genuine() -> None:
    assert all(is_genuine((KEY,), claim_of(mint(KEY, BINDING, purpose)), BINDING) for purpose in Purpose)


@pytest.mark.parametrize(
    "other",
    [
        replace(BINDING, ticket=1043),
        replace(BINDING, ticket=None),
        replace(BINDING, recipient="eve@client.test"),
        replace(BINDING, audience="technician"),
        replace(BINDING, visibility="internal"),
        replace(BINDING, ref="a" * REF_LENGTH),
        # The same letters, cut at other places.
        replace(BINDING, audience="publi", visibility="cpublic"),
        replace(BINDING, ticket=104, recipient="2ann@client.test"),
    ],
)
def test_a_token_is_good_for_one_binding_only(other: Binding) -> None:
    assert not is_genuine((KEY,), claim_of(MINTED), other)


@pytest.mark.parametrize("purpose", ["n", "b", "x", ""])
def test_a_token_is_good_for_one_purpose_only(purpose: str) -> None:
    assert not is_genuine((KEY,), replace(claim_of(MINTED), purpose=purpose), BINDING)


def test_a_token_of_another_desk_is_not_genuine() -> None:
    assert not is_genuine((b"x" * 32,), claim_of(MINTED), BINDING)


@pytest.mark.parametrize("place", range(MAC_LENGTH))
def test_no_letter_of_the_code_can_be_changed(place: int) -> None:
    mac = MINTED.mac
    others = (mac[:place] + letter + mac[place + 1 :] for letter in ALPHABET if letter != mac[place])
    assert not any(is_genuine((KEY,), replace(claim_of(MINTED), mac=other), BINDING) for other in others)


@pytest.mark.parametrize("mac", ["", MINTED.mac[:-1], MINTED.mac + "a", "é" * MAC_LENGTH, MINTED.mac[::-1]])
def test_other_codes(mac: str) -> None:
    assert not is_genuine((KEY,), replace(claim_of(MINTED), mac=mac), BINDING)


def test_the_reference_must_be_the_one_bound() -> None:
    assert not is_genuine((KEY,), replace(claim_of(MINTED), ref="a" * REF_LENGTH), BINDING)


def test_gateways_may_change_the_case_of_a_token_and_of_the_recipient() -> None:
    upper = replace(claim_of(MINTED), mac=MINTED.mac.upper())
    assert is_genuine((KEY,), upper, replace(BINDING, recipient="ANN@Client.Test"))


def test_one_cause_names_one_mail() -> None:
    names = {
        make_ref(KEY, cause, notice, to)
        for cause in ("inbound:1", "inbound:11", "timer:1")
        for notice in ("acknowledgement", "resolved")
        for to in ("ann@client.test", "bob@client.test")
    }
    assert len(names) == 12
    assert make_ref(KEY, "inbound:1", "resolved", "ANN@client.test") in names
    assert all(re.fullmatch(rf"[a-z2-7]{{{REF_LENGTH}}}", name) for name in names)


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("support@desk.test", True),
        ("s" * 24 + "@desk.test", True),  # 24 + 1 + 39 = 64 octets, the most a local part may have
        ("s" * 25 + "@desk.test", False),
    ],
)
def test_a_subaddress_never_grows_too_long_for_smtp(address: str, fits: bool) -> None:
    found = MINTED.subaddress(address)
    assert (found != address) is fits
    assert len(found.rpartition("@")[0]) <= 64


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("upper", [False, True])
def test_every_carrier_brings_a_token_back(purpose: Purpose, upper: bool) -> None:
    minted = mint(KEY, BINDING, purpose)
    address, message_id, footer = minted.subaddress("support@desk.test"), minted.message_id("desk.test"), minted.footer
    if upper:
        address, message_id, footer = address.upper(), message_id.upper(), footer.upper()
    mail = InboundMessage("r", "c", 1, to=(Address("", address),), in_reply_to=(message_id,), text=f"Hi\n{footer}\n")
    claims = find_claims(mail, frozenset({"support@desk.test"})).tokens
    assert [claim.carrier for claim in claims] == ["address", "message-id", "footer"]
    assert all(is_genuine((KEY,), claim, BINDING) for claim in claims)


@given(st.text(ALPHABET, min_size=MAC_LENGTH, max_size=MAC_LENGTH).filter(lambda mac: mac != MINTED.mac))
def test_no_other_code_is_genuine(mac: str) -> None:
    assert not is_genuine((KEY,), replace(claim_of(MINTED), mac=mac), BINDING)


OLD_KEY = b"o" * 32


@pytest.mark.parametrize(
    ("keys", "genuine"),
    [((KEY,), False), ((KEY, OLD_KEY), True), ((KEY, b"x" * 32, OLD_KEY), True), ((OLD_KEY,), True), ((), False)],
)
def test_a_token_of_an_old_key_counts_as_long_as_the_key_is_listed(keys: tuple[bytes, ...], genuine: bool) -> None:
    assert is_genuine(keys, claim_of(mint(OLD_KEY, BINDING, Purpose.REPLY)), BINDING) is genuine


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        (probe_id(KEY, "a" * REF_LENGTH, "desk.test"), True),
        (probe_id(OLD_KEY, "a" * REF_LENGTH, "desk.test"), True),
        (probe_id(b"x" * 32, "a" * REF_LENGTH, "desk.test"), False),
        (mint(KEY, BINDING, Purpose.NOTE).message_id("desk.test"), False),
        (f"<md.n{'a' * REF_LENGTH}.{'a' * MAC_LENGTH}@desk.test>", False),
    ],
)
def test_a_test_mail_of_the_desk_to_itself_is_known(message_id: str, expected: bool) -> None:
    claim = find_claims(InboundMessage("r", "c", 1, message_id=message_id), frozenset()).own_id
    assert claim is not None
    assert is_probe((KEY, OLD_KEY), claim) is expected
