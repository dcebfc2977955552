"""Indexes for the admin's console: payments by client, by amount and by day, and checkouts by day."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create them. The version before this one neither needs them nor minds them."""
    op.create_index("payments_client", "payments", ["client_id", "created_at"])
    op.create_index("payments_amount", "payments", ["amount_in_cents", "created_at"])
    op.create_index("payments_finalized_at", "payments", ["finalized_at"])
    op.create_index("checkouts_created_at", "checkouts", ["created_at"])
