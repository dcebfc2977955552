"""What was received by day, in the order of an index: the page *Today* sums two months of payments each time.

The databases keep the day themselves, so that the version before has nothing to do for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

# Colombian days since 1970, of booked payments only.
_DAY = "CASE WHEN state = 'posted' THEN (coalesce(finalized_at, posted_at) - 18000000) {divided_by} 86400000 END"


def upgrade() -> None:
    """Create it. SQLite and PostgreSQL index an expression; MariaDB only a column, which is worked out and not kept."""
    day = sa.text(f"({_DAY.format(divided_by='/')})")
    if op.get_bind().dialect.name in ("mysql", "mariadb"):
        column = sa.Column("booked_day", sa.BigInteger, sa.Computed(_DAY.format(divided_by="DIV"), persisted=False))
        op.add_column("payments", column)
        day = sa.text("booked_day")
    op.create_index("payments_booked_day", "payments", [day, "method", "amount_in_cents"])
