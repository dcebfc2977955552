"""What a booking is proven by, what a person ordered, and by which clock a wait is measured."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import Moment, word

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns. The version before this one leaves them as they are, empty in new rows."""
    for column in (
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("before_try", sa.Text),
        sa.Column("missing_at", Moment),
        sa.Column("odd_looks", sa.Integer, nullable=False, server_default="0"),
        sa.Column("odd_since", Moment),
        sa.Column("surplus_in_cents", sa.BigInteger),
        sa.Column("ordered", word(10)),
        sa.Column("ordered_client_id", sa.BigInteger),
        sa.Column("wait", word(120)),
    ):
        op.add_column("payments", column)
    op.create_index("payments_missing_at", "payments", ["missing_at"])
    op.add_column("voids", sa.Column("wait", word(120)))
