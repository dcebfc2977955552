"""A storm over one database: payers, the post, a WHMCS that fails and is late, and a reaper of processes."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from tests.faults.bridge_process import BridgeProcess, Plan
from tests.faults.fleet import Fleet
from tests.faults.guards import Guard
from tests.faults.oracle import Verdict, judge
from tests.faults.shared_clock import EPOCH, SharedHands
from tests.world import BRIDGE_SECRET, environment
from whmcs_bridge.clock import utc_now
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.money.pesos import decimal_text
from whmcs_bridge.sandbox.faults import Kind, When
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox
from whmcs_bridge.signed.links import Link, Purpose

TIMES = {"WOMPI_TIMEOUT": "1", "WHMCS_TIMEOUT": "1", "WHMCS_POST_TIMEOUT": "1", "BRIDGE_RECHECK_AFTER": "3"}
# The sandbox's rate of the dollar: 0.00025 for a peso.
MONEY = {"BRIDGE_CURRENCIES": "USD=whmcs", "BRIDGE_PARTIAL_MINIMUM": "1500"}
DOLLAR = 4_000
IN_DOLLARS = {"currency_code": "USD"}
# The worker's pauses after failures are shortened, and reconcile asks faster: a storm is to be full of bookings.
CHANGES = {"whmcs_bridge.booking.pacing:_PAUSES": (0, 1, 2, 3, 5), "whmcs_bridge.bridge:ASKS_A_SECOND": 200.0}
LEASE = 15.0  # what follows from the times
LATE = 0.7  # seconds after which, at most, what hangs or was put off takes effect
SWEEP = 15.0  # seconds between two runs of reconcile
BACKLOG = 60  # acknowledged payments that may wait before payers slow down
CALM = 900.0  # seconds within which everything must be booked once the storm is over

PAYERS, POSTMEN = 4, 4
UNCLEAR: tuple[Kind, ...] = ("500", "503", "html", "truncate", "cut", "empty", "reset", "hang")
WHEN: tuple[When, ...] = ("before", "after", "late")


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad it is. ``skew``: seconds between the wall clocks of any two hosts; ``without``: a guard taken out;
    ``lease``: set from outside where it is not the one that follows from the times; ``steps``: how often all clocks are
    set by an hour, forward or back; ``lies``: the share of bookings of which WHMCS says that they are done, and has no
    row then or ever; ``invoices``: a payment is of one to so many; ``dollars``: the share of payers who are billed in
    dollars; ``instalments``: the share of single invoices that are paid in two parts."""

    payments: int
    kills: int
    processes: int
    seed: int
    freezes: int = 0
    skew: float = 0.0
    late: float = LATE
    faults: float = 0.10
    lease: float = LEASE
    steps: int = 0
    lies: float = 0.0
    invoices: int = 1
    dollars: float = 0.0
    instalments: float = 0.0
    without: Guard | None = None


@dataclass(slots=True)
class Outcome:
    """What is left after the storm."""

    verdict: Verdict
    approved: int
    bookings: int
    """The rows that WHMCS has in the end."""
    kills: int
    freezes: int
    late: int
    latest: float
    seconds: float


@dataclass
class Storm:
    """One storm on one database."""

    weather: Weather
    database_url: str
    folder: Path
    whmcs: WhmcsSandbox = field(default_factory=WhmcsSandbox)
    wompi: WompiSandbox = field(default_factory=WompiSandbox)
    promised: dict[str, tuple[int, int]] = field(default_factory=dict)
    several: dict[str, dict[int, int]] = field(default_factory=dict)
    rates: dict[str, int] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    letters: list[tuple[str, bytes]] = field(default_factory=list)
    late: int = 0
    latest: float = 0.0
    ebb: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    clocks: SharedHands = field(init=False)
    _begun: int = 0
    _declined: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> Outcome:
        """Let it rage, let it end, and count."""
        began = time.monotonic()
        with self.whmcs.serving(), self.wompi.serving(), closing(Database(self.database_url)) as database:
            self.whmcs.add_client(id=77)
            migrations.upgrade(database)
            self.clocks = SharedHands(now=EPOCH, path=self.folder / "clocks")
            self.settings = environment(self.whmcs, self.wompi, self.database_url, **TIMES, **MONEY)
            self.fleet = Fleet(self._launch)
            store = Store(database, utc_now)
            try:
                self.fleet.start(self.weather.processes)
                self._rage()
                self._calm(store)
            finally:
                self.over.set()
                self.ebb.set()
                self.whmcs.faults.clear()
                self.fleet.thaw(now=True)
                self.fleet.end()
            verdict = judge(self.whmcs, self.wompi, store, self.promised, self.acknowledged, self.several, self.rates)
        return Outcome(
            verdict,
            approved=sum(row["status"] == "APPROVED" for row in self.wompi.transactions),
            bookings=len(self.whmcs.transactions),
            kills=self.fleet.kills,
            freezes=self.fleet.freezes,
            late=self.late,
            latest=self.latest,
            seconds=time.monotonic() - began,
        )

    # --- the storm ----------------------------------------------------------------------------------------------

    def _rage(self) -> None:
        payers = [self._thread(f"payer {n}", self._pay) for n in range(PAYERS)]
        postmen = [self._thread(f"postman {n}", self._post) for n in range(POSTMEN)]
        reaper = self._thread("reaper", self._reap)
        cron = self._thread("cron", self._sweep)
        self._thread("sea", self._be_late)  # goes on in the calm: what is owed may not become later than it ever was
        for thread in (*payers, reaper):
            thread.join()
        self.over.set()
        for thread in (*postmen, cron):
            thread.join()

    def _thread(self, name: str, work: Callable[[random.Random], None]) -> threading.Thread:
        chance = random.Random(f"{self.weather.seed} {name}")
        thread = threading.Thread(target=work, args=(chance,), name=name, daemon=True)
        thread.start()
        return thread

    def _pay(self, chance: random.Random) -> None:
        with requests.Session() as browser:
            while True:
                with self._lock:
                    if self._begun >= self.weather.payments:
                        return
                    self._begun += 1
                self._trouble(chance)
                while self._backlog() > BACKLOG:
                    self.over.wait(0.05)
                self._pay_one(chance, browser)

    def _backlog(self) -> int:
        # A payment of several invoices counts as booked with its first part.
        booked = {row.transid for row in self.whmcs.transactions} | {
            transid.rpartition("-")[0] for transid in [row.transid for row in self.whmcs.transactions]
        }
        with self._lock:
            return len(self.acknowledged - booked - self._declined)

    def _pay_one(self, chance: random.Random, browser: requests.Session) -> None:
        count, until = chance.randint(1, self.weather.invoices), utc_now() + timedelta(hours=12)
        in_dollars = chance.random() < self.weather.dollars
        # Each payer of several is another client: a link has a budget.
        client = 77 if count == 1 and not in_dollars else self.whmcs.add_client(**IN_DOLLARS if in_dollars else {})
        cents = [
            chance.randrange(50, 20_000) if in_dollars else chance.randrange(4_000, 900_000) * 100 for _ in range(count)
        ]
        invoices = {self.whmcs.add_invoice(client, decimal_text(each)): each for each in cents}
        invoice = next(iter(invoices))
        link = Link(Purpose.PAY if count == 1 else Purpose.LIST, invoice if count == 1 else 0, client, until)
        path = f"{'pay' if count == 1 else 'invoices'}/{link.signed(BRIDGE_SECRET)}"
        if count == 1 and not in_dollars and chance.random() < self.weather.instalments:
            first = chance.randrange(1_500, invoices[invoice] // 100 - 1_500)
            for pesos in (first, invoices[invoice] // 100 - first):
                reference, amount = self._press(chance, browser, path, invoices, amount=str(pesos), anyway="yes")
                self.promised[reference] = (invoice, pesos * 100)
                self._transact(chance, reference, amount)
            return
        reference, amount = self._press(chance, browser, path, invoices)
        self.promised[reference] = (invoice, invoices[invoice])
        if count > 1:
            self.several[reference] = invoices
        if in_dollars:
            self.rates[reference] = DOLLAR
        self._transact(chance, reference, amount)

    def _transact(self, chance: random.Random, reference: str, amount: int) -> None:
        # Most pay at once; some are declined first, some wait for their bank, some pay in two tabs.
        words = chance.choices(
            (["APPROVED"], ["DECLINED", "APPROVED"], ["PENDING"], ["APPROVED", "APPROVED"]), (80, 10, 6, 4)
        )[0]
        for word in words:
            transaction = str(self.wompi.create_transaction(reference, amount, status=word)["id"])
            if word == "DECLINED":
                self._declined.add(transaction)
            self._write(chance, transaction)
            if word == "PENDING":
                self.wompi.settle(transaction, "APPROVED", deliver=False)
                self._write(chance, transaction)

    def _press(
        self, chance: random.Random, browser: requests.Session, path: str, invoices: Iterable[int], **more: str
    ) -> tuple[str, int]:
        form = {"terms": "accepted", "invoice": [str(number) for number in invoices], **more}
        while True:
            address = f"http://127.0.0.1:{chance.choice(self.fleet.ports())}/{path}"
            try:
                answer = browser.post(address, data=form, timeout=3, allow_redirects=False)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code == 303:
                fields = parse_qs(urlsplit(answer.headers["Location"]).query)
                return fields["reference"][0], int(fields["amount-in-cents"][0])
            self.over.wait(0.05)

    def _write(self, chance: random.Random, transaction: str) -> None:
        """Wompi's event: once, several times, or never."""
        copies = chance.choices((0, 1, 2, 3), (8, 72, 14, 6))[0]
        body = self.wompi.event_body(transaction)
        with self._lock:
            self.letters += [(transaction, body)] * copies

    def _post(self, chance: random.Random) -> None:
        with requests.Session() as session:
            while not self.over.is_set() or self.letters:
                with self._lock:
                    # Not in order.
                    letter = self.letters.pop(chance.randrange(min(12, len(self.letters)))) if self.letters else None
                if letter is None:
                    self.over.wait(0.02)
                elif self._deliver(chance, session, letter[1]):
                    with self._lock:
                        self.acknowledged.add(letter[0])
                elif chance.random() < 0.8:  # Wompi tries again, but not for ever
                    with self._lock:
                        self.letters.append(letter)
                    threading.Event().wait(0.02)

    def _deliver(self, chance: random.Random, session: requests.Session, body: bytes) -> bool:
        address = f"http://127.0.0.1:{chance.choice(self.fleet.ports())}/webhooks/wompi"
        try:
            answer = session.post(address, data=body, headers={"Content-Type": "application/json"}, timeout=3)
        except requests.RequestException:
            return False
        return answer.status_code == 200

    def _trouble(self, chance: random.Random) -> None:
        if chance.random() < self.weather.faults:
            self.whmcs.faults.add("AddInvoicePayment", chance.choice(UNCLEAR), when=chance.choice(WHEN))
        if chance.random() < self.weather.faults / 5:
            self.whmcs.faults.add(chance.choice(("GetTransactions", "GetInvoice")), chance.choice(UNCLEAR))
        if chance.random() < self.weather.faults / 5:
            self.whmcs.faults.add("GetTransactions", chance.choice(("partial", "foreign")))
        if chance.random() < self.weather.lies:
            self.whmcs.faults.add("AddInvoicePayment", "success", when=chance.choice(("before", "late")))
        if chance.random() < self.weather.faults / 5:
            self.wompi.faults.add("transaction", chance.choice(("503", "reset", "hang")))

    def _be_late(self, _chance: random.Random) -> None:
        before = time.monotonic()
        while not self.ebb.wait(self.weather.late):
            self.late += self.whmcs.faults.commit_late()
            self.whmcs.faults.release()
            self.wompi.faults.release()
            self.latest = max(self.latest, time.monotonic() - before)
            before = time.monotonic()

    def _sweep(self, chance: random.Random) -> None:
        """Reconcile, as cron would, and sometimes it is killed as well."""
        while not self.over.wait(SWEEP):
            with closing(self._reconcile()) as reconcile:
                if chance.random() < 0.5:
                    self.over.wait(chance.random())
                    self.fleet.kills += 1
                else:
                    # It books what is due, and as long as payments come in something is.
                    while not reconcile.reports() and not self.over.wait(0.2):
                        pass
                    reconcile.status(CALM)

    def _reconcile(self) -> BridgeProcess:
        return BridgeProcess(self._plan(("reconcile",)))

    def _reap(self, chance: random.Random) -> None:
        """Kill in step with the bookings, each time at another moment of one; freeze now and then."""
        weather = self.weather
        step_at = {round(weather.kills * (n + 1) / (weather.steps + 1)) for n in range(weather.steps)}
        freeze_at = {round(weather.kills * (n + 1) / (weather.freezes + 1)) for n in range(weather.freezes)}
        for number in range(1, weather.kills + 1):
            goal = number * weather.payments * (1 + weather.invoices) // (2 * (weather.kills + 1))
            patience = time.monotonic() + 1.5
            while len(self.whmcs.books.transactions) < goal and time.monotonic() < patience:
                self.over.wait(0.01)
            self.over.wait(chance.random() * 0.08)
            self.fleet.thaw()
            if number in freeze_at:
                self.fleet.freeze_one(chance, self.weather.lease + 2)
            self.fleet.kill_one(chance)
            if number in step_at:
                self.clocks.set(EPOCH + timedelta(hours=chance.choice((-1, 0, 1, 2))))

    def _launch(self, number: int, arguments: tuple[str, ...]) -> BridgeProcess:
        skew = self.weather.skew * number
        process = BridgeProcess(self._plan(arguments, skew))
        process.expect("ready")
        return process

    def _plan(self, arguments: tuple[str, ...], skew: float = 0.0) -> Plan:
        changes: dict[str, object] = {**CHANGES}
        if self.weather.lease != LEASE:
            changes |= {
                "whmcs_bridge.settings:Settings.lease": self.weather.lease,
                "whmcs_bridge.booking.posting:_MARGIN": 1.0,
            }
        guard = self.weather.without
        offset = self.clocks.path if self.weather.steps else None
        return Plan(arguments, self.settings, self.folder, skew=skew, offset=offset, without=guard, changes=changes)

    # --- and after it -------------------------------------------------------------------------------------------

    def _calm(self, store: Store) -> None:
        for sandbox in (self.whmcs, self.wompi):
            sandbox.faults.clear()
        self.fleet.thaw(now=True)
        self.clocks.set(EPOCH)
        deadline = time.monotonic() + CALM
        while time.monotonic() < deadline and not self._settled(store):
            with closing(self._reconcile()) as reconcile:
                reconcile.status(CALM)
            threading.Event().wait(0.5)

    def _settled(self, store: Store) -> bool:
        approved = {row["id"] for row in self.wompi.transactions if row["status"] == "APPROVED"}
        ledger = {payment.transaction_id: payment.state for payment in store.payments()}
        known = {payment.wompi_id for payment in store.payments()}
        return approved <= known and not {State.DUE, State.POSTING} & set(ledger.values())
