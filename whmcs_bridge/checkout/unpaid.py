"""A client's unpaid invoices with what is left of each, the same figures as WHMCS's own pages show."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

from whmcs_bridge.whmcs.answers import InvoiceNotFound
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import Invoice, ListedInvoice


@dataclass(frozen=True, slots=True)
class Unpaid:
    """A row of ``GetInvoices``, which alone tells the currency, and the balance in cents, which it does not tell."""

    listed: ListedInvoice
    balance_in_cents: int


class UnpaidInvoices:
    """Reads them, several at a time: a list has one call for each of its invoices."""

    def __init__(self, whmcs: WhmcsClient, at_once: int) -> None:
        self._whmcs = whmcs
        # Its threads live as long as the process, because each keeps its connection.
        self._threads = ThreadPoolExecutor(at_once, "unpaid-invoices")

    def of(self, client_id: int) -> list[Unpaid]:
        """List them by due date, without mass payments. Raises ``WhmcsError``.

        A mass payment sums up other invoices, which stand in the list themselves:
        https://docs.whmcs.com/8-13/billing/invoices/mass-payments/. WHMCS does not count it as due either.
        """
        listed = self._whmcs.unpaid_invoices(client_id)
        found = zip(listed, _in_order(self._threads, self._read, [row.id for row in listed]), strict=True)
        return [
            Unpaid(row, invoice.balance)
            for row, invoice in found
            if invoice is not None and not invoice.is_mass_payment and invoice.client_id == client_id
        ]

    def _read(self, invoice_id: int) -> Invoice | None:
        try:
            return self._whmcs.invoice(invoice_id)
        except InvoiceNotFound:  # deleted or merged since it was listed
            return None


def _in_order(threads: Executor, ask: Callable[[int], Invoice | None], items: list[int]) -> list[Invoice | None]:
    try:
        return list(threads.map(ask, items))
    except RuntimeError:  # the host allows no more threads
        return [ask(item) for item in items]
