"""Several invoices in one payment: what each gets, and the payments that are parts of a transaction."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, word

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table and the columns. The version before this one leaves them as they are, empty in new rows."""
    op.create_table(
        "parts",
        sa.Column("reference", word(64), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("invoice_id", sa.BigInteger, nullable=False),
        sa.Column("client_id", sa.BigInteger, nullable=False),
        sa.Column("amount_in_cents", sa.BigInteger, nullable=False),
        **IN_MARIADB,
    )
    op.create_index("parts_invoice", "parts", ["invoice_id"])
    for column in (
        sa.Column("part_of", word(120)),
        sa.Column("whole_in_cents", sa.BigInteger),
        sa.Column("precedence", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("payments", column)
    op.create_index("payments_part_of", "payments", ["part_of"])
    op.create_index("payments_whole", "payments", ["whole_in_cents", "created_at"])
