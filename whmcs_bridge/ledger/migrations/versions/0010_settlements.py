"""What Wompi charged, withheld and paid out. The version before does not look at these tables."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, word

revision = "0010"
down_revision = "0009"

_MONEY = ("fee", "fee_iva", "reteica", "reteiva", "retefuente", "impoconsumo", "net")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "payouts",
        sa.Column("id", word(40), primary_key=True),
        sa.Column("wompi_id", word(40)),
        sa.Column("day", word(10), nullable=False),
        sa.Column("amount", sa.BigInteger),
        **IN_MARIADB,
    )
    op.create_index("payouts_day", "payouts", ["day"])
    op.create_index("payouts_wompi_id", "payouts", ["wompi_id"])
    op.create_table(
        "settlements",
        sa.Column("transaction_id", word(120), primary_key=True),
        sa.Column("day", word(10), nullable=False),
        sa.Column("payout_id", word(40), nullable=False),
        sa.Column("told_by", sa.Integer, nullable=False),
        sa.Column("reference", word(64)),
        sa.Column("method", word(40), nullable=False),
        sa.Column("gross", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in _MONEY),
        sqlite_with_rowid=False,
        **IN_MARIADB,
    )
    op.create_index("settlements_day", "settlements", ["day", "transaction_id"])
    op.create_table(
        "settlement_days",
        sa.Column("day", word(10), primary_key=True),
        sa.Column("method", word(40), primary_key=True),
        sa.Column("payout_id", word(40), primary_key=True),
        sa.Column("kind", word(5), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("payments", "gross", "split", "split_gross")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _MONEY),
        **IN_MARIADB,
    )
    op.create_index("settlement_days_payout", "settlement_days", ["payout_id"])
    op.create_table(
        "settlement_doubts",
        sa.Column("transaction_id", word(120), primary_key=True),
        sa.Column("day", word(10), nullable=False),
        **IN_MARIADB,
    )
    op.create_index("settlement_doubts_day", "settlement_doubts", ["day"])
