"""What people, machines and attackers write to the desk of the crash tests, and what must become of each mail.

Seeded: the same seed and the same answers of the desk give the same mails. A `Delivery` is the model the reckoning
compares the desk with.
"""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import TypeVar

from maildesk.model.decided import Outcome
from maildesk.model.notice import NoticeName
from tests.crash.site import AUTHSERV, DESK, TIA
from tests.servers import Received

T = TypeVar("T")

PEOPLE = tuple(f"{name}@customer.test" for name in ("ann", "bob", "cleo", "dan", "eve", "finn"))
_TAG = re.compile(r"\[#(\d+)\]")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail put into the inbox. `key` is its Message-ID, or a name where it has none.

    `outcome` None: any single one will do. `root`: the key of the mail whose ticket it belongs to. `mails`: the notices
    it must cause, as (notice, recipient); None: whatever the desk thinks right.
    """

    key: str
    raw: bytes
    outcome: Outcome | None = None
    root: str | None = None
    mails: frozenset[tuple[str, str]] | None = None
    bounces: str | None = None


@dataclass(slots=True)
class KnownTicket:
    """A ticket as its requester and the technician know it from their mail. `notice`: what the technician got."""

    root: str
    requester: str
    number: str
    ack: Message
    notice: Message | None = None
    is_command_spent: bool = False
    answers: list[Received] = field(default_factory=list)


class Correspondents:
    """Everybody who writes to the desk. They learn tokens only by reading the mail they got."""

    def __init__(self, seed: int) -> None:
        self.deliveries: list[Delivery] = []
        self._random = random.Random(seed)
        self._seed = seed
        self._count = 0
        self._tickets: dict[str, KnownTicket] = {}
        self._early: dict[str, Message] = {}
        self._bounced: set[str] = set()
        self._dead: set[str] = set()

    # ------------------------------------------------------------------ reading

    def read(self, mail: Received) -> None:
        """Take in a mail that the desk sent."""
        head = BytesHeaderParser().parsebytes(mail.data)
        tag = _TAG.search(str(head["Subject"]))
        number = tag.group(1) if tag else ""
        if mail.recipient == TIA:
            self._read_as_technician(head)
        elif mail.mail_from == "":
            root = str(head["In-Reply-To"])
            ticket = KnownTicket(root, mail.recipient, number, head, self._early.pop(number, None))
            self._tickets.setdefault(number, ticket)
        elif number in self._tickets:
            self._tickets[number].answers.append(mail)

    def _read_as_technician(self, head: Message) -> None:
        number = str(head["X-Maildesk-Ticket"])
        ticket = self._tickets.get(number)
        if head["X-Maildesk-Reason"] in ("result", "warning"):
            return
        if ticket is None:
            self._early.setdefault(number, head)
        elif ticket.notice is None:
            ticket.notice = head

    # ------------------------------------------------------------------ writing

    def write(self, wanted: "Kind | None" = None) -> Delivery:
        """Write the next mail: of the kind wanted, or of one drawn by weight among those possible now."""
        weights, kinds = zip(*_KINDS, strict=True)
        for kind in [wanted] if wanted else self._random.choices(kinds, weights, k=20):
            delivery = kind(self)
            if delivery is not None:
                self.deliveries.append(delivery)
                return delivery
        raise AssertionError("nobody has anything to say")

    def open_ticket(self) -> Delivery:
        sender = self._random.choice(PEOPLE)
        key = self._next_id("customer.test")
        raw = self._mail(key, sender, DESK, f"Trouble {self._count}", "My screen is dark.")
        mails = {(NoticeName.ACKNOWLEDGEMENT.value, sender), (NoticeName.TICKET_OPENED.value, TIA)}
        return Delivery(key, raw, Outcome.TICKET, key, frozenset(mails))

    def follow_up(self) -> Delivery | None:
        """Answer by one of the signals: token in the address, token in the Message-ID, their own id, the number."""
        return self._follow_up(lambda t: True)

    def _follow_up(self, wanted: Callable[[KnownTicket], bool]) -> Delivery | None:
        ticket = self._pick(self._tickets.values(), wanted)
        if ticket is None:
            return None
        signal = self._random.choice(("address-token", "message-id-token", "stored-id", "subject"))
        to = str(ticket.ack["Reply-To"]) if signal == "address-token" else DESK
        answered = {"message-id-token": str(ticket.ack["Message-ID"]), "stored-id": ticket.root}.get(signal, "")
        subject = f"Re: it is worse now [#{ticket.number}]" if signal == "subject" else "Re: it is worse now"
        key = self._next_id("customer.test")
        raw = self._mail(key, ticket.requester, to, subject, "Now it smokes, too.", answers=answered)
        mails = frozenset({(NoticeName.FOLLOW_UP.value, TIA)})
        return Delivery(key, raw, Outcome.FOLLOW_UP, ticket.root, mails)

    def repeat(self) -> Delivery | None:
        """Deliver an earlier mail again, byte for byte or over another path."""
        earlier = self._pick(self.deliveries[-30:], lambda d: d.outcome is not None)
        if earlier is None:
            return None
        raw = earlier.raw
        if self._random.random() < 0.5:
            self._count += 1
            raw = b"Received: from relay%d.example.test by mx.example.test; %s\r\n%s" % (self._count, _DATE, raw)
        return Delivery(earlier.key, raw, Outcome.DUPLICATE, earlier.root, earlier.mails, earlier.bounces)

    def answer(self) -> Delivery | None:
        """The technician answers; the requester gets it."""
        ticket = self._pick(self._tickets.values(), lambda t: t.notice is not None)
        mails = {(NoticeName.CORRESPONDENCE.value, ticket.requester)} if ticket else set()
        return self._by_technician(ticket, "Have you tried the other plug?", mails)

    def command(self) -> Delivery | None:
        ticket = self._pick(self._tickets.values(), lambda t: t.notice is not None and not t.is_command_spent)
        if ticket is None:
            return None
        ticket.is_command_spent = True
        mails = {
            (NoticeName.CORRESPONDENCE.value, ticket.requester),
            (NoticeName.COMMAND_RESULT.value, TIA),
        }
        return self._by_technician(ticket, "#priority P2\r\n#assign me\r\n\r\nOn my way.", mails)

    def note(self) -> Delivery | None:
        ticket = self._pick(self._tickets.values(), lambda t: t.notice is not None)
        return self._by_technician(ticket, "#note\r\n\r\nThe usual suspect.", set())

    def bad_command(self) -> Delivery | None:
        ticket = self._pick(self._tickets.values(), lambda t: t.notice is not None)
        mails = {(NoticeName.COMMAND_REJECTED.value, TIA)}
        return self._by_technician(ticket, "#explode now\r\n\r\nNever to be seen outside.", mails, Outcome.HELD)

    def bounce(self) -> Delivery | None:
        """A mail server reports that an answer of the desk did not arrive; the address itself is well."""
        return self._report_failure("5.2.2 mailbox full")

    def death(self) -> Delivery | None:
        """A mail server reports that there is no such address; nothing is sent there until `comeback`."""
        delivery = self._report_failure("5.1.1 no such user")
        if delivery is not None:
            self._dead.add(next(t.requester for t in self._tickets.values() if t.root == delivery.root))
        return delivery

    def answer_to_dead(self) -> Delivery | None:
        """The technician answers somebody whose address is dead, and is told; the answer waits."""
        ticket = self._pick(self._tickets.values(), lambda t: t.notice is not None and t.requester in self._dead)
        mails = {(NoticeName.CORRESPONDENCE.value, ticket.requester)} if ticket else set()
        return self._by_technician(ticket, "Are you there?", mails | {(NoticeName.DELIVERY_FAILED.value, TIA)})

    def comeback(self) -> Delivery | None:
        """Somebody whose address was dead writes: what waited leaves."""
        return self._follow_up(lambda t: t.requester in self._dead)

    def _report_failure(self, why: str) -> Delivery | None:
        answers = [mail for ticket in self._tickets.values() for mail in ticket.answers]
        fresh = self._pick(answers, lambda mail: _id_of(mail) not in self._bounced)
        if fresh is None:
            return None
        self._bounced.add(_id_of(fresh))
        number = _TAG.search(str(BytesHeaderParser().parsebytes(fresh.data)["Subject"]))
        assert number is not None
        key = self._next_id("mx.customer.test")
        raw = _report(key, fresh, self._count, why)
        mails = frozenset({(NoticeName.DELIVERY_FAILED.value, TIA)})
        return Delivery(key, raw, Outcome.FOLLOW_UP, self._tickets[number[1]].root, mails, _id_of(fresh))

    def vacation(self) -> Delivery | None:
        ticket = self._pick(self._tickets.values(), lambda t: True)
        if ticket is None:
            return None
        key = self._next_id("customer.test")
        raw = self._mail(
            key, ticket.requester, DESK, "Automatic reply: away", "I am on the beach.",
            answers=str(ticket.ack["Message-ID"]), extra="Auto-Submitted: auto-replied\r\n",
        )  # fmt: skip
        return Delivery(key, raw, Outcome.FOLLOW_UP, ticket.root, frozenset())

    def forgery(self) -> Delivery:
        """Somebody writes in the technician's name; the warning is limited, so what it causes depends on the clock."""
        key = self._next_id("staff.example.test")
        raw = self._mail(key, TIA, DESK, "Urgent", "#close\r\n\r\nAll done.", verdict="fail")
        return Delivery(key, raw, Outcome.HELD)

    def hostile(self) -> Delivery:
        key = self._next_id("hostile.test")
        builder = self._random.choice(_HOSTILE)
        return Delivery(key, builder(key, self._count))

    # ------------------------------------------------------------------ parts of mails

    def _by_technician(
        self, ticket: KnownTicket | None, text: str, mails: set[tuple[str, str]], outcome: Outcome = Outcome.FOLLOW_UP
    ) -> Delivery | None:
        if ticket is None or ticket.notice is None:
            return None
        key = self._next_id("staff.example.test")
        to, subject = str(ticket.notice["Reply-To"]), f"Re: {ticket.notice['Subject']}"
        raw = self._mail(key, TIA, to, subject, text, answers=str(ticket.notice["Message-ID"]))
        return Delivery(key, raw, outcome, ticket.root, frozenset(mails))

    def _mail(
        self, key: str, sender: str, to: str, subject: str, text: str, *,
        answers: str = "", verdict: str = "pass", extra: str = "",
    ) -> bytes:  # fmt: skip
        domain = sender.partition("@")[2]
        thread = f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n" if answers else ""
        return (
            f"Return-Path: <{sender}>\r\n"
            f"Authentication-Results: {AUTHSERV}; dmarc={verdict} header.from={domain}\r\n"
            f"Received: from mx.{domain} by {AUTHSERV} with ESMTPS; {_DATE.decode()}\r\n"
            f"Message-ID: {key}\r\nDate: {_DATE.decode()}\r\nFrom: <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
            f"{thread}{extra}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            f"{text}\r\nThis is letter {self._count}.\r\n"
        ).encode()

    def _next_id(self, domain: str) -> str:
        self._count += 1
        return f"<{self._count}.{self._seed}@{domain}>"

    def _pick(self, of: Iterable[T], wanted: Callable[[T], bool]) -> T | None:
        found = [one for one in of if wanted(one)]
        return self._random.choice(found) if found else None


Kind = Callable[[Correspondents], Delivery | None]
#: How often each kind of mail is written.
_KINDS: tuple[tuple[int, Kind], ...] = (
    (30, Correspondents.open_ticket),
    (24, Correspondents.follow_up),
    (8, Correspondents.repeat),
    (10, Correspondents.answer),
    (6, Correspondents.command),
    (3, Correspondents.note),
    (3, Correspondents.bad_command),
    (5, Correspondents.bounce),
    (3, Correspondents.vacation),
    (2, Correspondents.forgery),
    (6, Correspondents.hostile),
)
_DATE = b"Mon, 02 Mar 2026 09:00:00 +0000"


def _id_of(mail: Received) -> str:
    return str(BytesHeaderParser().parsebytes(mail.data)["Message-ID"])


def _report(key: str, failed: Received, number: int, why: str) -> bytes:
    head = failed.data.partition(b"\r\n\r\n")[0].decode()
    return (
        f"Return-Path: <>\r\nMessage-ID: {key}\r\nDate: {_DATE.decode()}\r\n"
        f"From: Mail Delivery System <mailer-daemon@mx.customer.test>\r\nTo: {failed.mail_from}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="part"\r\n\r\n'
        f"--part\r\nContent-Type: text/plain\r\n\r\nReport {number}: your mail was not delivered.\r\n"
        "--part\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.test\r\n\r\n"
        f"Final-Recipient: rfc822; {failed.recipient}\r\nAction: failed\r\nStatus: {why[:5]}\r\n"
        f"Diagnostic-Code: smtp; 550 {why}\r\n\r\n"
        f"--part\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--part--\r\n"
    ).encode()


# ---------------------------------------------------------------------- hostile mails


def _head(key: str, more: str = "") -> bytes:
    return f"Message-ID: {key}\r\nFrom: <mallory@hostile.test>\r\nTo: {DESK}\r\nSubject: odd\r\n{more}".encode()


def _nested(key: str, number: int) -> bytes:
    opening = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(300))
    return _head(key, f"MIME-Version: 1.0\r\n{opening}") + b"Content-Type: text/plain\r\n\r\nthe kernel %d\r\n" % number


def _long_header(key: str, number: int) -> bytes:
    return _head(key, f"X-Long: {'a' * 200_000}\r\n\r\nletter {number}\r\n")


def _raw_bytes(key: str, number: int) -> bytes:
    return _head(key, "Content-Type: text/plain; charset=nonsense\r\n\r\n") + bytes(range(128, 256)) * 8 + b"\r\n"


def _no_head(_key: str, number: int) -> bytes:
    return b"just a line without any header, number %d\r\n" % number


def _many_references(key: str, number: int) -> bytes:
    references = "\r\n ".join(f"<{n}@elsewhere.test>" for n in range(5_000))
    return _head(key, f"References: {references}\r\n\r\nletter {number}\r\n")


def _no_sender(key: str, number: int) -> bytes:
    return f"Message-ID: {key}\r\nFrom: a@x.test, b@y.test\r\nTo: {DESK}\r\n\r\nletter {number}\r\n".encode()


_HOSTILE = (_nested, _long_header, _raw_bytes, _no_head, _many_references, _no_sender)
