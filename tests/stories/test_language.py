"""Requesters are answered in the language they write, technicians in the desk's."""

import pytest

from tests.desk import TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA, Person

pytestmark = pytest.mark.servers

GERMAN = "Seit heute Morgen druckt der Drucker im dritten Stock nicht mehr. Können Sie bitte nachsehen?\n"
ENGLISH = "Since this morning the printer on the third floor does not print any more. Could you have a look?\n"
FRENCH = "Depuis ce matin l'imprimante du troisième étage n'imprime plus. Pourriez-vous regarder, s'il vous plaît ?\n"


def test_german_all_the_way(any_desk: TestDesk):
    mails = any_desk.deliver(ANN.write("Drucker kaputt", GERMAN), dmarc="pass")
    ack = mails.to("ann@customer.test")
    assert "Wir haben Ihre Nachricht erhalten. Sie hat die Ticketnummer #1001." in ack.text
    notice = mails.to("tia@staff.test")
    assert notice.text.startswith("A plain reply goes to the requester: Ann Bauer <ann@customer.test>.")
    assert any_desk.ticket().language == "de"

    # Two words tell no language and do not make her English.
    any_desk.deliver(ANN.reply(ack, "ok thanks\n"), dmarc="pass")
    solved = any_desk.deliver(TIA.reply(notice, "#close\n"), dmarc="pass").to("ann@customer.test")
    assert "Ticket #1001 (Drucker kaputt) ist als gelöst markiert." in solved.text


def test_first_mail_of_a_stranger_is_answered_in_its_language(desk: TestDesk):
    ack = desk.deliver(Person("Eva", "eva@unknown.test").write("Drucker", GERMAN)).to("eva@unknown.test")
    assert ack.subject == "Wir haben Ihre Nachricht erhalten [#1001]"
    assert "Guten Tag,\n" in ack.text


@pytest.mark.parametrize("text", ["Hilfe bitte\n", "VPN\n", "Danke!\n"])
def test_two_words_are_answered_in_the_language_of_the_desk(desk: TestDesk, text: str):
    ack = desk.deliver(ANN.write("VPN", text, Content_Language="de-DE"), dmarc="pass").to("ann@customer.test")
    assert "We have received your message." in ack.text


def test_the_language_somebody_wrote_last_is_used(desk: TestDesk):
    ack = desk.deliver(ANN.write("Drucker kaputt", GERMAN), dmarc="pass").to("ann@customer.test")
    mails = desk.deliver(ANN.reply(ack, ENGLISH), dmarc="pass")
    solved = desk.deliver(TIA.reply(mails.to("tia@staff.test"), "#close\n"), dmarc="pass").to("ann@customer.test")
    assert "is marked as solved" in solved.text
    assert desk.ticket().language == "de"


def test_remembered_from_one_ticket_to_the_next(desk: TestDesk):
    desk.deliver(ANN.write("Imprimante", FRENCH), dmarc="pass")
    ack = desk.deliver(ANN.write("VPN", "Help!\n"), dmarc="pass").to("ann@customer.test")
    assert "Nous avons bien reçu votre message. Il porte le numéro de ticket #1002." in ack.text
    assert desk.ticket(1002).language is None


RULES = """\
rules:
  - name: German speakers
    when: {language: de}
    then: {queue: network, tags: [german]}
"""


@pytest.mark.parametrize(("text", "queue"), [(GERMAN, "network"), (FRENCH, "general"), ("VPN\n", "general")])
def test_rules_see_the_language_that_was_found(make_desk: MakeDesk, text: str, queue: str):
    desk = make_desk(rules=RULES)
    desk.deliver(ANN.write("VPN", text), dmarc="pass")
    assert desk.ticket().queue == queue


def test_a_short_answer_counts_as_the_language_of_its_ticket(make_desk: MakeDesk):
    rules = RULES.replace("{language: de}", "{language: de, phase: follow-up}")
    desk = make_desk(rules=rules)
    ack = desk.deliver(ANN.write("Drucker", GERMAN), dmarc="pass").to("ann@customer.test")
    assert desk.ticket().tags == ()
    desk.deliver(ANN.reply(ack, "Na?\n"), dmarc="pass")
    assert desk.ticket().tags == ("german",)


def test_technicians_are_told_of_a_language_that_is_not_the_desks(make_desk: MakeDesk):
    desk = make_desk(policy={"language": "de"})
    notice = desk.deliver(ANN.write("Drucker", GERMAN), dmarc="pass").to("tia@staff.test")
    assert "Writes in" not in notice.text
    told = desk.deliver(ANN.write("Imprimante", FRENCH), dmarc="pass").to("tia@staff.test")
    assert "Writes in French" in told.text
    assert "Writes in French" in told.html
