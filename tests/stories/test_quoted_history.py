"""Mail whose program quotes as no table knows: what was written on the ticket before tells what is quoted."""

import pytest

from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.stories.people import ANN, TIA, Answered, Client

pytestmark = pytest.mark.servers

QUESTION = "Which of the two printers is it, the one on the second floor or the new one in the hall?"
REQUEST = "Please send us the number on the label at its back, and tell us whether the red lamp is on."


def zorp_mail(answer: Answered) -> tuple[str, None]:
    """Quote without marks, below an attribution in a language of its own."""
    said = f"Zorp {answer.date('%d')} febro {answer.date('%Y %H:%M')} {answer.sender} skribis:"
    return f"{answer.typed}\n\n{said}\n\n{answer.original.text}\n", None


def stripping_gateway(answer: Answered) -> tuple[str, None]:
    """Leave nothing but the words."""
    return f"{answer.typed}\n\n{' '.join(answer.original.text.split())}\n", None


def asked(desk: TestDesk) -> Sent:
    """Let Ann open ticket 1001 and Tia ask her; return the mail with the questions."""
    notice = desk.deliver(ANN.write("Printer", "It smokes and smells of burnt plastic since this morning, nine.\n"))
    question = f"Hello Ann,\n\n{QUESTION}\n{REQUEST}\n"
    return desk.deliver(TIA.reply(notice.to("tia@staff.test"), question), dmarc="pass").to("ann@customer.test")


def last_typed(desk: TestDesk) -> str:
    return desk.events(ev.CorrespondenceReceived)[-1].visible_text


@pytest.mark.parametrize("client", [zorp_mail, stripping_gateway], ids=lambda client: client.__name__)
def test_unmarked_quotation_of_a_known_mail_is_folded(any_desk: TestDesk, client: Client):
    question = asked(any_desk)
    mails = any_desk.deliver(ANN.using(client).reply(question, "The new one.\n\nNo lamp."))

    assert last_typed(any_desk) == "The new one.\n\nNo lamp."
    assert REQUEST in any_desk.events(ev.CorrespondenceReceived)[-1].text
    assert "The new one." in mails.to("tia@staff.test").text


def test_answers_typed_between_the_questions_survive(desk: TestDesk):
    question = asked(desk)
    body = f"{QUESTION}\nThe new one.\n{REQUEST}\nNo lamp.\n"
    desk.deliver(ANN.bare_reply(question, f"Hello Tia,\n\n{body}"))

    assert last_typed(desk).split("\n\n") == ["Hello Tia,", "The new one.", "No lamp."]


def test_answer_that_got_a_quote_mark_is_shown(desk: TestDesk):
    question = asked(desk)
    body = f"Hello Tia,\n\n> {QUESTION}\n> The new one.\n> {REQUEST}\n"
    desk.deliver(ANN.bare_reply(question, body))

    assert last_typed(desk) == "Hello Tia,\n\n> The new one."


def test_technician_who_sends_the_same_answer_again_means_it(desk: TestDesk):
    asked(desk)
    notice = desk.deliver(ANN.write("Re: Printer [#1001]", "I do not understand.\n"), dmarc="pass").to("tia@staff.test")
    again = desk.deliver(TIA.bare_reply(notice, f"Hello Ann,\n\n{QUESTION}\n{REQUEST}\n"), dmarc="pass")

    assert QUESTION in again.to("ann@customer.test").text
    assert REQUEST in again.to("ann@customer.test").text


@pytest.mark.parametrize("client", [zorp_mail, stripping_gateway], ids=lambda client: client.__name__)
def test_commands_above_an_unmarked_quotation_run_as_ever(desk: TestDesk, client: Client):
    notice = desk.deliver(ANN.write("Printer", "It smokes and smells of burnt plastic since this morning, nine.\n"))
    mails = desk.deliver(TIA.using(client).reply(notice.to("tia@staff.test"), "#resolve\n\nNew fuser."), dmarc="pass")

    assert desk.ticket().status == "resolved"
    sent = mails.to("ann@customer.test").text
    assert "New fuser." in sent
    assert "Commands go at" not in sent


def test_what_merely_names_a_ticket_is_not_compared_with_it(desk: TestDesk):
    asked(desk)
    desk.deliver(ANN.write("Fax [#1001]", f"Somebody asked me this:\n{QUESTION}\n{REQUEST}\n"), dmarc=None)

    assert QUESTION in desk.events(ev.CorrespondenceReceived, 1002)[-1].visible_text
