"""What a technician wrote, in front of the requester: bold and pictures and all, and nothing private."""

import re
from base64 import b64decode
from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, CLIENTS, TIA, Client, Person, android_html_only, mutt, with_telltales

pytestmark = pytest.mark.servers

LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def notice_of_new(desk: TestDesk, mail: EmailMessage | None = None) -> Sent:
    return desk.deliver(mail or ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")


def rich(person: Person, original: Sent, text: str, html: str, pictures: tuple[str, ...] = ()) -> EmailMessage:
    """Answer with HTML of one's own and pictures in it, each named by its id."""
    mail = person.bare_reply(original, text)
    mail.add_alternative(html, subtype="html")
    for name in pictures:
        page = mail.get_body(("html",))
        assert isinstance(page, EmailMessage)
        data = PNG + name.encode()
        page.add_related(data, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    return mail


def pictures_of(mail: Sent) -> dict[str, bytes]:
    """Return the parts that the HTML draws, by their file names; every one must be drawn, every drawing there."""
    found = [p for p in mail.message.walk() if p.get_content_disposition() == "inline"]
    assert sorted(re.findall(r'src="cid:([^"]+)"', mail.html)) == sorted(
        str(p["Content-ID"]).strip("<>") for p in found
    )
    return {str(p.get_filename()): p.get_content() for p in found}


# ------------------------------------------------------------------ HTML


def test_emphasis_lists_links_and_tables_arrive(desk: TestDesk):
    html = (
        '<div dir="ltr">#tag fuser<div>Hello <b>Ann</b>, see '
        '<a href="https://x.test/how?a=1&amp;b=2">this page</a>:</div>'
        "<ul><li>open it</li><li><i>wait</i></li></ul><table><tr><td>P1</td><td>ok</td></tr></table></div>"
        '<div class="gmail_signature">-- <br>Tia canary-signature<br>tia@staff.test</div>'
    )
    text = (
        "#tag fuser\nHello *Ann*, see this page <https://x.test/how?a=1&b=2>:\n\n   - open it\n   - *wait*\n\nP1 ok\n"
    )
    mails = desk.deliver(rich(TIA, notice_of_new(desk), text + "\n-- \nTia canary-signature\n", html), dmarc="pass")
    mail = mails.to("ann@customer.test")

    for kept in (
        "<b>Ann</b>", '<a href="https://x.test/how?a=1&amp;b=2">this page</a>', "<li>open it</li>", "<i>wait</i>",
        "<td>P1</td><td>ok</td>",
    ):  # fmt: skip
        assert kept in mail.html
    assert "#tag" not in mail.everything and "canary-signature" not in mail.everything
    assert desk.ticket().tags == ("fuser",)


def test_html_that_says_more_than_the_text_stays_here(desk: TestDesk):
    answer = rich(TIA, notice_of_new(desk), "We come.\n", "<p><b>We come</b>. canary-more</p>")
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert "We come." in mail.html and "<b>We come" not in mail.html
    assert "canary-more" not in mail.everything


def test_technician_sees_the_requesters_html_without_what_spies(desk: TestDesk):
    mail = ANN.write("Printer", "It *smokes*.\n")
    mail.add_alternative(
        '<p style="color:red" onclick="x()">It <b>smokes</b>.<img src="https://spy.test/p.gif"></p>', subtype="html"
    )
    notice = notice_of_new(desk, mail)

    assert "It <b>smokes</b>." in notice.html
    assert not [word for word in ("spy.test", "onclick", "color:red") if word in notice.html]


@pytest.mark.parametrize("client", [*CLIENTS, mutt], ids=lambda client: client.__name__)
def test_every_program_leaves_words_alone(make_desk: MakeDesk, client: Client):
    """Neither what a program quotes, nor what it signs with, nor its headers reach the requester, in either part."""
    desk = make_desk(policy=BOTH)
    notice = notice_of_new(desk)
    desk.deliver(LEA.bare_reply(notice, "x"), dmarc="fail", as_is=False)
    answer = with_telltales(TIA.using(client).reply(notice, "Which floor?\n\nWe come & see."))
    answer["Thread-Index"] = "AdteltaleAAAA"
    answer["Received"] = "from laptop.staff.test by teltale; Mon, 2 Mar 2026 10:00:00 +0000"
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert mail.text.startswith("Which floor?\n\nWe come & see.\n\nTia Berg\nExample Support\n")
    assert "Which floor?" in mail.html and "We come &amp; see." in mail.html
    for absent in ("staff.test", "teltale", "sent from", "written with care", "original message", "plain reply"):
        assert absent not in mail.everything.casefold(), absent
    allowed = {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert set(mail.message.keys()) <= allowed


# ------------------------------------------------------------------ pictures and files


def test_picture_in_the_words_arrives_there_and_that_of_the_signature_does_not(any_desk: TestDesk):
    html = (
        '<div>Press this:</div><div><img src="cid:shot" alt="shot.png" width="100" height="50"></div><div>Bye</div>'
        '<div>-- <br></div><div>Tia<br><img src="cid:logo" alt="logo.png"></div>'
    )
    text = "Press this:\n[image: shot.png]\nBye\n\n-- \nTia\n[image: logo.png]\n"
    answer = rich(TIA, notice_of_new(any_desk), text, html, ("shot", "logo"))
    answer.add_attachment(b"%PDF", "application", "pdf", filename="Größe.pdf")
    mail = any_desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert pictures_of(mail) == {"shot.png": PNG + b"shot"}
    assert [p.get_filename() for p in mail.message.iter_attachments()] == ["Größe.pdf"]
    assert "cid:shot" not in mail.everything and "<shot>" not in mail.everything


def test_picture_of_the_requester_is_drawn_for_the_technician_and_not_sent_back(desk: TestDesk):
    opening = ANN.write("Printer", "See:\n")
    opening.add_alternative('<p>See:</p><img src="cid:error">', subtype="html")
    page = opening.get_body(("html",))
    assert isinstance(page, EmailMessage)
    page.add_related(PNG, "image", "png", cid="<error>", filename="error.png", disposition="inline")
    notice = notice_of_new(desk, opening)
    assert pictures_of(notice) == {"error.png": PNG}

    quoted = (
        f'<div>We come.</div><div class="gmail_quote">On Monday Desk wrote:<blockquote>{notice.html}</blockquote></div>'
    )
    answer = TIA.bare_reply(notice, "We come.\n\nOn Mon, 2 Mar 2026 at 10:00 Desk wrote:\n\n> See:\n")
    answer.add_alternative(quoted, subtype="html")
    page = answer.get_body(("html",))
    assert isinstance(page, EmailMessage)
    drawn = next(p for p in notice.message.walk() if p.get_content_disposition() == "inline")
    page.add_related(PNG, "image", "png", cid=str(drawn["Content-ID"]), filename="error.png", disposition="inline")
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert [p.get_content_type() for p in mail.message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    "html", ["<p>Other words.</p><img src='cid:note'>", "<p>x</p>" * 12_000 + "<img src='cid:note'>"]
)
def test_picture_whose_place_is_not_known_stays_inside(desk: TestDesk, html: str):
    """It may have been quoted from a note."""
    mail = desk.deliver(rich(TIA, notice_of_new(desk), "We come.\n", html, ("note",)), dmarc="pass")

    assert b"image/png" not in mail.to("ann@customer.test").raw


def test_picture_that_does_not_fit_is_named(make_desk: MakeDesk):
    desk = make_desk(policy={"relay_attachments": "100 B"})
    answer = rich(
        TIA, notice_of_new(desk), "See [image: shot.png]\n", '<p>See <img src="cid:shot" alt="shot.png"></p>', ("shot",)
    )
    answer.add_attachment(b"l" * 5000, "text", "csv", filename="large.csv")
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert pictures_of(mail) == {"shot.png": PNG + b"shot"}
    assert "large.csv" in mail.text and "large.csv" in mail.html


def test_photo_of_a_phone_without_html_travels_as_a_file(desk: TestDesk):
    answer = TIA.bare_reply(notice_of_new(desk), "See:\n")
    answer.add_attachment(PNG, "image", "png", cid="<photo>", filename="IMG_1.png", disposition="inline")
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert [(p.get_filename(), p.get_content()) for p in mail.message.iter_attachments()] == [("IMG_1.png", PNG)]


def test_attached_mail_travels_as_a_file(desk: TestDesk):
    inner = ANN.write("Über", "Inner.\n")
    answer = TIA.bare_reply(notice_of_new(desk), "See:\n")
    answer.add_attachment(inner)
    (part,) = desk.deliver(answer, dmarc="pass").to("ann@customer.test").message.iter_attachments()

    assert part.get_filename() == "Über.eml"
    assert b"Inner." in part.get_content()


# ------------------------------------------------------------------ answers between the lines


def test_answers_between_the_lines_come_with_the_questions(make_desk: MakeDesk):
    desk = make_desk(policy=BOTH)
    opened = desk.deliver(ANN.write("Printer", "Which cable do I need?\nWhen will you come?\n"), dmarc="pass")
    desk.deliver(TIA.reply(opened.to("tia@staff.test"), "#note\n\nShe never pays, canary-note.\n"), dmarc="pass")
    notice = desk.deliver(ANN.reply(opened.to("ann@customer.test"), "Which cable do I need?\nAnd when?\n")).to(
        LEA.address
    )
    assert "canary-note" in notice.text
    lines = []
    for line in notice.text.splitlines():
        lines.append(f"> {line}")
        if line in ("Which cable do I need?", "And when?") and f"{line}!" not in lines:
            lines += ["", f"{line}!", ""]
    mail = desk.deliver(LEA.bare_reply(notice, "\n".join(lines)), dmarc="pass").to("ann@customer.test")

    assert mail.text.startswith(
        "> Which cable do I need?\nWhich cable do I need?!\n\n> And when?\nAnd when?!\n\nLea Roth\n"
    )
    assert "canary-note" not in mail.everything
    assert [e.text for e in desk.events(ev.CorrespondenceSent)] == ["Which cable do I need?!\n\n\nAnd when?!"]


# ------------------------------------------------------------------ addresses


def test_technicians_addresses_become_the_desks(desk: TestDesk):
    html = '<p>Write to <a href="mailto:Tia@Staff.test">TIA@staff.test</a> or tia@home.test.</p>'
    answer = rich(TIA, notice_of_new(desk), "Write to TIA@staff.test or tia@home.test.\n", html)
    answer.add_attachment(b"%PDF", "application", "pdf", filename="for tia@staff.test.pdf")
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert mail.text.startswith("Write to support@example.test or support@example.test.")
    assert '<a href="mailto:support@example.test">support@example.test</a>' in mail.html
    assert "staff.test" not in mail.everything.casefold() and "home.test" not in mail.everything
    assert [p.get_filename() for p in mail.message.iter_attachments()] == ["for support@example.test.pdf"]


def test_address_of_a_technician_in_the_subject_is_no_exception(desk: TestDesk):
    mails = desk.deliver(ANN.write("Mail from ned@staff.test", "What is it?\n"), dmarc="pass")

    assert mails.to("ann@customer.test").subject == "Re: Mail from support@example.test [#1001]"
    assert mails.to("tia@staff.test").subject == "Re: Mail from ned@staff.test [#1001]"


# ------------------------------------------------------------------ participants


def test_participants_see_each_other_and_have_each_a_mail_of_their_own(desk: TestDesk):
    notice = notice_of_new(desk)
    desk.deliver(TIA.reply(notice, f"#cc {BOB.address}\n"), dmarc="pass")
    notice = desk.deliver(ANN.write("Re: Printer [#1001]", "Still.\n"), dmarc="pass").to("tia@staff.test")
    mails = desk.deliver(TIA.bare_reply(notice, "We come.\n"), dmarc="pass")

    assert mails.recipients == ["ann@customer.test", "bob@other.test"]
    for mail in mails:
        assert [a.addr_spec for a in mail.message["To"].addresses] == ["ann@customer.test"]
        assert [a.addr_spec for a in mail.message["Cc"].addresses] == ["bob@other.test"]
    assert (
        len({m.message_id for m in mails})
        == len({m.reply_address for m in mails})
        == len({m.mail_from for m in mails})
        == 2
    )


def test_what_the_desk_says_by_itself_names_its_reader_alone(desk: TestDesk):
    notice = notice_of_new(desk)
    desk.deliver(TIA.reply(notice, f"#cc {BOB.address}\n"), dmarc="pass")
    notice = desk.deliver(ANN.write("Re: Printer [#1001]", "Still.\n"), dmarc="pass").to("tia@staff.test")
    mails = desk.deliver(TIA.bare_reply(notice, "#close\n"), dmarc="pass")

    told = [mail for mail in mails if mail.recipient != "tia@staff.test"]
    assert [m.recipient for m in told]
    assert all(str(m.message["To"]).endswith(f"{m.recipient}>") or str(m.message["To"]) == m.recipient for m in told)
    assert not [m for m in told if m.message["Cc"]]


def test_technician_who_asks_as_a_requester_is_not_shown_to_others(desk: TestDesk):
    ned = Person("Ned Ode", "ned@staff.test")
    notice = desk.deliver(ned.write("My chair", "It squeaks.\n"), dmarc="pass").to("tia@staff.test")
    result = desk.deliver(TIA.reply(notice, f"#cc {BOB.address}\n"), dmarc="pass").to("tia@staff.test")
    mails = desk.deliver(TIA.bare_reply(result, "We come.\n"), dmarc="pass")

    assert str(mails.to("bob@other.test").message["To"]) == "bob@other.test"
    assert "ned@staff.test" not in mails.to("bob@other.test").everything
    assert "ned@staff.test" in str(mails.to("ned@staff.test").message["To"])


def test_phone_that_writes_html_alone_is_relayed_as_html(desk: TestDesk):
    answer = TIA.using(android_html_only).reply(notice_of_new(desk), "We come\nat noon.")
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert re.search(r"<div>We come</div>\s*<div>at noon\.</div>", mail.html)
    assert "Galaxy" not in mail.everything
