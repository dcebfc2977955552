"""Quotes: what several invoices cost together, to the cent."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Event
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from whmcs_bridge.checkout.quotes import Quotes
from whmcs_bridge.checkout.rates import Rates
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import Client, Invoice

LINK = Link(Purpose.LIST, 0, 77, datetime(2026, 11, 28, tzinfo=UTC))
# Pesos need none.
NO_RATES = cast("Rates", None)
FIRST_DAY = date(2026, 11, 1)


@dataclass
class Books:
    """Invoices of client 77, by number: what is left of each, in cents, and its due day."""

    owed: dict[int, tuple[int, int]]

    def invoice(self, invoice_id: int) -> Invoice:
        """As WHMCS tells it."""
        cents, day = self.owed[invoice_id]
        told: dict[str, Any] = {"invoiceid": invoice_id, "userid": 77, "status": "Unpaid"}
        told |= {"total": f"{cents / 100:.2f}", "balance": f"{cents / 100:.2f}"}
        return Invoice.model_validate(told | {"duedate": f"{FIRST_DAY + timedelta(days=day)}"})

    def client(self, client_id: int) -> Client:
        """As WHMCS tells it."""
        return Client.model_validate({"client_id": client_id, "currency_code": "COP"})


owed = st.dictionaries(
    st.integers(1, 9_999), st.tuples(st.integers(150_000, 10**9), st.integers(0, 60)), min_size=1, max_size=25
)


@given(owed)
@settings(max_examples=200, deadline=None)
def test_the_parts_add_up_and_no_invoice_is_left_with_a_cent(told: dict[int, tuple[int, int]]) -> None:
    """Each balance is rounded up to whole pesos by itself; the sum is theirs; the oldest due comes first."""
    with closing(Quotes(cast("WhmcsClient", Books(told)), "wompi", NO_RATES, parallel=2)) as quotes:
        quote = quotes.read(LINK, list(told))
    parts = quote.parts("INV1X2-77-1-AB")
    assert sum(amount for _, amount in quote.shares()) == quote.amount_in_cents
    assert [(part.invoice_id, part.amount_in_cents) for part in parts] == (quote.shares() if len(told) > 1 else [])
    assert {number for number, _ in quote.shares()} == told.keys()
    assert all(0 <= amount - told[number][0] < 100 and amount % 100 == 0 for number, amount in quote.shares())
    days = [told[number][1] for number, _ in quote.shares()]
    assert days == sorted(days)


def test_the_client_is_read_while_the_invoice_is() -> None:
    """A press waits for the slower of the two, not for both: each waits here until the other has begun."""
    books = Books({1042: (5_950_000, 0)})
    both = Barrier(2)

    class Meeting(Books):
        def invoice(self, invoice_id: int) -> Invoice:
            both.wait(timeout=30)
            return books.invoice(invoice_id)

        def client(self, client_id: int) -> Client:
            both.wait(timeout=30)
            return books.client(client_id)

    with closing(Quotes(cast("WhmcsClient", Meeting({})), "wompi", NO_RATES, parallel=2)) as quotes:
        assert quotes.read(LINK, [1042]).amount_in_cents == 5_950_000


def test_without_a_free_thread_they_are_read_in_turn() -> None:
    """WHMCS is given no more calls at a time than the setting allows, and nobody waits for a thread."""
    with closing(Quotes(cast("WhmcsClient", Books({1042: (5_950_000, 0)})), "wompi", NO_RATES, parallel=1)) as quotes:
        held = Event()
        busy = quotes.ahead(held.wait)
        assert quotes.read(LINK, [1042]).amount_in_cents == 5_950_000
        held.set()
        assert busy()
