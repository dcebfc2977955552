"""What Alembic runs for each upgrade; the connection is handed in by ``upgrade``."""

from alembic import context

from whmcs_bridge.ledger.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite takes a change of the schema back like any other one; Alembic does not count on it by itself.
    transactional_ddl=connection.dialect.name != "mysql",
    # Each holds the lock of one table in use and no more: two at once, and those who write both meanwhile, deadlock.
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
