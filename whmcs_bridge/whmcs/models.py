"""What WHMCS's API answers, as plain values: money in cents, ids as numbers, and what it left empty as nothing."""

from __future__ import annotations

import html
from datetime import date
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from whmcs_bridge.money.pesos import cents

# Since this generation a refund made in WHMCS has a credit note, and a row that comes by the API has none:
# https://docs.whmcs.com/9-0/troubleshooting/troubleshoot-invoices/invoice-immutability-errors
CREDIT_NOTES_SINCE = 9
# No version has so many digits.
_LONG = 4


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:  # "0000-00-00" stands for none
        return None


def _plain(value: object) -> str:
    # WHMCS stores names and descriptions with HTML entities; they are escaped again where they are shown.
    return html.unescape("" if value is None else str(value)).strip()


def _some(value: object) -> object:
    # WHMCS leaves numbers empty.
    return value or 0


def generation_of(version: object) -> int | None:
    """The major version in ``9.0.3`` or ``8.13.1-release.1``; None where it is none."""
    major = str(version).partition(".")[0]
    return int(major) if major.isascii() and major.isdigit() and len(major) < _LONG else None


def rows(value: Any, name: str) -> list[Any]:
    """Read a list however WHMCS wrote it: ``""``, ``[]``, ``{"item": [...]}``, one bare row, or numbered keys."""
    if isinstance(value, dict) and name in value:
        return rows(value[name], name)
    if isinstance(value, dict) and value:
        return list(value.values()) if all(str(key).isdigit() for key in value) else [value]
    return value if isinstance(value, list) else []


Id = Annotated[int, BeforeValidator(_some)]
Cents = Annotated[int, BeforeValidator(cents)]
SomeCents = Annotated[int, BeforeValidator(cents), BeforeValidator(_some)]
Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_plain)]
Exact = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class InvoiceLine(_Row):
    """One line of an invoice."""

    type: Text = ""
    description: Text = ""
    amount: SomeCents = 0


class InvoicePayment(_Row):
    """A payment of an invoice, as ``GetInvoice`` lists it. The shape of these rows is not documented."""

    id: Exact = ""
    transid: Exact = ""
    gateway: Exact = ""
    amount_in: Exact = Field("", validation_alias="amountin")


def _readable_payments(value: Any) -> list[Any]:
    # They are for comparison only: one that cannot be read must not make the invoice unreadable.
    return [row for row in rows(value, "transaction") if isinstance(row, dict)]


class _AnyInvoice(_Row):
    id: int
    number: Text = Field("", validation_alias="invoicenum")
    client_id: int = Field(validation_alias="userid")
    date: Day = None
    due_date: Day = Field(None, validation_alias="duedate")
    total: Cents
    status: str
    payment_method: Text = Field("", validation_alias="paymentmethod")

    @property
    def printed_number(self) -> str:
        """The number that the client knows: with proforma numbering it is the id until the invoice is paid."""
        return self.number or str(self.id)


class Invoice(_AnyInvoice):
    """An invoice as ``GetInvoice`` tells it; money in cents of the client's currency, which it does not name."""

    id: int = Field(validation_alias="invoiceid")
    credit: SomeCents = 0
    tax: SomeCents = 0
    balance: Cents
    lines: Annotated[list[InvoiceLine], BeforeValidator(lambda value: rows(value, "item"))] = Field(
        default_factory=list, validation_alias="items"
    )
    payments: Annotated[list[InvoicePayment], BeforeValidator(_readable_payments)] = Field(
        default_factory=list, validation_alias="transactions"
    )

    @property
    def added_tax(self) -> int:
        """The tax on top of the lines: prices that include the tax leave none to add."""
        return max(0, self.total + self.credit - sum(line.amount for line in self.lines))

    @property
    def is_mass_payment(self) -> bool:
        """Tell whether it sums up other invoices: https://docs.whmcs.com/8-13/billing/invoices/mass-payments/"""
        return any(line.type == "Invoice" for line in self.lines)


class ListedInvoice(_AnyInvoice):
    """A row of ``GetInvoices``, which tells the currency and the client's name but not the balance."""

    currency: Text = Field("", validation_alias="currencycode")
    first_name: Text = Field("", validation_alias="firstname", repr=False)
    last_name: Text = Field("", validation_alias="lastname", repr=False)
    company: Text = Field("", validation_alias="companyname", repr=False)

    @property
    def client_name(self) -> str:
        """The company, or else the person."""
        return self.company or f"{self.first_name} {self.last_name}".strip()


class Client(_Row):
    """A client. The personal fields prefill the checkout, or stand on a receipt, and are stored nowhere."""

    id: int = Field(validation_alias=AliasChoices("client_id", "userid", "id"))
    currency: Text = Field("", validation_alias="currency_code")
    language: Text = ""
    email: Text = Field("", repr=False)
    full_name: Text = Field("", validation_alias="fullname", repr=False)
    company: Text = Field("", validation_alias="companyname", repr=False)
    tax_id: Text = Field("", repr=False)
    phone_prefix: Text = Field("", validation_alias="phonecc", repr=False)
    phone: Text = Field("", validation_alias="phonenumber", repr=False)


class BookedPayment(_Row):
    """A row of ``GetTransactions``: money in, or (a refund) money out."""

    id: Id = 0
    transid: Exact = ""
    invoice_id: Id = Field(0, validation_alias="invoiceid")
    """0: none, it is the client's credit."""
    client_id: Id = Field(0, validation_alias="userid")
    """0: not told."""
    day: Day = Field(None, validation_alias="date")
    refund_of: Id = Field(0, validation_alias="refundid")
    amount_in: SomeCents = Field(validation_alias="amountin")
    amount_out: SomeCents = Field(0, validation_alias="amountout")
    fees: SomeCents = 0
