"""People who write about bounces stay people, in whatever form they hand on what they got."""

import pytest

from maildesk.mail.bounce.suspicion import may_be_bounce
from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import Address, InboundMessage, Kind

REPORT = ("Content-Type", 'multipart/report; boundary=x; report-type="delivery-status"')
ANN = "Ann Lee <ann@home.test>"
QMAIL = (
    "Hi. This is the qmail-send program at home.test.\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
    "This is a permanent error; I've given up.\n\n"
    "<bob@home.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
)
FIELDS = (
    "Reporting-MTA: dns; mx.home.test\n\nFinal-Recipient: rfc822; bob@home.test\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <bob@home.test>: no such user\n"
)
TALK = (
    ">>> RCPT TO:<bob@home.test>\n<<< 550 5.1.1 <bob@home.test>... User unknown\n"
    "550 5.1.1 <bob@home.test>... User unknown\n"
)


def mail(*headers: tuple[str, str], **fields: object) -> InboundMessage:
    known = {"sender": Address("", "ann@home.test"), "return_path": "ann@home.test", "subject": "Printer", **fields}
    return InboundMessage("raw", "content", 1, headers=headers, **known)  # type: ignore[arg-type]


def sender(address: str) -> dict[str, object]:
    return {"sender": Address("", address)}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (mail(REPORT), True),
        (mail(("Content-Type", "multipart/mixed; boundary=x; report-type=delivery-status")), True),
        (mail(("Content-Type", "multipart/report; boundary=x; report-type=feedback-report")), False),
        (mail(("X-Failed-Recipients", "bob@x.test")), True),
        (mail(**sender("mailer-daemon@x.test"), subject="Re: Printer"), True),
        (mail(return_path="", subject="Undelivered Mail Returned to Sender"), True),
        (mail(return_path="", subject="Printer", text="My parcel could not be delivered."), False),
        (mail(return_path="", subject="Automatic reply: Undeliverable", text="could not be delivered"), False),
        (mail(**sender("postmaster@x.test"), subject="failure notice", text="Unable to deliver to\nbob@x.test"), True),
        (mail(**sender("postmaster@x.test"), subject="failure notice", text="It was returned to sender."), False),
        (
            mail(**sender("a@x.test"), return_path="", subject="Undeliverable mail", text="Hi,\n\nmy mail failed."),
            False,
        ),
        (mail(**sender("postmaster@x.test"), subject="Hello", text=f"Unable to deliver to\n{TALK}"), True),
        (mail(**sender("no-reply@x.test"), subject="Delivery failed", text=f"Unable to deliver\n{TALK}"), True),
        (mail(**sender("no-reply@x.test"), subject="Delivery failed", text="Parcel 7 could not be delivered"), False),
        (mail(subject="Mail delivery failed", text="My mail to bob@x.test could not be delivered, help!"), False),
        (mail(**sender("postmaster@x.test"), subject="Fwd: failure notice", text="Unable to deliver to"), False),
        (mail(**sender("postmaster@x.test"), subject="Re: failure notice", text=f"Unable to deliver\n{TALK}"), False),
        (mail(), False),
    ],
)
def test_may_be_bounce(message: InboundMessage, expected: bool) -> None:
    assert may_be_bounce(message) is expected


def written(subject: str, text: str, *fields: str, sender: str = ANN) -> bytes:
    head = "\n".join(
        (f"From: {sender}", "To: support@desk.test", f"Subject: {subject}", "Message-ID: <1@home.test>", *fields)
    )
    return f"{head}\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode()


def with_parts(subject: str, *parts: tuple[str, str], sender: str = ANN) -> bytes:
    head = (
        f"From: {sender}\nReturn-Path: <ann@home.test>\nTo: support@desk.test\nSubject: {subject}\nMIME-Version: 1.0\n"
    )
    body = "".join(f"--b\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return f"{head}Content-Type: multipart/mixed; boundary=b\n\n{body}--b--\n".encode()


DSN = (
    "From: MAILER-DAEMON@mx.home.test\nTo: ann@home.test\nSubject: Undelivered Mail Returned to Sender\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\nContent-Type: text/plain\n\n"
    f"{QMAIL}\n--c\nContent-Type: message/delivery-status\n\n{FIELDS}\n--c--\n"
)


@pytest.mark.parametrize(
    "raw",
    [
        written("Fwd: failure notice", f"What is this?\n\n---------- Forwarded message ----------\n{QMAIL}"),
        written("failure notice", f"{QMAIL}\n\nThat is what I get all day. Please help."),
        written("Undelivered Mail Returned to Sender", FIELDS),
        written("Delivery Status Notification (Failure)", f"I do not understand it:\n\n{TALK}"),
        written("Undeliverable: Offer", "It could not be delivered to bob@home.test, why?", "X-Mailer: iPhone Mail"),
        written("Delivery problem", f"Hello,\n\nwe cannot deliver to you:\n\n{TALK}", sender="postmaster@home.test"),
        written(
            "Mail delivery failed",
            f"Mail to you was not delivered to the mailbox:\n\n{TALK}",
            "User-Agent: Mozilla Thunderbird",
            sender="Mail Administrator <mailadmin@home.test>",
        ),
        written("AW: Undeliverable: Offer", f"It was our fault.\n\n{TALK}", sender="postmaster@home.test"),
        written("Undelivered mail", f"could not be delivered\n\n{TALK}", "Auto-Submitted: auto-forwarded"),
        written(
            "User unknown",
            "We see that mail from you could not be delivered to bob@home.test because it is full.\nTim",
            sender="postmaster@home.test",
        ),
        written("Failed mail", "why?\n\nUser unknown:\nbob@home.test", sender="System Administrator <it@home.test>"),
        written(
            "Delivery error", "bob@home.test\n\nis a user unknown.\n\nBest regards,\nTim", sender="mailadmin@home.test"
        ),
        written("系统退信问题", "我们收到很多退信。无法投递到 bob@home.test\n谢谢", sender="postmaster@home.test"),
        with_parts("Undelivered Mail Returned to Sender", ("text/plain", "What does it say?"), ("message/rfc822", DSN)),
        with_parts("failure notice", ("text/plain", QMAIL), ("message/delivery-status", FIELDS)),
        with_parts("Read receipts", ("text/plain", "Why?"), ("message/disposition-notification", FIELDS)),
    ],
    ids=[
        "forwards inline", "pastes under the same subject", "pastes fields", "pastes a talk", "asks from a phone",
        "postmaster greets", "mail administrator at a desk", "postmaster answers", "passed on by a rule",
        "postmaster in prose", "administrator asks", "postmaster signs", "postmaster thanks",
        "forwards as attachment", "forwards the parts", "attaches a receipt",
    ],
)  # fmt: skip
@pytest.mark.parametrize("return_path", [b"", b"Return-Path: <ann@home.test>\n"], ids=["no path", "path"])
def test_a_person_who_hands_on_a_report_stays_a_person(raw: bytes, return_path: bytes) -> None:
    message = read_message(return_path + raw, ReadingContext()).message
    assert (message.kind, message.bounce) == (Kind.PERSON, None)
