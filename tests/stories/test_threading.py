"""Mail that finds its ticket by roundabout ways: late, merged, copied, forwarded, stripped, under a vendor's number."""

import pytest

from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person

pytestmark = pytest.mark.servers

FIRST, SECOND, THIRD = "<first@customer.test>", "<second@customer.test>", "<third@customer.test>"
VIC = Person("Vic Vendor", "vic@acme.test")
ACME = {"vendors": [{"name": "Acme", "domain": "acme.test", "number": "CASE-[0-9]{4,10}"}]}


def notice_of_printer(desk: TestDesk) -> Sent:
    """Let Ann open ticket 1001; return what Tia got."""
    return desk.deliver(ANN.write("Printer", "It smokes.\n", Message_ID=FIRST), dmarc="pass").to("tia@staff.test")


def landed(desk: TestDesk) -> list[tuple[str, int | None]]:
    return [(entry.outcome.value, entry.ticket) for entry in desk.ledger()]


# ------------------------------------------------------------------ late mail and siblings


def test_answer_comes_before_the_mail_it_answers(any_desk: TestDesk):
    any_desk.deliver(ANN.write("Re: Printer", "And it stinks.\n", In_Reply_To=FIRST, Message_ID=SECOND), dmarc="pass")
    mails = any_desk.deliver(ANN.write("Printer", "It smokes.\n", Message_ID=FIRST))

    assert landed(any_desk) == [("ticket", 1001), ("follow-up", 1001)]
    assert mails.recipients == ["tia@staff.test"]


def test_two_answers_to_a_mail_that_never_came(desk: TestDesk):
    for text in ("It smokes.\n", "It stinks.\n"):
        desk.deliver(ANN.write("Re: Printer", text, References=f"<elsewhere@other.test> {FIRST}"))

    assert landed(desk) == [("ticket", 1001), ("follow-up", 1001)]


def test_late_mail_shows_that_two_tickets_are_one(any_desk: TestDesk):
    notice_of_printer(any_desk)
    early = any_desk.deliver(ANN.write("Re: Printer", "Third.\n", In_Reply_To=SECOND, Message_ID=THIRD), dmarc="pass")
    any_desk.deliver(ANN.write("Re: Printer", "Second.\n", In_Reply_To=FIRST, Message_ID=SECOND))
    assert landed(any_desk) == [("ticket", 1001), ("ticket", 1002), ("follow-up", 1001)]
    assert (any_desk.ticket(1002).merged_into, any_desk.ticket(1002).status) == (1001, "closed")

    # The mails of the ticket that is no more lead to the one that is.
    any_desk.deliver(ANN.reply(early.to("ann@customer.test"), "Fourth.\n"))
    assert any_desk.last().ticket == 1001
    assert [e.visible_text for e in any_desk.events(ev.CorrespondenceReceived)] == ["It smokes.", "Second.", "Fourth."]


def test_stranger_who_answers_the_same_unknown_mail_is_linked_and_no_more(desk: TestDesk):
    desk.deliver(ANN.write("Re: Printer", "It smokes.\n", In_Reply_To=THIRD), dmarc="pass")
    desk.deliver(BOB.write("Re: Printer", "Mine too.\n", In_Reply_To=THIRD), dmarc="pass")

    assert landed(desk) == [("ticket", 1001), ("ticket", 1002)]
    assert desk.ticket(1002).claims == 1001


def test_stranger_with_the_id_that_is_awaited_does_not_get_in(desk: TestDesk):
    desk.deliver(ANN.write("Re: Printer", "It smokes.\n", In_Reply_To=FIRST), dmarc="pass")
    desk.deliver(BOB.write("Printer", "It was me.\n", Message_ID=FIRST), dmarc="pass")

    assert landed(desk) == [("ticket", 1001), ("ticket", 1002)]
    assert (desk.ticket(1001).status, desk.ticket(1002).claims) == ("new", 1001)


# ------------------------------------------------------------------ merged tickets


def test_merged_ticket_lives_on_in_the_other_one(any_desk: TestDesk):
    bobs = any_desk.deliver(BOB.write("Fuser", "It smokes here.\n"), dmarc="pass").to("bob@other.test")
    anns = any_desk.deliver(ANN.write("Printer", "It smokes.\n", Message_ID=FIRST), dmarc="pass")
    mails = any_desk.deliver(TIA.reply(anns.to("tia@staff.test"), "#merge 1001\n"), dmarc="pass")

    assert mails.recipients == ["tia@staff.test"]
    assert "went into 1001" in mails.to("tia@staff.test").text
    assert (any_desk.ticket(1002).merged_into, any_desk.ticket(1002).status) == (1001, "closed")
    assert [p.address for p in any_desk.ticket(1001).participants] == ["ann@customer.test"]

    # Whatever was sent about the one counts for the other: the token of the acknowledgement, the id, an old notice.
    any_desk.deliver(ANN.reply(anns.to("ann@customer.test"), "It burns now.\n"))
    any_desk.deliver(ANN.write("Re: Printer", "Really.\n", In_Reply_To=FIRST))
    told = any_desk.deliver(TIA.reply(anns.to("tia@staff.test"), "New fuser for both.\n"), dmarc="pass")
    assert [entry.ticket for entry in any_desk.ledger()[3:]] == [1001, 1001, 1001]
    assert [r for r in told.recipients if "staff" not in r] == ["ann@customer.test", "bob@other.test"]
    any_desk.deliver(BOB.reply(bobs, "Thanks for the fuser, it fits well here.\n"))
    assert any_desk.last().ticket == 1001


def test_stranger_with_an_id_of_the_merged_ticket_is_linked_to_the_survivor(desk: TestDesk):
    desk.deliver(ANN.write("Fuser", "It smokes here.\n"), dmarc="pass")
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n", Message_ID=FIRST), dmarc="pass").to("tia@staff.test")
    desk.deliver(TIA.reply(notice, "#merge 1001\n"), dmarc="pass")
    desk.deliver(BOB.write("Re: Printer", "Mine too.\n", In_Reply_To=FIRST), dmarc="pass")

    assert (desk.last().outcome.value, desk.ticket(1003).claims) == ("ticket", 1001)


@pytest.mark.parametrize("value", ["1001", "1099", "all"])
def test_merge_that_is_impossible_comes_back(desk: TestDesk, value: str):
    mails = desk.deliver(TIA.reply(notice_of_printer(desk), f"#merge {value}\n"), dmarc="pass")

    assert desk.last().outcome.value == "held"
    assert f"#merge {value}" in mails.to("tia@staff.test").text
    assert desk.ticket().merged_into is None


# ------------------------------------------------------------------ Thread-Index


@pytest.mark.parametrize(
    ("who", "subject", "ticket"),
    [(ANN, "RE: Printer", 1001), (ANN, "RE: Screen", 1002), (ANN, "FW: Printer", 1002), (BOB, "RE: Printer", 1002)],
)
def test_outlook_keeps_the_conversation_where_a_gateway_drops_references(
    desk: TestDesk, who: Person, subject: str, ticket: int
):
    # A conversation index: one byte, the time, sixteen bytes that name the conversation; an answer adds five more.
    first = "Adb3vXl9W5dVJkzZS2q0Yx2pQmZ7kA=="
    answer = "Adb3vXl9W5dVJkzZS2q0Yx2pQmZ7kAAAJ1zA"
    desk.deliver(ANN.write("Printer", "It smokes.\n", Thread_Index=first), dmarc="pass")
    desk.deliver(who.write(subject, "It burns now.\n", Thread_Index=answer), dmarc="pass")

    assert desk.last().ticket == ticket


# ------------------------------------------------------------------ two addresses, forwards


@pytest.mark.parametrize("order", [("support", "sales"), ("sales", "support")])
@pytest.mark.parametrize(("to", "queue"), [("support@example.test, sales@example.test", "general"),
                                           ("sales@example.test, support@example.test", "network")])  # fmt: skip
def test_mail_to_two_addresses_is_for_the_first_one_whichever_copy_is_met_first(
    make_desk: MakeDesk, order: tuple[str, str], to: str, queue: str
):
    desk = make_desk(other_addresses=("sales@example.test",), queues={"sales": "network"})
    mail = ANN.write("Printer", "It smokes.\n", to=to)
    for mailbox in order:
        desk.deliver(mail, dmarc="pass", mailbox=mailbox)

    assert landed(desk) == [("ticket", 1001), ("duplicate", 1001)]
    assert "ticket 1001" in desk.last().reason
    assert (desk.ticket().queue, desk.ticket().mailbox) == (queue, to.partition(",")[0])


def test_what_a_requester_forwards_of_a_ticket_belongs_to_it(desk: TestDesk):
    notice_of_printer(desk)
    desk.deliver(ANN.write("Fwd: Printer", "See what Bob says.\n", References=f"{FIRST} <bobs@other.test>"))

    assert landed(desk) == [("ticket", 1001), ("follow-up", 1001)]


def test_two_forwards_from_one_foreign_conversation_are_two_requests(desk: TestDesk):
    for subject in ("Fwd: Invoice of May", "Fwd: Invoice of June"):
        desk.deliver(ANN.write(subject, "Please pay.\n", References="<invoices@other.test>"), dmarc="pass")

    assert landed(desk) == [("ticket", 1001), ("ticket", 1002)]


def test_list_that_opened_a_ticket_goes_on_in_it(desk: TestDesk):
    listed = {"List_Id": "Printers <printers.lists.test>", "Precedence": "list"}
    desk.deliver(ANN.write("Printer", "It smokes.\n", Message_ID=FIRST, **listed), dmarc="pass")
    mails = desk.deliver(BOB.write("Re: Printer", "canary-list: mine too.\n", In_Reply_To=FIRST, **listed))

    assert landed(desk) == [("ticket", 1001), ("follow-up", 1001)]
    assert mails.recipients == ["tia@staff.test"]
    # A List-Id proves nothing about who wrote: technicians see it, the public side does not.
    assert len(desk.events(ev.CorrespondencePending)) == 1


# ------------------------------------------------------------------ vendors


def test_vendor_is_heard_under_its_own_number(make_desk: MakeDesk, database_url: str):
    desk = make_desk(database_url, policy=ACME)
    notice = notice_of_printer(desk)
    public = desk.deliver(TIA.reply(notice, "We ask Acme.\n"), dmarc="pass").to("ann@customer.test")
    # Ann passes it on, and Acme answers with a number of its own through the token that was hers.
    passed_on = VIC.reply(public, "canary-noted\n", subject="[CASE-4711] Printer")
    desk.deliver(passed_on, dmarc="pass")
    assert desk.events(ev.VendorNumberLearned) == [ev.VendorNumberLearned("Acme", "CASE-4711")]

    desk.deliver(TIA.reply(notice, "#status waiting-vendor\n"), dmarc="pass")
    mails = desk.deliver(VIC.write("Update on case-4711", "canary-firmware\n"), dmarc="pass")
    assert (desk.last().ticket, desk.last().outcome.value, desk.ticket().status) == (1001, "follow-up", "open")
    assert mails.recipients == ["tia@staff.test"]
    assert "canary-firmware" in mails.to("tia@staff.test").text
    assert [p.address for p in desk.ticket().participants] == []


@pytest.mark.parametrize("dmarc", [None, "none"])
def test_nobody_borrows_a_vendors_number(make_desk: MakeDesk, dmarc: str | None):
    desk = make_desk(policy=ACME)
    public = desk.deliver(TIA.reply(notice_of_printer(desk), "We ask.\n"), dmarc="pass").to("ann@customer.test")
    desk.deliver(VIC.reply(public, "canary-noted\n", subject="[CASE-4711] Printer"), dmarc="pass")

    desk.deliver(VIC.write("CASE-4711", "Forged?\n"), dmarc=dmarc)
    assert (desk.last().ticket, desk.ticket(1002).claims) == (1002, 1001)
    desk.deliver(BOB.write("CASE-4711", "Not of that house.\n"), dmarc="pass")
    assert (desk.last().ticket, desk.ticket(1003).claims) == (1003, None)


def test_unknown_number_of_a_vendor_opens_a_ticket(make_desk: MakeDesk):
    desk = make_desk(policy=ACME)
    mails = desk.deliver(VIC.write("CASE-4711", "Your contract ends.\n"), dmarc="pass")

    assert landed(desk) == [("ticket", 1001)]
    assert mails.recipients == ["tia@staff.test", "vic@acme.test"]
