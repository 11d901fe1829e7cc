"""The check of every story for itself: it finds a leak in any dress, and is quiet about what is public."""

from email.message import EmailMessage

import pytest

from tests.secrecy import Secret, told

NOTE = "She poured coffee into the printer and does not say so."


def mail(text: str, html: str | None = None) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"] = "Re: Printer [#1001]", "support@example.test"
    made.set_content(text)
    if html is not None:
        made.add_alternative(html, subtype="html")
    return made


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (f"Hello,\n{NOTE}\n", None),
        ("> She poured\n> coffee into\n> the printer", None),
        ("COFFEE INTO THE PRINTER", None),
        ("Hello", "<p>She poured <b>coffee</b> into&nbsp;the&#32;printer</p>"),
        ("Hello", '<p title="coffee into the printer">Hello</p>'),
    ],
)
def test_a_leak_is_found_in_any_dress(text: str, html: str | None):
    assert told(mail(text, html), "ann@customer.test", [Secret(NOTE)], [])


@pytest.mark.parametrize(
    ("text", "secret", "public"),
    [
        ("She poured tea.", Secret(NOTE), []),
        (NOTE, Secret(NOTE), [f"He said: {NOTE}"]),
        (NOTE, Secret(NOTE, "ann@customer.test"), []),
        ("To add something, just reply to this mail.", Secret("> To add something, just reply to this mail."), []),
        ("the fuser", Secret("the fuser"), []),
    ],
)
def test_what_may_be_known_is_no_leak(text: str, secret: Secret, public: list[str]):
    assert told(mail(text), "Ann@customer.test", [secret], public) == []
