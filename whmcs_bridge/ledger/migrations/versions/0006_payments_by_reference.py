"""An index by reference: the trail of a reference would read all payments without it."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create it. The version before this one neither needs it nor minds it."""
    op.create_index("payments_reference", "payments", ["reference"])
