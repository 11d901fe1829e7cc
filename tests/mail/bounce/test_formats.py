"""Each format of delivery report, read from the bytes as they arrive."""

from pathlib import Path

import pytest

from maildesk.mail.bounce import parse_bounce
from maildesk.mail.parse import parse_message
from maildesk.model.message import BounceReport

DATA = Path(__file__).parents[2] / "data"
SENT = "<sent1@desk.test>"


def read(raw: bytes) -> BounceReport | None:
    parsed = parse_message(raw)
    return parse_bounce(parsed.tree, parsed.message)


def rows(report: BounceReport | None) -> list[tuple[str, str, str]]:
    return [(r.address, r.action, r.status) for r in report.recipients] if report else []


def worded(text: str, subject: str = "Undeliverable mail", sender: str = "MAILER-DAEMON@mx.home.test") -> bytes:
    head = f"Return-Path: <>\r\nFrom: {sender}\r\nTo: support@desk.test\r\nSubject: {subject}\r\n\r\n"
    return (head + text).encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "bounce_rfc3464_two_groups.eml",
            [
                ("bob@in.home.test", "failed", "5.1.1"),
                ("ann@home.test", "delayed", "4.2.2"),
                ("eve@home.test", "delivered", "2.0.0"),
            ],
        ),
        ("bounce_fields_base64.eml", [("bob@home.test", "failed", "5.2.1")]),
        ("bounce_boundary_missing.eml", [("bob@home.test", "failed", "5.4.1")]),
        ("bounce_qmail_text.eml", [("bob@home.test", "failed", "5.2.1")]),
        ("bounce_mdn_refused.eml", [("bob@home.test", "failed", "5.0.0")]),
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_recipients_and_the_mail_that_came_back(
    name: str, expected: list[tuple[str, str, str]], newline: bytes
) -> None:
    report = read((DATA / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", newline))
    assert rows(report) == expected
    assert report is not None
    assert report.original_message_id == SENT


def test_a_diagnostic_is_unfolded_and_loses_its_type() -> None:
    report = read((DATA / "bounce_rfc3464_two_groups.eml").read_bytes())
    assert report is not None
    assert report.recipients[0].diagnostic == "550 5.1.1 <bob@home.test>: no such user"


def fields(*lines: str) -> bytes:
    head = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.home.test\nTo: support@desk.test\nSubject: failure\n"
    body = "\n".join(("--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; x", "", *lines, "--b--"))
    return f"{head}Content-Type: multipart/report; boundary=b\n\n{body}\n".encode()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Final-Recipient: bob@home.test", "Action: failed", "Status: 5.1.1"), [("bob@home.test", "failed", "5.1.1")]),
        (("Final-Recipient: rfc822;<bob@home.test> (Bob)", "Action: failed"), [("bob@home.test", "failed", "5.0.0")]),
        (("Final-Recipient: utf-8; b\\x{F6}b@home.test", "Action: failed"), [("böb@home.test", "failed", "5.0.0")]),
        (('Final-Recipient: rfc822; "b b"@home.test', "Action: failed"), [('"b b"@home.test', "failed", "5.0.0")]),
        (("Final-Recipient: rfc822; bob@home.test", "Action: error"), [("bob@home.test", "failed", "5.0.0")]),
        (("Final-Recipient: rfc822; bob@home.test", "Status: 4.4.7"), [("bob@home.test", "delayed", "4.4.7")]),
        (
            ("Final-Recipient: rfc822; bob@home.test", "Action: failed", "Diagnostic-Code: smtp; 452 too busy"),
            [("bob@home.test", "failed", "4.0.0")],
        ),
        (
            ("Final-Recipient: rfc822; bob@home.test", "Action: failed", "Final-Recipient: rfc822; ann@home.test"),
            [("bob@home.test", "failed", "5.0.0"), ("ann@home.test", "failed", "5.0.0")],
        ),
        (
            ("Original-Recipient: rfc822; /var/mail/bob", "Final-Recipient: rfc822; bob@home.test", "Action: failed"),
            [("bob@home.test", "failed", "5.0.0")],
        ),
        (
            ("Original-Recipient: rfc822; all@home.test", "Final-Recipient: rfc822; bob@home.test", "Action: failed"),
            [("bob@home.test", "failed", "5.0.0")],
        ),
        (
            ("Original-Recipient: rfc822; bob@home.test", "Final-Recipient: rfc822; @mx:bob@store", "Status: 5.1.1"),
            [("bob@home.test", "failed", "5.1.1")],
        ),
        (
            (
                "Final-Recipient: rfc822; bob@home.test",
                "Action: failed",
                "Status: 4.5.0",
                "Diagnostic-Code: smtp; 550 5.5.0 refused",
            ),
            [("bob@home.test", "failed", "5.5.0")],
        ),
        (
            ("Final-Recipient: rfc822; bob@home.test", "Action: failed", "Status: 4.4.7", "Diagnostic-Code: x; 554"),
            [("bob@home.test", "failed", "4.4.7")],
        ),
    ],
)
def test_machine_fields_as_servers_really_write_them(
    lines: tuple[str, ...], expected: list[tuple[str, str, str]]
) -> None:
    assert rows(read(fields(*lines))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There was an error delivering your mail to <bob@home.test>.\n\n550 5.1.1 no", ("failed", "5.1.1")),
        (
            "Delivery has failed to these recipients or groups:\n\nbob@home.test<mailto:bob@home.test>\n",
            ("failed", "5.0.0"),
        ),
        ("The following recipients were affected: \n    bob@home.test\n", ("failed", "5.0.0")),
        ("   ----- Transcript -----\n>>> RCPT TO:<bob@home.test>\n<<< 452 try later", ("failed", "4.0.0")),
        ("550 <bob@home.test>... User unknown\n", ("failed", "5.0.0")),
        (
            "    bob@home.test: 550 5.2.2 Mailbox full\n    Below is a copy of the original message:",
            ("failed", "5.2.2"),
        ),
        ("A message is delayed for more than 4 hours for:\n\nbob@home.test: Network error\n", ("delayed", "4.0.0")),
        ("以下のメールアドレスへの送信に失敗しました。\nbob@home.test\n\n550 5.1.1 unknown", ("failed", "5.1.1")),
        ("Not delivered.\n\nReceived: from x\nTo: Bob <bob@home.test>\nMessage-ID: <a@b>\n", ("failed", "5.0.0")),
    ],
)
def test_words_alone(text: str, expected: tuple[str, str]) -> None:
    assert rows(read(worded(text))) == [("bob@home.test", *expected)]


def test_addresses_of_the_returned_mail_and_of_the_postmaster_are_innocent() -> None:
    text = (
        "Could not deliver to bob@home.test: no such user. Ask postmaster@home.test or reply to support@desk.test.\n\n"
        "----- Original message -----\nFrom: support@desk.test\nTo: carol@home.test\nCc: dave@home.test\n"
    )
    assert [address for address, _, _ in rows(read(worded(text)))] == ["bob@home.test"]


SES = (
    '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":['
    '{"emailAddress":"bob@home.test","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no user"}'
    '],"note":"%s"}}\n\n--\nUnsubscribe.'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SES % "x", [("bob@home.test", "failed", "5.1.1")]),
        ("\n" + SES % ("x" * 3000), [("bob@home.test", "failed", "5.1.1")]),
        (SES.replace('"Bounce"', '"Complaint"').replace('"bounce"', '"complaint"') % "x", []),
    ],
    ids=["bounce", "one long line", "complaint"],
)
def test_a_cloud_service_tells_it_in_json(text: str, expected: list[tuple[str, str, str]]) -> None:
    raw = worded(text, "AWS Notification Message", "no-reply@sns.cloud.test").replace(b"Return-Path: <>\r\n", b"")
    assert rows(read(raw)) == expected


def test_a_report_that_a_filter_attached_to_its_own_is_unwrapped() -> None:
    inner = fields("Final-Recipient: rfc822; bob@home.test", "Action: failed", "Status: 5.1.1").decode()
    outer = "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n"
    head = "Return-Path: <>\nFrom: postmaster@home.test\nTo: support@desk.test\nSubject: Undeliverable\n"
    assert rows(read(f"{head}{outer}{inner}\n--o--\n".encode())) == [("bob@home.test", "failed", "5.1.1")]


def test_lines_that_end_with_a_lone_cr_are_lines() -> None:
    text = "A message that you sent could not be delivered to one or mo=\nre recipients:\n\nbob@home.test unknown"
    raw = worded(text).replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", 1)
    assert [row[0] for row in rows(read(raw.replace(b"\r\n", b"\r").replace(b"\n", b"\r")))] == ["bob@home.test"]


def test_what_the_report_says_of_one_recipient_ends_at_the_next() -> None:
    report = read(worded("<bob@home.test>:\n550 5.1.1 unknown\n<eve@home.test>:\n552 5.2.2 full\n\nRegards\n"))
    assert report is not None
    assert [(r.address, r.status, r.diagnostic) for r in report.recipients] == [
        ("bob@home.test", "5.1.1", "550 5.1.1 unknown"),
        ("eve@home.test", "5.2.2", "552 5.2.2 full"),
    ]


def test_x_failed_recipients_decides_without_any_known_words() -> None:
    raw = worded("Ei voida.\n").replace(b"To: support", b"X-Failed-Recipients: bob@home.test\r\nTo: support")
    assert [address for address, _, _ in rows(read(raw))] == ["bob@home.test"]


@pytest.mark.parametrize(
    "raw",
    [
        worded("My mail to bob@home.test could not be delivered.", "Mail delivery failed", "ann@home.test").replace(
            b"Return-Path: <>", b"Return-Path: <ann@home.test>"
        ),
        worded("Unable to deliver to bob@home.test", "Fwd: failure notice", "ann@home.test"),
        worded("I am away. Ask bob@home.test if a mail could not be delivered.", "Automatic reply: x", "ann@home.test"),
        worded("", "Hello", "ann@home.test"),
    ],
    ids=["person complains", "person forwards", "absence", "empty"],
)
def test_what_is_no_report(raw: bytes) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"automatic-action/MDN-sent-automatically; deleted", b"manual-action/MDN-sent-manually; displayed"),
        (b"\nSubject: ", b"\nSubject: Not read: "),
    ],
    ids=["displayed", "thrown away unread"],
)
def test_a_receipt_of_a_mail_that_arrived_is_no_report(old: bytes, new: bytes) -> None:
    raw = (DATA / "bounce_mdn_refused.eml").read_bytes()
    assert old in raw
    assert read(raw.replace(old, new)) is None


@pytest.mark.parametrize(
    "text",
    [
        "a@" * 400_000,
        "(" * 800_000,
        "<bob@home.test>: 550 no\n" * 40_000,
        "\n" * 800_000,
        "delivery failed to\n" * 40_000,
    ],
    ids=["ats", "parentheses", "addresses", "blank lines", "cues"],
)
@pytest.mark.timeout(10)
def test_hostile_text_costs_little_and_names_few(text: str) -> None:
    report = read(worded(text))
    assert report is None or len(report.recipients) <= 50
