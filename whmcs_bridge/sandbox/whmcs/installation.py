"""One installation of the sandbox WHMCS: its settings, its books, what it sent. Its addresses are added by others."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Response

from whmcs_bridge.sandbox.clock import Clock
from whmcs_bridge.sandbox.sandbox import Sandbox, Sent, json_answer
from whmcs_bridge.sandbox.whmcs.books import CURRENCIES, Books, Credit, Invoice, Money, Transaction, money


def error_answer(message: str, status: int | None = None) -> Response:
    """WHMCS says most errors with 200."""
    return json_answer({"result": "error", "message": message}, status or 200)


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail as it left."""

    template: str
    subject: str
    invoice: Invoice
    to: str
    name: str
    at: str
    pay_link: str
    pay_all_link: str
    problems: list[str] = field(default_factory=list)


class Installation(Sandbox):
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
        version: str = "8.13.1",
    ) -> None:
        clock = Clock.of(clock)
        self.identifier = identifier
        self.secret = secret
        self.access_key = access_key
        self.hooks_dir = hooks_dir
        self.bridge_url = bridge_url
        self.bridge_secret = bridge_secret
        self.terms_url = terms_url
        self.company_name = company_name
        self.version = version
        self.generation = int(version.split(".")[0])  # 7, 8 or 9: the shapes of its answers
        self.strings = strings or self.generation < 8  # numbers as strings
        self.pay_address = ""  # `.../{invoice}`: where another module than the bridge is paid
        self.maintenance = False
        self.gateways = {"wompi": "PSE, Nequi o tarjeta (Wompi)", "banktransfer": "Transferencia bancaria"}
        self.currencies = set(CURRENCIES)  # what the admin has set up
        self.bridge_currencies: set[str] = set()  # besides COP, for the look-alike of our PHP, which asks nobody
        self.allowed_ips: set[str] | None = None  # None: the caller's address is on the list
        self.ip_error_as_nvp = False  # some versions refuse an address as text, whatever was asked for
        self.denied: set[str] = set()  # actions, in lower case, that the API role lacks
        self.granted: set[str] = set()  # actions, in lower case, that it has besides what a bridge needs
        self.callback_by_php = True  # False: a look-alike answers, which takes no process
        # Who looks at the admin area, and what their role may; None: nobody is signed in.
        self.admin: dict[str, Any] | None = {"id": 1, "firstname": "Ana", "lastname": "Ruiz", "language": "spanish"}
        self.permissions = {"List Transactions", "Add Transaction"}
        self.form_token = secrets.token_hex(20)
        self.addons = {"wompi_bridge"}  # those that are active
        self.addon_settings: dict[str, str] = {}  # what the addon keeps among its own settings
        self.notifications: list[dict[str, str]] = []
        self.admin_emails: list[dict[str, str]] = []
        self.without_invoices: set[int] = set()  # clients whose visitor may not see the invoices
        self.mails: list[Mail] = []
        self.books = Books(clock)
        super().__init__(clock=clock, error=error_answer)

    # --- Python API ---------------------------------------------------------------------------------------------

    def add_client(self, **fields: Any) -> int:
        """See `Books.add_client`."""
        return self.books.add_client(**fields)

    def add_invoice(self, client_id: int, total: Money, **options: Any) -> int:
        """See `Books.add_invoice`."""
        return self.books.add_invoice(client_id, total, **options)

    def add_mass_pay(self, client_id: int, children: Sequence[int]) -> int:
        """See `Books.add_mass_pay`."""
        return self.books.add_mass_pay(client_id, children)

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

    def take_back(self, transid: str) -> None:
        """A refund by hand: money out against the payment `transid`, in full."""
        paid = self.booked(transid)[0]
        self.books.take_back(paid, paid.amountin, credit_note=self.generation >= 9)

    def sent(self) -> list[Sent]:
        """E-mails and notifications: nobody sends them anywhere."""
        return [
            *(
                Sent("SendAdminEmail", row.get("customsubject") or row.get("messagename", ""), "")
                for row in self.admin_emails
            ),
            *(Sent("TriggerNotificationEvent", row["title"], "") for row in self.notifications),
            *(Sent(mail.template, mail.subject, mail.to) for mail in self.mails),
        ]

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
