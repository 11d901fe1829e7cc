"""The first schema: counters, ledger, tickets with their histories, outbox.

Run by Alembic. Written out in full, so that it stays what it is when `store.schema` moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")

#: Table, what a trigger refuses, and how it says so.
_REFUSALS = (
    ("events", "UPDATE", "", "history is append-only"),
    ("events", "DELETE", "", "history is append-only"),
    ("past_outcomes", "UPDATE", "", "past outcomes are append-only"),
    ("past_outcomes", "DELETE", "", "past outcomes are append-only"),
    (
        "inbound",
        "UPDATE",
        "WHEN (OLD.outcome IS NOT NULL AND NEW.outcome IS NULL)",
        "a decided message keeps an outcome",
    ),
    ("inbound", "DELETE", "", "a message never leaves the ledger"),
)


def upgrade() -> None:
    """Make every table, index and trigger."""
    _create_counters()
    _create_tickets()
    _create_ledger()
    _create_ledger_companions()
    _create_ledger_indexes()
    _create_history()
    _create_outbox()
    _create_outbox_indexes()
    _create_triggers()


def downgrade() -> None:
    """Refuse: an older maildesk works on a backup made before the upgrade."""
    raise NotImplementedError("restore a backup made before the upgrade")


def _create_counters() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "ticket", "value": 1000}])
    op.create_table(
        "absences",
        sa.Column("technician", sa.Text, primary_key=True),
        sa.Column("since", _INSTANT, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
    )


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", _ID, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("requester_name", sa.Text, nullable=False),
        sa.Column("requester_address", sa.Text, nullable=False),
        sa.Column("requester_key", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("impact", sa.Text, nullable=False),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("assignee", sa.Text),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("participants", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("claims", sa.BigInteger),
        sa.Column("first_message_id", sa.Text),
        sa.Column("message_ids", sa.Text, nullable=False),
        sa.Column("first_response_due_at", _INSTANT),
        sa.Column("resolution_due_at", _INSTANT),
        sa.Column("first_responded_at", _INSTANT),
        sa.Column("resolved_at", _INSTANT),
        sa.Column("closed_at", _INSTANT),
        sa.Column("close_due_at", _INSTANT),
        sa.Column("next_deadline_at", _INSTANT),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_index("ix_tickets_requester_key", "tickets", ["requester_key"])
    _create_partial_index("ix_tickets_next_deadline_at", "tickets", "next_deadline_at", "next_deadline_at IS NOT NULL")


def _create_ledger() -> None:
    op.create_table(
        "raw_mails", sa.Column("sha256", sa.Text, primary_key=True), sa.Column("data", sa.LargeBinary, nullable=False)
    )
    op.create_table(
        "inbound",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("sender", sa.Text, nullable=False, server_default=""),
        sa.Column("subject", sa.Text, nullable=False, server_default=""),
        sa.Column("content_sha256", sa.Text),
        sa.Column("raw_sha256", sa.Text, sa.ForeignKey("raw_mails.sha256")),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        _ticket(nullable=True),
        sa.Column("trace", sa.Text, nullable=False, server_default="[]"),
        sa.Column("decided_at", _INSTANT),
        sa.Column("wanted", sa.Text),
        sa.Column("filed", sa.Text),
        sa.Column("requested", sa.Text),
        sa.Column("released_at", _INSTANT),
        sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
        _words("outcome", "ticket", "follow-up", "held", "discarded", "rejected", "quarantined", "duplicate"),
        _words("requested", "release", "requeue"),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("(outcome IS NULL) = (wanted IS NULL)", name="has_folder"),
    )


def _create_ledger_companions() -> None:
    op.create_table(
        "past_outcomes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("inbound_id", _ID, sa.ForeignKey("inbound.id"), nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "dedupe_keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("inbound_id", _ID, sa.ForeignKey("inbound.id"), nullable=False),
    )


def _create_ledger_indexes() -> None:
    op.create_index("ix_inbound_outcome", "inbound", ["outcome"])
    _create_partial_index("ix_inbound_unfiled", "inbound", "mailbox", "filed IS NULL")
    _create_partial_index("ix_inbound_misfiled", "inbound", "mailbox", "filed != wanted")
    _create_partial_index("ix_inbound_requested", "inbound", "id", "requested IS NOT NULL")


def _create_history() -> None:
    op.create_table(
        "events",
        _ticket(primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("trace", sa.Text, nullable=False),
        sa.Column("inbound_id", _ID, sa.ForeignKey("inbound.id")),
    )
    op.create_table("message_ids", sa.Column("key", sa.Text, primary_key=True), _ticket(primary_key=True))


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("ref", sa.Text, nullable=False, unique=True),
        _ticket(nullable=True),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("recipient_key", sa.Text, nullable=False),
        sa.Column("envelope_sender", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("not_before", _INSTANT, nullable=False),
        sa.Column("unproven", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_at", _INSTANT),
        sa.Column("lease_until", _INSTANT),
        sa.Column("owner", sa.BigInteger),
        sa.Column("last_reply", sa.Text, nullable=False, server_default=""),
        sa.Column("last_attempt_at", _INSTANT),
        sa.Column("spent_at", _INSTANT),
        sa.UniqueConstraint("cause", "notice", "recipient_key"),
        _words("state", "queued", "sending", "sent", "deferred", "failed", "bounced", "held", "cancelled"),
        sa.CheckConstraint("(next_attempt_at IS NOT NULL) = (state IN ('queued', 'sending', 'deferred'))", name="due"),
    )
    op.create_table(
        "token_runs",
        sa.Column("outbox_id", _ID, sa.ForeignKey("outbox.id"), primary_key=True),
        sa.Column("body_sha256", sa.Text, primary_key=True),
    )


def _create_outbox_indexes() -> None:
    _create_partial_index("ix_outbox_next_attempt_at", "outbox", "next_attempt_at", "next_attempt_at IS NOT NULL")
    op.create_index("ix_outbox_notice", "outbox", ["notice", "created_at"])
    op.create_index("ix_outbox_recipient_key", "outbox", ["recipient_key", "created_at"])


def _create_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, act, when, sentence in _REFUSALS:
            name = f"{table}_refuse_{act.lower()}"
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table, act, when, sentence in _REFUSALS:
        name = f"{table}_refuse_{act.lower()}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION refuse('{sentence}')"
        )
    for table in ("events", "past_outcomes", "inbound"):
        # TRUNCATE passes by the triggers for each row.
        name = f"{table}_refuse_truncate"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse('{table} is never emptied')"
        )


def _ticket(*, nullable: bool = False, primary_key: bool = False) -> sa.Column[int]:
    reference = sa.ForeignKey("tickets.number", deferrable=True, initially="DEFERRED")
    return sa.Column("ticket", _ID, reference, nullable=nullable, primary_key=primary_key)


def _words(column: str, *words: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=column)


def _create_partial_index(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
