"""HTML of real programs as the lines a reader sees."""

import pytest

from maildesk.mail.html import html_to_text

LISTS = [
    ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
    ('<ol start="3"><li>c<ul><li>x</li><li>y</li></ul></li><li>d</li></ol>', "3. c\n  - x\n  - y\n4. d"),
    ("<ul><li><p>a</p></li><li><p>b</p><p>c</p></li></ul>", "- a\n- b\nc"),
    ("<ul><li></li><li>a</li></ul><p>b", "- a\n\nb"),
    ('<ol start="' + "9" * 5000 + '"><li>a</li></ol>', "1. a"),
    ('<ol><li style="display:none">x</li><li>a</li></ol>', "1. a"),
]
TABLES = [
    ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a\tb\n1\t2"),
    ("<table><tr><td><p class=MsoNormal>a</p></td><td><p class=MsoNormal>b</p></td></tr></table>", "a\tb"),
    ("<table><tr><td>a</td><td></td><td>c</td><td></td></tr></table>", "a\t\tc"),
    ("<table><tr><td>&nbsp;</td><td><p>a</p><p>b</p></td><td>&nbsp;</td></tr></table>", "a\n\nb"),
    ("<table><tr><td>&nbsp;</td><td>a</td><td></td></tr></table>", "a"),
    ("<table><tr><td><div>a</div><div>b</div></td><td>c</td></tr></table>", "a\nb\nc"),
    (
        "<table><tr><td>x<table><tr><td>a</td><td>b</td></tr></table></td></tr><tr><td>y</td></tr></table>",
        "x\n\na\tb\ny",
    ),
    ("<table><tr><td><blockquote>old</blockquote></td><td>new</td></tr></table>", "> old\nnew"),
    ("<blockquote><table><tr><td>a</td><td>b</td></tr></table></blockquote>", "> a\tb"),
    ('<table><tr style="display:none"><td>x</td></tr><tr><td>a</td><td>b</td></tr></table>', "a\tb"),
    ("<td>loose</td>", "loose"),
]
OUTLOOK = [
    (
        "<p class=MsoNormal>Hi<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>there</p>",
        "Hi\n\nthere",
    ),
    ('<p class="MsoNormal" style="margin-bottom:12.0pt">a</p><p class="MsoNormal">b</p>', "a\n\nb"),
    ('<p style="margin:0in 0in 0in 0in">a</p><p style="margin: 0;">b</p>', "a\nb"),
    ('<p style="margin:0 0 8pt">a</p><p>b</p>', "a\n\nb"),
    ("<!--[if gte mso 9]><xml><o:x>y</o:x></xml><![endif]--><p>a</p>", "a"),
    ("<!--[if !mso]><!--><p>a</p><!--<![endif]-->", "a"),
    ("<!--[if mso]>x<![endif]--><!--[if !mso]> -->a<!-- <![endif]-->", "a"),
    ('<!--[if gte vml 1]><v:shape/><![endif]--><![if !vml]><img src="cid:a" alt="Logo"><![endif]>', "[image: Logo]"),
    ("before<html><body>in</body></html>after", "before\nin\nafter"),
]
HIDDEN = [
    ('<div style="display:none">x</div>a', "a"),
    ('<div style="max-height:0;overflow:hidden">x</div>a', "a"),
    ('<div style="max-height:0">a</div>', "a"),
    ('<div style="opacity:0">x</div><div style="opacity:0.8">a</div>', "a"),
    ("<div hidden>x</div>a", "a"),
    ('<span style="display:none"><p>x</p></span>a', "a"),
    ('a <span style="display:none"><p>x</p><br></span>b', "a b"),
    ('<div style="font-size:0"><div>x</div><div style="font-size:13px">a</div>y</div>b', "a\nb"),
    ('<p style="mso-hide:all">a</p>', "a"),
    ("<div>&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;</div><div>a</div>", "a"),
]
SPACE = [
    ("<pre>a\n  b<br>c</pre>", "a\n  b\nc"),
    ('<div style="white-space:pre-wrap">a\n  b</div><div>c\n d</div>', "a\n  b\nc d"),
    ('<pre>a <span style="white-space:normal">b\n c</span>\nd</pre>', "a b c\nd"),
    ("<main>a</main><main>b</main><address>c</address><details><summary>d</summary>e</details>", "a\nb\nc\nd\ne"),
]
LINKS = [
    ('<a href="https://x.test/reset"><img src="https://x.test/b.png" alt="Reset"></a>', "Reset <https://x.test/reset>"),
    ('<a href="https://x.test/p"></a>a', "a"),
    ('<img src="https://x.test/b.png" alt="Spring sale">a', "a"),
    ('<a href="mailto:ann@x.test?subject=s">Ann</a>', "Ann <ann@x.test>"),
    ('<a href="mailto:ann@x.test">ann@x.test</a>', "ann@x.test"),
    ('<a href="https://x.test">x.test</a>', "x.test"),
    ('<a href="mailto:Ann@x.test">ANN@x.test</a>', "ANN@x.test"),
    ('<a href="https://evil.test/login">https://x.test/login</a>', "https://x.test/login <https://evil.test/login>"),
    ('<a href="tel:+1">+1</a><a href="#top">top</a>', "+1top"),
]
PICTURES = [
    ('error: <img src="cid:image001.png@01DA" alt="">', "error: [image: image001.png]"),
    ('<img src="cid:ii_x" alt="shot.png"> a', "[image: shot.png] a"),
    ('<img src="cid:ii_x">', "[image]"),
    ('<img src="cid:ii_x" alt="">a', "a"),
    ('<img src="cid:p.gif@x" width="1" height="1">a', "a"),
]


@pytest.mark.parametrize(("html", "text"), [*LISTS, *TABLES, *OUTLOOK, *HIDDEN, *SPACE, *LINKS, *PICTURES])
def test_html_reads_as_it_is_seen(html: str, text: str):
    assert html_to_text(html) == text
