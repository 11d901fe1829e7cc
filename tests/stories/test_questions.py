"""Questions by mail: lists, a search, a ticket whole, reasons, numbers and help, through real IMAP and SMTP."""

import pytest

from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.stories.people import ANN, BOB, NED, TIA, Client, gmail, iphone, outlook

pytestmark = pytest.mark.servers


def ask(desk: TestDesk, text: str) -> Sent:
    """Let Tia ask in a fresh mail and return the answer."""
    return desk.deliver(TIA.write("A question", text), dmarc="pass").to("tia@staff.test")


def three_tickets(desk: TestDesk) -> Sent:
    """Ann's printer, Bob's outage of a server, and Ann's VPN with a note; return the notice of the last one."""
    desk.deliver(ANN.write("Printer smokes", "It smokes.\n"), dmarc="pass")
    desk.deliver(BOB.write("Server web1 is down", "Help.\n"), dmarc="pass")
    notice = desk.deliver(ANN.write("No way in", "OpenVPN says no.\n"), dmarc="pass").to("tia@staff.test")
    desk.deliver(TIA.reply(notice, "#note\n\nHer canary-cable 漢字 broke.\n"), dmarc="pass")
    return notice


def rows(mail: Sent) -> list[list[str]]:
    """The lines of tables of tickets, by number."""
    return [line.split() for line in mail.text.split("\n") if line.startswith("#1") and "  " in line]


def test_tickets_are_listed_and_found(any_desk: TestDesk):
    three_tickets(any_desk)
    answer = ask(any_desk, "#list\n")
    assert [row[0] for row in rows(answer)] == ["#1001", "#1003"]
    assert "2 tickets: open, yours or unassigned in general" in answer.text
    assert (answer.subject, answer.message["Auto-Submitted"]) == ("Re: A question", "auto-replied")

    answer = ask(any_desk, "#list all\n#find canary vpn\n")
    assert [row[:3] for row in rows(answer)] == [
        ["#1002", "P1", "new"], ["#1001", "P3", "new"], ["#1003", "P3", "new"], ["#1003", "P3", "new"],
    ]  # fmt: skip
    assert "canary-cable 漢字" in " ".join(answer.text.split())
    assert "Her canary-cable 漢字 broke." in answer.html
    assert max(len(line) for line in answer.text.split("\n")) <= 80
    assert len(any_desk.tickets()) == 3
    assert any_desk.last().outcome.value == "discarded"


def test_a_ticket_is_shown_and_explained(any_desk: TestDesk):
    notice = three_tickets(any_desk)
    answer = any_desk.deliver(TIA.reply(notice, "#show\n#why\n"), dmarc="pass").to("tia@staff.test")
    assert answer.subject == "Re: No way in [#1003]"
    told = " ".join(answer.text.split())
    assert "Tia Berg noted (internal): Her canary-cable 漢字 broke." in told
    assert "Ann Bauer wrote: OpenVPN says no." in told
    assert "rule Site outage: missed" in told
    assert "identity: technician, proof pass" in told
    assert "P3 of the desk" in told
    assert any_desk.events(ev.NoteAdded, 1003)[-1].text.startswith("Her canary")
    # The token is as good as new.
    any_desk.deliver(TIA.reply(notice, "#priority P2\n"), dmarc="pass")
    assert any_desk.ticket(1003).priority == "P2"


@pytest.mark.parametrize("client", [outlook, gmail, iphone])
def test_why_was_this_held(desk: TestDesk, client: Client):
    tia = TIA.using(client)
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    held = desk.deliver(tia.reply(notice, "#closed\n\nDone, canary-held.\n"), dmarc="pass").to("tia@staff.test")
    answer = desk.deliver(tia.reply(held, "#why"), dmarc="pass").to("tia@staff.test")
    told = " ".join(answer.text.split())
    assert "Why your mail was treated so" in told
    assert "held" in told and "command #closed: not done, unknown command; did you mean #close?" in told
    assert desk.ticket().status == "new"


def test_what_is_next_and_numbers(desk: TestDesk):
    three_tickets(desk)
    answer = ask(desk, "#next\n#stats 24h\n")
    assert "Next: #1001 Printer smokes" in answer.text
    assert "write #ticket 1001 above your lines" in answer.text
    assert "done  #stats 24h\n      3 opened, 0 resolved, 3 open" in answer.text

    desk.deliver(TIA.write("Work", "#next\n"), dmarc="pass")
    ned = desk.deliver(NED.write("Work", "#next"), dmarc="pass").to("ned@staff.test")
    assert "Next: #1002 Server web1 is down" in ned.text


def test_help_on_everything_and_on_one(desk: TestDesk):
    answer = ask(desk, "#help\n#help list\n")
    assert "#priority P1…P5" in answer.text and "After a result mail" in answer.text
    assert "`#list all P1 P2`" in answer.text


def test_a_mail_about_no_ticket_offers_only_what_needs_none(desk: TestDesk):
    answer = ask(desk, "#list\n")
    for part in (answer.text, answer.html):
        assert "#ticket NUMBER" in part
        assert "#close" not in part and "#mine" not in part


def test_a_bad_question_is_explained(desk: TestDesk):
    answer = ask(desk, "#list frobs\n#next\n")
    told = " ".join(answer.text.split())
    assert "'frobs' is none of: mine, unassigned, all, general, network, new" in told
    assert desk.last().outcome.value == "held"


@pytest.mark.parametrize(("dmarc", "outcome"), [("fail", "held"), (None, "ticket")])
def test_who_only_claims_to_be_a_technician_learns_nothing(desk: TestDesk, dmarc: str | None, outcome: str):
    three_tickets(desk)
    mails = desk.deliver(TIA.write("A question", "#show 1003\n#find canary\n"), dmarc=dmarc)
    assert "canary" not in "".join(mail.text for mail in mails if "#find canary" not in mail.text)
    assert "Her canary-cable" not in "".join(mail.everything for mail in mails)
    assert desk.last().outcome.value == outcome


def test_questions_of_requesters_are_text(desk: TestDesk):
    three_tickets(desk)
    mails = desk.deliver(ANN.write("List", "#list all\n#find cable\n"), dmarc="pass")
    assert "Server web1" not in mails.to(ANN.address).everything
    assert desk.last().outcome.value == "ticket"
