"""The people of the stories and their mail programs: mails as real clients write them, new and in answer.

A client is a function that lays out an answer: what was typed, then the answered mail as that program quotes it.
"""

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import formataddr
from html import escape

from tests.desk import DESK, Sent

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answered:
    """What a program knows of the mail it quotes."""

    typed: str
    original: Sent

    @property
    def sender(self) -> str:
        address = self.original.message["From"].addresses[0]
        return f"{address.display_name} <{address.addr_spec}>"

    def date(self, form: str) -> str:
        return str(self.original.message["Date"].datetime.strftime(form))

    @property
    def quoted(self) -> str:
        return "\n".join(f"> {line}".rstrip() if not line.startswith(">") else f">{line}" for line in self._lines)

    @property
    def _lines(self) -> list[str]:
        return self.original.text.splitlines()

    @property
    def body(self) -> str:
        """The inside of the answered HTML, as programs paste it."""
        return self.original.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]

    @property
    def header_block(self) -> tuple[tuple[str, str], ...]:
        return (
            ("From", self.sender),
            ("Sent", self.date("%A, %B %d, %Y %I:%M %p")),
            ("To", str(self.original.message["To"])),
            ("Subject", self.original.subject),
        )


Client = Callable[[Answered], tuple[str | None, str | None]]


def gmail(answer: Answered) -> tuple[str, str]:
    said = f"On {answer.date('%a, %b %d, %Y at %I:%M %p')} {answer.sender}"
    text = f"{answer.typed}\n\n{said}\nwrote:\n\n{answer.quoted}\n"
    html = (
        f'<div dir="ltr">{_divs(answer.typed)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{escape(said)} wrote:<br></div><blockquote class="gmail_quote" '
        f'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{answer.body}'
        "</blockquote></div>\n"
    )
    return text, html


def outlook(answer: Answered) -> tuple[str, str]:
    """Outlook quotes without any mark: only the header block tells where the old mail begins."""
    block = "\n".join(f"{name}: {value}" for name, value in answer.header_block)
    text = f"{answer.typed}\n\n{block}\n\n{answer.original.text}\n"
    typed = "".join(f"<p class=MsoNormal>{escape(line) or '<o:p>&nbsp;</o:p>'}</p>" for line in _lines(answer.typed))
    head = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in answer.header_block)
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal {margin:0cm}</style></head>'
        f'<body lang=EN-GB><div class=WordSection1>{typed}<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style="'
        'border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal>'
        f"{head}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>{answer.body}</div></body></html>\n"
    )
    return text, html


def outlook_plain(answer: Answered) -> tuple[str, None]:
    block = "\n".join(f"{name}: {value}" for name, value in answer.header_block)
    return f"{answer.typed}\n\n-----Original Message-----\n{block}\n\n{answer.original.text}\n", None


def apple_mail(answer: Answered) -> tuple[str, str]:
    said = f"On {answer.date('%d. %b %Y, at %H:%M')}, {answer.sender} wrote:"
    text = f"{answer.typed}\n\n> {said}\n> \n{answer.quoted}\n"
    html = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="'
        f'overflow-wrap: break-word;">{_divs(answer.typed)}<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote '
        f'type="cite"><div>{escape(said)}</div><br class="Apple-interchange-newline"><div>{answer.body}</div>'
        "</blockquote></div><br></body></html>"
    )
    return text, html


def iphone(answer: Answered) -> tuple[str, str]:
    said = f"On %s, {answer.sender} wrote:" % answer.date("%b %d, %Y, at %I:%M %p")
    text = f"{answer.typed}\n\nSent from my iPhone\n\n> {said}\n> \n{answer.quoted}\n"
    html = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">'
        f'{_divs(answer.typed)}<div><br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div>'
        f'<div dir="ltr"><br><blockquote type="cite">{escape(said)}<br><br></blockquote></div><blockquote type="cite">'
        f'<div dir="ltr">{answer.body}</div></blockquote></div></body></html>'
    )
    return text, html


def thunderbird(answer: Answered) -> tuple[str, str]:
    said = f"On {answer.date('%d/%m/%Y %H:%M')}, {answer.sender.partition(' <')[0]} wrote:"
    text = f"{answer.typed}\n\n{said}\n{answer.quoted}\n"
    html = (
        '<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body>'
        f'<p>{escape(answer.typed).replace(chr(10), "<br>")}</p><div class="moz-cite-prefix">{said}<br></div>'
        f'<blockquote type="cite" cite="mid:{answer.original.message_id.strip("<>")}">{answer.body}</blockquote>'
        "</body></html>"
    )
    return text, html


def mutt(answer: Answered) -> tuple[str, None]:
    """Quote above, own words below, as its users do; a signature ends it."""
    said = f"On {answer.date('%a, %b %d, %Y at %I:%M:%S%p +0000')}, {answer.sender.partition(' <')[0]} wrote:"
    return f"{said}\n{answer.quoted}\n\n{answer.typed}\n\n-- \nwritten with care\n", None


def mutt_on_top(answer: Answered) -> tuple[str, None]:
    said = f"On {answer.date('%a, %b %d, %Y at %I:%M:%S%p +0000')}, {answer.sender.partition(' <')[0]} wrote:"
    return f"{answer.typed}\n\n{said}\n{answer.quoted}\n", None


def android_html_only(answer: Answered) -> tuple[None, str]:
    head = "".join(f"<div>{name}: {escape(value)} </div>" for name, value in answer.header_block)
    html = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body dir="auto">'
        f'{_divs(answer.typed)}<div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:'
        '12px;color:#575757" dir="auto">Sent from my Galaxy</div></div><div dir="auto"><br></div><div align="left" '
        'dir="auto" style="font-size:100%;color:#000000"><div>-------- Original message --------</div>'
        f"{head}<div><br></div></div>{answer.body}</body></html>"
    )
    return None, html


CLIENTS: tuple[Client, ...] = (
    gmail, outlook, outlook_plain, apple_mail, iphone, thunderbird, mutt_on_top, android_html_only,
)  # fmt: skip
#: What the ordinary run takes of them where the program matters little; `--proof` takes all.
SOME_CLIENTS = CLIENTS if os.environ.get("MAILDESK_PROOF") else CLIENTS[::2]

#: What programs and servers write above a mail and what must not travel on.
_TELLTALES = {
    "X-Mailer": "Teltale Mail 7.3",
    "User-Agent": "Teltale Mail 7.3",
    "X-Originating-IP": "[198.51.100.23]",
    "Organization": "Teltale Works",
    "Thread-Topic": "teltale topic",
    "X-Priority": "1",
    "Disposition-Notification-To": "tia@staff.test",
}


@dataclass(frozen=True)
class Person:
    """Somebody who writes mail with one program."""

    name: str
    address: str
    client: Client = gmail

    def using(self, client: Client) -> "Person":
        return replace(self, client=client)

    def write(self, subject: str, text: str | None, *, to: str = DESK, **headers: str) -> EmailMessage:
        """Write a new mail; underscores in `headers` stand for hyphens, text None makes it bodiless."""
        mail = self._blank(to, subject, headers)
        if text is not None:
            mail.set_content(text)
        return mail

    def reply(
        self, original: Sent, text: str, *, to: str = "", subject: str = "", threaded: bool = True, **headers: str
    ) -> EmailMessage:
        """Answer a mail as the program does: to Reply-To, in its thread, with the mail quoted."""
        base = original.subject if original.subject[:3].casefold() == "re:" else f"Re: {original.subject}"
        if threaded:
            references = f"{original.message['References'] or ''} {original.message_id}".strip()
            headers = {"In-Reply-To": original.message_id, "References": references, **headers}
        mail = self._blank(to or original.reply_address, subject or base, headers)
        plain, html = self.client(Answered(text, original))
        if plain is not None:
            mail.set_content(plain)
            if html is not None:
                mail.add_alternative(html, subtype="html")
        elif html is not None:
            mail.set_content(html, subtype="html")
        return mail

    def bare_reply(self, original: Sent, text: str, *, subject: str = "", **headers: str) -> EmailMessage:
        """Answer without quoting anything, as a careful person does."""
        careful = replace(self, client=lambda answer: (answer.typed, None))
        return careful.reply(original, text, subject=subject, to="", threaded=True, **headers)

    def _blank(self, to: str, subject: str, headers: dict[str, str]) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = formataddr((self.name, self.address))
        mail["To"] = to
        mail["Subject"] = subject
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        mail["Message-ID"] = named.pop("Message-ID", f"<story{next(_numbers)}@{self.address.partition('@')[2]}>")
        for name, value in named.items():
            mail[name] = value
        return mail


def with_telltales(mail: EmailMessage) -> EmailMessage:
    """Add the headers by which a program and its network give themselves away."""
    for name, value in _TELLTALES.items():
        mail[name] = value
    return mail


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _divs(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in _lines(text))


ANN = Person("Ann Bauer", "ann@customer.test")
BOB = Person("Bob Lund", "bob@other.test")
TIA = Person("Tia Berg", "tia@staff.test", outlook)
NED = Person("Ned Ode", "ned@staff.test", thunderbird)
