"""What a payer's page shows, as plain values. No page but the receipt carries personal data: a link may have been
forwarded."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from whmcs_bridge.history.attempts import Kind
from whmcs_bridge.messages import Advice

RefusalKind = Literal[
    "bad_link", "expired_link", "revoked_link", "wrong_client", "no_invoice", "paid", "cancelled", "draft", "refunded",
    "collections", "payment_pending", "not_payable", "mass_pay", "currency", "no_rate", "gateway", "too_small",
    "only_tests", "whmcs_down",
    "too_many", "bad_transaction", "no_transaction", "paid_otherwise", "unknown_transaction", "not_found", "method",
    "full", "no_receipt",
    "server_error",
]  # fmt: skip
PayError = Literal["terms", "amount", "no_parts"]
WhyNot = Literal["currency", "no_rate", "gateway", "too_small"]

# An invoice may have hundreds of lines, a page stays small: the lines after these are shown as one, with their sum.
MOST_LINES: Final = 25
# So many invoices may be chosen for one payment.
MOST_CHOSEN: Final = 25


@dataclass(frozen=True)
class Support:
    """Where a payer finds help; ``whatsapp`` is figures alone, with the country's."""

    email: str | None = None
    whatsapp: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Brand:
    """The host. ``color`` is ``#rrggbb``; ``logo_url`` and ``whmcs_url`` are http(s) addresses."""

    name: str
    logo_url: str | None
    color: str | None
    whmcs_url: str
    support: Support = Support()


@dataclass(frozen=True)
class AttemptRow:
    """One attempt to pay an invoice, and where its own page is."""

    kind: Kind
    label: str
    what: str
    at: datetime.datetime | None
    url: str


@dataclass(frozen=True)
class PartRow:
    """What became of one invoice's part of a payment."""

    kind: Kind
    label: str
    invoice_id: int
    amount_in_cents: int


@dataclass(frozen=True)
class RateView:
    """At what rate an amount in another currency is paid: both amounts, where the rate comes from, and how long it
    holds. ``source`` is ``whmcs`` or ``trm``; ``margin`` a percentage on top of it, or empty."""

    currency: str
    amount: str
    pesos: str
    source: Literal["whmcs", "trm"]
    margin: str
    day: datetime.date


@dataclass(frozen=True)
class PartView:
    """What may be paid of the balance, in cents of a peso, and what was typed."""

    least_in_cents: int
    most_in_cents: int
    typed: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class PayView:
    """An invoice before its payment. Amounts in cents of a peso, or of ``rate``'s currency; ``lines`` is empty for a
    link from an e-mail."""

    template: ClassVar = "pay"
    invoice_number: str
    invoice_id: int
    lines: Sequence[tuple[str, int]]
    total_in_cents: int
    balance_in_cents: int
    to_pay_in_cents: int
    due_date: datetime.date | None
    overdue: bool
    action: str
    terms_url: str
    vat_in_cents: int = 0
    credit_in_cents: int = 0
    error: PayError | None = None
    under_way: bool = False
    attempts: Sequence[AttemptRow] = ()
    paid_url: str = ""
    """Where the number of a payment can be told."""
    back_url: str | None = None
    rate: RateView | None = None
    part: PartView | None = None
    """Where less than the balance may be paid."""


@dataclass(frozen=True)
class InvoiceRow:
    """One unpaid invoice: ``balance_in_cents`` is what it costs in whole pesos, None where it has no price here;
    ``amount_text`` is its balance in another currency. ``pay_url`` or else ``why_not``.

    ``attempt`` is the last one that was made to pay it, or the one that is under way.
    """

    invoice_number: str
    invoice_id: int
    date: datetime.date | None
    due_date: datetime.date | None
    overdue: bool
    balance_in_cents: int | None
    amount_text: str | None
    pay_url: str | None
    why_not: WhyNot | None
    view_url: str | None
    choice: bool = False
    """It can be chosen, to be paid together with others."""
    under_way: bool = False
    attempt: AttemptRow | None = None


@dataclass(frozen=True)
class ReceiptRow:
    """One payment of an invoice, as its receipt tells it. ``method`` is Wompi's word."""

    transaction_id: str
    reference: str | None
    amount_in_cents: int
    method: str | None
    at: datetime.datetime | None


@dataclass(frozen=True)
class ReceiptView:
    """What was paid of an invoice, for whom and by whom: it holds the client's personal data. Amounts in cents."""

    template: ClassVar = "receipt"
    invoice_number: str
    invoice_id: int
    payer: Sequence[str]
    """The person and the company, as far as WHMCS has them."""
    tax_id: str
    currency: str
    lines: Sequence[tuple[str, int]]
    vat_in_cents: int
    credit_in_cents: int
    total_in_cents: int
    balance_in_cents: int
    payments: Sequence[ReceiptRow]
    back_url: str

    @property
    def paid_in_cents(self) -> int:
        """The sum of the payments."""
        return sum(payment.amount_in_cents for payment in self.payments)


@dataclass(frozen=True)
class ReceiptLink:
    """One of a client's last payments, and where its receipt is."""

    invoice_id: int
    amount_in_cents: int
    at: datetime.datetime | None
    url: str


@dataclass(frozen=True)
class ReceiptsView:
    """A client's last payments, the newest first."""

    template: ClassVar = "receipts"
    rows: Sequence[ReceiptLink]
    back_url: str


@dataclass(frozen=True)
class PaidView:
    """ "Ya pagué": where the number of a payment is told, and what became of the number that was told last."""

    template: ClassVar = "paid"
    outcome: Literal["ask", "unclear", "noted", "enough"]
    invoice_id: int
    action: str
    pay_url: str


@dataclass(frozen=True)
class InvoicesView:
    """A client's unpaid invoices."""

    template: ClassVar = "invoices"
    rows: Sequence[InvoiceRow]
    action: str
    error: Literal["none", "too_many"] | None = None
    """Why what was chosen cannot be paid."""
    back_url: str | None = None
    receipts_url: str | None = None
    """Where the client's last payments are."""

    @property
    def total_in_cents(self) -> int:
        """The sum of what can be paid here: the same as in WHMCS's home panel."""
        return sum(row.balance_in_cents or 0 for row in self.rows if row.why_not is None)

    @property
    def may_choose(self) -> bool:
        """Two or more can be paid together."""
        return sum(row.choice for row in self.rows) > 1


@dataclass(frozen=True)
class SeveralView:
    """The chosen invoices before their payment: (number, due date, overdue, cents) of each."""

    template: ClassVar = "several"
    rows: Sequence[tuple[str, datetime.date | None, bool, int]]
    invoice_ids: Sequence[int]
    to_pay_in_cents: int
    action: str
    terms_url: str
    error: Literal["terms"] | None = None
    under_way: bool = False
    rate: RateView | None = None


@dataclass(frozen=True)
class ResultView:
    """What became of a payment; what is not known (Wompi does not answer) is None and stays off the page.

    ``quiet_url`` is this page without ``refresh_after``: a payer must be able to stop a page that refreshes itself
    (WCAG 2.2, success criteria 2.2.1 and 2.2.2).
    """

    template: ClassVar = "result"
    kind: Kind
    amount_in_cents: int | None = None
    invoice_number: str | None = None
    invoice_id: int | None = None
    transaction_id: str | None = None
    reference: str | None = None
    method: str | None = None
    at: datetime.datetime | None = None
    advice: Advice | None = None
    refresh_after: int | None = None
    refresh_url: str | None = None
    quiet_url: str | None = None
    retry_url: str | None = None
    back_url: str | None = None
    surplus_in_cents: int | None = None
    """How much of it stands as credit, because the invoice was paid already."""
    parts: Sequence[PartRow] = ()
    """Of a payment of several invoices: each of them."""
    others: Sequence[AttemptRow] = ()
    """The other attempts on the same invoice."""
    paid_otherwise: bool = False
    """One of them has brought the money, or may yet: nobody is to pay again."""


@dataclass(frozen=True)
class RefusalView:
    """``attempts`` are those of the link's invoice, where the link was good; ``invoice_url`` is that invoice's page.

    ``retry_url`` pays the invoice, ``receipt_url`` is its receipt; at ``paid_url`` the number of a payment can
    be told.
    """

    template: ClassVar = "refusal"
    kind: RefusalKind
    back_url: str | None = None
    attempts: Sequence[AttemptRow] = ()
    invoice_url: str | None = None
    retry_url: str | None = None
    receipt_url: str | None = None
    paid_url: str | None = None
