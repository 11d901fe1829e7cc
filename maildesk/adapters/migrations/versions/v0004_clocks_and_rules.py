"""Where tickets have been and what their clocks say, what rules did, hits of rules, and who was heard in each mail.

Run by Alembic. Written out in full, so that it stays what it is when `store.schema` moves on. The new columns of
tickets that are there already are filled from their histories, by `store.migrate`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NESTED = {
    "course": "{}",
    "warned": "[]",
    "fired": "[]",
    "escalators": "[]",
    "escalated_for": "[]",
    "fields": "[]",
    "kept": "[]",
}
_INSTANTS = (
    "requester_wrote_at", "answered_at", "awaiting_since", "next_response_due_at", "update_due_at", "chased_at",
    "promised_at",
)  # fmt: skip


def upgrade() -> None:
    """Add the columns and the table."""
    for name, empty in _NESTED.items():
        op.add_column("tickets", sa.Column(name, sa.Text, nullable=False, server_default=empty))
    for name in _INSTANTS:
        op.add_column("tickets", sa.Column(name, _INSTANT))
    op.add_column("tickets", sa.Column("promise_warnings", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "rule_hits",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column(
            "ticket", _ROW_ID, sa.ForeignKey("tickets.number", deferrable=True, initially="DEFERRED"), nullable=True
        ),
        sa.Column("inbound_id", _ROW_ID, sa.ForeignKey("inbound.id")),
    )
    op.create_index("ix_rule_hits_rule", "rule_hits", ["rule", "at"])
    op.add_column("inbound", sa.Column("role", sa.Text))
    op.add_column("inbound", sa.Column("proof", sa.Text))
    op.add_column("inbound", sa.Column("thread", sa.BigInteger))
    op.create_index("ix_inbound_ticket", "inbound", ["ticket"])
    ticketless = sa.text("ticket IS NULL")
    op.create_index("ix_inbound_thread", "inbound", ["thread"], sqlite_where=ticketless, postgresql_where=ticketless)


def downgrade() -> None:
    """Refuse: an older maildesk works on a backup made before the upgrade."""
    raise NotImplementedError("restore a backup made before the upgrade")
