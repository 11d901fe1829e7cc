"""An inbound mail as the desk understands it.

Made by `mail.read`, used by everything above. Holds no raw bytes: those are a row of their own, and the decoded
parts travel beside the message (`mail.parse.ParsedMail`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What wrote a mail (RFC 3834 for the automatic ones)."""

    PERSON = "person"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    LIST = "list"
    OWN = "own"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: display name (may be empty) and addr-spec (RFC 5322 §3.4)."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """The addr-spec as it is compared: case does not count."""
        return self.address.casefold()

    @property
    def domain(self) -> str:
        """The domain in lower case; empty when there is none."""
        return self.address.rpartition("@")[2].casefold() if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One part that is not the chosen body. `index` is its place in `ParsedMail.parts`."""

    index: int
    filename: str
    content_type: str
    size_bytes: int
    inline: bool
    sha256: str
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuthVerdict:
    """What the site's own mail server found about the sender (RFC 8601), each a result word or None.

    `from_aligned`: the verdict speaks of the domain that stands in From; a pass for another domain proves nothing.
    """

    dmarc: str | None = None
    dkim: str | None = None
    spf: str | None = None
    from_aligned: bool = False

    @property
    def passed(self) -> bool:
        """The domain in From is proven."""
        return self.dmarc == "pass" and self.from_aligned

    @property
    def failed(self) -> bool:
        """The domain's owner disowns this mail."""
        return self.dmarc == "fail"


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient group of a delivery report (RFC 3464 §2.3).

    `action`: failed, delayed, delivered, relayed, expanded.
    """

    address: str
    action: str
    status: str
    diagnostic: str

    @property
    def final(self) -> bool:
        """True when nobody tries any more (RFC 3464 §2.3.3), also after a temporary failure that lasted too long."""
        return self.action == "failed"

    @property
    def permanent(self) -> bool:
        """True for class 5 (RFC 3463 §2): trying again is pointless."""
        return self.final and not self.status.startswith("4")


@dataclass(frozen=True, slots=True)
class BounceReport:
    """A delivery report: whom it concerns and, where it tells, which mail came back."""

    recipients: tuple[FailedRecipient, ...]
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class Protection:
    """How a mail is sealed: `scheme` is `openpgp` (RFC 3156, 9580) or `s/mime` (RFC 8551). Recognised, not verified."""

    scheme: str
    signed: bool
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody invited. `answer`: accepted, declined, tentative, delegated or needs-action (RFC 5545 §3.2.12)."""

    address: Address
    answer: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar object sent by mail (RFC 5546, 6047). `method`: request, reply, cancel, counter, publish, ….

    Times are aware UTC; None where the object names none. `recurrence` is the RRULE as written, empty for one date.
    """

    method: str
    uid: str
    summary: str
    organizer: Address | None = None
    attendees: tuple[Attendee, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False
    location: str = ""
    recurrence: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail that another one passes on, inline or attached.

    `sender` is None where no address stands; `name` is what stands there all the same.  `written`: the date as it is
    written there; `date_at` only where that names one instant.  `message_id` and `references` as far as they are known.
    `text` is the whole of it, `language` that of the text.  `attachments` came with it; an index beyond those of the
    outer mail is that of a file inside the attached one.  `preface`: what was typed above.
    `doubt`: why nobody can be sure whose mail it is; empty when that is plain.
    """

    sender: Address | None
    text: str
    name: str = ""
    subject: str = ""
    written: str = ""
    date_at: datetime | None = None
    message_id: str | None = None
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    preface: str = ""
    language: str | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One mail, decoded and classified. All texts are NFC-safe for any database: no NUL, no lone surrogate.

    `message_id`, `in_reply_to` and `references` keep their angle brackets; the latter two run oldest first.
    `sender` is None when From does not name exactly one clean mailbox; `sender_problem` then says why, and
    `claimed_sender` is the mailbox a mail client would show: to be told, never to be believed or written to.
    `return_path` is "" for the null sender and None when no such field stands in the mail.
    `text` is the whole body, `visible_text` what the person typed; where nothing was typed but quoted or signed,
    `is_untyped`, it is the whole body too. `html` is the sanitised HTML body or None,
    with quotes and signature.
    `thread_index` is the conversation Outlook names in Thread-Index (MS-OXOMSG §2.2.1.3), as hexadecimal digits.
    `content_sha256` is equal for two deliveries of one mail on different paths (trace fields do not count).
    `unanswerable` tells why no automatic mail may answer; empty when it may.
    `forwarded`: the mail this one passes on, and below it what that one passes on in turn.
    """

    raw_sha256: str
    content_sha256: str
    size_bytes: int
    message_id: str | None = None
    sender: Address | None = None
    sender_problem: str = ""
    claimed_sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    return_path: str | None = None
    subject: str = ""
    date_at: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    thread_index: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    text: str = ""
    visible_text: str = ""
    is_untyped: bool = False
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    kind: Kind = Kind.PERSON
    kind_reason: str = ""
    unanswerable: str = ""
    bounce: BounceReport | None = None
    auth: AuthVerdict | None = None
    protection: Protection | None = None
    invitation: Invitation | None = None
    language: str | None = None
    problems: tuple[str, ...] = ()
    forwarded: tuple[Forwarded, ...] = ()

    def header_values(self, name: str) -> tuple[str, ...]:
        """Return every value of a header field, in order, decoded and unfolded."""
        wanted = name.casefold()
        return tuple(value for key, value in self.headers if key.casefold() == wanted)
