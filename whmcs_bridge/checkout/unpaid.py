"""A client's unpaid invoices with what is left of each, the same figures as WHMCS's own pages show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from whmcs_bridge.checkout.quotes import Quotes
from whmcs_bridge.whmcs.models import ListedInvoice


@dataclass(frozen=True, slots=True)
class Unpaid:
    """A row of ``GetInvoices``, which alone tells the currency, and the balance in cents, which it does not tell."""

    listed: ListedInvoice
    balance_in_cents: int


def with_balances(listed: Sequence[ListedInvoice], quotes: Quotes, client_id: int) -> list[Unpaid]:
    """Read the balance of each, without mass payments. Raises ``WhmcsError``.

    A mass payment sums up other invoices, which stand in the list themselves:
    https://docs.whmcs.com/8-13/billing/invoices/mass-payments/. WHMCS does not count it as due either.
    """
    # None: deleted or merged since it was listed.
    found = quotes.details([row.id for row in listed])
    return [
        Unpaid(row, invoice.balance)
        for row in listed
        if (invoice := found[row.id]) is not None and not invoice.is_mass_payment and invoice.client_id == client_id
    ]
