"""One merchant of the sandbox Wompi: keys, transactions and events. Its addresses are added by `api` and the pages.

Sources: docs.wompi.co/docs/colombia (transacciones, eventos, ambientes-y-llaves) and Wompi's OpenAPI 1.2.0.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from whmcs_bridge.sandbox.clock import Clock
from whmcs_bridge.sandbox.sandbox import Sandbox, Sent
from whmcs_bridge.sandbox.wompi import test_data
from whmcs_bridge.sandbox.wompi.errors import planned_error
from whmcs_bridge.sandbox.wompi.events import Delivery, Events, iso
from whmcs_bridge.sandbox.wompi.payouts import Payouts

Json = dict[str, Any]


class Merchant(Sandbox):
    """One merchant at Wompi. Everything public is thread safe; dictionaries handed out are copies."""

    def __init__(
        self,
        *,
        public_key: str = "pub_test_SandboxPublicKey0000000000000000",
        private_key: str = "prv_test_SandboxPrivateKey000000000000000",
        integrity_secret: str = "test_integrity_SandboxIntegrity000000000000",
        events_secret: str = "test_events_SandboxEvents000000000000000000",
        merchant_name: str = "Hosting Andino S.A.S.",
        events_url: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        clock = Clock.of(clock)
        self.public_key = public_key
        self.private_key = private_key
        self.integrity_secret = integrity_secret
        self.merchant_name = merchant_name
        self.environment = public_key.split("_")[1]
        self.auto_deliver = True
        self.merchant_active = True
        self.omit_merchant = False  # some answers of the real one leave the merchant out
        self.most_rows = 200  # a page of the list has no more rows than this, whatever is asked for
        self.omit_meta = False  # the shape of the list's `meta` is not documented
        self.ignore_page = False  # parameters that the real one does not know are passed over in silence
        self.retry_speed = 1.0  # how many times faster than Wompi's an event is sent again
        self.void_settles = True  # False: a void is accepted, and VOIDED comes only when `settle` says so
        self.trm = "4012.34"  # pesos for a dollar, as the public data set tells it
        self.payouts = Payouts(self)
        self._events = Events(events_secret, events_url, self.environment, clock)
        self.lock = threading.RLock()
        self._transactions: dict[str, Json] = {}
        self._ids: dict[str, list[str]] = {}  # by the `repr` of a reference, which `amend` can make anything
        self._number = 10_000
        super().__init__(clock=clock, error=planned_error)

    # --- Python API: transactions -------------------------------------------------------------------------------

    def create_transaction(
        self,
        reference: str,
        amount_in_cents: int,
        *,
        status: str = "PENDING",
        method: str = "CARD",
        currency: str = "COP",
        deliver: bool = False,
        created_at: float | None = None,
        **overrides: Any,
    ) -> Json:
        """A transaction as if somebody had paid, in any status; overrides replace whole fields of it."""
        created = self.clock() if created_at is None else created_at
        with self.lock:
            self._number += 1
            transaction: Json = {
                "id": f"12022-{int(created)}-{self._number}",
                "created_at": iso(created),
                "finalized_at": None if status == "PENDING" else iso(created),
                "amount_in_cents": amount_in_cents,
                "reference": reference,
                "customer_email": "ana@ejemplo.test",
                "currency": currency,
                "payment_method_type": method,
                "payment_method": test_data.payment_method(method, status),
                "status": status,
                "status_message": test_data.status_message(method, status),
                "billing_data": None,
                "shipping_address": None,
                "redirect_url": None,
                "payment_source_id": None,
                "payment_link_id": None,
                "customer_data": {"full_name": "Ana Ruiz", "phone_number": "+573001234567"},
                "bill_id": None,
                "taxes": [],
                "tip_in_cents": None,
                "merchant": self.merchant(),
            } | overrides
            self._transactions[transaction["id"]] = transaction
            self._ids.setdefault(repr(transaction["reference"]), []).append(transaction["id"])
        if transaction["status"] in test_data.FINAL:
            self._tell(transaction, deliver)
        return copy.deepcopy(transaction)

    def settle(self, transaction_id: str, status: str, deliver: bool | None = None, **changes: Any) -> Json:
        """Bring a transaction to a status, any to any; its event follows at once, unless `deliver` is False.

        None leaves that to `auto_deliver`. Raises KeyError for an id that does not exist.
        """
        with self.lock:
            transaction = self._transactions[transaction_id]
            method = transaction["payment_method_type"]
            transaction["status"] = status
            transaction["status_message"] = test_data.status_message(method, status)
            transaction["finalized_at"] = None if status == "PENDING" else iso(self.clock())
            code = test_data.payment_method(method, status)["extra"].get("processor_response_code")
            if code is not None:
                transaction["payment_method"]["extra"]["processor_response_code"] = code
            self._change(transaction, changes)
            self._tell(transaction, self.auto_deliver if deliver is None else deliver)
            return copy.deepcopy(transaction)

    def amend(self, transaction_id: str, **changes: Any) -> None:
        """Change what the API says about a transaction, silently: no event."""
        with self.lock:
            self._change(self._transactions[transaction_id], changes)

    def transaction(self, transaction_id: str) -> Json:
        """One transaction. Raises KeyError."""
        with self.lock:
            return copy.deepcopy(self._transactions[transaction_id])

    @property
    def transactions(self) -> list[Json]:
        """All transactions, oldest first."""
        return self.find(lambda _row: True)

    def by_reference(self, reference: str) -> list[Json]:
        """The transactions of one reference, oldest first."""
        with self.lock:
            return [copy.deepcopy(self._transactions[number]) for number in self._ids.get(repr(reference), [])]

    def find(self, wanted: Callable[[Json], bool]) -> list[Json]:
        """The transactions that `wanted` says, oldest first."""
        with self.lock:
            return [copy.deepcopy(row) for row in self._transactions.values() if wanted(row)]

    def merchant(self) -> Json:
        """The merchant as a transaction carries it."""
        return {
            "id": 12022, "name": self.merchant_name, "legal_name": self.merchant_name, "contact_name": "Luz Gil",
            "phone_number": "+576011234567", "logo_url": None, "legal_id_type": "NIT", "email": "pagos@ejemplo.test",
            "legal_id": "900123456-7", "public_key": self.public_key,
        }  # fmt: skip

    # --- Python API: events -------------------------------------------------------------------------------------

    @property
    def events_url(self) -> str | None:
        """Where events go; None: nowhere."""
        return self._events.url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self._events.url = url

    @property
    def events_secret(self) -> str:
        """The secret that signs events from now on."""
        return self._events.secret

    @events_secret.setter
    def events_secret(self, secret: str) -> None:
        self._events.secret = secret

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver an event, oldest first."""
        return list(self._events.deliveries)

    def event_body(
        self,
        transaction_id: str,
        *,
        properties: Sequence[str] | None = None,
        timestamp: int | None = None,
        secret: str | None = None,
        **overrides: Any,
    ) -> bytes:
        """A signed event about this transaction, not sent: see `Events.build`."""
        transaction = self.transaction(transaction_id)
        return self._events.build(transaction, properties=properties, timestamp=timestamp, secret=secret, **overrides)

    def deliver(self, transaction_id: str) -> int:
        """Send the event and wait: the receiver's HTTP status, 0 without an answer. Said again: the same body."""
        return self._events.deliver(self.transaction(transaction_id))

    def redeliver(self, transaction_id: str) -> int:
        """The next of Wompi's three retries. Raises LookupError when Wompi would not try (again)."""
        if transaction_id not in self._events.owed():
            raise LookupError(f"Wompi does not retry the event of {transaction_id}")
        return self.deliver(transaction_id)

    def sent(self) -> list[Sent]:
        """The attempts to deliver an event."""
        return [
            Sent(f"{row.status} ({row.attempt})", row.transaction_id, str(row.answer or "-"), row.transaction_id)
            for row in self.deliveries
        ]

    def retry_due(self) -> list[int]:
        """Send again what Wompi would send again by now, by its schedule and `retry_speed`."""
        return [self.deliver(transaction_id) for transaction_id in self._events.due(self.retry_speed)]

    def deliver_all(self) -> list[int]:
        """Send every event that is still owed, oldest first."""
        return [self.deliver(transaction_id) for transaction_id in self._events.owed()]

    def wait_for_deliveries(self, timeout: float = 5.0) -> bool:
        """Wait until no background delivery is under way; False after `timeout` seconds."""
        return self._events.wait(timeout)

    def dump(self) -> Json:
        """What the state file keeps of it."""
        with self.lock:
            return {"number": self._number, "transactions": self.transactions, "events": self._events.dump()}

    def load(self, dumped: Json) -> None:
        """What `dump` gave."""
        with self.lock:
            self._number = int(dumped["number"])
            self._transactions = {row["id"]: row for row in dumped["transactions"]}
            self._sort_by_reference()
            self._events.load(dumped["events"])

    def _change(self, transaction: Json, changes: Json) -> None:
        transaction |= changes
        if "reference" in changes:
            self._sort_by_reference()

    def _sort_by_reference(self) -> None:
        self._ids = {}
        for number, transaction in self._transactions.items():
            self._ids.setdefault(repr(transaction["reference"]), []).append(number)

    def _tell(self, transaction: Json, deliver: bool) -> None:
        self._events.note(transaction)
        if deliver and self.events_url is not None:
            self._events.deliver_soon(copy.deepcopy(transaction))
