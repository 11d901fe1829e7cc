"""How mail programs lay out what their person typed, and how they quote the mail that is answered, as text and as HTML.

Used by `clients`. One function a program and form; its docstring tells what is true of that program.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from functools import lru_cache
from html import escape
from textwrap import wrap


@dataclass(frozen=True)
class Typed:
    """What a person types. `bold` are words of the text that they make bold, `picture` is pasted below it."""

    text: str
    bold: str = ""
    picture: bytes = b""


@lru_cache(64)
def _read(raw: bytes) -> EmailMessage:
    """Read a mail once, however often it is looked at; nobody changes it."""
    return message_from_bytes(raw, policy=policy.default)


@dataclass(frozen=True)
class Shown:
    """The mail that is answered, as a program shows it."""

    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return _read(self.raw)

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",)) or self.message.get_body(("html",))
        return str(part.get_content()).replace("\r\n", "\n").strip("\n") if part else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        if part is None:
            return f"<div>{escape(self.text).replace(chr(10), '<br>')}</div>"
        whole = str(part.get_content())
        return whole.partition("<body")[2].partition(">")[2].partition("</body>")[0] or whole

    @property
    def author(self) -> MailAddress:
        return self.message["From"].addresses[0]

    @property
    def sender(self) -> str:
        return f"{self.author.display_name} <{self.author.addr_spec}>"

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    def date(self, form: str) -> str:
        sent = self.message["Date"].datetime if self.message["Date"] else datetime(2026, 11, 23, 8, 40, tzinfo=UTC)
        return str(sent.strftime(form))

    def block(self, date: str) -> tuple[tuple[str, str], ...]:
        """The header lines that programs of the Outlook family put over a quotation."""
        to = ", ".join(a.addr_spec for a in self.message["To"].addresses) if self.message["To"] else ""
        return (("From", self.sender), ("Sent", self.date(date)), ("To", to), ("Subject", self.subject))

    @property
    def quoted(self) -> str:
        return "\n".join(f">{line}" if line.startswith(">") else f"> {line}" for line in self.text.split("\n"))


@dataclass(frozen=True)
class Body:
    """A laid out body: text, HTML, or both; `flowed` as RFC 3676 has it."""

    text: str | None
    html: str | None = None
    flowed: bool = False


Layout = Callable[[Typed, Shown | None], Body]


# ------------------------------------------------------------------ pieces of HTML


def _rich(typed: Typed, line: str) -> str:
    words = escape(line, quote=False)
    bold = escape(typed.bold, quote=False)
    return words.replace(bold, f"<b>{bold}</b>") if bold else words


def _lines(typed: Typed, opening: str, closing: str, empty: str) -> str:
    return "".join(f"{opening}{_rich(typed, line) or empty}{closing}" for line in typed.text.split("\n"))


def _picture(typed: Typed) -> str:
    return '<img width="1" height="1" src="cid:image001.png@01DC5C6F.A1B2C3D0">' if typed.picture else ""


def forwarded(typed: Typed, shown: Shown, *, with_html: bool) -> Body:
    """The header block that most programs set over a forwarded mail."""
    rows = [("From", shown.sender), ("Date", shown.date("%a, %b %d, %Y at %I:%M %p")), ("Subject", shown.subject)]
    rows.append(("To", str(shown.message["To"])))
    text = "\n".join(f"{name}: {value}" for name, value in rows)
    plain = f"{typed.text}\n\n---------- Forwarded message ---------\n{text}\n\n{shown.text}\n"
    head = "<br>".join(f"{name}: {escape(value)}" for name, value in rows)
    html = (
        f'<div dir="ltr">{_lines(typed, "<div>", "</div>", "<br>")}<br><div class="gmail_quote"><div dir="ltr" '
        f'class="gmail_attr">---------- Forwarded message ---------<br>{head}<br></div><br>{shown.html}</div></div>'
    )
    return Body(plain, html if with_html else None)


# ------------------------------------------------------------------ Outlook


def outlook_html(typed: Typed, shown: Shown | None) -> Body:
    """Outlook for Windows: Word's markup, a thin rule and a header block above a quotation without any other mark."""
    empty = "<o:p>&nbsp;</o:p>"
    words = _lines(typed, "<p class=MsoNormal>", "<o:p></o:p></p>", "<o:p>&nbsp;</o:p>")
    old = ""
    if shown is not None:
        head = "<br>".join(f"<b>{k}:</b> {escape(v)}" for k, v in shown.block("%A, %B %d, %Y %I:%M %p"))
        old = (
            f'<p class=MsoNormal>{empty}</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt '
            f'0cm 0cm 0cm"><p class=MsoNormal>{head}<o:p></o:p></p></div></div><p class=MsoNormal>{empty}</p>'
            f"{shown.html}"
        )
    html = (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:w="urn:schemas-microsoft-com:office:word"><head><meta name=Generator content="Microsoft Word 15 '
        '(filtered medium)"><style><!-- p.MsoNormal, li.MsoNormal {margin:0cm; font-size:11.0pt;} --></style></head>'
        f'<body lang=EN-GB link="#467886" vlink="#96607D" style="word-wrap:break-word"><div class=WordSection1>{words}'
        f"{_picture(typed)}{old}</div></body></html>"
    )
    return Body(_outlook_text(typed, shown, ""), html)


def outlook_plain(typed: Typed, shown: Shown | None) -> Body:
    """Outlook in plain text names the old mail by a line of its own."""
    return Body(_outlook_text(typed, shown, "-----Original Message-----\n"))


def _outlook_text(typed: Typed, shown: Shown | None, mark: str) -> str:
    if shown is None:
        return f"{typed.text}\n"
    head = " \n".join(f"{name}: {value}" for name, value in shown.block("%A, %B %d, %Y %I:%M %p"))
    return f"{typed.text}\n\n{mark}{head}\n\n{shown.text}\n"


def outlook_web_html(typed: Typed, shown: Shown | None) -> Body:
    """Outlook on the web: `elementToProof`, a rule, and the header block in `divRplyFwdMsg`."""
    style = "font-family: Aptos, Arial, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);"
    words = _lines(typed, f'<div class="elementToProof" style="{style}">', "</div>", "<br>")
    old, text = "", f"{typed.text}\n"
    if shown is not None:
        block = shown.block("%d %B %Y %H:%M")
        head = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in block)
        old = (
            '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
            f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" color="#000000">{head}</font>'
            f"<div>&nbsp;</div></div>{shown.html}"
        )
        rows = "\n".join(f"{name}: {value}" for name, value in block)
        text = f"{typed.text}\n\n________________________________\n{rows}\n\n{shown.text}\n"
    html = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css" '
        'style="display:none;"> P {margin-top:0;margin-bottom:0;} </style></head><body dir="ltr">'
        f"{words}{_picture(typed)}{old}</body></html>"
    )
    return Body(text, html)


# ------------------------------------------------------------------ Gmail


def gmail_html(typed: Typed, shown: Shown | None) -> Body:
    """Gmail on the web: the attribution wraps before `wrote:`, the quotation stands in `gmail_quote`."""
    return _gmail(typed, shown, "ltr")


def gmail_android_html(typed: Typed, shown: Shown | None) -> Body:
    """Gmail for Android: the same with `dir=auto` for each line typed."""
    return _gmail(typed, shown, "auto")


def gmail_plain(typed: Typed, shown: Shown | None) -> Body:
    """Gmail's plain text mode."""
    return Body(_gmail(typed, shown, "ltr").text)


_GMAIL_DATE = "%a, %b %d, %Y at %I:%M\N{NARROW NO-BREAK SPACE}%p"


def _gmail(typed: Typed, shown: Shown | None, direction: str) -> Body:
    words = _lines(typed, f'<div dir="{direction}">', "</div>", "<br>") + _picture(typed)
    if shown is None:
        return Body(f"{typed.text}\n", f'<div dir="{direction}">{words}</div>\n')
    said = f"On {shown.date(_GMAIL_DATE)} {shown.sender}"
    html = (
        f'<div dir="{direction}">{words}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
        f'class="gmail_attr">{escape(said)} wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px '
        f'0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{shown.html}</blockquote></div>\n'
    )
    text = "\n".join(wrap(f"{said} wrote:", 78, break_long_words=False, break_on_hyphens=False))
    return Body(f"{typed.text}\n\n{text}\n\n{shown.quoted}\n", html)


# ------------------------------------------------------------------ Apple


def apple_mail_html(typed: Typed, shown: Shown | None) -> Body:
    """Mail on a Mac: the attribution is itself quoted, in text and in HTML."""
    return _apple(typed, shown, "", 'style="overflow-wrap: break-word; -webkit-nbsp-mode: space;"')


def apple_mail_plain(typed: Typed, shown: Shown | None) -> Body:
    """The same in plain text."""
    return Body(_apple(typed, shown, "", "").text)


def iphone_html(typed: Typed, shown: Shown | None) -> Body:
    """Mail on an iPhone: its signature stands between the words and the quotation."""
    return _apple(typed, shown, "Sent from my iPhone", 'dir="auto"')


def _apple(typed: Typed, shown: Shown | None, signature: str, style: str) -> Body:
    form = "%b %d, %Y, at %I:%M\N{NARROW NO-BREAK SPACE}%p" if signature else "%d. %b %Y, at %H:%M"
    words = _lines(typed, "<div>", "</div>", "<br>") + _picture(typed)
    sign_html = f'<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{signature}</div>' if signature else ""
    sign_text = f"\n\n{signature}" if signature else ""
    old = text = ""
    if shown is not None:
        said = f"On {shown.date(form)}, {shown.sender} wrote:"
        text = f"\n\n> {said}\n> \n{shown.quoted}"
        old = (
            f'<div dir="ltr"><br><blockquote type="cite">{escape(said)}<br><br></blockquote></div>'
            '<blockquote type="cite">'
            f'<div dir="ltr">{shown.html}</div></blockquote>'
            if signature
            else f'<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>{escape(said)}</div>'
            f'<br class="Apple-interchange-newline"><div>{shown.html}</div></blockquote></div><br>'
        )
    html = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
        f"<body {style}>{words}{sign_html}{old}</body></html>"
    )
    return Body(f"{typed.text}{sign_text}{text}\n", html)


# ------------------------------------------------------------------ Thunderbird, mutt, K-9


def thunderbird_html(typed: Typed, shown: Shown | None) -> Body:
    """Thunderbird: `moz-cite-prefix`, and the quotation names the mail it is from."""
    words = f"<p>{'<br>'.join(_rich(typed, line) for line in typed.text.split(chr(10)))}</p>{_picture(typed)}"
    old = ""
    if shown is not None:
        said = f"On {shown.date('%d/%m/%Y %H:%M')}, {escape(shown.author.display_name)} wrote:"
        cite = str(shown.message["Message-ID"]).strip("<>")
        old = f'<div class="moz-cite-prefix">{said}<br></div>'
        old += f'<blockquote type="cite" cite="mid:{cite}">{shown.html}</blockquote>'
    html = (
        '<!DOCTYPE html>\n<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body>'
        f"{words}{old}</body></html>"
    )
    return Body(thunderbird_plain(typed, shown).text, html)


def thunderbird_plain(typed: Typed, shown: Shown | None) -> Body:
    """Thunderbird's plain text is format=flowed: a line that begins with a blank, `>` or `From ` is stuffed."""
    own = "\n".join(f" {line}" if line.startswith((" ", ">", "From ")) else line for line in typed.text.split("\n"))
    if shown is None:
        return Body(f"{own}\n", flowed=True)
    said = f"On {shown.date('%d/%m/%Y %H:%M')}, {shown.author.display_name} wrote:"
    return Body(f"{own}\n\n{said}\n{shown.quoted}\n", flowed=True)


def mutt_plain(typed: Typed, shown: Shown | None) -> Body:
    """mutt: text alone, the answer above or below is its person's choice; here above."""
    if shown is None:
        return Body(f"{typed.text}\n")
    said = f"On {shown.date('%a, %b %d, %Y at %I:%M:%S%p +0000')}, {shown.author.display_name} wrote:"
    return Body(f"{typed.text}\n\n{said}\n{shown.quoted}\n")


_K9 = "Sent from my Android device with K-9 Mail. Please excuse my brevity."


def k9_html(typed: Typed, shown: Shown | None) -> Body:
    """K-9: its signature below the mark, the quotation in Gmail's class."""
    words = f"{'<br>'.join(_rich(typed, line) for line in typed.text.split(chr(10)))}{_picture(typed)}"
    sign = f'<br>-- <br><div class="k9mail-signature">{_K9}</div>'
    old = ""
    if shown is not None:
        old = (
            f'<br><br><div class="gmail_quote"><div dir="auto">{escape(_k9_said(shown))}</div><blockquote '
            'class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); '
            f'padding-left: 1ex;">{shown.html}</blockquote></div>'
        )
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"></head>'
    html = f'{head}<body><div dir="auto">{words}{sign}</div>{old}</body></html>'
    return Body(k9_plain(typed, shown).text, html)


def k9_plain(typed: Typed, shown: Shown | None) -> Body:
    """K-9 in plain text."""
    old = f"\n\n{_k9_said(shown)}\n{shown.quoted}" if shown is not None else ""
    return Body(f"{typed.text}\n-- \n{_K9}{old}\n")


def _k9_said(shown: Shown) -> str:
    return f"On {shown.date('%d %B %Y %H:%M:%S')} UTC, {shown.sender} wrote:"
