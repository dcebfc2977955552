"""Quotes: what several invoices cost together, to the cent."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from threading import Barrier, Event
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from whmcs_bridge.checkout.quotes import Quotes
from whmcs_bridge.checkout.rates import Rate, Rates
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import Client, Invoice

LINK = Link(Purpose.LIST, 0, 77, datetime(2026, 11, 28, tzinfo=UTC))
# Pesos need none.
NO_RATES = cast("Rates", None)
FIRST_DAY = date(2026, 11, 1)
# More of them by hand: GENERATED_QUOTES=10000.
EXAMPLES = int(os.environ.get("GENERATED_QUOTES", "200"))


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
@settings(max_examples=EXAMPLES)
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
        busy = quotes.side_by_side.ahead(held.wait)
        assert quotes.read(LINK, [1042]).amount_in_cents == 5_950_000
        held.set()
        assert busy.result()


@given(
    st.dictionaries(
        st.integers(1, 9_999), st.tuples(st.integers(38, 10**7), st.integers(0, 60)), min_size=1, max_size=25
    ),
    st.decimals("4000", "12000", places=6),
)
@settings(max_examples=EXAMPLES)
def test_what_is_quoted_in_dollars_is_each_balance_and_its_pesos_are_its_price(
    told: dict[int, tuple[int, int]], pesos: Decimal
) -> None:
    """What is booked is each balance, to the cent; its pesos are whole, never fewer than it is worth, and less than one
    peso more; the rate is of its day."""
    rate = Rate("USD", pesos, "trm", FIRST_DAY)
    with closing(Quotes(cast("WhmcsClient", Abroad(told)), "wompi", cast("Rates", Fixed(rate)), parallel=2)) as quotes:
        quote = quotes.read(LINK, list(told))
    assert {one.invoice_id: one.amount_in_cents for one in quote.quoted("INV")} == {
        number: cents for number, (cents, _) in told.items()
    }
    assert {(one.rate, one.day) for one in quote.quoted("INV")} == {(str(pesos), "2026-11-01")}
    assert sum(amount for _, amount in quote.shares()) == quote.amount_in_cents
    for number, amount in quote.shares():
        exact = Fraction(told[number][0]) * Fraction(pesos)  # in cents of a peso
        assert 0 <= amount - exact < 100
        assert amount % 100 == 0
    assert rate.ends_at == datetime(2026, 11, 2, 5, tzinfo=UTC)


class Abroad(Books):
    """The same of a client who is billed in dollars."""

    def client(self, client_id: int) -> Client:
        """As WHMCS tells it."""
        return Client.model_validate({"client_id": client_id, "currency_code": "USD"})


@dataclass
class Fixed:
    """One rate."""

    rate: Rate

    def of(self, _currency: str) -> Rate:
        """It."""
        return self.rate
