"""The page Payments: a search by what a person knows of a payment, and the accountant's sheet."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.calls import Call, File
from whmcs_bridge.history.sheet import sheet
from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.ledger.reports import Sought
from whmcs_bridge.messages import BOGOTA, midnight
from whmcs_bridge.money.pesos import CENTS_PER_PESO

# A page stays small; who looks for one payment names something of it.
MOST_FOUND = 100
METHODS = ("CARD", "PSE", "NEQUI", "BANCOLOMBIA_TRANSFER", "BANCOLOMBIA_QR", "BANCOLOMBIA_COLLECT", "DAVIPLATA")
_MONTHS = 13

_ID = re.compile(r"#?([1-9][0-9]{0,9})\Z")
# "59500", "59.500", "$ 59.500" and "$59.500,50"; an amount has no more digits than Wompi's largest.
_PESOS = re.compile(r"\$?\s*([0-9]{1,10}|[0-9]{1,3}(?:\.[0-9]{3}){1,3})(?:,([0-9]{2}))?\Z")


@dataclass(frozen=True, slots=True)
class PaymentsView:
    """The form as it was filled in, and what was found."""

    q: str
    state: str
    method: str
    since: str
    until: str
    problem: bool
    """A day is none, or the last lies before the first."""
    found: Sequence[Payment]
    full: bool
    received_in_cents: int
    """What of these is booked."""
    months: Sequence[str]


def see_payments(bridge: Bridge, call: Call) -> PaymentsView:
    """Search. Raises ``DatabaseUnavailable``."""
    q, state, method = call.field("q"), call.field("state"), call.field("method")
    since, until, problem = _span(call)
    sought = replace(
        _meant(q, call.numbers),
        state=State(state) if state in set(State) else None,
        method=method if method in METHODS else None,
        since=midnight(since) if since else None,
        until=midnight(until + timedelta(days=1)) if until else None,
    )
    # Words that name nothing find nothing, instead of everything.
    nothing = problem or (q and not sought.is_named)
    found = [] if nothing else bridge.reports.find(sought, limit=MOST_FOUND)
    booked = (payment.amount_in_cents or 0 for payment in found if payment.state is State.POSTED)
    return PaymentsView(
        q=q,
        state=state,
        method=method,
        since=call.field("since"),
        until=call.field("until"),
        problem=problem,
        found=found,
        full=len(found) == MOST_FOUND,
        received_in_cents=sum(booked),
        months=list(last_months(bridge.clock().astimezone(BOGOTA).date())),
    )


def make_sheet(bridge: Bridge, call: Call) -> File | None:
    """The sheet of a month (``month``, ``2026-11``) or of some days; None where none are named.

    Raises ``DatabaseUnavailable``.
    """
    since, until, problem = _month(call.field("month")) or _span(call)
    if since is None or until is None or problem:
        return None
    booked = bridge.reports.booked(midnight(since), midnight(until + timedelta(days=1)))
    text = sheet(booked, bridge.store, bridge.whmcs, bridge.settings.bridge_fees, call.language)
    name = {"es": "pagos", "en": "payments"}[call.language]
    return File(f"{name}-wompi-{since}-{until}.csv", "text/csv; charset=utf-8", text.encode())


def _meant(q: str, numbers: Sequence[int]) -> Sought:
    """What a word may be: all that it can be is looked for."""
    names = [q] if q and " " not in q else []
    invoices, clients, amounts = list(numbers), [], []
    if id_ := _ID.match(q):
        invoices.append(int(id_[1]))
        clients.append(int(id_[1]))
    if pesos := _PESOS.match(q):
        amounts.append(int(pesos[1].replace(".", "")) * CENTS_PER_PESO + int(pesos[2] or 0))
    return Sought(names, invoices, clients, amounts)


def _span(call: Call) -> tuple[date | None, date | None, bool]:
    try:
        since, until = (date.fromisoformat(told) if (told := call.field(name)) else None for name in ("since", "until"))
    except ValueError:
        return None, None, True
    return since, until, bool(since and until and until < since)


def _month(told: str) -> tuple[date, date, bool] | None:
    if not re.fullmatch(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", told):
        return None
    first = date.fromisoformat(f"{told}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1]), False


def last_months(today: date) -> Iterator[str]:
    """This month and those before it, ``YYYY-MM``."""
    for n in range(_MONTHS):
        year, month = divmod(today.year * 12 + today.month - 1 - n, 12)
        yield f"{year}-{month + 1:02d}"
