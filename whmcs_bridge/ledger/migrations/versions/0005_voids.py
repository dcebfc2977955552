"""The voids that WHMCS's refund button asked for."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, Moment, word

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table. The version before this one does not know it."""
    op.create_table(
        "voids",
        sa.Column("transaction_id", word(120), primary_key=True),
        sa.Column("state", word(10), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("told_at", Moment),
        **IN_MARIADB,
    )
