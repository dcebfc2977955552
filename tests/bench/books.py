"""Books of any size on SQLite, as some years leave them: made by the database itself, in key order, indexes at the end.

They are those of version 0.1.0, whose tables the migrations of today's version change.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config

from tests.bench.events import event
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.raw_statements import packed

# The tables of version 0.1.0.
FIRST_RELEASE = "0006"
LINES = 4
# Whatever the size: payments of one client, payments of one amount, and how many wait for a person, or for their payer.
OF_A_CLIENT, OF_AN_AMOUNT, HELD, PENDING = 25, 50, 40, 20
_DAY = 86_400_000
# The clock of whoever wrote earlier than 2025 is taken for a wrong one.
_SPAN = 660 * _DAY
_KEPT = 60 * _DAY
_CACHE = "PRAGMA cache_size = -1000000"

# One row a payment, evenly over 660 days; nine of ten approved, and each declined one followed by its second try.
_NUMBERS = f"""
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :many),
rows AS (
  SELECT n, :now - 60000 - CAST((:many - n) * {_SPAN}.0 / :many AS INTEGER) AS at,
    1 + n * 9 / 10 AS invoice, 1 + n % max(:many / {OF_A_CLIENT}, 1) AS client,
    2000000 + n % max(:many / {OF_AN_AMOUNT}, 1) * 100 AS amount,
    CASE WHEN n % (:many / {HELD}) = 7 THEN 'review' WHEN n % (:many / {PENDING}) = 11 THEN 'due'
      WHEN n % 10 = 0 THEN 'closed' ELSE 'posted' END AS state
  FROM numbers),
named AS (
  SELECT *, printf('1%07d-%d-%05d', n, at / 1000, n * 7919 % 90000 + 10000) AS name,
    printf('INV%d-%d-%d-JJUUELXOILHD2%011dA', invoice, client, amount, n) AS reference FROM rows)
"""
_PAYMENTS = """
INSERT INTO payments (transaction_id, state, reason, due_at, looks, touched, status, reference, invoice_id, client_id,
  amount_in_cents, currency, method, finalized_at, created_at, posted_at, approved_at, dismissed)
SELECT name, state, '', CASE state WHEN 'due' THEN :now + 3600000 END, 0, 0,
  CASE state WHEN 'closed' THEN 'DECLINED' WHEN 'due' THEN 'PENDING' ELSE 'APPROVED' END, reference, invoice, client,
  amount, 'COP', CASE WHEN n % 10 < 4 THEN 'PSE' WHEN n % 10 < 7 THEN 'CARD' ELSE 'NEQUI' END,
  CASE WHEN state <> 'due' THEN at + 20000 END, at, CASE state WHEN 'posted' THEN at + 25000 END,
  CASE WHEN state IN ('posted', 'review') THEN at + 21000 END, 0 FROM named
"""
_CHECKOUTS = """
INSERT INTO checkouts (reference, invoice_id, client_id, amount_in_cents, purpose, terms_url, created_at, expires_at,
  asked, language) SELECT reference, invoice, client, amount, 'pay', 'https://terms.test/', at - 90000, at + 3510000, 6,
  'es' FROM named
"""
_JOURNAL = """
INSERT INTO journal (at, transaction_id, reference, invoice_id, what, detail)
SELECT at + 5000 * line, name, reference, CASE WHEN line > 1 THEN invoice END, what, 'as it was told at the time'
FROM named CROSS JOIN (SELECT 0 AS line, 'touch' AS what UNION ALL SELECT 1, 'touch' UNION ALL SELECT 2, 'posting'
  UNION ALL SELECT 3, 'posted')
"""
# Those of the days that are kept, and of as many days more as :old says.
_EVENTS = f"""
INSERT INTO events (digest, transaction_id, received_at, body)
SELECT printf('%064d', n), name, at + 22000, :body FROM named WHERE at > :now - {_KEPT} - :old * {_DAY}
"""


def make(path: Path, many: int, now: int, *, old_days: int = 20) -> None:
    """Make a database of ``many`` payments, four lines of the journal each, and the events of the days that are kept
    and of ``old_days`` before them. ``now`` is in milliseconds."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    url = f"sqlite:///{path}"
    with closing(Database(url)) as bridge, bridge.exclusively() as engine, engine.connect() as connection:
        config.attributes["connection"] = connection.execution_options(whmcs_bridge_write=True)
        command.upgrade(config, FIRST_RELEASE)
    values = {"many": many, "now": now, "old": old_days, "body": packed(event(1))}
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            database.execute(f"PRAGMA {pragma}")
        database.execute(_CACHE)
        indexes = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''").fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        for statement in (_PAYMENTS, _CHECKOUTS, _JOURNAL, _EVENTS):
            database.execute(_NUMBERS + statement, values)
        for _, statement in indexes:
            database.execute(statement)
        database.execute("PRAGMA journal_mode = WAL")
