"""Indexes with which a search by day or by method costs the same in any number of payments."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create them. Writers wait meanwhile, readers do not."""
    op.create_index("payments_finalized", "payments", ["finalized_at", "created_at"])
    op.create_index("payments_method", "payments", ["method", "finalized_at", "created_at"])
