"""The first tables, as they were then. ``whmcs_bridge.ledger.schema`` says what each is for."""

import sqlalchemy as sa
from alembic import op

from whmcs_bridge.ledger.columns import IN_MARIADB, Moment, blob, reference_text, serial, word

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "checkouts",
        sa.Column("reference", word(64), primary_key=True),
        sa.Column("invoice_id", sa.BigInteger, nullable=False),
        sa.Column("client_id", sa.BigInteger, nullable=False),
        sa.Column("amount_in_cents", sa.BigInteger, nullable=False),
        sa.Column("purpose", word(10), nullable=False),
        sa.Column("terms_url", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("ask_at", Moment),
        sa.Column("asked", sa.Integer, nullable=False),
        **IN_MARIADB,
    )
    op.create_index("checkouts_ask_at", "checkouts", ["ask_at"])
    op.create_index("checkouts_invoice", "checkouts", ["invoice_id", "created_at"])
    op.create_table(
        "events",
        sa.Column("digest", word(64), primary_key=True),
        sa.Column("transaction_id", word(120), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("body", blob, nullable=False),
        **IN_MARIADB,
    )
    op.create_index("events_received_at", "events", ["received_at"])
    op.create_index("events_transaction", "events", ["transaction_id"])
    op.create_table(
        "payments",
        sa.Column("transaction_id", word(120), primary_key=True),
        sa.Column("state", word(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("due_at", Moment),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("claimed_by", word(40)),
        sa.Column("claimed_until", Moment),
        sa.Column("touched", sa.Boolean, nullable=False),
        sa.Column("status", word(40), nullable=False),
        sa.Column("reference", reference_text),
        sa.Column("invoice_id", sa.BigInteger),
        sa.Column("client_id", sa.BigInteger),
        sa.Column("amount_in_cents", sa.BigInteger),
        sa.Column("currency", word(10)),
        sa.Column("method", word(40)),
        sa.Column("finalized_at", Moment),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("posted_at", Moment),
        sa.Column("dismissed", sa.Boolean, nullable=False),
        **IN_MARIADB,
    )
    op.create_index("payments_due_at", "payments", ["due_at"])
    op.create_index("payments_invoice", "payments", ["invoice_id"])
    op.create_index("payments_state", "payments", ["state", "created_at"])
    op.create_index("payments_posted_at", "payments", ["posted_at"])
    op.create_table(
        "journal",
        sa.Column("id", serial, primary_key=True, autoincrement=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("transaction_id", word(120)),
        sa.Column("reference", reference_text),
        sa.Column("invoice_id", sa.BigInteger),
        sa.Column("what", word(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        **IN_MARIADB,
    )
    op.create_index("journal_transaction", "journal", ["transaction_id"])
    op.create_index("journal_invoice", "journal", ["invoice_id"])
    op.create_table(
        "meta",
        sa.Column("name", word(60), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        **IN_MARIADB,
    )
