"""Which parts are the body where a program wrote the structure carelessly."""

import pytest

from maildesk.mail.parse import parse_message

HEAD = b"From: ann@x.test\r\nMIME-Version: 1.0\r\n"
TEXT = b"--bb\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
FILE = b"--bb\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n"


def whole(content_type: bytes, body: bytes) -> bytes:
    return HEAD + b"Content-Type: " + content_type + b"\r\n\r\n" + body


ALTERNATIVES = b"--bb\r\nContent-Type: %s\r\n\r\nhi\r\n--bb\r\nContent-Type: text/html%s\r\n\r\n<p>hi</p>\r\n--bb--"
MAILS = {
    "a named text alone": (whole(b"text/plain; name=msg.txt", b"hi"), "hi", []),
    "named alternatives": (
        whole(b"multipart/alternative; boundary=bb", ALTERNATIVES % (b"text/plain; name=TEXT.txt", b"; name=TEXT.htm")),
        "hi",
        [],
    ),
    "a rendering for Gmail's own format": (
        whole(b"multipart/alternative; boundary=bb", ALTERNATIVES % (b"text/x-amp-html", b"")), "hi", [],
    ),
    "a comma for the semicolon": (whole(b"text/plain, charset=utf-8", "Grüße".encode()), "Grüße", []),
    "no semicolon": (whole(b"text/plain charset=iso-8859-2", "żółw".encode("iso-8859-2")), "żółw", []),
    "text/text": (whole(b"text/text", b"hi"), "hi", []),
    "markdown": (whole(b"text/markdown", b"# hi"), "# hi", []),
    "no boundary named": (whole(b"multipart/mixed", TEXT + FILE + b"--bb--"), "hi", ["a.pdf"]),
    "another boundary named": (whole(b"multipart/mixed; boundary=cc", TEXT + FILE + b"--bb--"), "hi", ["a.pdf"]),
    "CR CR LF": (
        whole(b"multipart/mixed; boundary=bb", b"--bb\r\n\r\nhi\r\nho\r\n" + FILE + b"--bb--").replace(b"\r", b"\r\r"),
        "hi\nho",
        ["a.pdf"],
    ),
    "a line of dashes in a multipart without parts": (whole(b"multipart/mixed", b"hi\r\n--\r\nAnn"), "hi\n--\nAnn", []),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "text", "names"), MAILS.values(), ids=MAILS.keys())
def test_the_text_is_read_and_the_files_are_attached(raw: bytes, text: str, names: list[str]):
    message = parse_message(raw).message
    assert message.text == text
    assert [attachment.filename for attachment in message.attachments] == names


@pytest.mark.parametrize(
    ("plain", "html", "text"),
    [
        (
            "Your client does not support HTML messages.",
            "<p>The printer on floor two smokes.</p>",
            "The printer on floor",
        ),
        ("Diese E-Mail ist im HTML-Format.", "<p>Der Drucker raucht und piept seit heute.</p>", "Der Drucker raucht"),
        # Somebody writes about HTML, in both parts.
        ("My HTML page is broken.", "<p>My <b>HTML</b> page is broken.</p>", "My HTML page is broken."),
        ("My HTML page is broken.", "", "My HTML page is broken."),
        ("Text only.", "<p>Quite different words stand here, and many.</p>", "Text only."),
    ],
)
def test_a_text_that_only_points_to_the_html_stands_below_it(plain: str, html: str, text: str) -> None:
    parts = f"--b\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n"
    parts += f"--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n" if html else ""
    raw = f"From: a@x.test\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n{parts}--b--\r\n"
    found = parse_message(raw.encode()).message.text
    assert found.startswith(text)
    assert plain in found
