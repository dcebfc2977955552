"""The index that one of the last revision contains goes."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Drop it, in a transaction of its own: who has a table's lock for writing cannot ask for the exclusive one beside
    other writers. The version before this one uses the new index as well."""
    op.drop_index("payments_finalized_at", "payments")
