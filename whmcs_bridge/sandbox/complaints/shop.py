"""The shop that the complaints are played in: two addresses, four keys, and of the module only what HTTP shows."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import requests

from whmcs_bridge.sandbox.walk import Walk

APPROVES, DECLINES = "4242 4242 4242 4242", "4111 1111 1111 1111"
_EVERY = 0.05  # seconds between two looks
_WORKING = 0.6  # seconds that a module is given after time was moved
_TIMEOUT = 30
_number = itertools.count(1)


class Failed(Exception):
    """The complaint is justified. The sentence says what the customer sees, in Spanish and in English."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es, self.en = es, en


class CannotJudge(Exception):
    """This module cannot be made to do what the case needs: there is no way to restart it, for example."""


class Module(Protocol):
    """What cannot be done to a module by HTTP. Whoever cannot raises ``CannotJudge``."""

    def restart(self) -> None:
        """End its processes, and start it again."""

    def forget(self) -> None:
        """Take its database away."""

    def time_has_passed(self) -> None:
        """The sandboxes' time was moved ahead; a module with the same clock may do now what it does by the minute."""


class Unreachable:
    """A module of which nothing is known but its addresses."""

    def restart(self) -> None:
        raise CannotJudge("restart")

    def forget(self) -> None:
        raise CannotJudge("forget")

    def time_has_passed(self) -> None:
        """Its clock is its own."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The four that the module was given."""

    public: str
    private: str
    integrity: str
    events: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, its client, and how that client signs in."""

    id: int
    client: int
    email: str


@dataclass(frozen=True, slots=True)
class Shop:
    """Both sandboxes by their addresses. ``patience``: seconds that a module is given until something must be seen."""

    whmcs: str
    wompi: str
    keys: Keys
    module: Module
    patience: float = 10.0

    # --- before

    def begin(self) -> None:
        """Forget what the last case has planned."""
        for address in (self.whmcs, self.wompi):
            self._ask("DELETE", address, "faults")
            self.switch(address, date_off_by=0)
        self.switch(self.wompi, auto_deliver=True, events_secret=self.keys.events)
        self.switch(self.whmcs, maintenance=False)

    def invoice(self, total: str = "59500.00", **fields: Any) -> Invoice:
        """A new invoice of a new client."""
        email = f"cliente{next(_number)}-{time.time_ns()}@ejemplo.test"
        currency = fields.pop("currency_code", "COP")
        told = {"email": email, "password": "demo", "currency_code": currency}
        client = self._ask("POST", self.whmcs, "clients", told)["id"]
        return self._of(client, email, total=total, **fields)

    def mass_pay(self, *children: Invoice) -> Invoice:
        """WHMCS's own invoice for several of one client."""
        return self._of(children[0].client, children[0].email, children=[each.id for each in children])

    def another(self, invoice: Invoice, total: str = "59500.00") -> Invoice:
        """One more invoice of the same client."""
        return self._of(invoice.client, invoice.email, total=total)

    def _of(self, client: int, email: str, **fields: Any) -> Invoice:
        made = self._ask("POST", self.whmcs, "invoices", {"client_id": client} | fields)
        return Invoice(made["id"], client, email)

    # --- the customer

    @contextmanager
    def customer(self, invoice: Invoice) -> Iterator[Walk]:
        """The invoice's client, signed in."""
        with Walk() as walk:
            walk.open(self.whmcs)
            walk.press("Entrar", username=invoice.email, password="demo")
            yield walk

    def press(self, walk: Walk, invoice: Invoice, theme: str = "twenty-one", **fields: str) -> bool:
        """Open the invoice and press its button. True: the customer stands at Wompi's checkout."""
        walk.open(f"{self.whmcs}viewinvoice.php?id={invoice.id}&systpl={theme}")
        try:
            walk.press("Pagar con Wompi", follow=True, terms="accepted", **fields)
        except (requests.HTTPError, LookupError):
            return False
        return self.at_wompi(walk)

    def at_wompi(self, walk: Walk) -> bool:
        """The customer stands at Wompi's checkout."""
        return walk.page is not None and walk.page.url.startswith(f"{self.wompi}p/")

    def choose(self, walk: Walk, *, comes_back: bool = True, **fields: str) -> None:
        """Pay at the checkout: by a card that is approved, unless told otherwise. The page may refuse."""
        try:
            walk.press("Pagar $", follow=comes_back, **({"method": "CARD", "card": APPROVES} | fields))
        except (requests.RequestException, LookupError):
            return

    def pay(self, invoice: Invoice, *, comes_back: bool = True, **fields: str) -> str:
        """From the invoice to the end of the payment; returns the transaction's id, or raises ``Failed``."""
        with self.customer(invoice) as walk:
            if not self.press(walk, invoice):
                raise Failed(
                    "El cliente no llega al checkout de Wompi.", "The customer does not get to Wompi's checkout."
                )
            before = len(self.transactions())
            self.choose(walk, comes_back=comes_back, **fields)
        return str(self.transactions()[before]["id"])

    def address_of_the_button(self, invoice: Invoice) -> str:
        """Where the form of the button leads."""
        with self.customer(invoice) as walk:
            walk.open(f"{self.whmcs}viewinvoice.php?id={invoice.id}")
            return walk.address_of("Pagar con Wompi")

    # --- Wompi and WHMCS

    def transactions(self) -> list[dict[str, Any]]:
        """All of Wompi's, the oldest first."""
        found: list[dict[str, Any]] = self._ask("GET", self.wompi, "transactions")
        return found

    def becomes(self, transaction: str, status: str, **options: Any) -> None:
        """At Wompi, with its event unless ``deliver=False``."""
        self._ask("POST", self.wompi, f"transactions/{transaction}", {"status": status} | options)

    def foreign_payment(self, reference: str, amount_in_cents: int) -> tuple[int, str]:
        """Another shop on the same Wompi account is paid. The module's answer to the event, and the transaction."""
        told = {"reference": reference, "amount_in_cents": amount_in_cents, "status": "APPROVED", "deliver": False}
        made = str(self._ask("POST", self.wompi, "transactions", told)["id"])
        return self.event(made), made

    def event(self, transaction: str) -> int:
        """Wompi sends the event (again). The module's answer."""
        return int(self._ask("POST", self.wompi, "events", {"transaction_id": transaction})["answer"])

    def books(self, invoice: Invoice) -> dict[str, Any]:
        """The invoice as it stands in WHMCS: status, balance, its rows, its client's credit."""
        found: dict[str, Any] = self._ask("GET", self.whmcs, f"invoices/{invoice.id}")
        return found

    def change(self, invoice: Invoice, **changes: Any) -> None:
        """What an admin does by hand."""
        self._ask("POST", self.whmcs, f"invoices/{invoice.id}", changes)

    def book_by_hand(self, invoice: Invoice, transid: str, amount: str, gateway: str = "wompi") -> None:
        """Somebody else books money."""
        told = {"invoice_id": invoice.id, "transid": transid, "amount": amount, "gateway": gateway}
        self._ask("POST", self.whmcs, "payments", told)

    def rows(self, invoice: Invoice) -> list[dict[str, Any]]:
        """The invoice's payments."""
        return [row for row in self.books(invoice)["transactions"] if row["amountin"] != "0.00"]

    def fault(self, address: str, on: str, kind: str, **options: Any) -> None:
        """Plan a fault at one of the two."""
        self._ask("POST", address, "faults", {"on": on, "kind": kind} | options)

    def mend(self, address: str) -> None:
        """It works again."""
        self._ask("DELETE", address, "faults")

    def late_effects(self) -> None:
        """What WHMCS began and did not answer takes effect now."""
        self._ask("POST", self.whmcs, "commit-late")

    def switch(self, address: str, **values: Any) -> None:
        """Turn one of the sandbox's switches."""
        self._ask("POST", address, "switches", values)

    def switched(self, address: str, name: str) -> Any:
        """How a switch stands."""
        return self._ask("GET", address, "switches")[name]

    def somebody_knows(self, transaction: str) -> bool:
        """Wait until WHMCS is asked to tell its admins something about this transaction."""
        words = ("SendAdminEmail", "TriggerNotificationEvent")

        def told() -> bool:
            self.module.time_has_passed()
            calls = self._ask("GET", self.whmcs, "calls")
            return any(call["fields"].get("action") in words and transaction in str(call["fields"]) for call in calls)

        return self.until(told)

    # --- time

    def pass_time(self, **span: float) -> None:
        """Minutes or hours go by, for both sandboxes, and the module gets a moment to work."""
        seconds = span.get("minutes", 0) * 60 + span.get("hours", 0) * 3600
        self._ask("POST", self.wompi, "clock", {"advance": seconds})
        time.sleep(_WORKING)
        self.module.time_has_passed()

    def until(self, condition: Callable[[], bool]) -> bool:
        """Look again and again; False after ``patience`` seconds."""
        end = time.monotonic() + self.patience
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(_EVERY)
        return True

    def is_paid(self, invoice: Invoice) -> bool:
        """Wait until the invoice is Paid."""
        return self.until(lambda: bool(self.books(invoice)["status"] == "Paid"))

    def _ask(self, method: str, address: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{address}_sandbox/{path}", json=body, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.json()


def expect(condition: bool, es: str, en: str) -> None:
    """Go on if it is so; else the complaint is justified, with this sentence."""
    if not condition:
        raise Failed(es, en)
