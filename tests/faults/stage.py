"""What the tests of faults play on: both sandboxes here, and the bridge in processes of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.faults.bridge_process import BridgeProcess, Plan
from tests.faults.oracle import Verdict, judge
from tests.faults.shared_clock import SharedHands
from tests.prepared import prepare
from tests.world import World, environment, fields_of
from whmcs_bridge.bridge import build
from whmcs_bridge.ledger.records import State
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox
from whmcs_bridge.settings import load_settings
from whmcs_bridge.web.app import create_app

# Short, so that what hangs does not hold the tests up; the lease follows from them.
TIMES = {"WOMPI_TIMEOUT": "2", "WHMCS_TIMEOUT": "2", "WHMCS_POST_TIMEOUT": "2", "BRIDGE_RECHECK_AFTER": "1"}
# Longer than every wait that a fault leads to: the lease, the wait in doubt, the first asking of the timer.
LONG_ENOUGH = 700.0
_ROUNDS = 8


@dataclass
class Stage:
    """A world (its bridge is used for clicks and for reading), and processes of the bridge on the same database."""

    world: World
    folder: Path
    database_url: str
    clock: SharedHands
    promised: dict[str, tuple[int, int]] = field(default_factory=dict)
    several: dict[str, dict[int, int]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    processes: list[BridgeProcess] = field(default_factory=list)

    def start(self, *arguments: str, **plan: Any) -> BridgeProcess:
        """Start a command; the fields of ``Plan`` say what is done to it."""
        settings = self.world.settings | plan.pop("settings", {})
        clock = {"clock": self.clock.path} if not plan.keys() & {"wall", "skew"} else {}
        process = BridgeProcess(Plan(arguments, settings, self.folder, **clock | plan))
        self.processes.append(process)
        return process

    def run(self, *arguments: str, **plan: Any) -> int:
        """Run a command to its end."""
        process = self.start(*arguments, **plan)
        try:
            return process.status()
        finally:
            process.close()

    def serve(self, *options: str, **plan: Any) -> BridgeProcess:
        """Start ``serve``, and send Wompi's events there."""
        process = self.start("serve", "--port", "0", *options, **plan)
        port = process.expect("ready").split()[1]
        self.world.wompi.events_url = f"http://127.0.0.1:{port}/webhooks/wompi"
        return process

    def click(self, invoice: int) -> str:
        """A payer's click. Returns the reference."""
        fields = self.world.checkout(invoice)
        self.promised[fields["reference"]] = (invoice, int(fields["amount-in-cents"]))
        return fields["reference"]

    def approve(self, reference: str) -> str:
        """The payer pays at Wompi; no event is delivered. Returns the transaction's id."""
        return self.world.transact(reference, self.promised[reference][1])

    def pay(self) -> str:
        """A new invoice, a click, a payment."""
        return self.approve(self.click(self.world.invoice()))

    def pay_several(self, count: int) -> str:
        """New invoices, one click, one payment."""
        invoices = [self.world.invoice() for _ in range(count)]
        fields = fields_of(self.world.choose(*invoices))
        self.promised[fields["reference"]] = (invoices[0], int(fields["amount-in-cents"]))
        self.several[fields["reference"]] = dict.fromkeys(invoices, 5_950_000)
        return self.approve(fields["reference"])

    def invoice_of(self, transaction: str) -> int:
        """The invoice that was clicked for this payment."""
        return self.promised[self.world.wompi.transaction(transaction)["reference"]][0]

    def deliver(self, transaction: str) -> int:
        """Wompi delivers the event once; its answer, 0 for none."""
        answer = self.world.wompi.deliver(transaction)
        if answer == 200:
            self.acknowledged.add(transaction)
        return answer

    def finish(self, *waiting: str) -> None:
        """Let time pass and the bridge work undisturbed, until every one of these is booked, or nothing more helps."""
        for _ in range(_ROUNDS):
            if all(self.world.state(transaction) == State.POSTED for transaction in waiting):
                return
            self.clock.advance(seconds=LONG_ENOUGH)
            self.run("run-once")

    def verdict(self) -> Verdict:
        """What the oracle says now."""
        world = self.world
        return judge(world.whmcs, world.wompi, world.bridge.store, self.promised, self.acknowledged, self.several)

    def attempts(self) -> int:
        """How often WHMCS was asked to book."""
        return len(self.world.whmcs.calls_to("AddInvoicePayment"))

    def get(self, path: str, **options: Any) -> requests.Response:
        """Call the process that ``serve`` started last, as a payer does."""
        return requests.request("GET", self.address(path), timeout=10, allow_redirects=False, **options)

    def post_event(self, body: bytes) -> int:
        """Somebody posts bytes to the webhook there; the answer's status."""
        headers = {"Content-Type": "application/json"}
        return requests.post(self.address("/webhooks/wompi"), body, headers=headers, timeout=10).status_code

    def press(self, invoice: int) -> requests.Response:
        """The press on "Pagar con Wompi" there."""
        address = self.address(f"/pay/{self.world.link(invoice)}")
        return requests.post(address, data={"terms": "accepted"}, timeout=10, allow_redirects=False)

    def close(self) -> None:
        """End every process."""
        for process in self.processes:
            try:
                process.close()
            except ValueError:  # closed before
                continue

    def address(self, path: str) -> str:
        """A path of the process that ``serve`` started last."""
        return (self.world.wompi.events_url or "").removesuffix("/webhooks/wompi") + path


@contextmanager
def make_stage(folder: Path, database_url: str, **settings: str) -> Iterator[Stage]:
    """Set up a stage on an empty database; client 77 is there."""
    clock = SharedHands(path=folder / "clock")
    whmcs, wompi = WhmcsSandbox(clock=clock.seconds), WompiSandbox(clock=clock.seconds)
    with whmcs.serving(), wompi.serving():
        whmcs.add_client(id=77)
        given = environment(whmcs, wompi, database_url, **TIMES | settings)
        prepare(database_url)
        with closing(build(load_settings(given, folder=folder), clock=clock, ticks=clock.ticks)) as bridge:
            world = World(whmcs, wompi, bridge, create_app(bridge).test_client(), clock, given)
            stage = Stage(world, folder, database_url, clock)
            try:
                yield stage
            finally:
                whmcs.faults.clear()
                wompi.faults.clear()
                stage.close()
