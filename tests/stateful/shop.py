"""The whole bridge in one process, between the two sandboxes, in hands that can do everything to it.

A clock that goes only when told to; workers that die, sleep or meet another one at a named step; backups; and the books
of what was promised to whom, kept apart from the bridge's own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, insert, select

from tests.stateful.refunds import Refunds
from tests.world import START, World, fields_of, make_world
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.bridge import build
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import meta, metadata
from whmcs_bridge.sandbox.whmcs.books import Transaction
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.web.app import create_app
from whmcs_bridge.web.pages import Pages
from whmcs_bridge.web.payer import branded

Rows = dict[str, list[dict[str, Any]]]

# The default of BRIDGE_RECHECK_AFTER: a request that was given up takes effect within this time, or never. This is the
# bound of the promise.
RECHECK_AFTER = timedelta(seconds=300)
# Longer than any lease, and than any wait of a payment in doubt.
A_LONG_SLEEP = timedelta(seconds=400)


# What is searched for is not on the disk: where there is a file system in memory, the thousands of commits go there.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


SECRET = ("WHMCS_API_SECRET", "WOMPI_PRIVATE_KEY", "WOMPI_INTEGRITY_SECRET", "WOMPI_EVENTS_SECRET")
# What the sandbox says of every payer.
PERSONAL = ["ana@ejemplo.test"]


class Crash(BaseException):
    """The process is gone."""


@dataclass(frozen=True)
class Promise:
    """What a payer was sent to Wompi for."""

    reference: str
    invoice_id: int
    amount_in_cents: int
    client_id: int = 77


class Shop:
    """A hosting company, its customers, and everything that goes wrong."""

    def __init__(self, database_url: str | None = None) -> None:
        self._exits = ExitStack()
        self._folder = Path(self._exits.enter_context(tempfile.TemporaryDirectory(dir=IN_MEMORY)))
        if database_url is None:
            database_url = f"sqlite:///{self._folder / 'bridge.db'}"
            (self._folder / "bridge.db").write_bytes(_new_sqlite_file())
        else:
            _empty(database_url)
        # To compile the pages anew at every restart would take most of the time.
        self._exits.enter_context(patch.object(branded, "Pages", lru_cache(2)(Pages)))
        self.world: World = self._exits.enter_context(make_world(self._folder, database_url))
        self.world.whmcs.add_client(id=78)
        self.secrets = [self.world.settings["BRIDGE_SECRET"]]
        self.promises: dict[str, Promise] = {}
        self.must_not_be_booked: set[str] = set()
        self.other_amount: set[str] = set()
        self.ever_approved: set[str] = set()
        self.booked_by_hand: set[int] = set()
        self.deleted_by_hand: Counter[str] = Counter()
        self.forgotten: Counter[str] = Counter()
        self.told_to_book: Counter[str] = Counter()
        self.dismissed: set[str] = set()
        self.rows_ever: Counter[str] = Counter()
        self.refunds = Refunds()
        self.acknowledged: set[str] = set()
        self.leaks: list[str] = []
        self.losses = 0
        self.violations: list[str] = []
        self._at: dict[str, Callable[[], None]] = {}
        self._late_until: datetime | None = None
        self._exits.enter_context(listening(self.heard))
        self._watch()

    def close(self) -> None:
        """End everything."""
        self._exits.close()

    # Time

    def pass_time(self, span: timedelta) -> None:
        """Let time pass. What WHMCS still owes takes effect at the last moment that the promise allows."""
        clock, until = self.world.clock, self.world.clock.now + span
        if self._late_until is not None and until >= self._late_until:
            clock.now = max(clock.now, self._late_until - timedelta(milliseconds=1))
            self.let_late_requests_take_effect()
        clock.now = max(clock.now, until)

    def let_late_requests_take_effect(self) -> None:
        """WHMCS gets done what everybody has given up on."""
        self._late_until = None
        self.world.whmcs.faults.commit_late()

    # Processes

    def restart(self, **changes: str) -> None:
        """Start the bridge again on the same database, with changed settings or the same ones."""
        world = self.world
        world.bridge.close()
        world.settings |= changes
        settings = load_settings(world.settings, folder=self._folder)
        world.bridge = build(settings, clock=world.clock, ticks=world.clock.ticks)
        self._exits.callback(world.bridge.close)
        world.http = create_app(world.bridge).test_client()
        self._watch()

    def at(self, step: str, action: Callable[[], None]) -> None:
        """Plan what happens when a step, such as ``before settle``, is reached next."""
        self._at[step] = action

    def forget_plans(self) -> None:
        """What was planned and not reached does not happen."""
        self._at.clear()

    def crash(self) -> None:
        """The process dies here."""
        raise Crash

    def another_worker(self) -> None:
        """At this very moment another worker takes what is due."""
        self.world.bridge.posting.post_one()

    def sleep_while_another_works(self) -> None:
        """The machine sleeps past its lease here; meanwhile another worker takes what is due; then it wakes up."""
        self.pass_time(A_LONG_SLEEP)
        self.world.bridge.posting.post_one()

    def rotate_secret(self) -> None:
        """A new secret signs from now on; the old ones still verify."""
        self.secrets.insert(0, f"secret-{len(self.secrets)}-of-the-bridge-0123456789")
        self.restart(BRIDGE_SECRET=",".join(self.secrets))

    @contextlib.contextmanager
    def surviving(self) -> Iterator[None]:
        """Start again after a crash."""
        try:
            yield
        except Crash:
            self.restart()

    def _watch(self) -> None:
        bridge = self.world.bridge
        bridge.voids._pause = lambda _seconds: None
        for step in ("begin", "end", "tell"):
            self._put_points_around(bridge.voids._store, step)
        self._put_points_around(bridge.voids._wompi, "void")
        for step in ("claim", "claim_in_review", "begin_posting", "settle", "receive", "touch", "open_checkout"):
            self._put_points_around(bridge.store, step)
        self._put_points_around(bridge.whmcs, "add_invoice_payment")

    def _put_points_around(self, owner: Any, step: str) -> None:
        real = getattr(owner, step)

        def stepped(*args: Any, **kwargs: Any) -> Any:
            self._reach(f"before {step}")
            try:
                if step == "add_invoice_payment":
                    self._check_before_booking(kwargs["transid"], kwargs["invoice_id"])
                if step == "settle" and args[1] is State.POSTED and args[0].payment.posted_at is None:
                    self._check_before_posted(args[0].payment.transaction_id)
                return real(*args, **kwargs)
            finally:
                if self.world.whmcs.faults._late and self._late_until is None:
                    self._late_until = self.world.clock.now + RECHECK_AFTER
                self._reach(f"after {step}")

        setattr(owner, step, stepped)

    def _reach(self, point: str) -> None:
        if action := self._at.pop(point, None):
            action()

    def _check_before_booking(self, transid: str, invoice_id: int) -> None:
        """Nobody may ask WHMCS to book what WHMCS has, or on a stranger's invoice, or in another currency."""
        books, promise = self.world.whmcs.books, self._promise_of(transid)
        if (invoice := books.invoices.get(invoice_id)) is not None:
            if promise and invoice.client_id != promise.client_id and not self.told_to_book[transid]:
                self.violations.append(f"I3: asked WHMCS to book {transid} on an invoice of client {invoice.client_id}")
            if books.clients[invoice.client_id]["currency_code"] != "COP":
                self.violations.append(f"I3: asked WHMCS to book {transid} in another currency")
        if self.world.whmcs.booked(transid):
            self.violations.append(f"I2: asked WHMCS to book {transid}, which it has")
        if transid in self.must_not_be_booked or (transid in self.other_amount and not self.told_to_book[transid]):
            self.violations.append(f"I3: asked WHMCS to book {transid}, which is not ours or not as promised")

    def _check_before_posted(self, transid: str) -> None:
        """``posted`` is what stands in WHMCS: once, on this invoice, with what was paid; or where a person ordered."""
        rows, promise = self.world.whmcs.booked(transid), self._promise_of(transid)
        paid = self.world.wompi.transaction(transid)["amount_in_cents"]
        place = promise.invoice_id if promise else None
        right = len(rows) == 1 and rows[0].amountin * 100 == paid
        if not right or (rows[0].invoice_id != place and not self.told_to_book[transid]):
            self.violations.append(f"I3: {transid} is to be posted, and WHMCS has {rows}")

    def _promise_of(self, transid: str) -> Promise | None:
        return self.promises.get(self.world.wompi.transaction(transid)["reference"])

    # The payer

    def click(self, invoice_id: int, *, anyway: bool) -> Promise | None:
        """Press "Pagar con Wompi", and go to Wompi if the bridge says so."""
        world = self.world
        invoice = world.whmcs.books.invoices.get(invoice_id)
        client = invoice.client_id if invoice else 77
        link = Link(Purpose.PAY, invoice_id, client, world.clock() + timedelta(hours=1)).signed(self.secrets[0])
        response = world.press(invoice_id, link=link, **({"anyway": "yes"} if anyway else {}))
        assert response.status_code in (303, 403, 404, 409, 503), response.status
        if response.status_code != 303:
            return None
        fields = fields_of(response)
        assert invoice is not None
        promise = Promise(fields["reference"], invoice_id, int(fields["amount-in-cents"]), client)
        assert self.promises.setdefault(promise.reference, promise) == promise, "I3: one reference, two promises"
        pesos = math.ceil(world.whmcs.balance(invoice_id))
        assert promise.amount_in_cents == pesos * 100, "I3: the checkout asks for another amount than WHMCS"
        return promise

    def pay(self, reference: str, amount_in_cents: int, status: str, **differences: Any) -> str:
        """Pay at Wompi; its event is made, and not delivered."""
        transaction = self.world.transact(reference, amount_in_cents, status, **differences)
        promise = self.promises.get(reference)
        if promise is None or differences:
            self.must_not_be_booked.add(transaction)
        elif promise.amount_in_cents != amount_in_cents:
            self.other_amount.add(transaction)
        self._note_approval(transaction)
        return transaction

    def settle(self, transaction: str, status: str) -> None:
        """Wompi decides; its event is made, and not delivered."""
        self.world.wompi.settle(transaction, status, deliver=False)
        self._note_approval(transaction)

    def _note_approval(self, transaction: str) -> None:
        if self.world.wompi.transaction(transaction)["status"] == "APPROVED":
            self.ever_approved.add(transaction)

    # The admin

    def bank_transfer(self, invoice_id: int) -> None:
        """The client has paid elsewhere."""
        if self.world.whmcs.invoice(invoice_id).status != "Cancelled":
            self.world.whmcs.add_payment(invoice_id, f"bank-{len(self.world.whmcs.transactions)}", gateway="bank")

    def book_by_hand(self, transaction: str) -> None:
        """An admin adds the payment with Wompi's id, where it belongs, if it belongs anywhere."""
        paid = self.world.wompi.transaction(transaction)
        promise = self.promises.get(paid["reference"])
        invoice = self.world.whmcs.books.invoices.get(promise.invoice_id) if promise else None
        if invoice is not None and invoice.status != "Cancelled":
            self.world.whmcs.add_payment(invoice.id, transaction, amount=paid["amount_in_cents"] // 100)
            self.booked_by_hand.add(self.world.whmcs.booked(transaction)[-1].id)

    def book_by_mistake(self, transaction: str, invoice_id: int, amount: str) -> None:
        """An admin types Wompi's id at the wrong invoice, or a wrong amount."""
        invoice = self.world.whmcs.books.invoices.get(invoice_id)
        if invoice is not None and invoice.status != "Cancelled":
            self.world.whmcs.add_payment(invoice_id, transaction, amount=amount)
            self.booked_by_hand.add(self.world.whmcs.booked(transaction)[-1].id)

    def delete_row(self, transaction: str) -> None:
        """An admin deletes the newest booking of a transaction. (A hull stays, since the sandbox counts its rows.)"""
        rows = self.world.whmcs.booked(transaction)
        if rows:
            self.rows_ever[transaction] += 1
            row, known = rows[-1], self.world.bridge.store.payment(transaction)
            # What was deleted before the bridge has seen it cannot be told from what never took effect.
            if row.id not in self.booked_by_hand and known is not None and known.posted_at is not None:
                self.deleted_by_hand[transaction] += 1
            row.transid, row.amountin = f"deleted {row.id}", row.amountin * 0

    def record_refund(self, transaction: str) -> None:
        """An admin records in WHMCS that the money went back."""
        rows = self.world.whmcs.booked(transaction)
        if rows and rows[0].invoice_id in self.world.whmcs.books.invoices:
            self.world.whmcs.take_back(transaction)

    def resolve(self, transaction: str, how: Settle, owner: int | None = None) -> None:
        """An admin settles what is in review, by the command."""
        if self.world.state(transaction) == State.REVIEW:
            if how is Settle.DISMISS:
                self.dismissed.add(transaction)
            elif how is not Settle.RECORD_VOID:
                self.told_to_book[transaction] += 1
        owner = owner if how is Settle.BOOK else None
        self.world.bridge.orders.resolve(transaction, how, "luz: hablé con el cliente", owner=owner)

    def press_refund(self, transaction: str, *, part: bool, heard: bool) -> None:
        """An admin presses Refund in WHMCS."""
        self.refunds.press(self.world, transaction, self.secrets[0], part=part, heard=heard)

    def forge_a_void(self, transaction: str) -> None:
        """Somebody who does not know the secret, or replays an old call, asks for a void: 401, and Wompi is not."""
        asked = self.refunds.asked(self.world)
        body, now = json.dumps({"transid": transaction, "amount": "59500.00"}).encode(), self.world.clock()
        made_up = signature_of("/voids", body, "a-secret-of-somebody-else-0123456789", now=now)
        old = signature_of("/voids", body, self.secrets[0], now=now - timedelta(seconds=301))
        for signature in (made_up, old):
            assert self.world.http.post("/voids", data=body, headers={HEADER: signature}).status_code == 401
        assert self.refunds.asked(self.world) == asked, "I5"

    def whmcs_rows_ever(self) -> Counter[str]:
        """How often WHMCS had each payment, those included that somebody deleted."""
        return self.rows_ever + Counter(row.transid for row in self.world.whmcs.transactions if row.amountin > 0)

    def taken_back(self, transaction: str) -> bool:
        """WHMCS has recorded that the payment went back."""
        paid = {row.id for row in self.world.whmcs.booked(transaction)}
        names = (transaction, f"{transaction}-VOIDED")
        rows = [row for row in self.world.whmcs.transactions if row.amountout > 0]
        return any(row.refundid in paid or row.transid in names for row in rows)

    # What was said

    def acknowledge(self, body: bytes) -> None:
        """Wompi was answered 200 for this event, and will not send it again."""
        self.acknowledged.add(str(json.loads(body)["data"]["transaction"]["id"]))

    def heard(self, line: str) -> None:
        """A line of the log: nothing secret and nothing of a payer may stand in it."""
        settings = self.world.settings
        self.leaks += [line for word in (*map(settings.get, SECRET), *self.secrets, *PERSONAL) if word and word in line]

    # Memory

    def restore(self, backup: Rows) -> None:
        """Stop, bring a backup back (an empty one: lose everything), start.

        This takes an admin longer than a request that WHMCS still works on: the wait of what was in doubt is among the
        things that were forgotten.
        """
        self.losses += 1
        self.acknowledged.clear()
        self.refunds.note_restored(self.world, {row["transaction_id"] for row in backup.get("voids", [])})
        self.pass_time(A_LONG_SLEEP)
        self.world.bridge.database.write(lambda connection: _replace(connection, backup))
        # What an admin has deleted in WHMCS is not known any more to have been booked before.
        self.forgotten = Counter(self.deleted_by_hand)
        self.restart()

    def remembered(self) -> Rows:
        """What a backup keeps. (Without single facts, such as the heartbeat: they change by themselves.)"""
        return {table.name: self._rows(table) for table in metadata.sorted_tables if table is not meta}

    def _rows(self, table: Any) -> list[dict[str, Any]]:
        key = table.primary_key.columns[0]
        return self.world.bridge.database.read(
            lambda connection: [row._asdict() for row in connection.execute(select(table).order_by(key))]
        )

    # The books

    def rows_of_the_bridge(self) -> list[Transaction]:
        """The rows of money in that the bridge made, and nobody has deleted."""
        rows = [row for row in self.world.whmcs.transactions if row.amountin > 0 and row.gateway != "bank"]
        return [row for row in rows if row.id not in self.booked_by_hand]

    def stands_right(self, transaction: str) -> bool:
        """WHMCS has the payment once, on its invoice, of who paid, with what was paid."""
        rows, promise = self.world.whmcs.booked(transaction), self._promise_of(transaction)
        invoice = self.world.whmcs.books.invoices.get(promise.invoice_id) if promise else None
        if len(rows) != 1 or promise is None or (invoice is not None and invoice.client_id != promise.client_id):
            return False
        paid = self.world.wompi.transaction(transaction)["amount_in_cents"]
        here = (rows[0].invoice_id, rows[0].amountin * 100) == (promise.invoice_id, paid)
        return here and rows[0].client_id == promise.client_id

    # The end

    def let_everything_finish(self) -> None:
        """Nothing fails any more; an admin runs reconcile; and time enough passes."""
        world = self.world
        self.forget_plans()
        self.let_late_requests_take_effect()
        world.wompi.faults.clear()
        world.whmcs.faults.clear()
        world.wompi.void_settles = True
        # The second time finds what the first one has booked, and counts it.
        for _ in range(2):
            world.bridge.reconcile.run(since=START.date(), dry_run=False)
            for _ in range(40):
                world.work()
                if not self._waiting():
                    break
                self.pass_time(timedelta(minutes=16))
            # What is in review is looked at once a day at least.
            self.pass_time(timedelta(hours=25))
            world.work()

    def _waiting(self) -> bool:
        return any(
            payment.state in ("due", "posting") and payment.status != "PENDING"
            for payment in self.world.bridge.store.payments()
        )


@contextlib.contextmanager
def listening(hear: Callable[[str], None]) -> Iterator[None]:
    """Let every line of the bridge's log be heard, also those that are not shown."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            hear(self.format(record))

    ear, loggers = Ear(), [logging.getLogger(name) for name in ("whmcs_bridge", "wompi_gateway")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(ear)
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(ear)
            logger.setLevel(level)


@cache
def _new_sqlite_file() -> bytes:
    folder = Path(tempfile.mkdtemp())
    with closing(Database(f"sqlite:///{folder / 'bridge.db'}")) as database:
        migrations.upgrade(database)
    content = (folder / "bridge.db").read_bytes()
    shutil.rmtree(folder)
    return content


def _empty(database_url: str) -> None:
    with closing(Database(database_url)) as database:
        database.write(lambda connection: _replace(connection, {}))


def _replace(connection: Connection, content: Rows) -> None:
    for table in metadata.sorted_tables:
        connection.execute(table.delete())
        if rows := content.get(table.name):
            connection.execute(insert(table), rows)
