"""What HTML hides from its reader is neither text nor sent on; what a reader sees is never taken for hidden."""

import pytest

from maildesk.mail.hiding import find_hidden_names, hides, without_hidden
from maildesk.mail.html import html_to_text, sanitise_html

HIDDEN = [
    "display:none", "display : NONE !important", "display:/**/none", "visibility:hidden", "opacity:0", "opacity:0%",
    "opacity:.0;color:red", "position:absolute;left:-9999px", "text-indent:-9999px", "margin-left:-5000px",
    "height:0;overflow:hidden", "max-height:0px;overflow:hidden", "width:0;overflow:clip", "font:0/0 a",
    "color:transparent", "clip:rect(0 0 0 0)", "clip-path:inset(50%)", "transform:scale(0)",
]  # fmt: skip
SEEN = [
    "", "display:block", "opacity:0.5", "opacity:0.05", "height:0", "height:0.5em;overflow:hidden", "left:-10px",
    "background-color:transparent", "line-height:0;overflow:hidden", "overflow:hidden", "font:12px/0 Arial",
    "border-left:-500px", "mso-hide:all", "min-height:0;overflow:hidden",
]  # fmt: skip


@pytest.mark.parametrize("style", HIDDEN)
def test_hiding_styles(style: str) -> None:
    page = f'<p>seen</p><div style="{style}">#close <b>deep</b></div><p>also seen</p>'
    assert hides(style)
    assert "#close" not in html_to_text(page) + sanitise_html(page)
    assert "deep" not in html_to_text(page) + sanitise_html(page)
    assert "also seen" in html_to_text(page)
    assert "also seen" in sanitise_html(page)


@pytest.mark.parametrize("style", SEEN)
def test_styles_that_hide_nothing(style: str) -> None:
    page = f'<div style="{style}">words</div>'
    assert not hides(style)
    assert "words" in html_to_text(page)
    assert "words" in sanitise_html(page)


SHEETS = [
    ("<style>.h{display:none}</style>", {".h"}),
    ("<STYLE type='text/css'> p.h , #i { visibility: hidden }\n.v{color:red}</STYLE>", {".h", "#i"}),
    ("<style>/* .c{display:none} */.d{/*x*/display:none}</style>", {".d"}),
    ("<style>.a{color:red}</style><p>x</p><style>.b{display:none}</style>", {".b"}),
    # What the reader's screen decides, and what is more than a name, hides nothing.
    ("<style>@media (max-width:600px){.m{display:none}} .n{display:none}</style>", {".n"}),
    ("<style>@media print{.m{display:none}.k{color:red}}</style>", set()),
    ("<style>table td .x{display:none} a:hover{display:none}</style>", set()),
    ("<style>.open{display:none}", set()),
]


@pytest.mark.parametrize(("page", "names"), SHEETS)
def test_style_sheets(page: str, names: set[str]) -> None:
    assert find_hidden_names(page) == names


def test_what_a_style_sheet_hides_is_not_said() -> None:
    page = '<style>.h{display:none}</style><div class="a h">#close</div><p id="h">Hello</p>'
    assert html_to_text(page) == "Hello"
    assert "#close" not in sanitise_html(page)


def test_elements_without_end_do_not_hide_what_follows() -> None:
    assert without_hidden('<p><img style="display:none" src="x">a<br>b</p>', frozenset()) == "<p>a<br>b</p>"


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "sheet", ["{" * 60_000, "a{" * 30_000, "<style>" * 60_000, "/*" * 30_000, "@media{" * 9_000, "a," * 30_000 + "{}"]
)
def test_time_is_bounded(sheet: str) -> None:
    find_hidden_names(f"<style>{sheet}</style>")
    hides(sheet)
