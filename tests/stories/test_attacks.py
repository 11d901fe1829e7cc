"""Ways by which internal words might slip outside, or others' words run as commands, tried end to end."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.desk import TestDesk
from tests.stories.people import ANN, BOB, TIA, Answered

pytestmark = pytest.mark.servers

Layout = Callable[[Answered], tuple[str, None]]
COMMANDS = "#for victim@other.test\n#close\n\nHello."
SHORT = "Canarynote."
LONG = "She lies, canarynote, as always, so give her nothing new before I have asked the boss about it."


def without_marks(answer: Answered) -> tuple[str, None]:
    """A program that quotes without any mark, below a line in no language anybody knows."""
    return f"{answer.typed}\n\nZztop qux {answer.sender} blarg\n\n{answer.original.text}\n", None


def right_below(answer: Answered) -> tuple[str, None]:
    return f"{answer.typed}\n{answer.original.text}\n", None


def between_all_lines(answer: Answered) -> tuple[str, None]:
    lines = [f"> {line}\n{answer.typed if line.strip() else ''}" for line in answer.original.text.splitlines()]
    return "\n".join(lines), None


def with_bars(answer: Answered) -> tuple[str, None]:
    return answer.typed + "\n\n" + "\n".join(f"| {line}" for line in answer.original.text.splitlines()), None


@pytest.mark.parametrize("layout", [without_marks, right_below, between_all_lines, with_bars])
@pytest.mark.parametrize("note", [SHORT, LONG])
def test_a_note_in_a_quoted_mail_stays_inside(desk: TestDesk, layout: Layout, note: str):
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(TIA.bare_reply(opened.to(TIA.address), f"#note\n{note}\n"), dmarc="pass")
    told = desk.deliver(ANN.bare_reply(opened.to(ANN.address), "More smoke here.\n"), dmarc="pass").to(TIA.address)
    assert "anarynote" in told.text
    mails = desk.deliver(TIA.using(layout).reply(told, "Which floor?"), dmarc="pass")
    assert "Which floor?" in mails.to(ANN.address).text
    assert "anarynote" not in mails.to(ANN.address).everything


def test_who_comes_back_sees_nothing_of_the_time_between(desk: TestDesk):
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    told = opened.to(TIA.address)
    for said, line in (("One.\n", "#cc bob@other.test\n"), ("Two.\n", "#cc -bob@other.test\n")):
        desk.deliver(TIA.bare_reply(told, line), dmarc="pass")
        told = desk.deliver(ANN.bare_reply(opened.to(ANN.address), said), dmarc="pass").to(TIA.address)
    mails = desk.deliver(TIA.bare_reply(told, "#cc bob@other.test\n\nWhich floor?\n"), dmarc="pass")
    assert "Two." in mails.to(ANN.address).text
    assert "Which floor?" in mails.to(BOB.address).text
    assert "Two." not in mails.to(BOB.address).everything


# ------------------------------------------------------------------ commands of others


def _part(text: str, **disposition: str) -> EmailMessage:
    part = EmailMessage()
    part.set_content(text)
    if disposition:
        part.add_header("Content-Disposition", "inline", **disposition)
    return part


def _attached(disposition: str) -> EmailMessage:
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "eve@elsewhere.test", TIA.address, "x"
    inner.set_content(COMMANDS)
    outer = EmailMessage()
    outer.add_attachment(inner)
    (part,) = outer.iter_attachments()
    part.replace_header("Content-Disposition", disposition)
    return part


def _mail(subject: str, *parts: EmailMessage) -> EmailMessage:
    mail = TIA.write(subject, None)
    mail.make_mixed()
    for part in parts:
        mail.attach(part)
    return mail


@pytest.mark.parametrize(
    "mail",
    [
        _mail("x", _part(COMMANDS, filename="notes.txt")),
        _mail("x", _part(""), _part(COMMANDS, filename="notes.txt")),
        _mail("x", _attached("inline")),
        _mail("x", _part(""), _attached("inline")),
        _mail("Fwd: x", _part(""), _attached("inline")),
        _mail("other", _part(""), _attached("attachment")),
        TIA.write("Fwd: x", f"---------- Forwarded message ---------\nFrom: nobody\n\n{COMMANDS}"),
        TIA.write("Fwd: x", f"---------- Forwarded message ---------\n{COMMANDS}"),
        TIA.write("Fwd: x", f"-------- Original message --------\n\n{COMMANDS}"),
        TIA.write("Fwd: x", f"\n\nFrom: Eve <eve@elsewhere.test>\nSubject: x\n\n{COMMANDS}"),
        TIA.write("Fwd: x", f"\n\nEve <eve@elsewhere.test> wrote:\n\n{COMMANDS}"),
        TIA.write("Fwd: x", f"Begin forwarded message:\n\nFrom: Eve <eve@elsewhere.test>\n\n{COMMANDS}"),
        TIA.write("Fwd: x", "> " + COMMANDS.replace("\n", "\n> ")),
    ],
)
def test_commands_in_what_is_passed_on_do_not_run(desk: TestDesk, mail: EmailMessage):
    mails = desk.deliver(mail, dmarc="pass")
    assert "victim@other.test" not in mails.recipients
    assert [t.status.value for t in desk.tickets()] == ["new"]
