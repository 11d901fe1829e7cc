"""Private addresses in mail to outsiders, however they are written."""

import pytest

from maildesk.mail.concealing import conceal

DESK = "support@example.test"
CONCEALER = conceal(("tia@staff.test", "tia.b@home.test", "o'neil&co@staff.test"), DESK)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Write to TIA@Staff.Test.", f"Write to {DESK}."),
        ("<tia@staff.test>, (tia.b@home.test)", f"<{DESK}>, ({DESK})"),
        ("tia+tickets@staff.test", DESK),
        ("_tia@staff.test_ *tia@staff.test*", f"_{DESK}_ *{DESK}*"),
        ('<a href="mailto:tia%40staff.test">x</a>', f'<a href="mailto:{DESK}">x</a>'),
        ("https://x.test/?to=tia%40staff.test&a=%20tia@staff.test", f"https://x.test/?to={DESK}&a=%20{DESK}"),
        ("o'neil&co@staff.test o&#x27;neil&amp;co@staff.test", f"{DESK} {DESK}"),
        ("antia@staff.test, tia@staff.test.example.org, x.tia@staff.test", None),
        ("tiaxb@home.test", None),
    ],
)
def test_private_addresses_become_the_desks(text: str, clean: str | None):
    assert CONCEALER.text(text) == (text if clean is None else clean)


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<p>Write to tia@staff.test</p>", f"<p>Write to {DESK}</p>"),
        (
            '<p>Write to <a href="mailto:tia@staff.test">tia@staff.test</a></p>',
            f'<p>Write to <a href="mailto:{DESK}">{DESK}</a></p>',
        ),
        ("<p>Write to <b>tia</b>@staff.test</p>", None),
        ('<p>Write to <a href="https://x.test/?a=t%69a@staff.test">tia@staff.test</a></p>', None),
    ],
)  # fmt: skip
def test_html_says_what_the_text_says_or_nothing(html: str, clean: str | None):
    assert CONCEALER.fragment(html, f"Write to {DESK}") == clean


def test_a_page_that_still_shows_one_is_not_sent():
    assert CONCEALER.page("<p>tia@staff.test</p>") == f"<p>{DESK}</p>"
    assert CONCEALER.page("<p>t&#105;a@staff.test</p>") is None
    assert CONCEALER.page("<p>tia@\u200bstaff.test</p>") is None
    assert CONCEALER.page(None) is None


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("for tia@staff.test.pdf", f"for {DESK}.pdf"),
        ("tia@staff.test.tar.gz", f"{DESK}.tar.gz"),
        ("tia@staff.test", DESK),
        ("report.v2.pdf", "report.v2.pdf"),
        ("ann@client.test.pdf", "ann@client.test.pdf"),
    ],
)
def test_names_of_files_are_no_exception(name: str, clean: str):
    assert CONCEALER.file_name(name) == clean


def test_nothing_to_conceal_changes_nothing():
    nobody = conceal((), DESK)
    assert nobody.text("tia@staff.test") == "tia@staff.test"
    assert nobody.page("<p>tia@staff.test</p>") == "<p>tia@staff.test</p>"
