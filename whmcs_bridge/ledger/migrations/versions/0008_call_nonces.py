"""The nonces of signed calls that changed something. The version before neither writes nor reads them."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, Moment, word

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "call_nonces",
        sa.Column("nonce", word(64), primary_key=True),
        sa.Column("seen_at", Moment, nullable=False),
        **IN_MARIADB,
    )
    op.create_index("call_nonces_seen_at", "call_nonces", ["seen_at"])
