"""What a payer reads of the rate at which an amount in another currency is paid in pesos."""

from __future__ import annotations

from typing import Literal

from whmcs_bridge.checkout.quotes import Quote
from whmcs_bridge.checkout.rates import Rate
from whmcs_bridge.money.currencies import amount_text
from whmcs_bridge.web.payer.views import RateView


def rate_view(quote: Quote) -> RateView | None:
    """The rate of a quote, with what it is for; None where it is in pesos."""
    if quote.rate is None:
        return None
    return view_of(quote.rate, sum(each.invoice.balance for each in quote.owed))


def view_of(rate: Rate, amount_in_cents: int) -> RateView:
    """The same of any amount."""
    source: Literal["whmcs", "trm"] = "trm" if rate.source.startswith("trm") else "whmcs"
    return RateView(
        currency=rate.currency,
        amount=amount_text(amount_in_cents, rate.currency),
        pesos=_decimal(str(rate.pesos)),
        source=source,
        margin=rate.source.partition("+")[2].replace(".", ","),
        day=rate.day,
    )


def _decimal(text: str) -> str:
    """``4123.45`` as Colombians write it: ``4.123,45``."""
    whole, _, decimals = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{grouped},{decimals}" if decimals else grouped
