"""`undo`, `send` and `yes` in answer to the desk's own mail: taken back, sent all the same, confirmed."""

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, SOME_CLIENTS, TIA, Client, Person

pytestmark = pytest.mark.servers

LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}


def notice_of_new(desk: TestDesk, text: str = "It smokes.\n") -> Sent:
    """Let Ann open ticket 1001 and return what Tia is told."""
    return desk.deliver(ANN.write("Printer", text), dmarc="pass").to("tia@staff.test")


def tias(desk: TestDesk, original: Sent, text: str, dmarc: str | None = "pass") -> Mails:
    return desk.deliver(TIA.reply(original, text), dmarc=dmarc)


def result_of(desk: TestDesk, text: str) -> Sent:
    """Let Tia answer the first notice and return what she is told of it."""
    return tias(desk, notice_of_new(desk), text).to("tia@staff.test")


def states(desk: TestDesk, recipient: str) -> list[str]:
    return [row.state for row in desk.outbox() if row.recipient == recipient]


# ------------------------------------------------------------------ undo


@pytest.mark.parametrize("client", SOME_CLIENTS, ids=lambda client: client.__name__)
def test_commands_are_undone_from_any_program(desk: TestDesk, client: Client):
    result = result_of(desk, "#priority P1\n#tag fuser\n#assign ned\n#queue network\n")
    ticket = desk.ticket()
    assert (ticket.priority, ticket.tags, ticket.assignee, ticket.queue) == (
        "P1",
        ("fuser",),
        "ned@staff.test",
        "network",
    )
    mails = desk.deliver(TIA.using(client).reply(result, "undo"), dmarc="pass")

    ticket = desk.ticket()
    assert (ticket.priority, ticket.tags, ticket.assignee, ticket.queue) == ("P3", (), None, "general")
    told = mails.to("tia@staff.test").text
    assert all(word in told for word in ("priority", "tags", "owner", "queue"))
    assert "ann@customer.test" not in mails.recipients
    assert len(desk.events(ev.Undone)) == 1
    # A second time there is nothing left to undo.
    again = desk.deliver(TIA.using(client).reply(result, "undo"), dmarc="pass")
    assert "was undone already" in again.to("tia@staff.test").text
    assert desk.ticket().priority == "P3"


def test_undo_comes_too_late(any_desk: TestDesk):
    result = result_of(any_desk, "#priority P2\n")
    any_desk.clock.advance(minutes=11)
    mails = tias(any_desk, result, "undo\n")

    assert any_desk.ticket().priority == "P2"
    assert mails.recipients == ["tia@staff.test"]
    assert "ore than 10 minutes" in mails.to("tia@staff.test").text


def test_undone_status_is_told_to_whom_the_old_one_reached(desk: TestDesk):
    """The news of the solution has left: Ann must hear that it is none."""
    first = tias(desk, notice_of_new(desk), "#close\n")
    assert "ann@customer.test" in first.recipients
    mails = tias(desk, first.to("tia@staff.test"), "Undo.\n\nWrong ticket, canary-oops.\n")

    assert desk.ticket().status == "new"
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    assert "it reached ann@customer.test at" in " ".join(mails.to("tia@staff.test").text.split())
    assert [e.text for e in desk.events(ev.NoteAdded)] == ["Wrong ticket, canary-oops."]


def test_answer_is_recalled_within_its_window_also_after_a_restart(make_desk: MakeDesk, database_url: str):
    """Each pass is a daemon of its own: what waits survives it, and so does the way to take it back."""
    desk = make_desk(database_url, policy={"recall": "60s", **BOTH})
    notice = notice_of_new(desk)
    assert tias(desk, notice, "Which floor, canary-recalled?\n").recipients == ["lea@staff.test"]
    assert states(desk, "ann@customer.test")[-1] == "queued"
    desk.clock.advance(seconds=20)
    desk.run_once()
    assert desk.outgoing().recipients == []
    mails = tias(desk, notice, "undo\n")

    assert mails.to("tia@staff.test").text.count("recalled") >= 1
    assert states(desk, "ann@customer.test")[-1] == "cancelled"
    assert len(desk.events(ev.CorrespondenceRecalled)) == 1
    ticket = desk.ticket()
    assert (ticket.status, ticket.assignee, ticket.first_responded_at) == ("new", None, None)
    desk.clock.advance(minutes=5)
    desk.run_once()
    assert "ann@customer.test" not in desk.outgoing().recipients
    # Nobody is shown what was never said.
    told = tias(desk, notice, "Which floor?\n")
    desk.clock.advance(minutes=5)
    desk.run_once()
    assert "canary-recalled" not in "".join(m.everything for m in (*told, *desk.outgoing()))


def test_answer_that_has_left_is_not_recalled(desk: TestDesk):
    notice = notice_of_new(desk)
    tias(desk, notice, "Which floor?\n")
    mails = tias(desk, notice, "undo\n")

    told = " ".join(mails.to("tia@staff.test").text.split())
    assert "it reached ann@customer.test at" in told and "cannot be recalled" in told
    assert (desk.ticket().status, desk.ticket().assignee) == ("open", "tia@staff.test")
    assert desk.events(ev.CorrespondenceRecalled) == []


def test_undo_of_an_ordinary_notice_without_an_earlier_mail_is_text(desk: TestDesk):
    mails = tias(desk, notice_of_new(desk), "undo\n")
    assert mails.to("ann@customer.test").text.startswith("undo\n")


def test_what_a_colleague_changed_since_stays(make_desk: MakeDesk):
    desk = make_desk(policy=BOTH)
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    result = tias(desk, opened.to("tia@staff.test"), "#priority P1\n#tag fuser\n").to("tia@staff.test")
    desk.deliver(LEA.reply(opened.to(LEA.address), "#priority P2\n"), dmarc="pass")
    mails = tias(desk, result, "undo\n")

    assert (desk.ticket().priority, desk.ticket().tags) == ("P2", ())
    assert "changed again since" in mails.to("tia@staff.test").text


def test_merge_is_undone_on_both_tickets(any_desk: TestDesk):
    bob = Person("Bob Lund", "bob@other.test")
    first = any_desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    any_desk.deliver(bob.write("Copier", "It burns.\n"), dmarc="pass")
    result = tias(any_desk, first, "#merge 1002\n").to("tia@staff.test")
    assert any_desk.ticket(1001).merged_into == 1002
    assert [p.address for p in any_desk.ticket(1002).participants] == [ANN.address]
    mails = tias(any_desk, result, "undo\n")

    assert (any_desk.ticket(1001).merged_into, any_desk.ticket(1001).status) == (None, "new")
    assert any_desk.ticket(1002).participants == ()
    assert "tia@staff.test" in mails.recipients
    any_desk.deliver(ANN.write("Re: Printer [#1001]", "Still smoking.\n"), dmarc="pass")
    assert any_desk.last().ticket == 1001


# ------------------------------------------------------------------ send


def test_send_runs_what_was_valid_and_sends_the_text(any_desk: TestDesk):
    rejected = result_of(any_desk, "#tag fuser\n#frobnicate\n\nWhich floor?\n")
    assert any_desk.outcomes() == ["ticket", "held"]
    mails = tias(any_desk, rejected, "#Send\n")

    assert any_desk.outcomes() == ["ticket", "follow-up", "follow-up"]
    assert any_desk.ticket().tags == ("fuser",)
    assert mails.to("ann@customer.test").text.startswith("Which floor?\n")
    assert "#frobnicate" in mails.to("tia@staff.test").text
    assert len(any_desk.folder("Held")) == 0
    # It is sent once.
    again = tias(any_desk, rejected, "send\n")
    assert again.recipients == ["tia@staff.test"]
    assert "carried out already" in again.to("tia@staff.test").text


def test_send_twice_in_one_pass_sends_once(desk: TestDesk):
    rejected = result_of(desk, "#frobnicate\n\nWhich floor?\n")
    desk.receive(TIA.reply(rejected, "send\n"), dmarc="pass")
    mails = desk.deliver(TIA.reply(rejected, "send"), dmarc="pass")

    assert mails.recipients.count("ann@customer.test") == 1
    assert len(desk.events(ev.CorrespondenceSent)) == 1


def test_send_after_two_weeks_does_nothing(desk: TestDesk):
    rejected = result_of(desk, "#frobnicate\n\nWhich floor, canary-held?\n")
    desk.clock.advance(days=15)
    # The warnings of so long a time leave first.
    desk.run_once()
    desk.outgoing()
    mails = tias(desk, rejected, "send\n\nPlease, canary-below.\n")

    assert mails.recipients == ["tia@staff.test"]
    assert "14 days" in mails.to("tia@staff.test").text
    assert [e.text for e in desk.events(ev.NoteAdded)] == ["Please, canary-below."]


def test_send_is_text_in_answer_to_an_ordinary_notice(desk: TestDesk):
    mails = tias(desk, notice_of_new(desk), "yes\n")
    assert mails.to("ann@customer.test").text.startswith("yes\n")


def test_forged_word_is_held(desk: TestDesk):
    rejected = result_of(desk, "#frobnicate\n\nWhich floor, canary-held?\n")
    mails = tias(desk, rejected, "send\n", dmarc="fail")

    assert mails.recipients == ["tia@staff.test"]
    assert desk.events(ev.CorrespondenceSent) == []
