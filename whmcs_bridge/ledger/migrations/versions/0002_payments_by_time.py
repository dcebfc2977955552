"""An index by time, for lists of payments of any length in pages."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create it. The version before this one neither needs it nor minds it."""
    op.create_index("payments_created_at", "payments", ["created_at"])
