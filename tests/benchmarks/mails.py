"""A help desk's mail, made up and always the same for a seed.

Of ten mails seven are new and three answer an earlier one of the same sender; six are plain text of 2 KB, three text
and HTML of 15 KB, one carries a file of 200 KB. 200 senders; US-ASCII, ISO-8859-1 and UTF-8; 7bit, 8bit,
quoted-printable and base64.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

DESK = "support@example.test"
SENDERS = 200

_NAMES = "Anna Björn Chloé Dieter Eva François Gül Inés Jürgen Karel Lena Marta Nils Olga Ruth Søren Zoë".split()
_WORDS = (
    "since this morning the printer on our floor shows a message that nobody understands we have tried another cable "
    "and started the thing anew please look at it when you have time the customer waits for an answer and so do I"
).split()
_LATIN = "für Straße größer Büro déjà reçu naïve mañana".split()
_WIDE = "€ 日本語 Łódź Ελλάδα ✓ “quoted”".split()
_CODINGS: tuple[tuple[str, str, list[str]], ...] = (
    ("utf-8", "8bit", _WIDE + _LATIN), ("utf-8", "quoted-printable", _WIDE + _LATIN), ("utf-8", "base64", _WIDE),
    ("iso-8859-1", "quoted-printable", _LATIN), ("iso-8859-1", "8bit", _LATIN), ("us-ascii", "7bit", []),
)  # fmt: skip
_POLICY = SMTP.clone(utf8=False)


@dataclass(frozen=True, slots=True)
class _Thread:
    sender: str
    subject: str
    ids: list[str]


def make_mails(count: int, seed: int = 1) -> Iterator[bytes]:
    chance = random.Random(seed)
    threads: list[_Thread] = []
    for first in range(0, count, 10):
        replies = [False] * 7 + [True] * 3
        shapes = ["plain"] * 6 + ["html"] * 3 + ["file"]
        chance.shuffle(shapes)
        # Nobody can answer before there is anything.
        if first:
            chance.shuffle(replies)
        for place in range(min(10, count - first)):
            yield _make_mail(chance, first + place, shapes[place], threads, is_reply=replies[place])


def _make_mail(chance: random.Random, number: int, shape: str, threads: list[_Thread], *, is_reply: bool) -> bytes:
    mail = EmailMessage(policy=_POLICY)
    message_id = f"<{number}.{chance.getrandbits(48):x}@customer.test>"
    if is_reply:
        thread = chance.choice(threads[-400:])
        mail["In-Reply-To"], mail["References"] = thread.ids[-1], " ".join(thread.ids[-8:])
    else:
        sender = chance.randrange(SENDERS)
        name = f"{_NAMES[sender % len(_NAMES)]} Nr. {sender}"
        thread = _Thread(f"{name} <user{sender}@customer{sender % 17}.test>", f"Trouble {number}", [])
        threads.append(thread)
    mail["Subject"] = f"Re: {thread.subject}" if is_reply else thread.subject
    thread.ids.append(message_id)
    mail["Message-ID"], mail["From"], mail["To"] = message_id, thread.sender, f"Support <{DESK}>"
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    _fill(chance, mail, shape)
    return mail.as_bytes()


def _fill(chance: random.Random, mail: EmailMessage, shape: str) -> None:
    charset, coding, extra = chance.choice(_CODINGS)
    size = {"plain": 1600, "html": 3500, "file": 1200}[shape]
    mail.set_content(_text(chance, size, extra), charset=charset, cte=coding)
    if shape == "html":
        lines = "".join(f"<p style='margin:0'>{line}</p>\n" for line in _text(chance, 9000, extra).splitlines())
        mail.add_alternative(f"<html><body>{lines}</body></html>\n", subtype="html", charset=charset, cte=coding)
    if shape == "file":
        mail.add_attachment(chance.randbytes(200 * 1024), "application", "octet-stream", filename="Übersicht.xlsx")


def _text(chance: random.Random, size: int, extra: list[str]) -> str:
    words: list[str] = []
    left = size
    while left > 0:
        word = chance.choice(extra) if extra and chance.random() < 0.08 else chance.choice(_WORDS)
        words.append(word)
        left -= len(word) + 1
    return "\n".join(" ".join(words[start : start + 11]) for start in range(0, len(words), 11)) + "\n"
