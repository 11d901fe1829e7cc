"""Which mail answers and causes which, who stands for a released one, and what more a ticket holds.

Run by Alembic. Written out in full, so that it stays what it is when `store.schema` moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_LISTS = ("proposed", "muted", "watchers", "links", "checklist", "steps_done")
_INSTANTS = ("snoozed_until", "due_at", "reminded_of", "expected_at")


def upgrade() -> None:
    """Add the columns."""
    for name in _LISTS:
        op.add_column("tickets", sa.Column(name, sa.Text, nullable=False, server_default="[]"))
    for name in _INSTANTS:
        op.add_column("tickets", sa.Column(name, _INSTANT))
    op.add_column("tickets", sa.Column("time_seconds", sa.Integer, nullable=False, server_default="0"))
    op.add_column("tickets", sa.Column("channel", sa.Text, nullable=False, server_default=""))
    op.add_column("inbound", sa.Column("vouch", sa.Text))
    op.add_column("inbound", sa.Column("answers", sa.BigInteger))
    op.add_column("outbox", sa.Column("inbound_id", sa.BigInteger))
    op.execute("UPDATE inbound SET vouch = 'release' WHERE released_at IS NOT NULL")
    # Mails of before can be answered with a word, too: what caused them was written down as words.
    is_postgres = op.get_bind().dialect.name == "postgresql"
    number = "split_part(substr(cause, 9), '@', 1)" if is_postgres else "substr(cause, 9)"
    op.execute(f"UPDATE outbox SET inbound_id = CAST({number} AS BIGINT) WHERE cause LIKE 'inbound:%'")  # noqa: S608
    answering = sa.text("answers IS NOT NULL")
    op.create_index("ix_inbound_answers", "inbound", ["answers"], sqlite_where=answering, postgresql_where=answering)
    op.create_index("ix_outbox_inbound_id", "outbox", ["inbound_id"])
    op.create_index("ix_events_inbound_id", "events", ["inbound_id"])


def downgrade() -> None:
    """Refuse: an older maildesk works on a backup made before the upgrade."""
    raise NotImplementedError("restore a backup made before the upgrade")
