"""The whole shop as a customer meets it: the demo's WHMCS and Wompi, and the bridge that serves between them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from datetime import date

import requests

from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.doctor.doctor import Diagnosis, examine
from whmcs_bridge.ledger.heartbeat import alive
from whmcs_bridge.ledger.records import State
from whmcs_bridge.money.instalments import PartialMinimum
from whmcs_bridge.sandbox.settled_month import plant
from whmcs_bridge.sandbox.world import DemoWorld

PATIENCE = 20.0
"""Seconds until something that must happen counts as not happening."""


class Shop:
    """Everything behind the pages. ``close`` ends the bridge and lets it finish what it does."""

    def __init__(self, world: DemoWorld) -> None:
        self.whmcs = world.whmcs
        self.wompi = world.wompi
        self.store = world.bridge.store
        self.bridge_url = world.bridge.settings.bridge_url
        self.invoice = world.invoices[0]  # $ 59.500 of Ana's, 9.500 of it VAT
        self._world = world
        self._pause = threading.Event()  # never set
        self._serving = threading.Thread(target=world.server.run, name="bridge")
        self._serving.start()

    def close(self) -> None:
        """Stop the bridge; its address then refuses connections. Safe to call twice."""
        if self._serving.is_alive():
            self._world.server.stop()
            self._serving.join()

    def invoice_url(self, invoice_id: int) -> str:
        """The invoice's page in WHMCS."""
        return f"{self.whmcs.url}viewinvoice.php?id={invoice_id}"

    def reference(self, invoice_id: int) -> str | None:
        """The reference of the invoice's newest checkout; None when none was ever opened."""
        checkouts = self.store.open_checkouts(invoice_id)
        return checkouts[0].reference if checkouts else None

    def transactions(self, invoice_id: int) -> list[str]:
        """The ids of Wompi's transactions at the invoice's newest checkout, oldest first."""
        return [row["id"] for row in self.wompi.by_reference(self.reference(invoice_id) or "-")]

    def wait_until_booked(self, count: int = 1) -> None:
        """Wait until WHMCS has so many bookings."""
        assert self.whmcs.wait_for_call("AddInvoicePayment", count=count, timeout=PATIENCE)

    def booked(self, invoice_id: int) -> list[tuple[str, str]]:
        """Transid and amount of every payment that WHMCS has on the invoice, once nothing more can come."""
        assert self.wompi.wait_for_deliveries(PATIENCE)
        self.close()
        self._world.bridge.worker.run_once()
        rows = [row for row in self.whmcs.transactions if row.invoice_id == invoice_id and row.amountin]
        return [(row.transid, str(row.amountin)) for row in rows]

    def link(self, purpose: str, invoice_id: int, client_id: int, *, seconds: int = 3600) -> str:
        """A signed link of the bridge's, good for so many seconds. Signed here: the contract's page tells how."""
        text = f"{purpose}.{invoice_id}.{client_id}.{int(time.time()) + seconds}"
        mac = hmac.digest(self.whmcs.bridge_secret.encode(), text.encode(), hashlib.sha256)
        signature = base64.urlsafe_b64encode(mac).decode().rstrip("=")
        return f"{self.bridge_url}{'invoices' if purpose == 'list' else 'pay'}/{text}.{signature}"

    def tell(self, invoice_id: int, client_id: int, number: str) -> None:
        """A payer types the number of a payment that is not found."""
        address = self.link("pay", invoice_id, client_id).replace("/pay/", "/paid/")
        assert "noted" in requests.post(address, data={"number": number}, timeout=20).text

    def wait_until_held(self, transaction_id: str) -> None:
        """Wait until a payment waits for a person."""
        self._wait(
            lambda: any(held.transaction_id == transaction_id for held in self.store.payments(state=State.REVIEW))
        )

    def wait_until_looked_at(self, transaction_id: str) -> None:
        """Wait until nothing is due for a payment: it is booked, closed, or with a person."""

        def done() -> bool:
            payment = self.store.payment(transaction_id)
            return payment is not None and payment.state not in (State.DUE, State.POSTING)

        self._wait(done)

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, "it did not come to that"
            self._pause.wait(0.05)

    def settle(self, transaction_id: str, how: Settle) -> None:
        """What ``wompi-bridge resolve`` does."""
        assert self._world.bridge.orders.resolve(transaction_id, how, "ana: acordado con el cliente") is not None

    def credited(self) -> list[str]:
        """The ids of the payments that are clients' credit, without an invoice."""
        return [row.transid for row in self.whmcs.transactions if row.invoice_id == 0]

    def today(self) -> date:
        """The Colombian day."""
        return self._world.bridge.settlements.today()

    def plant_month(self) -> str:
        """Last month as the demo has it: paid out, with three differences. Returns it, ``YYYY-MM``."""
        return plant(self.whmcs, self.wompi, self._world.bridge)

    def takes_parts(self, minimum: PartialMinimum) -> None:
        """As ``BRIDGE_PARTIAL_MINIMUM`` sets it."""
        object.__setattr__(self._world.bridge.settings, "bridge_partial_minimum", minimum)
        self._world.bridge.checkouts.quotes._minimum = minimum

    def takes_no_dollars(self) -> None:
        """As by default."""
        self._world.bridge.settings.bridge_currencies.clear()

    def examine(self) -> Diagnosis:
        """What ``wompi-bridge doctor`` finds, once the worker's heart has beaten."""
        self._wait(lambda: alive(self.store, self.store.now()))
        settings = self._world.bridge.settings
        names = settings.model_dump(exclude_defaults=True)
        return examine({name.upper(): _written(getattr(settings, name)) for name in names})


def _written(value: object) -> str:
    """A setting as it stands in a file."""
    if isinstance(value, dict):
        return ",".join(f"{name}={each}" for name, each in value.items())
    return ",".join(value) if isinstance(value, tuple) else str(value)
