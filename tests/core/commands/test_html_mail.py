"""Commands in mail that is HTML alone: each program's lines arrive as lines."""

import pytest

from maildesk.core.commands import read_commands
from maildesk.mail.read import ReadingContext, read_message

_MAIL = (
    "From: tia@staff.test\r\nTo: support@desk.test\r\nSubject: Re: Printer\r\nMessage-ID: <html@staff.test>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param('<div dir="ltr">#mine<div>#tag fuser</div><div><br></div><div>Hello.</div></div>', id="gmail"),
        pytest.param(
            '<div class="WordSection1"><p class="MsoNormal">#mine<o:p></o:p></p><p class="MsoNormal">#tag fuser<o:p>'
            '</o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Hello.<o:p></o:p></p></div>',
            id="outlook",
        ),
        pytest.param(
            '<div class="elementToProof">#mine</div><div class="elementToProof">#tag fuser</div>'
            '<div class="elementToProof"><br></div><div class="elementToProof">Hello.</div>',
            id="outlook-web",
        ),
        pytest.param(
            '<html><body dir="auto">#mine<div>#tag fuser</div><div><br></div><div>Hello.<br '
            'id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div></div></body></html>',
            id="iphone",
        ),
        pytest.param("<body>#mine<div>#tag fuser</div><div><br></div><div>Hello.</div></body>", id="apple-mail"),
        pytest.param("<body><p>#mine</p><p>#tag fuser</p><p>Hello.</p></body>", id="thunderbird-paragraphs"),
        pytest.param("<body>#mine<br>\n#tag fuser<br>\n<br>\nHello.<br>\n</body>", id="thunderbird-lines"),
        pytest.param('<p dir="ltr">#mine<br>\n#tag fuser</p>\n<p dir="ltr">Hello.</p>', id="android"),
        pytest.param("<p>#mine<br />#tag fuser</p><p>Hello.</p>", id="roundcube"),
        pytest.param("<div>#mine&nbsp;</div><div>&nbsp;#tag&nbsp;fuser</div><div>Hello.</div>", id="hard-blanks"),
        pytest.param("<p><span>#</span><span>mine</span></p><p><b>#tag</b> <i>fuser</i></p><p>Hello.</p>", id="styled"),
    ],
)
def test_lines_of_html_mail(html: str) -> None:
    message = read_message((_MAIL + html).encode(), ReadingContext()).message
    block = read_commands(message.visible_text)
    assert ([(c.word, c.value) for c in block.commands], block.text) == ([("mine", ""), ("tag", "fuser")], "Hello.")


def test_what_is_no_command_stays_text() -> None:
    html = "<div>#mine</div><div># Heading</div><div>#1 is broken</div>"
    message = read_message((_MAIL + html).encode(), ReadingContext()).message
    assert read_commands(message.visible_text).text == "# Heading\n#1 is broken"
