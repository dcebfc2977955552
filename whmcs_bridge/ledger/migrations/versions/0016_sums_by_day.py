"""What was received by day, in an index: the page *Today* sums two months of payments each time.

The databases keep it by themselves, so that the version before has nothing to do for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

# Colombian days since 1970, of booked payments only.
_DAY = "(CASE WHEN state = 'posted' THEN (coalesce(finalized_at, posted_at) - 18000000) / 86400000 END)"


def upgrade() -> None:
    """Create it: of the day itself, or on MariaDB, which indexes no expression, of all that a sum is made of."""
    columns: list[str | sa.TextClause] = [sa.text(_DAY), "method", "amount_in_cents"]
    if op.get_bind().dialect.name in ("mysql", "mariadb"):
        columns = ["posted_at", "finalized_at", "method", "state", "amount_in_cents"]
    op.create_index("payments_booked_day", "payments", columns)
