"""The HTML of a mail cut down to what may be shown of it, as real programs write it and as nobody should."""

import re
import time
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail.html import html_to_text, sanitise_html
from maildesk.mail.quoting import find_visible_text
from maildesk.mail.relaying import find_fragment, find_pictures, says, with_pictures
from maildesk.mail.rendering import render
from tests.mail.test_html import HOSTILE

GMAIL = (
    '<div dir="ltr"><div>#close</div><div>Hello <b>Ann</b>,</div><div><ul><li>one</li><li>two</li></ul></div>'
    '<div>see <a href="https://x.test/a?b=1&amp;c=2" target="_blank">this</a></div><div><br></div>'
    '<span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature">Tia, canary'
    '<img src="cid:ii_logo" alt="logo.png"></div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    'On Mon, Desk &lt;<a href="mailto:support+rabc@example.test">support+rabc@example.test</a>&gt; wrote:<br></div>'
    '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">canary <b>note</b></blockquote></div>'
)
GMAIL_SHOWN = (
    '<div dir="ltr"><div>Hello <b>Ann</b>,</div><div><ul><li>one</li><li>two</li></ul></div>'
    '<div>see <a href="https://x.test/a?b=1&amp;c=2">this</a></div></div>'
)
OUTLOOK = (
    "<html><head><style>p.MsoNormal {margin:0cm}</style></head><body lang=EN-GB><div class=WordSection1>"
    "<p class=MsoNormal>#note<o:p></o:p></p><p class=MsoNormal>Which <b>floor</b>?<o:p></o:p></p>"
    "<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>See <img src='cid:image001.png@01DA' alt='x'></p>"
    "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Desk canary<br>"
    "<b>Sent:</b> Monday, March 2, 2026 10:00 AM<br><b>To:</b> tia@staff.test<br><b>Subject:</b> x</p></div></div>"
    "<p class=MsoNormal>canary</p><img src='cid:image002.png@01DA'></div></body>"
)
OUTLOOK_SHOWN = (
    '<div><div lang="EN-GB"><div><p style="margin:0">Which <b>floor</b>?</p><p style="margin:0">&nbsp;</p>'
    '<p style="margin:0">See <img src="cid:image001.png@01DA" alt="x" style="max-width:100%"></p></div></div></div>'
)
APPLE_SHOWN = (
    '<div><div>Second <i>floor</i>.<div><br></div><div>Thanks</div><div><img src="cid:ABC-1@home" alt="shot.png" '
    'style="max-width:100%"></div></div></div>'
)
THUNDERBIRD_SHOWN = (
    '<div><div><p>Dear <span style="font-weight:bold">Ann</span>,<br>it works.</p><table cellpadding="4" '
    'cellspacing="0" border="1" style="border-collapse:collapse"><tbody><tr><td>disk</td><td>full</td></tr><tr>'
    '<td>fan</td><td>ok</td></tr></tbody></table><pre style="white-space:pre-wrap;font-family:ui-monospace,'
    'Consolas,Menlo,monospace">$ ls\n  a\n\n  b</pre></div></div>'
)
TABLE_SHOWN = (
    '<table cellpadding="4" cellspacing="0" border="1" style="border-collapse:collapse"><tbody><tr><td>a</td>'
    "<td></td><td>c</td></tr></tbody></table>"
)
QUOTE = '<blockquote style="margin:0 0 12px;padding:0 0 0 14px;border-left:3px solid #b3b8bf">'
APPLE = (
    '<html><body style="overflow-wrap: break-word;">Second <i>floor</i>.<div><br></div><div>Thanks</div>'
    '<div><img src="cid:ABC-1@home" alt="shot.png"></div><div><br><blockquote type="cite"><div>On 4 Mar, Desk wrote:'
    '</div><br class="Apple-interchange-newline"><div>canary<img src="cid:ABC-2@home"></div></blockquote></div></body>'
)
THUNDERBIRD = (
    "<!DOCTYPE html><html><body><p>Dear <span style='font-weight: bold; color: red'>Ann</span>,<br>it works.</p>"
    "<table><tr><td>disk</td><td>full</td></tr><tr><td>fan</td><td>ok</td></tr></table><pre>$ ls\n  a\n\n  b</pre>"
    '<div class="moz-cite-prefix">On 04/03/2026, Desk wrote:<br></div><blockquote type="cite" cite="mid:canary@x">'
    '<p>canary</p></blockquote><div class="moz-signature">-- <br>Tia canary</div></body></html>'
)

GMAIL_TEXT = "Hello *Ann*,\n\n   - one\n   - two\n\nsee this <https://x.test/a?b=1&c=2>"
ROWS = {
    "gmail": (GMAIL, "Hello Ann,\n- one\n- two\nsee this <https://x.test/a?b=1&c=2>", GMAIL_SHOWN),
    "gmail by its text": (GMAIL, GMAIL_TEXT, GMAIL_SHOWN),
    "outlook": (OUTLOOK, "Which floor?\n\nSee [image: x]", OUTLOOK_SHOWN),
    "outlook by its text": (OUTLOOK, "Which floor?\n\nSee [cid:image001.png@01DA]", OUTLOOK_SHOWN),
    "apple": (APPLE, "Second floor.\n\nThanks\n", APPLE_SHOWN),
    "thunderbird": (
        THUNDERBIRD,
        "Dear *Ann*,\nit works.\n\ndisk\n\tfull\nfan\n\tok\n$ ls\n  a\n\n  b",
        THUNDERBIRD_SHOWN,
    ),
    "wrapped at 72 columns": ("<p>one two three</p>", "one two\nthree", "<p>one two three</p>"),
    "dropped between breaks": ("one<br>two<br>three<br><br>four", "one\nthree\n\nfour", "one<br>three<br><br>four"),
    "an empty cell": (
        "<table><tr><td>a</td><td></td><td>c</td></tr><tr><td>canary</td></tr></table>",
        "a\tc",
        TABLE_SHOWN,
    ),
    "right to left": ('<div dir="rtl" lang="he">שלום</div>', "שלום", '<div dir="rtl" lang="he">שלום</div>'),
    "answers between quotes": (
        "<blockquote>Which floor?<br>canary</blockquote><p>Second.</p><blockquote>When?</blockquote><p>Now.</p>",
        "> Which floor?\nSecond.\n\n> When?\nNow.",
        f"{QUOTE}Which floor?<br></blockquote><p>Second.</p>{QUOTE}When?</blockquote><p>Now.</p>",
    ),
    "own words before the same words quoted": (
        "<blockquote><p>Hello,</p></blockquote><p>Hello,</p><p>yes</p>",
        "Hello,\nyes",
        "<p>Hello,</p><p>yes</p>",
    ),
}


@pytest.mark.parametrize(("html", "shown", "fragment"), ROWS.values(), ids=ROWS)
def test_fragment_says_what_is_shown(html: str, shown: str, fragment: str):
    assert find_fragment(sanitise_html(html), shown) == fragment


@pytest.mark.parametrize("html", [GMAIL, OUTLOOK, APPLE, THUNDERBIRD], ids=["gmail", "outlook", "apple", "thunderbird"])
def test_visible_text_has_html_without_signature_and_quotes(html: str):
    typed = find_visible_text(html_to_text(html)).removeprefix("#close\n").removeprefix("#note\n")
    fragment = find_fragment(sanitise_html(html), typed)
    assert fragment is not None
    assert "canary" not in fragment + " ".join(find_pictures(fragment)) and "#" not in fragment.replace("#b3b8bf", "")
    assert len(find_pictures(fragment)) == (html in (OUTLOOK, APPLE))


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>We come tomorrow.</p>", "We come today."),
        ("<p>We come</p>", "We come tomorrow."),
        ("<p>#note secret</p><p>We come</p>", "secret\nWe come"),
        ("<p>We come. canary</p>", "We come."),
        ("<p>b</p><p>a</p>", "a\nb"),
        ("<p>a</p>", ""),
        (None, "a"),
        ("", "a"),
        ("<p>a</p>" * 6_000, "a"),
        ("<p>a</p>" + " " * 200_000, "a"),
    ],
)
def test_text_wins_where_the_html_says_something_else(html: str | None, shown: str):
    assert find_fragment(html, shown) is None


@pytest.mark.parametrize(
    ("html", "absent"),
    [
        (
            '<p class="x" style="color:red;position:fixed;background:url(http://t.test/p)">a</p>',
            ("class", "color", "url"),
        ),
        ('<a href="javascript:x()">a</a>', ("href", "<a")),
        ('<a href="ftp://x.test/">a</a>', ("href",)),
        ('<a href="mailto:b@x.test?bcc=c@x.test&amp;body=x">b@x.test</a>', ("bcc", "body")),
        ('<img src="https://t.test/p.gif">a', ("img", "t.test")),
        ('<img src="cid:p.gif@x" width="1" height="1">a', ("img",)),
        ('<font face="Arial">a</font>', ("font",)),
        ('<p title="a>b<img src=cid:x>">a</p>', ("img",)),
        ("&lt;script&gt;a&lt;/script&gt;", ("<script",)),
        ('<span style="font-size:0">canary</span>a', ("canary",)),
        ('<p style="font-weight:bold;behavior:url(x)">a</p>', ("behavior",)),
    ],
)
def test_fragment_keeps_nothing_else(html: str, absent: tuple[str, ...]):
    fragment = find_fragment(sanitise_html(html), html_to_text(html))
    assert fragment is not None
    assert not [word for word in absent if word in fragment]


def test_fragment_is_harmless_whatever_its_source_claims_to_be():
    """The sandbox may be broken: what it hands over is not believed to be harmless."""
    html = '<p onclick="x()">a <script>b</script><a href="javascript:c()">d</a></p><iframe src="e">f</iframe>'
    fragment = find_fragment(html, render(html))
    assert fragment == "<p>a bd</p>f"


PICTURES = {
    "below the text": ('<p>see</p><img src="cid:a">', "see", ("a",)),
    "below a command": ('<p>#close</p><img src="cid:a"><p>see</p>', "see", ("a",)),
    "without words for it": ('<p>see</p><img src="cid:a" alt=""><p>-- </p><img src="cid:b" alt="">', "see", ("a",)),
    "of a signature": ('<p>see</p><p>-- </p><p>Tia</p><img src="cid:a">', "see", ()),
    "of a quotation": ('<p>see</p><p>On Monday Desk wrote:</p><blockquote><img src="cid:a"></blockquote>', "see", ()),
    "quoted right below": ('<p>see</p><blockquote><img src="cid:a"></blockquote>', "see", ()),
    "between quotation and text": ('<p>From: Desk</p><img src="cid:a"><p>see</p>', "see", ()),
    "twice": ('<p>see <img src="cid:a"> and <img src="cid:a"></p>', "see [image] and [image]", ("a",)),
    "with an encoded id": ('<p>see <img src="cid:a%25b%40c"></p>', "see", ("a%b@c",)),
}  # fmt: skip


@pytest.mark.parametrize(("html", "shown", "pictures"), PICTURES.values(), ids=PICTURES)
def test_pictures_of_what_is_shown(html: str, shown: str, pictures: tuple[str, ...]):
    fragment = find_fragment(sanitise_html(html), shown)
    assert fragment is not None
    assert find_pictures(fragment) == pictures


def test_pictures_get_new_ids_or_their_words():
    fragment = find_fragment(sanitise_html('<p>see <img src="cid:a"> <img src="cid:b" alt="x &lt; y"></p>'), "see")
    assert fragment is not None
    renamed = with_pictures(fragment, {"a": "p0.abc@desk.test"})
    assert find_pictures(renamed) == ("p0.abc@desk.test",)
    assert "x &lt; y" in renamed and "cid:b" not in renamed


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_hostile_html_takes_bounded_time(html: str):
    page = sanitise_html(html)[:200_000]
    begun = time.process_time()
    for shown in ("x", "a", html_to_text(page)[:100_000]):
        find_fragment(page, shown)
    assert time.process_time() - begun < 5


# ------------------------------------------------------------------ properties

_WORDS = st.text("ab1*_- \xa0<>&/[]é😀", min_size=0, max_size=6)
_VOID = st.sampled_from(["<br>", "<hr>", '<img src="cid:x" alt="p.png">', '<img src="cid:y" alt="">', "<img src=z>"])
_TAGS = st.sampled_from([
    "p", "div", "b", "i", "span", "ul", "ol", "li", "blockquote", "table", "tr", "td", "pre", "h1", "font",
    'a href="https://x.test/t"', 'p class="MsoNormal"', 'span style="font-size:0"', 'div class="yahoo_quoted"',
])  # fmt: skip
_HTML = st.recursive(
    st.one_of(_WORDS.map(escape), _VOID),
    lambda inner: st.builds(
        lambda tag, pieces: f"<{tag}>{''.join(pieces)}</{tag.partition(' ')[0]}>", _TAGS, st.lists(inner, max_size=4)
    ),
    max_leaves=20,
)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s>]+", "", text)


@given(html=_HTML, picks=st.lists(st.booleans(), max_size=12))
def test_any_cut_of_any_html_is_said_exactly_or_not_at_all(html: str, picks: list[bool]):
    lines = html_to_text(html).split("\n")
    cut = "\n".join(line for line, is_picked in zip(lines, [*picks, *[False] * len(lines)], strict=False) if is_picked)
    fragment = find_fragment(sanitise_html(html), cut)
    if fragment is not None:
        assert says(fragment, cut)
        assert html_to_text(fragment) == render(fragment)


_BLOCK = st.sampled_from(["p", "div", "li", "blockquote", "td", "h2", "pre"])


@given(
    blocks=st.lists(st.tuples(st.booleans(), _BLOCK), max_size=12),
    wrap=st.sampled_from(["", "div", "ul", "table", "blockquote"]),
)
def test_what_is_not_shown_is_in_no_fragment(blocks: list[tuple[bool, str]], wrap: str):
    inner = "".join(f"<{tag}>{'said' if is_said else 'canary'} {n}</{tag}>" for n, (is_said, tag) in enumerate(blocks))
    html = f"<{wrap}>{inner}</{wrap}>" if wrap else inner
    shown = "\n".join(f"said {n}" for n, (is_said, _) in enumerate(blocks) if is_said)
    fragment = find_fragment(sanitise_html(html), shown)
    assert fragment is None or "canary" not in fragment
    if shown and not {"td", "li"} & {tag for _, tag in blocks}:
        assert fragment is not None
        assert _squeezed(render(fragment)) == _squeezed(shown)
