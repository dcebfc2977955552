"""A sandbox WHMCS: its API as an outside service meets it, and its client area.

Sources: developers.whmcs.com/api (authentication, access-control, response-types) and /api-reference/<action>; error
words from field reports.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Response, request

from whmcs_bridge.sandbox.sandbox import Sandbox, json_answer
from whmcs_bridge.sandbox.whmcs import admin_area as whmcs_admin_area
from whmcs_bridge.sandbox.whmcs import callback as whmcs_callback
from whmcs_bridge.sandbox.whmcs import client_area as whmcs_client_area
from whmcs_bridge.sandbox.whmcs import mail as whmcs_mail
from whmcs_bridge.sandbox.whmcs.actions import Actions, Fields, distorted_list
from whmcs_bridge.sandbox.whmcs.books import CURRENCIES, Books, Credit, Invoice, Money, Refused, Transaction, money
from whmcs_bridge.sandbox.whmcs.mail import Mail


def _error(message: str, status: int | None = None) -> Response:
    """WHMCS says most errors with 200."""
    return json_answer({"result": "error", "message": message}, status or 200)


class WhmcsSandbox(Sandbox):
    """One WHMCS installation. The Python API hands out the live rows: read them, change them by the methods."""

    def __init__(
        self,
        *,
        identifier: str = "SandboxIdentifier000000000000000",
        secret: str = "SandboxApiSecret0000000000000000",
        access_key: str | None = None,
        hooks_dir: Path | None = None,
        bridge_url: str = "",
        bridge_secret: str = "",
        terms_url: str = "",
        company_name: str = "Hosting Andino S.A.S.",
        clock: Callable[[], float] = time.time,
        strings: bool = False,
    ) -> None:
        super().__init__(clock=clock, error=_error)
        self.faults.distort = distorted_list
        self.identifier = identifier
        self.secret = secret
        self.access_key = access_key
        self.hooks_dir = hooks_dir
        self.bridge_url = bridge_url
        self.bridge_secret = bridge_secret
        self.terms_url = terms_url
        self.company_name = company_name
        self.strings = strings  # numbers as strings, as older versions answer
        self.version = "8.13.1"
        self.maintenance = False
        self.gateways = {"wompi": "PSE, Nequi o tarjeta (Wompi)", "banktransfer": "Transferencia bancaria"}
        self.currencies = set(CURRENCIES)  # what the admin has set up
        self.allowed_ips: set[str] | None = None  # None: the caller's address is on the list
        self.ip_error_as_nvp = False  # some versions refuse an address as text, whatever was asked for
        self.denied: set[str] = set()  # actions, in lower case, that the API role lacks
        self.callback_by_php = True  # False: a look-alike answers, which takes no process
        self.notifications: list[Fields] = []
        self.admin_emails: list[Fields] = []
        self.without_invoices: set[int] = set()  # clients whose visitor may not see the invoices
        self.mails: list[Mail] = []
        self.books = Books(clock)
        self._actions = Actions(self)
        self.app.before_request(self._closed)
        self.app.post("/includes/api.php")(self._api)
        whmcs_client_area.add_routes(self)
        whmcs_callback.add_routes(self)
        whmcs_admin_area.add_routes(self)
        whmcs_mail.add_routes(self)

    @property
    def api_url(self) -> str:
        """What the bridge takes as `WHMCS_API_URL`."""
        return f"{self.url}includes/api.php"

    # --- Python API ---------------------------------------------------------------------------------------------

    def add_client(self, **fields: Any) -> int:
        """See `Books.add_client`."""
        return self.books.add_client(**fields)

    def add_invoice(self, client_id: int, total: Money, **options: Any) -> int:
        """See `Books.add_invoice`."""
        return self.books.add_invoice(client_id, total, **options)

    def set_invoice(self, invoice_id: int, **changes: Any) -> None:
        """What an admin changes by hand: `status="Cancelled"`, `total="70000.00"`, `client_id=78`."""
        with self.books.lock:
            for name, value in changes.items():
                setattr(self.invoice(invoice_id), name, money(value) if name in ("total", "tax", "credit") else value)

    def delete_invoice(self, invoice_id: int) -> None:
        """What an admin, or a merge, does to an invoice."""
        with self.books.lock:
            del self.books.invoices[invoice_id]

    def add_payment(self, invoice_id: int, transid: str, **options: Any) -> None:
        """Money that somebody else booked: see `Books.add_payment`."""
        self.books.add_payment(invoice_id, transid, **options)

    def send_mail(self, template: str, invoice_id: int) -> Mail:
        """See `whmcs_mail.send`."""
        return whmcs_mail.send(self, template, self.invoice(invoice_id))

    def cancel_old(self, invoice_id: int) -> bool:
        """See `whmcs_mail.cancel_old`."""
        return whmcs_mail.cancel_old(self, self.invoice(invoice_id))

    def take_back(self, transid: str) -> None:
        """A refund by hand: money out against the payment `transid`, in full."""
        paid = self.booked(transid)[0]
        self.books.take_back(paid, paid.amountin)

    @property
    def invoices(self) -> list[Invoice]:
        """All invoices, oldest first."""
        return list(self.books.invoices.values())

    def invoice(self, invoice_id: int) -> Invoice:
        """One invoice. Raises KeyError."""
        return self.books.invoices[invoice_id]

    def balance(self, invoice_id: int) -> Decimal:
        """What is left to pay of it."""
        return self.books.balance(self.invoice(invoice_id))

    @property
    def transactions(self) -> list[Transaction]:
        """All rows of money, oldest first."""
        return list(self.books.transactions)

    def booked(self, transid: str) -> list[Transaction]:
        """The rows of money in with exactly this transid."""
        return [row for row in self.transactions if row.transid == transid and row.amountin > 0]

    @property
    def credits(self) -> list[Credit]:
        """The credit log of all clients."""
        return list(self.books.credits)

    def credit_of(self, client_id: int) -> Decimal:
        """A client's credit balance."""
        return self.books.credit_of(client_id)

    @property
    def activity(self) -> list[str]:
        """The descriptions in the activity log."""
        return [description for _, description in self.books.activity]

    # --- the API's envelope -------------------------------------------------------------------------------------

    def _closed(self) -> Response | None:
        """Maintenance mode: the same page for everybody."""
        if not self.maintenance or request.path.startswith("/_sandbox/"):
            return None
        page = "<!DOCTYPE html><html lang=es><title>Mantenimiento</title><h1>Estamos en mantenimiento</h1></html>"
        return Response(page, 503, {"Retry-After": "600"}, content_type="text/html; charset=utf-8")

    def _api(self) -> Response:
        fields, address = request.form.to_dict(), request.remote_addr or ""
        return self.faults.play(fields.get("action", ""), lambda: self._answer(fields, address))

    def _answer(self, fields: Fields, address: str) -> Response:
        action = fields.get("action", "").lower()
        if refused := self._refused(fields, address, action):
            return refused
        handler = None if action.startswith("_") else getattr(self._actions, action, None)
        if handler is None:
            return _error("Command Not Found")
        try:
            with self.books.lock:
                body = {"result": "success"} | handler(fields)
        except Refused as refused_action:
            return _error(str(refused_action))
        if fields.get("responsetype") != "json":  # what an omitted type gives is not documented; never JSON here
            return Response(";".join(f"{key}={value}" for key, value in body.items()), content_type="text/html")
        return json_answer(_stringified(body) if self.strings else body)

    def _refused(self, fields: Fields, address: str, action: str) -> Response | None:
        keyed = self.access_key is not None and fields.get("accesskey") == self.access_key
        if self.allowed_ips is not None and address not in self.allowed_ips and not keyed:
            message = f"Invalid IP {address}"
            if self.ip_error_as_nvp:
                return Response(f"result=error;message={message}", 403, content_type="text/html")
            return _error(message, 403)
        identifier = fields.get("identifier") or fields.get("username")
        secret = fields.get("secret") or fields.get("password")
        if identifier and identifier != self.identifier:
            return _error("Invalid or missing credentials", 403)
        if not identifier or secret != self.secret:
            return _error("Authentication Failed", 403)
        if not action:
            return _error("Empty action request", 400)
        if action in self.denied:
            return _error(f'Invalid Permissions: API action "{action}" is not allowed', 403)
        return None


def _stringified(value: Any) -> Any:
    """Integers as strings, all the way down; booleans stay."""
    return json.loads(json.dumps(value), parse_int=str)
