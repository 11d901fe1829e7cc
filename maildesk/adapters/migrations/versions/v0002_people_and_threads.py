"""People (language, dead addresses), replies that came before what they answer, and vendors' numbers.

Run by Alembic. Written out in full, so that it stays what it is when `store.schema` moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "people",
        sa.Column("key", sa.Text),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("dead_since", _INSTANT),
        sa.Column("dead_reason", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("key", name="pk_people"),
    )
    op.create_table(
        "awaited_ids",
        sa.Column("key", sa.Text),
        _ticket(),
        sa.PrimaryKeyConstraint("key", "ticket", name="pk_awaited_ids"),
    )
    op.create_table(
        "vendor_numbers",
        sa.Column("vendor", sa.Text),
        sa.Column("number", sa.Text),
        _ticket(),
        sa.PrimaryKeyConstraint("vendor", "number", "ticket", name="pk_vendor_numbers"),
    )
    op.add_column("tickets", sa.Column("merged_into", sa.BigInteger))


def downgrade() -> None:
    """Refuse: an older maildesk works on a backup made before the upgrade."""
    raise NotImplementedError("restore a backup made before the upgrade")


def _ticket() -> sa.Column[int]:
    reference = sa.ForeignKey("tickets.number", deferrable=True, initially="DEFERRED")
    return sa.Column("ticket", _ID, reference, nullable=False)
