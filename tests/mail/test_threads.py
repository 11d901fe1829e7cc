"""Claims of a mail to belong to a ticket, and subjects."""

import pytest

from maildesk.mail.threads import (
    CLAIM_LIMIT,
    ThreadClaims,
    TokenClaim,
    answered_ids,
    base_subject,
    find_claims,
    is_forward,
    is_same_subject,
    list_key,
    tag_subject,
    thread_index_key,
)
from maildesk.model.message import Address, InboundMessage, Kind

OWN = frozenset({"support@desk.test", "help+it@desk.test"})
REF, MAC = "abcdefghij23", "abcdefghijklmnopqrstuv2345"
OTHER = "zzzzzzzzzz77"


def mail(**fields: object) -> InboundMessage:
    return InboundMessage("raw", "content", 1, **fields)  # type: ignore[arg-type]


def to(address: str) -> tuple[Address, ...]:
    return (Address("", address),)


ADDRESS = TokenClaim("address", "r", REF, MAC)


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({"to": to(f"support+r{REF}{MAC}@desk.test")}, (ADDRESS,)),
        ({"cc": to(f"Support+R{REF.upper()}{MAC.upper()}@DESK.test")}, (ADDRESS,)),
        ({"to": to(f"help+it+r{REF}{MAC}@desk.test")}, (ADDRESS,)),
        ({"delivered_to": (f"support+r{REF}{MAC}@desk.test",)}, (ADDRESS,)),
        ({"headers": (("X-Original-To", f"<support+r{REF}{MAC}@desk.test>"),)}, (ADDRESS,)),
        ({"headers": (("Envelope-To", f"support+r{REF}{MAC}@desk.test"),)}, (ADDRESS,)),
        # Somebody else's address, a letter too many, an unknown purpose, a digit outside base32: no claim.
        ({"to": to(f"support+r{REF}{MAC}@other.test")}, ()),
        ({"to": to(f"sales+r{REF}{MAC}@desk.test")}, ()),
        ({"to": to(f"support+r{REF}{MAC}a@desk.test")}, ()),
        ({"to": to(f"support+x{REF}{MAC}@desk.test")}, ()),
        ({"to": to(f"support+r{REF}{MAC[:-1]}1@desk.test")}, ()),
        ({"to": to("support@desk.test")}, ()),
        ({"in_reply_to": (f"<md.n{REF}.{MAC}@any.test>",)}, (TokenClaim("message-id", "n", REF, MAC),)),
        ({"in_reply_to": (f"<MD.N{REF.upper()}.{MAC}@any.test>",)}, (TokenClaim("message-id", "n", REF, MAC),)),
        ({"in_reply_to": (f"<xmd.n{REF}.{MAC}@any.test>",)}, ()),
        ({"text": f"> text\n> ref:b{REF}{MAC}\n"}, (TokenClaim("footer", "b", REF, MAC),)),
        ({"text": f"see ref:r{REF}{MAC}."}, (TokenClaim("footer", "r", REF, MAC),)),
        ({"text": f"href:r{REF}{MAC}"}, ()),
        ({"text": f"ref:r{REF}{MAC}a"}, ()),
    ],
)
def test_a_token_is_claimed_only_in_its_exact_shape(fields: dict[str, object], tokens: tuple[TokenClaim, ...]) -> None:
    assert find_claims(mail(**fields), OWN).tokens == tokens


def test_tokens_come_from_addresses_then_ids_newest_first_then_footers_and_once() -> None:
    message = mail(
        to=to(f"support+r{REF}{MAC}@desk.test"),
        cc=to(f"support+r{REF}{MAC}@desk.test"),
        references=(f"<md.r{REF}.{MAC}@d.test>", "<foreign@x.test>", f"<md.n{OTHER}.{MAC}@d.test>"),
        text=f"ref:r{OTHER}{MAC}",
    )
    assert find_claims(message, OWN).tokens == (
        ADDRESS,
        TokenClaim("message-id", "n", OTHER, MAC),
        TokenClaim("message-id", "r", REF, MAC),
        TokenClaim("footer", "r", OTHER, MAC),
    )


def test_ids_run_from_in_reply_to_to_the_oldest_reference_without_repetition() -> None:
    message = mail(in_reply_to=("<3@x>",), references=("<1@x>", "<2@x>", "<3@x>"))
    assert find_claims(message, OWN).ids == ("<3@x>", "<2@x>", "<1@x>")


def test_own_message_id_is_recognised_by_shape() -> None:
    claims = find_claims(mail(message_id=f"<md.r{REF}.{MAC}@d.test>"), OWN)
    assert claims == ThreadClaims((), (), None, TokenClaim("message-id", "r", REF, MAC))


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: Printer [#1042]", 1042),
        ("[#7] Printer", 7),
        ("Re: [#1] copied [#22]", 22),
        ("[#5]glued", 5),
        ("[#1000000000]", 1_000_000_000),
        ("[#1000000001]", None),
        ("[#0]", None),
        ("[#007]", None),
        ("list[#3]", None),
        ("[#٣]", None),
        ("[Ticket#3] #4 [4]", None),
        ("", None),
    ],
)
def test_the_last_number_in_the_subject_counts(subject: str, number: int | None) -> None:
    assert find_claims(mail(subject=subject), OWN).number == number


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Printer", "Printer"),
        ("Re: Printer", "Printer"),
        ("RE:Re: re : Printer", "Printer"),
        ("AW: WG: Antw: Drucker", "Drucker"),
        ("SV: VS: R: I: TR: RV: Odp: Ynt: x", "x"),
        ("Re[2]: x", "x"),
        ("Re (3): x", "x"),
        ("Re^2: x", "x"),
        ("[Fwd: Re: x]", "x"),
        ("回复:转发:你好", "你好"),
        ("Отв: привет", "привет"),
        ("Re: spread \t out\r\n words", "spread out words"),
        ("Re: x [#12]", "x [#12]"),
        ("Re:", ""),
        # Words that merely begin like a prefix stay.
        ("Regarding: x", "Regarding: x"),
        ("Tree: x", "Tree: x"),
        ("Intern: x", "Intern: x"),
    ],
)
def test_base_subject_loses_prefixes_of_any_language(subject: str, base: str) -> None:
    assert base_subject(subject) == base
    assert base_subject(base) == base


@pytest.mark.parametrize(
    ("subject", "tagged"),
    [
        ("Printer", "Re: Printer [#1042]"),
        ("Re: AW: Printer [#1042]", "Re: Printer [#1042]"),
        ("Fwd: [#3] Re: Printer [#9] again", "Re: Printer again [#1042]"),
        ("[#3]Re: Printer", "Re: Printer [#1042]"),
        ("", "Re: [#1042]"),
    ],
)
def test_our_subject_has_one_prefix_and_one_tag(subject: str, tagged: str) -> None:
    assert tag_subject(subject, 1042) == tagged
    assert tag_subject(tagged, 1042) == tagged


def test_a_long_subject_is_cut_before_the_tag() -> None:
    tagged = tag_subject("x" * 5000, 7)
    assert len(tagged) == 180 + len(" [#7]")
    assert tagged.endswith("… [#7]")


@pytest.mark.parametrize(
    ("fields", "forward"),
    [
        ({"subject": "Fwd: Printer"}, True),
        ({"subject": "WG: AW: Drucker"}, True),
        ({"subject": "[Fwd: Printer]"}, True),
        ({"subject": "Re: Fwd: Printer"}, False),
        ({"subject": "Printer", "text": "see below\n\n---------- Forwarded message ---------\nFrom: a"}, True),
        ({"subject": "Drucker", "text": "Anfang der weitergeleiteten Nachricht:\n\nVon: a"}, True),
        ({"subject": "Re: Printer", "text": "yes\n---------- Forwarded message ---------\n"}, False),
        ({"subject": "Printer", "text": "> ---------- Forwarded message ---------\n"}, False),
        ({"subject": "Printer", "text": "I got a forwarded message from Bob."}, False),
        ({"subject": "Printer", "text": "-----Original Message-----\nFrom: a"}, False),
    ],
)
def test_is_forward(fields: dict[str, object], forward: bool) -> None:
    assert is_forward(mail(**fields)) is forward


# ------------------------------------------------------------------ what a mail answers


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"in_reply_to": ("<3@x>",), "references": ("<1@x>", "<2@x>", "<3@x>")}, ("<3@x>", "<2@x>", "<1@x>")),
        ({"references": (f"<md.n{REF}.{MAC}@d.test>", "<1@x>")}, ("<1@x>",)),
        ({"references": ("<1@x>",), "subject": "Fwd: x"}, ()),
        ({"references": ("<1@x>",), "text": "fyi\n\n---------- Forwarded message ---------\nFrom: a"}, ()),
        ({"references": ("<1@x>",), "subject": "Re: Fwd: x"}, ("<1@x>",)),
        ({}, ()),
    ],
)
def test_what_a_mail_answers(fields: dict[str, object], ids: tuple[str, ...]) -> None:
    assert answered_ids(mail(**fields)) == ids


def test_of_a_long_thread_the_newest_mails_count() -> None:
    references = tuple(f"<{n}@x>" for n in range(CLAIM_LIMIT + 5))
    assert answered_ids(mail(references=references)) == tuple(reversed(references))[:CLAIM_LIMIT]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Printer", "Re: AW: printer", True),
        ("Re: Printer [#1042]", "Printer", True),
        ("Printer", "Printers", False),
        ("", "", False),
        ("Re:", "Fwd: [#7]", False),
    ],
)
def test_subjects_of_one_conversation(one: str, other: str, same: bool) -> None:
    assert is_same_subject(one, other) is is_same_subject(other, one) is same


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [
        (Kind.LIST, "Printers <Printers.lists.test>", "list-id:printers.lists.test"),
        (Kind.LIST, "<printers.lists.test> ", "list-id:printers.lists.test"),
        (Kind.LIST, "printers.lists.test", None),
        (Kind.LIST, "<two words>", None),
        (Kind.PERSON, "<printers.lists.test>", None),
    ],
)
def test_the_list_a_mail_came_over(kind: Kind, value: str, key: str | None) -> None:
    assert list_key(mail(kind=kind, headers=(("List-Id", value),))) == key


def test_the_conversation_of_outlook_looks_like_no_message_id() -> None:
    key = thread_index_key(mail(thread_index="0a1b"))
    assert key is not None
    assert "<" not in key
    assert thread_index_key(mail()) is None
