"""A whole world for a test: both sandboxes as real HTTP servers, and the bridge between them, with a clock in our
hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.prepared import prepare
from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.web.app import create_app

BRIDGE_SECRET = "a-bridge-secret-of-the-tests-0123456789"
START = datetime(2026, 11, 21, 15, 4, 5, tzinfo=UTC)
"""Ten o'clock in Bogotá, and four minutes and five seconds."""


@dataclass
class Hands:
    """A clock that goes only when it is told to."""

    now: datetime = START
    slept: float = 0.0

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def ticks(self) -> float:
        return self.now.timestamp() + self.slept

    def advance(self, **spans: float) -> None:
        self.now += timedelta(**spans)

    def step(self, **spans: float) -> None:
        """Somebody sets the clock: no time passes, and no stopwatch moves."""
        self.now += timedelta(**spans)
        self.slept -= timedelta(**spans).total_seconds()


@dataclass
class World:
    """What a test holds."""

    whmcs: WhmcsSandbox
    wompi: WompiSandbox
    bridge: Bridge
    http: FlaskClient
    clock: Hands
    settings: dict[str, str]
    woken: list[None] = field(default_factory=list)

    def forget(self, table: str) -> None:
        """Lose what the bridge remembers in one table."""
        self.bridge.database.write(lambda connection: connection.exec_driver_sql(f"DELETE FROM {table}"))

    def invoice(self, total: str = "59500.00", *, tax: str = "9500.00", client: int = 77, **options: Any) -> int:
        """A new unpaid invoice."""
        return self.whmcs.add_invoice(client, total, tax=tax, **options)

    def link(self, invoice_id: int, *, client: int = 77, purpose: Purpose = Purpose.PAY, **life: float) -> str:
        """A signed link, good for an hour unless told otherwise."""
        expires_at = self.clock() + timedelta(**(life or {"hours": 1}))
        return Link(purpose, invoice_id, client, expires_at).signed(BRIDGE_SECRET)

    def press(self, invoice_id: int, *, link: str | None = None, **form: str) -> TestResponse:
        """The press on "Pagar con Wompi", terms accepted."""
        return self.http.post(f"/pay/{link or self.link(invoice_id)}", data={"terms": "accepted", **form})

    def checkout(self, invoice_id: int, **form: str) -> dict[str, str]:
        """Press, and return the fields of the checkout's address."""
        return fields_of(self.press(invoice_id, **form))

    def choose(self, *invoice_ids: int, client: int = 77, link: str | None = None, **form: str) -> TestResponse:
        """The press that pays several invoices at once, terms accepted unless told otherwise."""
        link = link or self.link(0, client=client, purpose=Purpose.LIST)
        chosen = {"invoice": [str(number) for number in invoice_ids], "terms": "accepted"} | form
        return self.http.post(f"/invoices/{link}", data={name: value for name, value in chosen.items() if value})

    def pay_several(self, *invoice_ids: int, status: str = "APPROVED", **options: Any) -> str:
        """Choose, press, and pay at Wompi, whose event is not delivered. Returns the transaction's id."""
        fields = fields_of(self.choose(*invoice_ids))
        return self.transact(fields["reference"], int(fields["amount-in-cents"]), status, **options)

    def pay(self, invoice_id: int, status: str = "APPROVED", **options: Any) -> str:
        """Press, and pay at Wompi, whose event is not delivered. Returns the transaction's id."""
        fields = self.checkout(invoice_id)
        return self.transact(fields["reference"], int(fields["amount-in-cents"]), status, **options)

    def transact(self, reference: str, amount_in_cents: int, status: str = "APPROVED", **options: Any) -> str:
        """A transaction at Wompi, whose event is not delivered. Returns its id."""
        made = self.wompi.create_transaction(reference, amount_in_cents, status=status, **options)
        return str(made["id"])

    def event(self, transaction_id: str, **changes: Any) -> TestResponse:
        """Deliver Wompi's event about a transaction."""
        return self.post_event(self.wompi.event_body(transaction_id, **changes))

    def post_event(self, body: bytes, **headers: str) -> TestResponse:
        """Post bytes to the webhook as Wompi does."""
        return self.http.post(
            "/webhooks/wompi", data=body, content_type="application/json", headers=dict(headers.items())
        )

    def state(self, transaction_id: str) -> str:
        """Where a payment stands; ``-`` when it was never heard of."""
        payment = self.bridge.store.payment(transaction_id)
        return payment.state if payment else "-"

    def reason(self, transaction_id: str) -> str:
        """The sentence for a person."""
        payment = self.bridge.store.payment(transaction_id)
        return payment.reason if payment else "-"

    def work(self) -> int:
        """One round of the worker."""
        return self.bridge.worker.run_once()


def fields_of(response: TestResponse) -> dict[str, str]:
    """The fields of the checkout that a response sends the payer to."""
    assert response.status_code == 303, response.text
    query = parse_qs(urlsplit(response.headers["Location"]).query, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def environment(whmcs: WhmcsSandbox, wompi: WompiSandbox, database_url: str, **changes: str) -> dict[str, str]:
    """The settings of a bridge between the two sandboxes."""
    return {
        "BRIDGE_URL": "http://127.0.0.1:9/",
        "BRIDGE_SECRET": BRIDGE_SECRET,
        "BRIDGE_DATABASE_URL": database_url,
        "WHMCS_URL": whmcs.url,
        "WHMCS_API_IDENTIFIER": whmcs.identifier,
        "WHMCS_API_SECRET": whmcs.secret,
        "WHMCS_TIMEOUT": "5",
        "WHMCS_POST_TIMEOUT": "5",
        "WOMPI_PUBLIC_KEY": wompi.public_key,
        "WOMPI_PRIVATE_KEY": wompi.private_key,
        "WOMPI_INTEGRITY_SECRET": wompi.integrity_secret,
        "WOMPI_EVENTS_SECRET": wompi.events_secret,
        "WOMPI_API_URL": wompi.api_url,
        "WOMPI_CHECKOUT_URL": wompi.checkout_url,
        "WOMPI_TIMEOUT": "5",
        "BRIDGE_TRM_URL": wompi.trm_url,
        "BRIDGE_BRAND_NAME": "Hosting Andino",
    } | changes


@contextmanager
def make_world(folder: Path, database_url: str | None = None, **changes: str) -> Iterator[World]:
    """Start a world; client 77 is there. The database is a new SQLite file, unless another one is given."""
    clock = Hands()
    whmcs, wompi = WhmcsSandbox(clock=clock.seconds), WompiSandbox(clock=clock.seconds)
    with whmcs.serving(), wompi.serving():
        whmcs.add_client(id=77)
        settings = environment(whmcs, wompi, database_url or f"sqlite:///{folder / 'bridge.db'}", **changes)
        prepare(settings["BRIDGE_DATABASE_URL"])
        loaded = load_settings(settings, folder=folder)
        # A clock that stands still makes no pause worth waiting for.
        with closing(build(loaded, clock=clock, ticks=clock.ticks, pause=lambda _seconds: None)) as bridge:
            woken: list[None] = []
            app = create_app(bridge, wake=lambda: woken.append(None))
            yield World(whmcs, wompi, bridge, app.test_client(), clock, settings, woken)
