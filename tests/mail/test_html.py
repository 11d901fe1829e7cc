"""HTML made harmless and readable."""

import time

import pytest

from maildesk.mail import budgets
from maildesk.mail.html import html_to_text, sanitise_html

TEXTS = [
    ("<p>a</p><p>b</p>", "a\n\nb"),
    ("<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc"),
    ("a<br>b<br><br>c", "a\nb\n\nc"),
    ("<div dir=ltr>#close<div>#note it works</div></div>", "#close\n#note it works"),
    ("one\n  two&nbsp;three &amp; &lt;four&gt;", "one two three & <four>"),
    ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
    ("<pre>a\n  b</pre>", "a\n  b"),
    ('see <a href="https://x.test/p?a=1&amp;b=2">this</a>', "see this <https://x.test/p?a=1&b=2>"),
    ('<a href="https://x.test/">https://x.test</a>', "https://x.test"),
    ('<a href="mailto:a@x.test">a@x.test</a>', "a@x.test"),
    ("<blockquote>old<br>mail</blockquote>new", "> old\n> mail\n\nnew"),
    ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
    ('<blockquote style="margin:0 0 0 40px;border:none">indented</blockquote>', "indented"),
    ('<div class="yahoo_quoted"><div>old</div></div>', "> old"),
    ('new<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> a</div><div>old</div>', None),
    ('<span style="display:none">preview</span>shown', "shown"),
    ('<div style="font-size:0px">hidden</div><div style="font-size:0.9em">small</div>', "small"),
    ("<style>p{}</style><script>x()</script><title>t</title>text", "text"),
    ("<!--[if mso]><p>office</p><![endif]-->text", "text"),
    ("<![if !mso]><p>text</p><![endif]>", "text"),
    ("before<html><body><p>in</p></body></html>after", "before\n\nin\n\nafter"),
    ("<p>1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
    ("plain", "plain"),
    ("", ""),
    ("<b>unclosed", "unclosed"),
]


@pytest.mark.parametrize(("html", "text"), TEXTS)
def test_html_to_text(html: str, text: str | None):
    shown = html_to_text(html)
    if text is None:
        assert [line for line in shown.split("\n") if line and not line.startswith(">")] == ["new"]
    else:
        assert shown == text


@pytest.mark.parametrize(
    ("html", "absent"),
    [
        ("<script>alert(1)</script>x", "alert"),
        ('<a href="javascript:alert(1)">x</a>', "javascript"),
        ('<a href="java&#13;script:alert(1)">x</a>', "script:"),
        ('<p onclick="x()">x</p>', "onclick"),
        ('<img src="https://track.test/pixel.gif">', "track"),
        ("<style>* {display:none}</style>x", "display"),
        ('<p style="position:fixed">x</p>', "position"),
        ("<iframe src=x></iframe><form action=x><input></form>", "<form"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>", "onerror"),
        ('<math><mtext><table><mglyph><style><img src=x onerror="a">', "onerror"),
        ('<a href="data:text/html,x">x</a>', "data:"),
    ],
)
def test_sanitised_html_keeps_nothing_active(html: str, absent: str):
    assert absent not in sanitise_html(html)


def test_sanitised_html_keeps_language_and_direction_of_the_body():
    framed = '<html><head><title>t</title></head><body dir="rtl" lang="he" onload="x()"><p>a</p></body></html>'
    assert sanitise_html(framed) == '<div><div dir="rtl" lang="he"><p>a</p></div></div>'


def test_sanitised_html_keeps_structure_and_embedded_pictures():
    kept = '<p class="MsoNormal">a <b>b</b> <img src="cid:logo@x" alt="Logo"></p>'
    assert sanitise_html(kept) == kept


HOSTILE = {
    "deep": "<div>" * 40_000,
    "deep inline": "<b><i>" * 20_000 + "x",
    "unclosed paragraphs": "<p>" * 150_000,
    "formatting and paragraphs": "<font>" * 250 + "<p>" * 50_000,
    "entities": "&" * 500_000,
    "attributes": "<a " + "b=c " * 100_000,
    "brackets": "<" * 400_000,
    "declarations": "<![if" * 80_000,
    "comments": "<!--" * 100_000,
    "conditional comments": "<!--[if mso]>" * 30_000,
    "blanks": " " * 500_000,
    "misnested": "<a><b></a></b>" * 30_000,
    "large": "<p>x</p>" * 100_000,
    "links": '<a href="https://x.test/">x</a> ' * 14_000,
    "cells": "<table>" + "<tr><td>a</td><td>b</td></tr>" * 10_000,
    "nested tables": "<table><tr><td>x" * 60 + "y",
    "items": "<ol>" + "<li>x" * 40_000,
    "styles": '<p style="margin:0 0 0 0 0;font-size:0;opacity:0x">' * 8_000,
    "one long style": '<p style="margin:' + "0 " * 200_000 + '">x',
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_html_takes_bounded_time(html: str):
    begun = time.process_time()
    html_to_text(html[: budgets.HTML_CHARS])
    sanitise_html(html)
    assert time.process_time() - begun < 5


def test_too_much_html_comes_back_escaped():
    assert sanitise_html("<div>" * 1000 + "<script>") == "<pre></pre>"
    assert sanitise_html("<div>" * 1000 + "a &lt;b&gt;").startswith("<pre>a &lt;b&gt;")
