"""The tables. What each is for, in the order in which a payment meets them.

``checkouts``      each press on "Pagar con Wompi": which invoice, how much, until when
``parts``          what each invoice of a checkout for several gets
``events``         the inbox: evidence of what Wompi sent
``payments``       each payment of an invoice: work list and ledger in one; work if and only if ``due_at`` is set
``voids``          each void that WHMCS's refund button asked Wompi for: the intent, and what became of it
``journal``        one line for each change of state, never changed
``revoked_links``  links that were taken back before their time
``call_nonces``    the nonces of signed calls that changed something: each is carried out once
``meta``           single facts, such as the worker's heartbeat
``alarms``         one row for each alarm ever raised: since when, whether it is over, and whether a person was notified
``payer_notes``    numbers of payments that payers have told ("Ya pagué") and that were not found, for the admin

The books of what Wompi paid out; amounts are in cents of a peso, days are Colombian and written ``2026-11-03``:

``payouts``            each payout to the bank account
``settlements``        each transaction that was paid out: what Wompi charged and withheld of it
``settlement_days``    their sums by day, method, payout and kind, kept with every row, so that a month is a few sums
``settlement_doubts``  the transactions of which the books do not agree yet, on whichever side they stand
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text
from sqlalchemy.schema import SchemaItem

from whmcs_bridge.ledger.columns import IN_MARIADB, BookedDay, Moment, blob, reference_text, serial, word

metadata = MetaData()


def _table(name: str, *parts: SchemaItem, **options: Any) -> Table:
    return Table(name, metadata, *parts, **IN_MARIADB, **options)


checkouts = _table(
    "checkouts",
    Column("reference", word(64), primary_key=True),
    Column("invoice_id", BigInteger, nullable=False),
    Column("client_id", BigInteger, nullable=False),
    Column("amount_in_cents", BigInteger, nullable=False),
    Column("purpose", word(10), nullable=False),
    Column("terms_url", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    # When to ask Wompi about it next; NULL: closed.
    Column("ask_at", Moment),
    # The payer's; NULL in what older versions opened.
    Column("language", word(2)),
    Column("asked", Integer, nullable=False),
    Index("checkouts_ask_at", "ask_at"),
    Index("checkouts_invoice", "invoice_id", "created_at"),
    Index("checkouts_created_at", "created_at"),
)

parts = _table(
    "parts",
    Column("reference", word(64), primary_key=True),
    # In the order in which they are booked, from 0.
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("invoice_id", BigInteger, nullable=False),
    Column("client_id", BigInteger, nullable=False),
    Column("amount_in_cents", BigInteger, nullable=False),
    Index("parts_invoice", "invoice_id"),
)

# What an invoice in another currency than the peso was quoted at, with a checkout.
quotes = _table(
    "quotes",
    Column("reference", word(64), primary_key=True),
    Column("invoice_id", BigInteger, primary_key=True, autoincrement=False),
    Column("currency", word(10), nullable=False),
    Column("amount_in_cents", BigInteger, nullable=False),
    Column("rate", word(40), nullable=False),
    Column("source", word(20), nullable=False),
    Column("day", word(10), nullable=False),
)

events = _table(
    "events",
    Column("digest", word(64), primary_key=True),
    Column("transaction_id", word(120), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("body", blob, nullable=False),
    Index("events_received_at", "received_at"),
    Index("events_transaction", "transaction_id"),
)

payments = _table(
    "payments",
    Column("transaction_id", word(120), primary_key=True),
    Column("state", word(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_at", Moment),
    # Looks in this state so far: they space the next one.
    Column("looks", Integer, nullable=False),
    # The claim: its token, and when its lease ends.
    Column("claimed_by", word(40)),
    Column("claimed_until", Moment),
    # Touched during the claim: look once more afterwards.
    Column("touched", Boolean, nullable=False),
    # Wompi's word at the last reading; empty before the first.
    Column("status", word(40), nullable=False),
    Column("reference", reference_text),
    Column("invoice_id", BigInteger),
    Column("client_id", BigInteger),
    Column("amount_in_cents", BigInteger),
    Column("currency", word(10)),
    Column("method", word(40)),
    Column("finalized_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("posted_at", Moment),
    # When it was first seen approved at Wompi.
    Column("approved_at", Moment),
    # A person has decided to leave it.
    Column("dismissed", Boolean, nullable=False),
    # How often WHMCS was asked to book it, and its invoice before the first time, as JSON.
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("before_try", Text),
    # When WHMCS said "booked" and had no row of it.
    Column("missing_at", Moment),
    # How many answers in a row, of Wompi or WHMCS, could not be used, and since when.
    Column("odd_looks", Integer, nullable=False, server_default="0"),
    Column("odd_since", Moment),
    # The part beyond the invoice's balance at the booking: a second payment.
    Column("surplus_in_cents", BigInteger),
    # What a person ordered, and for which client.
    Column("ordered", word(10)),
    Column("ordered_client_id", BigInteger),
    # How the wait of a booking in doubt is measured, see ``waiting``.
    Column("wait", word(120)),
    # Of a part: Wompi's id, what the whole transaction pays, and the more, the earlier it is booked among its siblings.
    Column("part_of", word(120)),
    Column("whole_in_cents", BigInteger),
    Column("precedence", Integer, nullable=False, server_default="0"),
    Index("payments_due_at", "due_at"),
    Index("payments_part_of", "part_of"),
    Index("payments_whole", "whole_in_cents", "created_at"),
    Index("payments_invoice", "invoice_id"),
    Index("payments_state", "state", "created_at"),
    Index("payments_posted_at", "posted_at"),
    Index("payments_created_at", "created_at"),
    Index("payments_reference", "reference"),
    Index("payments_missing_at", "missing_at"),
    Index("payments_client", "client_id", "created_at"),
    Index("payments_amount", "amount_in_cents", "created_at"),
    # What Wompi has not finalised is found by when it was first heard of.
    Index("payments_finalized", "finalized_at", "created_at"),
    Index("payments_method", "method", "finalized_at", "created_at"),
    # On MariaDB of what the day is worked out from: posted_at, finalized_at, method, state, amount_in_cents.
    Index("payments_booked_day", BookedDay(), "method", "amount_in_cents"),
)

voids = _table(
    "voids",
    # The row stays: a void is asked for once for each transaction.
    Column("transaction_id", word(120), primary_key=True),
    Column("state", word(10), nullable=False),
    # What Wompi said, in a sentence.
    Column("detail", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    # When WHMCS was last told that the money went back.
    Column("told_at", Moment),
    # How the waits of this void are measured, see ``waiting``.
    Column("wait", word(120)),
)

journal = _table(
    "journal",
    Column("id", serial, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("transaction_id", word(120)),
    Column("reference", reference_text),
    Column("invoice_id", BigInteger),
    Column("what", word(20), nullable=False),
    Column("detail", Text, nullable=False),
    Index("journal_transaction", "transaction_id"),
    Index("journal_invoice", "invoice_id"),
)

revoked_links = _table(
    "revoked_links",
    Column("signature", word(43), primary_key=True),
    Column("invoice_id", BigInteger, nullable=False),
    # The end of the link, and of this row.
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=False),
)

call_nonces = _table(
    "call_nonces",
    Column("nonce", word(64), primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Index("call_nonces_seen_at", "seen_at"),
)

meta = _table(
    "meta",
    Column("name", word(60), primary_key=True),
    Column("value", Text, nullable=False),
)

alarms = _table(
    "alarms",
    Column("name", word(30), primary_key=True),
    Column("sentence", Text, nullable=False),
    # JSON list of the ids concerned: a new one is notified again.
    Column("subjects", Text, nullable=False),
    Column("since", Moment, nullable=False),
    # When the cause was last seen.
    Column("seen_at", Moment, nullable=False),
    Column("ended_at", Moment),
    # When a person was last notified; NULL: not yet.
    Column("told_at", Moment),
    # Not notified again before then: a process is at it, or has just failed.
    Column("try_at", Moment),
)

payer_notes = _table(
    "payer_notes",
    Column("invoice_id", BigInteger, primary_key=True, autoincrement=False),
    # Letters, digits and hyphens.
    Column("number", word(64), primary_key=True),
    Column("client_id", BigInteger, nullable=False),
    Column("noted_at", Moment, nullable=False),
    Index("payer_notes_noted_at", "noted_at"),
)

# As a report tells them of each transaction; see ``wompi_gateway.payout_report``.
SPLIT = ("fee", "fee_iva", "reteica", "reteiva", "retefuente", "impoconsumo", "net")

payouts = _table(
    "payouts",
    # Its day; where Wompi made several on one day, Wompi's number for those after the first.
    Column("id", word(40), primary_key=True),
    # Wompi's number, and what Wompi's list says was paid out; empty where only a report is known.
    Column("wompi_id", word(40)),
    Column("day", word(10), nullable=False),
    Column("amount", BigInteger),
    Index("payouts_day", "day"),
    Index("payouts_wompi_id", "wompi_id"),
)

settlements = _table(
    "settlements",
    Column("transaction_id", word(120), primary_key=True),
    # When it was paid by the payer, as the report tells it.
    Column("day", word(10), nullable=False),
    Column("payout_id", word(40), nullable=False),
    # How sure its payout is: see ``settlements.ToldBy``.
    Column("told_by", Integer, nullable=False),
    # Only of ours: what another shop on the same account writes there is none of our business.
    Column("reference", word(64)),
    Column("method", word(40), nullable=False),
    Column("gross", BigInteger, nullable=False),
    # Empty until a report tells them: Wompi's list of transactions does not.
    *(Column(name, BigInteger) for name in SPLIT),
    Index("settlements_day", "day", "transaction_id"),
    # Found by the transaction or by the day: a number of its own for each row would be a third tree to keep.
    sqlite_with_rowid=False,
)

settlement_days = _table(
    "settlement_days",
    Column("day", word(10), primary_key=True),
    Column("method", word(40), primary_key=True),
    Column("payout_id", word(40), primary_key=True),
    # Of ours, of ours and not adding up, of another shop: see ``settlements.SumOf``.
    Column("kind", word(5), primary_key=True),
    # All of them; and those of which a report has told the rest.
    *(Column(name, BigInteger, nullable=False) for name in ("payments", "gross", "split", "split_gross")),
    *(Column(name, BigInteger, nullable=False) for name in SPLIT),
    Index("settlement_days_payout", "payout_id"),
)

settlement_doubts = _table(
    "settlement_doubts",
    Column("transaction_id", word(120), primary_key=True),
    Column("day", word(10), nullable=False),
    Index("settlement_doubts_day", "day"),
)
