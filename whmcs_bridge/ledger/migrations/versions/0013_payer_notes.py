"""The numbers of payments that payers have told and that were not found. The version before does not look at it."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, Moment, word

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "payer_notes",
        sa.Column("invoice_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", word(64), primary_key=True),
        sa.Column("client_id", sa.BigInteger, nullable=False),
        sa.Column("noted_at", Moment, nullable=False),
        **IN_MARIADB,
    )
    op.create_index("payer_notes_noted_at", "payer_notes", ["noted_at"])
