"""What invoices in other currencies were quoted at."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, word

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "quotes",
        sa.Column("reference", word(64), primary_key=True),
        sa.Column("invoice_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("currency", word(10), nullable=False),
        sa.Column("amount_in_cents", sa.BigInteger, nullable=False),
        sa.Column("rate", word(40), nullable=False),
        sa.Column("source", word(20), nullable=False),
        sa.Column("day", word(10), nullable=False),
        **IN_MARIADB,
    )
