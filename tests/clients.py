"""Mail programs as functions: each answers, forwards and writes mail with headers, structure and quoting of its own.

`CLIENTS` holds them all. `reply`, `forward`, `forward_attached` and `compose` give the raw bytes a program would hand
to its server, given the raw mail it shows and what its person typed. Nothing here knows the desk.
"""

import base64
import hashlib
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from tests.layouts import (
    Body,
    Layout,
    Shown,
    Typed,
    apple_mail_html,
    apple_mail_plain,
    forwarded,
    gmail_android_html,
    gmail_html,
    gmail_plain,
    iphone_html,
    k9_html,
    k9_plain,
    mutt_plain,
    outlook_html,
    outlook_plain,
    outlook_web_html,
    thunderbird_html,
    thunderbird_plain,
)

__all__ = ["CLIENTS", "PNG", "WIRE", "Client", "Typed", "Writer", "compose", "forward", "forward_attached", "reply"]
__all__ += ["reply_all"]

#: QUIRK: the standard library folds a long Message-ID into encoded words, which no mail program does.
WIRE = policy.SMTP.clone(max_line_length=990)

_numbers = itertools.count(1)
#: The smallest picture there is.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Writer:
    """Who writes, with which server's ids."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.partition("@")[2]


@dataclass(frozen=True)
class Client:
    """One mail program. `html`, `plain`: how it lays out a mail in each of its forms, None for one it does not have.

    `message_id`, `fields`: the ids and header fields it writes.  `is_phone`: its keyboard corrects what is typed.
    """

    name: str
    message_id: Callable[[Writer, str], str]
    fields: Callable[[Shown | None], Sequence[tuple[str, str]]]
    html: Layout | None
    plain: Layout | None
    is_phone: bool = False
    encoding: str = "quoted-printable"
    forward_word: str = "Fwd"

    @property
    def forms(self) -> tuple[str, ...]:
        return tuple(form for form in ("html", "plain") if getattr(self, form))

    def types(self, text: str) -> str:
        """Return what really stands in the mail when somebody types this."""
        return phone_habits(text) if self.is_phone else text


def phone_habits(text: str) -> str:
    """Type as phones do: each line, and each command in it, begins with a capital, and quotes are curly."""
    lines = [re.sub(r"^(#?)([a-z])", lambda m: m[1] + m[2].upper(), line) for line in text.split("\n")]
    curly = re.sub(r'"([^"\n]*)"', "\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}", "\n".join(lines))
    return curly.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


# ------------------------------------------------------------------ what a person does


def compose(client: Client, me: Writer, to: str, subject: str, typed: Typed, form: str = "html") -> bytes:
    """Write a new mail."""
    return _mail(client, me, [to], [], subject, _layout(client, form)(_as_typed(client, typed), None), typed, None)


def reply(client: Client, me: Writer, raw: bytes, typed: Typed, form: str = "html") -> bytes:
    """Answer the sender of a mail, or whom its Reply-To names."""
    return _answer(client, me, Shown(raw), typed, form, [])


def reply_all(client: Client, me: Writer, raw: bytes, typed: Typed, form: str = "html") -> bytes:
    """Answer everybody a mail names but oneself."""
    message = Shown(raw).message
    others = [a for name in ("To", "Cc") if message[name] for a in message[name].addresses]
    return _answer(client, me, Shown(raw), typed, form, [a.addr_spec for a in others if a.addr_spec != me.address])


def forward(client: Client, me: Writer, raw: bytes, to: str, typed: Typed, form: str = "html") -> bytes:
    """Pass a mail on inside a new one, as the program's forward button does; its thread goes with it."""
    shown = Shown(raw)
    laid = forwarded(_as_typed(client, typed), shown, with_html=form == "html")
    return _mail(client, me, [to], [], f"{client.forward_word}: {shown.subject}", laid, typed, shown)


def forward_attached(client: Client, me: Writer, raw: bytes, to: str, typed: Typed) -> bytes:
    """Pass a mail on as a file, bytes intact."""
    shown = Shown(raw)
    mail = _blank(client, me, [to], [], f"{client.forward_word}: {shown.subject}", None)
    mail.set_content(_as_typed(client, typed).text)
    mail.add_attachment(shown.message, disposition="attachment", filename="original.eml")
    return mail.as_bytes(policy=WIRE)


def _answer(client: Client, me: Writer, shown: Shown, typed: Typed, form: str, cc: list[str]) -> bytes:
    message = shown.message
    named = message["Reply-To"].addresses if message["Reply-To"] else message["From"].addresses
    to = [a.addr_spec for a in named]
    word = "RE" if "Outlook" in client.name else "Re"
    base = shown.subject if shown.subject[:3].casefold() == "re:" else f"{word}: {shown.subject}"
    body = _layout(client, form)(_as_typed(client, typed), shown)
    return _mail(client, me, to, [a for a in cc if a not in to], base, body, typed, shown)


def _layout(client: Client, form: str) -> Layout:
    layout: Layout | None = getattr(client, form)
    assert layout is not None, f"{client.name} has no {form}"
    return layout


def _as_typed(client: Client, typed: Typed) -> Typed:
    return Typed(client.types(typed.text), client.types(typed.bold) if typed.bold else "", typed.picture)


# ------------------------------------------------------------------ the mail as bytes


def _mail(
    client: Client,
    me: Writer,
    to: list[str],
    cc: list[str],
    subject: str,
    body: Body,
    typed: Typed,
    shown: Shown | None,
) -> bytes:
    mail = _blank(client, me, to, cc, subject, shown)
    flowed = {"params": {"format": "flowed"}} if body.flowed else {}
    if body.text is not None:
        mail.set_content(body.text, cte=client.encoding, **flowed)
        if body.html is not None:
            mail.add_alternative(body.html, subtype="html", cte=client.encoding)
    elif body.html is not None:
        mail.set_content(body.html, subtype="html", cte=client.encoding)
    if typed.picture:
        html = mail.get_body(("html",))
        if html is not None:
            html.add_related(
                typed.picture, "image", "png", cid="<image001.png@01DC5C6F.A1B2C3D0>", filename="image001.png"
            )
        else:
            mail.add_attachment(typed.picture, "image", "png", filename="image001.png")
    return mail.as_bytes(policy=WIRE)


def _blank(client: Client, me: Writer, to: list[str], cc: list[str], subject: str, shown: Shown | None) -> EmailMessage:
    mail = EmailMessage(policy=WIRE)
    number = next(_numbers)
    mail["From"] = formataddr((me.name, me.address))
    mail["To"] = ", ".join(to)
    if cc:
        mail["Cc"] = ", ".join(cc)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime(2026, 11, 23, 9, number // 60 % 60, number % 60, tzinfo=UTC))
    seed = hashlib.sha256(f"{client.name} {me.address} {subject} {number}".encode()).hexdigest()
    mail["Message-ID"] = f"<{client.message_id(me, seed)}>"
    if shown is not None and shown.message["Message-ID"]:
        theirs = str(shown.message["Message-ID"])
        mail["In-Reply-To"] = theirs
        mail["References"] = f"{shown.message['References'] or shown.message['In-Reply-To'] or ''} {theirs}".strip()
    for name, value in client.fields(shown):
        mail[name] = value
    return mail


# ------------------------------------------------------------------ ids and fields


def _exchange_id(me: Writer, seed: str) -> str:
    host = f"AS8PR{seed[:2].upper()}MB{int(seed[:4], 16) % 9000 + 1000}"
    return f"{host}{seed[4:24].upper()}@{host}.eurprd{seed[:2]}.prod.outlook.com"


def _exchange_fields(shown: Shown | None) -> list[tuple[str, str]]:
    """Thread-Index: 22 bytes for a conversation and five for each answer in it; Thread-Topic: its subject."""
    index = hashlib.sha256((shown.subject if shown else "new").encode()).digest()[:22]
    index += b"\x00\x01\x02\x03\x04" if shown else b""
    topic = re.sub(r"^(?:re|fw|fwd):\s*", "", shown.subject, flags=re.IGNORECASE) if shown else ""
    return [
        *([("Thread-Topic", topic)] if topic else []),
        ("Thread-Index", base64.b64encode(index).decode()),
        ("Accept-Language", "en-GB, en-US"),
        ("Content-Language", "en-GB"),
        ("X-MS-Has-Attach", ""),
        ("X-MS-TNEF-Correlator", ""),
        ("X-Originating-IP", "[198.51.100.23]"),
    ]


def _gmail_id(me: Writer, seed: str) -> str:
    return f"CA{base64.urlsafe_b64encode(bytes.fromhex(seed)).decode()[:46].replace('-', '_')}@mail.gmail.com"


def _uuid(me: Writer, seed: str) -> str:
    parts = (seed[:8], seed[8:12], seed[12:16], seed[16:20], seed[20:32])
    return f"{'-'.join(parts).upper()}@{me.domain}"


def _named(*fields: tuple[str, str]) -> Callable[[Shown | None], Sequence[tuple[str, str]]]:
    return lambda shown: fields


def _mutt_id(me: Writer, seed: str) -> str:
    return f"aSL{base64.urlsafe_b64encode(bytes.fromhex(seed)).decode()[:13]}@{me.domain}"


CLIENTS: tuple[Client, ...] = (
    Client("Outlook", _exchange_id, _exchange_fields, outlook_html, outlook_plain, forward_word="FW"),
    Client("Outlook web", _exchange_id, _exchange_fields, outlook_web_html, None, encoding="base64", forward_word="FW"),
    Client("Gmail", _gmail_id, _named(), gmail_html, gmail_plain),
    Client("Gmail Android", _gmail_id, _named(), gmail_android_html, None, is_phone=True),
    Client(
        "Apple Mail", _uuid, _named(("X-Mailer", "Apple Mail (2.3864.200.81.1.6)")), apple_mail_html, apple_mail_plain
    ),
    Client("iPhone", _uuid, _named(("X-Mailer", "iPhone Mail (23B85)")), iphone_html, None, is_phone=True),
    Client(
        "Thunderbird", _uuid, _named(("User-Agent", "Mozilla Thunderbird"), ("Content-Language", "en-GB")),
        thunderbird_html, thunderbird_plain, encoding="8bit",
    ),
    Client("mutt", _mutt_id, _named(("User-Agent", "Mutt/2.2.12 (2023-09-09)")), None, mutt_plain, encoding="8bit"),
    Client("K-9", _uuid, _named(("User-Agent", "K-9 Mail for Android")), k9_html, k9_plain, is_phone=True),
)  # fmt: skip
