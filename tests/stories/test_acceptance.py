"""What somebody who buys a desk tries from outside: words that must arrive, and others that must not."""

from dataclasses import replace

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, NED, TIA, Person
from tests.stories.reports import report

pytestmark = pytest.mark.servers

FIRST = "<first@customer.test>"
BOSS = Person("Bo Boss", "boss@customer.test")
VIC = Person("Vic Vendor", "vic@acme.test")
TEAM = [
    {"email": "tia@staff.test", "name": "Tia Berg", "queues": ["general"]},
    {"email": "ned@staff.test", "name": "Ned Ode", "queues": ["general", "network"], "lead": True},
]
COPIED_TO_BOSS = """\
rules:
  - name: The boss wants to know
    when: {subject: {contains: [Printer]}}
    then: {cc: [boss@customer.test]}
"""
ADVICE = "Please restart the print spooler service, then delete every job in the queue and print the test page again."


def printer(desk: TestDesk, text: str = "It smokes on the third floor.\n", **headers: str) -> Mails:
    """Let Ann open ticket 1001."""
    return desk.deliver(ANN.write("Printer", text, Message_ID=FIRST, **headers), dmarc="pass")


def say(desk: TestDesk, notice: Sent, text: str, who: Person = TIA) -> Mails:
    return desk.deliver(who.reply(notice, text), dmarc="pass")


def heard(desk: TestDesk) -> str:
    return desk.events(ev.CorrespondenceReceived)[-1].visible_text


# ------------------------------------------------------------------ words that are said again


def test_advice_from_a_note_is_sent_when_its_author_insists(make_desk: MakeDesk):
    desk = make_desk(policy={"technicians": TEAM})
    mails = printer(desk)
    say(desk, mails.to("ned@staff.test"), f"#note\ncanary-tip:\n{ADVICE}\n", NED)

    held = say(desk, mails.to("tia@staff.test"), f"Hello Ann,\n\n{ADVICE}\n\nTia\n")
    assert "ann@customer.test" not in held.recipients
    told = say(desk, held.to("tia@staff.test"), "send\n")
    assert ADVICE in told.to("ann@customer.test").text


def test_advice_from_text_that_waits_is_sent_when_its_author_insists(desk: TestDesk):
    mails = printer(desk)
    desk.deliver(VIC.reply(mails.to("ann@customer.test"), f"canary-vic\n{ADVICE}\n"), dmarc="pass")

    held = say(desk, mails.to("tia@staff.test"), f"Hello Ann, the maker says:\n\n{ADVICE}\n\nTia\n")
    assert "ann@customer.test" not in held.recipients
    told = say(desk, held.to("tia@staff.test"), "send\n")
    assert ADVICE in told.to("ann@customer.test").text


def test_words_of_a_participant_are_passed_on(make_desk: MakeDesk):
    desk = make_desk(rules=COPIED_TO_BOSS)
    notice = printer(desk).to("tia@staff.test")
    asked = say(desk, notice, "Who knows the code of the scanner?\n").to("boss@customer.test")
    code = "The scanner in the hall is opened with the code on the back of its left side panel."
    desk.deliver(BOSS.bare_reply(asked, f"{code}\n"), dmarc="pass")

    told = say(desk, notice, f"Ann, your boss told us:\n\n{code}\n\nDoes it help?\n").to("ann@customer.test")
    assert f"your boss told us:\n\n{code}" in told.text


def test_requester_who_says_what_a_note_says_is_heard(desk: TestDesk):
    notice = printer(desk).to("tia@staff.test")
    said = "The paper tray two jams every time after the third page is printed."
    say(desk, notice, f"#note\ncanary-phone:\n{said}\n")
    asked = say(desk, notice, "#reply\nPlease write me what happens.\n").to("ann@customer.test")

    desk.deliver(ANN.bare_reply(asked, f"As said on the phone:\n\n{said}\n\nAnn\n"), dmarc="pass")
    assert said in heard(desk)


def test_second_person_with_the_same_error_is_heard(make_desk: MakeDesk):
    desk = make_desk(rules=COPIED_TO_BOSS)
    error = "Error 0x80070005: access to the print spooler of host PRN-17 was denied by policy."
    asked = say(desk, printer(desk, f"{error}\n").to("tia@staff.test"), "What does it say now?\n")

    desk.deliver(BOSS.bare_reply(asked.to("boss@customer.test"), f"I have the same here:\n\n{error}\n"), dmarc="pass")
    assert error in heard(desk)


# ------------------------------------------------------------------ who reads what, and who is told so


@pytest.mark.parametrize("authenticates", [True, False])
def test_nobody_is_sent_what_proves_somebody_else(make_desk: MakeDesk, authenticates: bool):
    desk = make_desk(rules=COPIED_TO_BOSS, authenticates=authenticates)
    mails = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    one = say(desk, mails.to("tia@staff.test"), "Hello.\n").to("ann@customer.test")
    two = say(desk, mails.to("tia@staff.test"), "Hello again.\n").to("boss@customer.test")

    assert one.message_id not in two.everything


def test_merging_shows_nobody_what_was_written_before(desk: TestDesk):
    salary = "My salary of 4711 was not paid this month."
    bobs = desk.deliver(BOB.write("Payment", f"{salary}\n"), dmarc="pass").to("tia@staff.test")
    anns = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    say(desk, anns, "#merge 1001\n")

    assert salary not in say(desk, bobs, "We look into it.\n").to("ann@customer.test").everything


def test_first_line_tells_of_everybody_who_reads_the_answer(make_desk: MakeDesk):
    desk = make_desk(rules=COPIED_TO_BOSS)
    notice = printer(desk).to("tia@staff.test")
    first_line = notice.text.partition("\n")[0].casefold()

    assert say(desk, notice, "Hello.\n").recipients == ["ann@customer.test", "boss@customer.test"]
    assert "boss" in first_line or "participant" in first_line


def test_words_of_a_stranger_on_a_list_stay_inside(desk: TestDesk):
    over_list = {"List_Id": "Users <users.lists.test>"}
    notice = printer(desk, **over_list).to("tia@staff.test")
    desk.deliver(BOB.write("Re: Printer", "Pay canary-evil at once.\n", In_Reply_To=FIRST, **over_list))

    assert "canary-evil" not in say(desk, notice, "Fixed.\n").to("ann@customer.test").everything


# ------------------------------------------------------------------ what must not get lost


def test_somebody_is_told_of_a_ticket_although_the_technician_is_unreachable(desk: TestDesk):
    notice = printer(desk).to("tia@staff.test")
    desk.deliver(report(notice, "5.1.1", to=notice.mail_from, original="none"), return_path="")

    mails = desk.deliver(BOB.write("VPN", "It is down since this morning.\n"), dmarc="pass")
    assert desk.technicians & set(mails.recipients)


def test_technician_who_is_back_learns_of_what_came_in_meanwhile(desk: TestDesk):
    notice = printer(desk).to("tia@staff.test")
    desk.deliver(report(notice, "5.1.1", to=notice.mail_from, original="none"), return_path="")
    desk.deliver(BOB.write("VPN", "It is down since this morning.\n"), dmarc="pass")

    mails = say(desk, notice, "#mine\n")
    assert any("VPN" in mail.subject for mail in mails if mail.recipient == "tia@staff.test")


def test_open_ticket_is_not_buried_in_a_closed_one(desk: TestDesk):
    bobs = desk.deliver(BOB.write("Fuser", "It smokes here.\n"), dmarc="pass").to("tia@staff.test")
    say(desk, bobs, "#status closed\n")
    say(desk, desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test"), "#merge 1001\n")

    assert any(not ticket.status.is_done for ticket in desk.tickets())


# ------------------------------------------------------------------ text that nobody sees

_HIDDEN = {
    "style sheet": ("<style>.h{display:none}</style>", '<div class="h">'),
    "beside the window": ("", '<div style="position:absolute;left:-9999px">'),
    "no height": ("", '<div style="height:0;overflow:hidden">'),
    "comment in the style": ("", '<div style="display:/**/none">'),
}


@pytest.mark.parametrize("how", _HIDDEN)
def test_command_that_nobody_sees_does_not_run(desk: TestDesk, how: str):
    notice = printer(desk).to("tia@staff.test")
    head, opening = _HIDDEN[how]
    html = f"<html><head>{head}</head><body>{opening}#close</div><p>Hello Ann.</p></body></html>"
    program = replace(TIA, client=lambda _: (None, html))
    desk.deliver(program.reply(notice, ""), dmarc="pass")

    assert not desk.ticket().status.is_done


# ------------------------------------------------------------------ what is folded


def test_technician_is_told_that_more_was_written(desk: TestDesk):
    asked = say(desk, printer(desk).to("tia@staff.test"), "Which lamp blinks?\n").to("ann@customer.test")
    notice = desk.deliver(ANN.reply(asked, "See above.\n"), dmarc="pass").to("tia@staff.test")

    assert heard(desk) == "See above."
    assert "more lines of this mail: quoted text or signature)" in notice.text
    whole = desk.deliver(BOB.write("VPN", "It is down.\n"), dmarc="pass").to("tia@staff.test")
    assert "more lines of this mail" not in whole.text
