"""Alarms, and since when a payment is known to be approved. The version before does not look at either."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, Moment, word

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them."""
    op.add_column("payments", sa.Column("approved_at", Moment))
    op.create_table(
        "alarms",
        sa.Column("name", word(30), primary_key=True),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("subjects", sa.Text, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("told_at", Moment),
        sa.Column("try_at", Moment),
        **IN_MARIADB,
    )
