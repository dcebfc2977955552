"""Links that are taken back one by one, and the language of who opened a checkout."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, Moment, word

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add both. The version before this one leaves the column empty, and honours links that this one takes back."""
    op.add_column("checkouts", sa.Column("language", word(2)))
    op.create_table(
        "revoked_links",
        sa.Column("signature", word(43), primary_key=True),
        sa.Column("invoice_id", sa.BigInteger, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment, nullable=False),
        **IN_MARIADB,
    )
