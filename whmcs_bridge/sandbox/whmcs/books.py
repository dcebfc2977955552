"""The books of the sandbox WHMCS: clients, invoices, transactions, credit, and what WHMCS does when money is added.

Sources: developers.whmcs.com/api-reference/addinvoicepayment and addtransaction, docs.whmcs.com (Transactions,
Invoices). Amounts are Decimal in the client's currency; times are WHMCS's local ones, without a zone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Money = Decimal | str | int

NEVER = "0000-00-00 00:00:00"  # how WHMCS writes "no date"
STATUSES = ("Draft", "Unpaid", "Paid", "Cancelled", "Refunded", "Collections", "Payment Pending")
CURRENCIES = {"COP": (1, "$", " COP", "1.00000"), "USD": (2, "$", " USD", "0.00025")}

_BOGOTA = timezone(timedelta(hours=-5))
_CENT = Decimal("0.01")


class Refused(Exception):
    """WHMCS's own words for why it did not do it."""


def money(value: Money) -> Decimal:
    """Two decimals. Raises ValueError for what is no amount."""
    try:
        return Decimal(value).quantize(_CENT, ROUND_HALF_UP)
    except InvalidOperation:
        raise ValueError(f"not an amount: {value!r}") from None


@dataclass(slots=True)
class Invoice:
    """One invoice. `total` already contains tax and has the applied credit taken off, as up to WHMCS 8.13."""

    id: int
    client_id: int
    total: Decimal
    tax: Decimal
    credit: Decimal
    taxrate: Decimal
    status: str
    paymentmethod: str
    date: str
    duedate: str
    created_at: str
    items: list[tuple[str, Decimal]]
    invoicenum: str = ""
    datepaid: str = NEVER
    datecancelled: str = NEVER
    notes: str = ""
    children: list[int] = field(default_factory=list)
    """The invoices that a mass-pay invoice pays."""

    @property
    def subtotal(self) -> Decimal:
        """The lines, before tax and credit."""
        return self.total + self.credit - self.tax


@dataclass(slots=True)
class Transaction:
    """One row of WHMCS's transactions: money in or out."""

    id: int
    client_id: int
    invoice_id: int
    gateway: str
    date: str
    description: str
    amountin: Decimal
    fees: Decimal
    amountout: Decimal
    transid: str
    refundid: int = 0
    is_note: bool = False
    """A credit note of WHMCS 9, which stands among the transactions and is no payment."""


@dataclass(slots=True)
class Credit:
    """One entry of a client's credit log."""

    id: int
    client_id: int
    date: str
    description: str
    amount: Decimal
    invoice_id: int = 0


@dataclass(slots=True)
class Books:
    """Everything the sandbox WHMCS knows. Hold `lock` for a step that must be whole."""

    clock: Callable[[], float]
    clients: dict[int, dict[str, Any]] = field(default_factory=dict)
    invoices: dict[int, Invoice] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    activity: list[tuple[int, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> str:
        """The moment as WHMCS writes it."""
        return f"{datetime.fromtimestamp(self.clock(), UTC).astimezone(_BOGOTA):%Y-%m-%d %H:%M:%S}"

    def day(self, days: int = 0) -> str:
        """Today, or so many days from it."""
        return f"{datetime.fromtimestamp(self.clock(), UTC).astimezone(_BOGOTA) + timedelta(days=days):%Y-%m-%d}"

    def add_client(self, **fields: Any) -> int:
        """A client; the first is Ana (ana@ejemplo.test, password demo). Any field of GetClientsDetails fits."""
        with self.lock:
            client_id = int(fields.pop("id", 77 + len(self.clients)))
            email = "ana@ejemplo.test" if not self.clients else f"cliente{client_id}@ejemplo.test"
            self.clients[client_id] = {
                "firstname": "Ana", "lastname": "Ruiz", "companyname": "", "email": email, "password": "demo",
                "address1": "Calle 1 # 2-3", "address2": "", "city": "Bogotá", "state": "DC", "postcode": "110111",
                "country": "CO", "phonenumber": "3001234567", "phonecc": "57", "tax_id": "", "currency_code": "COP",
                "defaultgateway": "", "status": "Active", "language": "spanish",
            } | fields  # fmt: skip
            return client_id

    def add_invoice(
        self,
        client_id: int,
        total: Money,
        *,
        tax: Money = "0.00",
        credit: Money = "0.00",
        status: str = "Unpaid",
        paymentmethod: str = "wompi",
        date: str | None = None,
        duedate: str | None = None,
        items: Iterable[tuple[str, Money]] | None = None,
        invoice_id: int | None = None,
        **fields: Any,
    ) -> int:
        """An invoice of `total`, tax included; without items, one line of the subtotal."""
        with self.lock:
            new_id = invoice_id or max([1041, *self.invoices]) + 1
            net = money(total) + money(credit) - money(tax)
            date = date or self.day()
            lines = items or [("Plan Web Esencial, un mes", net)]
            self.invoices[new_id] = Invoice(
                id=new_id,
                client_id=client_id,
                total=money(total),
                tax=money(tax),
                credit=money(credit),
                taxrate=(money(tax) * 100 / net).quantize(Decimal("0.001")) if net else Decimal("0.000"),
                status=status,
                paymentmethod=paymentmethod,
                date=date,
                duedate=duedate or self.day(14),
                created_at=self.now(),
                items=[(text, money(amount)) for text, amount in lines],
                datepaid=self.now() if status == "Paid" else NEVER,
                datecancelled=self.now() if status == "Cancelled" else NEVER,
                **fields,
            )
            return new_id

    def balance(self, invoice: Invoice) -> Decimal:
        """What is left to pay. Never below zero: what was paid beyond it is client credit."""
        if invoice.status == "Paid":
            return Decimal("0.00")
        rows = [row for row in self.transactions if row.invoice_id == invoice.id and not row.is_note]
        return max(Decimal("0.00"), invoice.total - sum((row.amountin - row.amountout for row in rows), Decimal(0)))

    def currency_of(self, client_id: int) -> str:
        """The code of the currency that a client is billed in."""
        return str(self.clients.get(client_id, {}).get("currency_code", "COP"))

    def credit_of(self, client_id: int) -> Decimal:
        """The client's credit balance."""
        return sum((row.amount for row in self.credits if row.client_id == client_id), Decimal("0.00"))

    def add_payment(
        self,
        invoice_id: int,
        transid: str,
        *,
        amount: Money | None = None,
        fees: Money = "0.00",
        gateway: str = "wompi",
        date: str | None = None,
    ) -> None:
        """AddInvoicePayment: refuses no duplicate transid, and makes whatever exceeds the balance client credit."""
        with self.lock:
            invoice = self.invoices.get(invoice_id)
            if invoice is None:
                raise Refused("Invoice ID Not Found")
            if invoice.status == "Cancelled":
                raise Refused("It is not possible to add a payment to an invoice that is Cancelled")
            balance = self.balance(invoice)
            paid = money(amount) if amount and money(amount) else balance
            self._add_row(
                client_id=invoice.client_id, invoice_id=invoice_id, gateway=gateway, date=date or self.now(),
                description="Invoice Payment", amountin=paid, fees=money(fees), amountout=money(0), transid=transid,
            )  # fmt: skip
            if paid > balance:
                text = f"Invoice #{invoice_id} Overpayment"
                self.add_credit(invoice.client_id, paid - balance, text, invoice_id=invoice_id)
            if paid >= balance and invoice.status != "Paid":
                for each in (invoice, *(self.invoices[child] for child in invoice.children)):
                    each.status, each.datepaid = "Paid", date or self.now()
            self.log(f"Added Invoice Payment - Invoice ID: {invoice_id}", invoice.client_id)

    def add_transaction(self, fields: Mapping[str, str]) -> None:
        """AddTransaction: unlike AddInvoicePayment it refuses a transid that it knows; `credit` makes money credit."""
        with self.lock:
            client_id, invoice_id = int(fields.get("userid") or 0), int(fields.get("invoiceid") or 0)
            transid, credit = fields.get("transid", ""), fields.get("credit", "") not in ("", "0")
            duplicates_allowed = fields.get("allowduplicatetransid", "") not in ("", "0")
            invoice = self.invoices.get(invoice_id)
            if client_id and client_id not in self.clients:
                raise Refused("Client ID Not Found")
            if invoice_id and invoice is None:
                raise Refused("Invoice ID Not Found")
            if client_id and invoice is not None and invoice.client_id != client_id:
                raise Refused("User ID does not own the given Invoice ID")
            if not client_id and not fields.get("currencyid"):
                raise Refused("A Currency ID is required for non-customer related transactions")
            if not fields.get("paymentmethod"):
                raise Refused("Payment Method is required")
            if transid and not duplicates_allowed and any(row.transid == transid for row in self.transactions):
                raise Refused("Transaction ID must be Unique")
            amountin = money(fields.get("amountin") or 0)
            self._add_row(
                client_id=client_id, invoice_id=invoice_id, gateway=fields["paymentmethod"],
                date=_localised(fields.get("date", "")) or self.now(), description=fields.get("description", ""),
                amountin=amountin, fees=money(fields.get("fees") or 0), amountout=money(fields.get("amountout") or 0),
                transid=transid, refundid=int(fields.get("refundid") or 0),
            )  # fmt: skip
            if credit and not invoice_id:
                self.add_credit(client_id, amountin, fields.get("description", ""))

    def add_mass_pay(self, client_id: int, children: Sequence[int]) -> int:
        """A mass-pay invoice: a line for what is left of each child; paying it pays them all."""
        lines = [(f"Invoice #{child}", self.balance(self.invoices[child])) for child in children]
        total = sum((amount for _, amount in lines), money(0))
        return self.add_invoice(client_id, total, items=lines, children=list(children))

    def take_back(
        self, paid: Transaction, amount: Decimal, *, transid: str = "", fees: Money = "0.00", credit_note: bool = False
    ) -> None:
        """A refund of a payment: money out against its row; the invoice that is given back whole becomes Refunded.

        WHMCS 9 makes a credit note of it, which has a row with money in, no gateway and no transid.
        """
        with self.lock:
            self._add_row(
                client_id=paid.client_id, invoice_id=paid.invoice_id, gateway=paid.gateway, date=self.now(),
                description=f"Refund of Transaction ID {paid.transid}", amountin=money(0), fees=-money(fees),
                amountout=amount, transid=transid, refundid=paid.id,
            )  # fmt: skip
            rows = [row for row in self.transactions if row.invoice_id == paid.invoice_id and not row.is_note]
            if credit_note:
                self._add_row(
                    client_id=paid.client_id, invoice_id=paid.invoice_id, gateway="", date=self.now(),
                    description="Credit Note", amountin=amount, fees=money(0), amountout=money(0), transid="",
                    is_note=True,
                )  # fmt: skip
            if sum((row.amountin - row.amountout for row in rows), Decimal(0)) <= 0:
                self.invoices[paid.invoice_id].status = "Refunded"
            self.log(f"Refunded Invoice Payment - Invoice ID: {paid.invoice_id}", paid.client_id)

    def add_credit(self, client_id: int, amount: Decimal, description: str, *, invoice_id: int = 0) -> None:
        """An entry of the client's credit log."""
        self.credits.append(Credit(len(self.credits) + 1, client_id, self.now(), description, amount, invoice_id))

    def log(self, description: str, client_id: int = 0) -> None:
        """An entry of the activity log."""
        self.activity.append((client_id, description))

    def _add_row(self, **fields: Any) -> None:
        self.transactions.append(Transaction(id=10 + len(self.transactions), **fields))


def _localised(date: str) -> str:
    """`03/02/2026` (the localisation format that AddTransaction takes) as WHMCS stores it."""
    try:
        return f"{datetime.strptime(date, '%d/%m/%Y'):%Y-%m-%d 00:00:00}"  # noqa: DTZ007 - WHMCS knows no zones
    except ValueError:
        return date
