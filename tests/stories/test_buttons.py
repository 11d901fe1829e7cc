"""The buttons of a technician's mail, pressed as a mail program does it: open the link, type or not, send."""

import re
from email.message import EmailMessage
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers

SITES = [
    pytest.param(({"subaddress": subaddress}, authenticates, keeps_field), id=f"{word}-{proof}-{field}")
    for subaddress, word in ((True, "subaddress"), (False, "plain address"))
    for authenticates, proof in ((True, "verdicts"), (False, "no verdicts"))
    for keeps_field, field in ((True, "threads"), (False, "no In-Reply-To"))
]


def links(notice: Sent) -> dict[str, str]:
    """The mail links of a mail by what is on them, as its recipient's program reads them."""
    found = re.findall(r'<a\s[^>]*href="(mailto:[^"]+)"[^>]*>(.*?)</a>', notice.html, re.DOTALL)
    return {re.sub(r"<[^>]+>|\s+", " ", label).strip(): unescape(href) for href, label in found}


def press(notice: Sent, label: str, typed: str = "", *, keeps_field: bool = True, signature: str = "") -> EmailMessage:
    """Open a link (RFC 6068), type in front of what stands there already, and send."""
    link = urlsplit(links(notice)[label])
    fields = {name.casefold(): value for name, value in parse_qsl(link.query, strict_parsing=True)}
    mail = TIA.write(fields["subject"], None, to=unquote(link.path))
    if keeps_field:
        mail["In-Reply-To"] = fields["in-reply-to"]
    mail.set_content(typed + fields.get("body", "").replace("\r\n", "\n") + signature + "\n")
    return mail


@pytest.fixture
def site(request: pytest.FixtureRequest, make_desk: MakeDesk) -> tuple[TestDesk, Sent, str | None, bool]:
    """A desk with a new ticket: the notice of it, what the server says of technicians, and whether links thread."""
    changes, authenticates, keeps_field = request.param
    desk = make_desk(changes=changes, authenticates=authenticates)
    notice = desk.deliver(ANN.write("Printer & co: 100% hot", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    return desk, notice, "pass" if authenticates else None, keeps_field


@pytest.mark.parametrize("site", SITES, indirect=True)
@pytest.mark.parametrize("signature", ["", "\n\nSent from my iPhone"], ids=["bare", "signed"])
def test_take_close_and_high(site: tuple[TestDesk, Sent, str | None, bool], signature: str):
    desk, notice, proof, keeps_field = site
    for label in ("Take", "High", "Close"):
        mails = desk.deliver(press(notice, label, keeps_field=keeps_field, signature=signature), dmarc=proof)
        # Each command uses its notice up; the result mail has buttons of its own.
        notice = mails.to("tia@staff.test")

    ticket = desk.ticket()
    assert desk.outcomes() == ["ticket", "follow-up", "follow-up", "follow-up"]
    assert (ticket.assignee, ticket.priority, ticket.status) == ("tia@staff.test", "P1", "resolved")
    assert desk.events(ev.NoteAdded) == []
    assert desk.events(ev.CorrespondenceSent) == []


@pytest.mark.parametrize("site", SITES, indirect=True)
def test_note(site: tuple[TestDesk, Sent, str | None, bool]):
    desk, notice, proof, keeps_field = site
    mails = desk.deliver(press(notice, "Note", "It is the fuser, canary-note.", keeps_field=keeps_field), dmarc=proof)

    assert [e.text for e in desk.events(ev.NoteAdded)] == ["It is the fuser, canary-note."]
    assert "ann@customer.test" not in mails.recipients


@pytest.mark.parametrize("site", SITES, indirect=True)
def test_why(site: tuple[TestDesk, Sent, str | None, bool]):
    desk, notice, proof, keeps_field = site
    mails = desk.deliver(press(notice, "Why", keeps_field=keeps_field), dmarc=proof)

    assert mails.recipients == ["tia@staff.test"]
    assert "guard" in mails[0].text or "rule" in mails[0].text
    assert desk.ticket().status == "new"


def test_who_gets_the_mail_in_other_hands_presses_in_vain(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    forged = press(notice, "High")
    forged.replace_header("From", "Ann Bauer <ann@customer.test>")
    desk.deliver(forged, dmarc="pass")

    assert (desk.ticket().priority, desk.ticket().assignee) == ("P3", None)
