"""What Alembic runs for each upgrade; the connection is handed in by ``upgrade``."""

from alembic import context

from whmcs_bridge.ledger.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite rolls a change of the schema back; Alembic does not rely on that by default.
    transactional_ddl=connection.dialect.name != "mysql",
    # Each migration locks one table: with locks on two, it and a writer of both could deadlock.
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
