"""The tables, as this version of maildesk expects them, and the column types that make both databases behave alike.

Used by the other modules of this package and by the migrations' environment. It never creates anything: tables and
triggers are made by `adapters/migrations/versions`, and a test holds the two against each other.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)  # fmt: skip
from sqlalchemy.types import TypeEngine


def clean_text(text: str) -> str:
    """Remove what no database stores: NUL (PostgreSQL refuses it) and lone surrogates (not encodable as UTF-8)."""
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode("utf-8")
    return text.replace("\0", "") if "\0" in text else text


class CleanText(TypeDecorator[str]):
    """Text of any length that passed `clean_text`, the last resort behind the parser's own cleaning."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - a given signature
        """Clean a value on its way in; an enum becomes its word."""
        return None if value is None else clean_text(str(value))


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, in and out, in UTC.

    SQLite has no such type and would hand back naive values; there it is ISO 8601 text of fixed width, so that the
    order of the texts is the order of the instants.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive value (ValueError) and turn the rest into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give an aware UTC value whatever zone the database session speaks."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if dialect.name == "sqlite" else value).astimezone(UTC)


#: SQLite numbers rows by itself only in a column declared INTEGER.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _words(column: str, *words: str) -> CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def _ticket(*, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    # Deferred, so that history, ids and outgoing mail may be written before the ticket row they belong to.
    reference = ForeignKey("tickets.number", deferrable=True, initially="DEFERRED")
    return Column("ticket", ROW_ID, reference, nullable=nullable, primary_key=primary_key)


counters = Table(
    "counters", metadata,
    Column("name", CleanText, primary_key=True),
    Column("value", BigInteger, nullable=False),
)  # fmt: skip

checkpoints = Table(
    "checkpoints", metadata,
    Column("mailbox", CleanText, primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
)  # fmt: skip

#: Technicians who announced an absence, by main address.
absences = Table(
    "absences", metadata,
    Column("technician", CleanText, primary_key=True),
    Column("since", UTCDateTime, nullable=False),
)  # fmt: skip

raw_mails = Table(
    "raw_mails", metadata,
    Column("sha256", CleanText, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)  # fmt: skip

#: The ledger. `wanted` is the folder a decided mail belongs in, `filed` the one it was moved to; `requested` is set
#: while a `release` or `requeue` waits for the loop, and the outcome stands until the loop has a new one; `vouch` tells
#: who stands for a released mail (`model.situation.Vouch`), `answers` through which outgoing mail's token it came.
#: `role` and `proof` are what the access check said of the sender, `thread` the ticket the mail belongs to.
inbound = Table(
    "inbound", metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("mailbox", CleanText, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),
    Column("message_id", CleanText),
    Column("sender", CleanText, nullable=False, server_default=""),
    Column("subject", CleanText, nullable=False, server_default=""),
    Column("content_sha256", CleanText),
    Column("raw_sha256", CleanText, ForeignKey("raw_mails.sha256")),
    Column("outcome", CleanText),
    Column("reason", CleanText, nullable=False, server_default=""),
    _ticket(nullable=True),
    Column("trace", CleanText, nullable=False, server_default="[]"),
    Column("decided_at", UTCDateTime),
    Column("wanted", CleanText),
    Column("filed", CleanText),
    Column("requested", CleanText),
    Column("released_at", UTCDateTime),
    Column("vouch", CleanText),
    Column("answers", BigInteger),
    Column("role", CleanText),
    Column("proof", CleanText),
    Column("thread", BigInteger),
    UniqueConstraint("mailbox", "uidvalidity", "uid"),
    _words("outcome", "ticket", "follow-up", "held", "discarded", "rejected", "quarantined", "duplicate"),
    _words("requested", "release", "requeue"),
    CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
    CheckConstraint("(outcome IS NULL) = (wanted IS NULL)", name="has_folder"),
)  # fmt: skip
Index("ix_inbound_outcome", inbound.c.outcome)
Index("ix_inbound_ticket", inbound.c.ticket)
_ticketless = inbound.c.ticket.is_(None)
Index("ix_inbound_thread", inbound.c.thread, sqlite_where=_ticketless, postgresql_where=_ticketless)
_answering = inbound.c.answers.is_not(None)
Index("ix_inbound_answers", inbound.c.answers, sqlite_where=_answering, postgresql_where=_answering)
Index(
    "ix_inbound_unfiled",
    inbound.c.mailbox,
    sqlite_where=inbound.c.filed.is_(None),
    postgresql_where=inbound.c.filed.is_(None),
)
_misfiled = inbound.c.filed != inbound.c.wanted
Index("ix_inbound_misfiled", inbound.c.mailbox, sqlite_where=_misfiled, postgresql_where=_misfiled)
_requested = inbound.c.requested.is_not(None)
Index("ix_inbound_requested", inbound.c.id, sqlite_where=_requested, postgresql_where=_requested)

#: Outcomes that a release, a requeue or a discard replaced; append-only.
past_outcomes = Table(
    "past_outcomes", metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("inbound_id", ROW_ID, ForeignKey("inbound.id"), nullable=False),
    Column("outcome", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("decided_at", UTCDateTime, nullable=False),
)  # fmt: skip

#: What makes a mail the same mail; see `inbound.dedupe_key`.
dedupe_keys = Table(
    "dedupe_keys", metadata,
    Column("key", CleanText, primary_key=True),
    Column("inbound_id", ROW_ID, ForeignKey("inbound.id"), nullable=False),
)  # fmt: skip

tickets = Table(
    "tickets", metadata,
    Column("number", ROW_ID, primary_key=True, autoincrement=False),
    Column("subject", CleanText, nullable=False),
    Column("requester_name", CleanText, nullable=False),
    Column("requester_address", CleanText, nullable=False),
    Column("requester_key", CleanText, nullable=False, index=True),
    Column("mailbox", CleanText, nullable=False),
    Column("queue", CleanText, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("impact", CleanText, nullable=False),
    Column("urgency", CleanText, nullable=False),
    Column("priority", CleanText, nullable=False),
    Column("assignee", CleanText),
    Column("type", CleanText, nullable=False),
    Column("tags", CleanText, nullable=False),
    Column("participants", CleanText, nullable=False),
    Column("language", CleanText),
    Column("claims", BigInteger),
    Column("first_message_id", CleanText),
    Column("message_ids", CleanText, nullable=False),
    Column("first_response_due_at", UTCDateTime),
    Column("resolution_due_at", UTCDateTime),
    Column("first_responded_at", UTCDateTime),
    Column("resolved_at", UTCDateTime),
    Column("closed_at", UTCDateTime),
    Column("close_due_at", UTCDateTime),
    Column("next_deadline_at", UTCDateTime),
    Column("seq", Integer, nullable=False),
    Column("merged_into", BigInteger),
    Column("proposed", CleanText, nullable=False, server_default="[]"),
    Column("muted", CleanText, nullable=False, server_default="[]"),
    Column("watchers", CleanText, nullable=False, server_default="[]"),
    Column("links", CleanText, nullable=False, server_default="[]"),
    Column("snoozed_until", UTCDateTime),
    Column("due_at", UTCDateTime),
    Column("reminded_of", UTCDateTime),
    Column("expected_at", UTCDateTime),
    Column("time_seconds", Integer, nullable=False, server_default="0"),
    Column("channel", CleanText, nullable=False, server_default=""),
    Column("checklist", CleanText, nullable=False, server_default="[]"),
    Column("steps_done", CleanText, nullable=False, server_default="[]"),
    Column("course", CleanText, nullable=False, server_default="{}"),
    Column("requester_wrote_at", UTCDateTime),
    Column("answered_at", UTCDateTime),
    Column("awaiting_since", UTCDateTime),
    Column("next_response_due_at", UTCDateTime),
    Column("update_due_at", UTCDateTime),
    Column("warned", CleanText, nullable=False, server_default="[]"),
    Column("fired", CleanText, nullable=False, server_default="[]"),
    Column("kept", CleanText, nullable=False, server_default="[]"),
    Column("escalators", CleanText, nullable=False, server_default="[]"),
    Column("escalated_for", CleanText, nullable=False, server_default="[]"),
    Column("fields", CleanText, nullable=False, server_default="[]"),
    Column("chased_at", UTCDateTime),
    Column("promised_at", UTCDateTime),
    Column("promise_warnings", Integer, nullable=False, server_default="0"),
)  # fmt: skip
_dated = tickets.c.next_deadline_at.is_not(None)
Index("ix_tickets_next_deadline_at", tickets.c.next_deadline_at, sqlite_where=_dated, postgresql_where=_dated)

#: The history; triggers refuse every UPDATE and DELETE.
events = Table(
    "events", metadata,
    _ticket(primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("type", CleanText, nullable=False),
    Column("data", CleanText, nullable=False),
    Column("trace", CleanText, nullable=False),
    Column("inbound_id", ROW_ID, ForeignKey("inbound.id")),
)  # fmt: skip
Index("ix_events_inbound_id", events.c.inbound_id)

#: Every hit of a rule: on which mail or, as time went by, on which ticket.
rule_hits = Table(
    "rule_hits", metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("rule", CleanText, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    _ticket(nullable=True),
    Column("inbound_id", ROW_ID, ForeignKey("inbound.id")),
)  # fmt: skip
Index("ix_rule_hits_rule", rule_hits.c.rule, rule_hits.c.at)

#: Message-IDs, ours and theirs, that belong to a ticket.
message_ids = Table(
    "message_ids", metadata,
    Column("key", CleanText, primary_key=True),
    _ticket(primary_key=True),
)  # fmt: skip

#: Message-IDs that mail of a ticket answers and that never came: their mail, when it comes late, belongs there too.
awaited_ids = Table(
    "awaited_ids", metadata,
    Column("key", CleanText, primary_key=True),
    _ticket(primary_key=True),
)  # fmt: skip

#: Numbers under which vendors keep a ticket of ours in their own desk.
vendor_numbers = Table(
    "vendor_numbers", metadata,
    Column("vendor", CleanText, primary_key=True),
    Column("number", CleanText, primary_key=True),
    _ticket(primary_key=True),
)  # fmt: skip

#: What is remembered of an address, its own or a dead one's.
people = Table(
    "people", metadata,
    Column("key", CleanText, primary_key=True),
    Column("address", CleanText, nullable=False),
    Column("language", CleanText),
    Column("dead_since", UTCDateTime),
    Column("dead_reason", CleanText, nullable=False, server_default=""),
)  # fmt: skip

#: Outgoing mail, one row a recipient. `next_attempt_at` is NULL when nothing is to be done; `inbound_id` is the mail
#: that caused it, if one did.
outbox = Table(
    "outbox", metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("ref", CleanText, nullable=False, unique=True),
    _ticket(nullable=True),
    Column("cause", CleanText, nullable=False),
    Column("notice", CleanText, nullable=False),
    Column("audience", CleanText, nullable=False),
    Column("visibility", CleanText, nullable=False),
    Column("recipient", CleanText, nullable=False),
    Column("recipient_key", CleanText, nullable=False),
    Column("envelope_sender", CleanText, nullable=False),
    Column("message_id", CleanText, nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("not_before", UTCDateTime, nullable=False),
    Column("unproven", Boolean, nullable=False),
    Column("state", CleanText, nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", UTCDateTime),
    Column("lease_until", UTCDateTime),
    Column("owner", BigInteger),
    Column("last_reply", CleanText, nullable=False, server_default=""),
    Column("last_attempt_at", UTCDateTime),
    Column("spent_at", UTCDateTime),
    Column("inbound_id", BigInteger),
    UniqueConstraint("cause", "notice", "recipient_key"),
    _words("state", "queued", "sending", "sent", "deferred", "failed", "bounced", "held", "cancelled"),
    CheckConstraint("(next_attempt_at IS NOT NULL) = (state IN ('queued', 'sending', 'deferred'))", name="due"),
)  # fmt: skip
_due = outbox.c.next_attempt_at.is_not(None)
Index("ix_outbox_next_attempt_at", outbox.c.next_attempt_at, sqlite_where=_due, postgresql_where=_due)
Index("ix_outbox_inbound_id", outbox.c.inbound_id)
Index("ix_outbox_notice", outbox.c.notice, outbox.c.created_at)
Index("ix_outbox_recipient_key", outbox.c.recipient_key, outbox.c.created_at)

#: Bodies whose commands ran through the token of an outgoing mail.
token_runs = Table(
    "token_runs", metadata,
    Column("outbox_id", ROW_ID, ForeignKey("outbox.id"), primary_key=True),
    Column("body_sha256", CleanText, primary_key=True),
)  # fmt: skip
