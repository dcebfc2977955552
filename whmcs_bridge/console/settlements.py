"""The page Settlements: what Wompi charged, withheld and paid out in a month, what does not agree, and new reports."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.addresses import at
from whmcs_bridge.console.calls import MOST_UPLOADED, Answer, Call, File, Upload
from whmcs_bridge.console.chart import Bar, Sum, bars
from whmcs_bridge.console.payments import last_months
from whmcs_bridge.console.words import word
from whmcs_bridge.messages import speaking
from whmcs_bridge.money.spreadsheet import write_sheet
from whmcs_bridge.settlements.books import Finding, Kind
from whmcs_bridge.settlements.month import Month, Payout, Sums, days_of, empty_month
from whmcs_bridge.settlements.sentences import breakdown, fee_lines, what_was_imported, why_unreadable
from whmcs_bridge.settlements.sheet import header, sheet_rows
from wompi_gateway.models import TRANSACTION_ID
from wompi_gateway.payout_report import UnreadableReport

logger = logging.getLogger(__name__)

# Of very many findings a person reads the first ones; the terminal has all of them.
MOST_SHOWN = 100
# A sheet is handed on whole, and WHMCS's PHP holds it several times over; a longer one is the terminal's.
MOST_ROWS = 50_000
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])\Z", re.ASCII)
_ID = re.compile(TRANSACTION_ID.replace(r"\z", r"\Z"))


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file, a line for each thing to know. ``tone`` is one of the page's."""

    lines: Sequence[str]
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """Something that does not agree; ``can_look`` where the bridge has not heard of the payment yet."""

    transaction_id: str | None
    sentence: str
    can_look: bool


@dataclass(frozen=True, slots=True)
class MethodSums:
    """What came by one method; ``share`` is in hundredths of the largest."""

    name: str
    sums: Sums
    share: int


@dataclass(frozen=True, slots=True)
class SettlementsView:
    """Everything on the page."""

    month: str
    months: Sequence[str]
    lines: Sequence[tuple[str, int]]
    """From what clients paid to what reached the bank; the last is the sum of those before it."""
    payments: int
    others: int
    payouts: Sequence[Payout]
    paid_out: int
    findings: Sequence[Line]
    count: int
    """Of all findings."""
    bars: Sequence[Bar]
    methods: Sequence[MethodSums]
    fees: Sequence[str]
    uploaded: Sequence[Uploaded]
    largest: int
    """Bytes that may be uploaded at a time."""


def see_settlements(bridge: Bridge, call: Call, uploaded: Sequence[Uploaded] = (), month: str = "") -> SettlementsView:
    """Look at the month that the call names; else at this one, or while it is empty at the one before. Raises
    ``DatabaseUnavailable``."""
    months = list(last_months(bridge.settlements.today()))
    with speaking(call.language):
        found = _month(bridge, month or call.field("month"), months)
        return SettlementsView(
            month=found.month,
            months=months if found.month in months else [found.month, *months],
            lines=list(breakdown(found.sums)),
            payments=found.sums.payments,
            others=found.others,
            payouts=found.payouts,
            paid_out=sum(payout.amount_in_cents for payout in found.payouts),
            findings=[_line(each) for each in found.findings[:MOST_SHOWN]],
            count=len(found.findings),
            bars=_bars(found),
            methods=_methods(found),
            fees=list(fee_lines(found)),
            uploaded=uploaded,
            largest=MOST_UPLOADED,
        )


def make_month_sheet(bridge: Bridge, call: Call) -> File | None:
    """The month's sheet for the accountant; None where it is too long for a page. Raises ``DatabaseUnavailable``."""
    with speaking(call.language):
        month = _month(bridge, call.field("month"), list(last_months(bridge.settlements.today())))
        if month.sums.payments > MOST_ROWS:
            return None
        text = io.StringIO()
        write_sheet(text, chain([header()], sheet_rows(month, bridge.settlements.rows(month.month))))
    name = {"es": "desembolsos", "en": "settlements"}[call.language]
    return File(f"{name}-wompi-{month.month}.csv", "text/csv; charset=utf-8", text.getvalue().encode())


def take_reports(bridge: Bridge, call: Call) -> tuple[Sequence[Uploaded], str]:
    """Import what was handed over; gives what became of each, and the newest month in them. Each file is kept whole or
    not at all, whatever becomes of the others. Raises ``DatabaseUnavailable``."""
    with speaking(call.language):
        if not call.admin.may_move_money:
            return [Uploaded([word(call.language, "settlements.not_allowed")], "bad")], ""
        files = call.files.get("reports", [])
        if not files:
            return [Uploaded([word(call.language, "settlements.no_file")], "bad")], ""
        told, months = [], set[str]()
        for file in files:
            uploaded, touched = _take(bridge, file)
            logger.info("console: a report of %s bytes from admin %s: %s", len(file.body), call.admin.id, uploaded.tone)
            told.append(uploaded)
            months |= touched
        return told, max(months, default="")


def look_for(bridge: Bridge, call: Call) -> Answer:
    """Have a payment looked at that Wompi has paid out, and the bridge has never heard of: it is booked as any other.

    Raises ``DatabaseUnavailable``.
    """
    name = call.field("look")
    if call.admin.may_move_money and _ID.match(name):
        bridge.store.touch(name, f"{call.admin.signature}: {call.page}")
    return Answer(status=303, location=at("trail", of=name))


def _take(bridge: Bridge, file: Upload) -> tuple[Uploaded, set[str]]:
    name = file.name or "?"
    try:
        done = bridge.settlements.import_bytes(name, file.body)
    except UnreadableReport as error:
        return Uploaded([why_unreadable(name, error)], "bad"), set()
    # What was booked and not paid out may stand in a report that comes later.
    odd = done.doubtful or done.off
    return Uploaded(list(what_was_imported(name, done)), "warn" if odd else "good"), done.months


def _month(bridge: Bridge, told: str, months: Sequence[str]) -> Month:
    named = told if _MONTH.match(told) else ""
    if not bridge.settlements.has_any():
        # All that is booked would be told as not paid out, to who has not begun with settlements.
        return empty_month(named or months[1])
    found = bridge.settlements.month(named or months[0])
    is_empty = not (found.sums.payments or found.payouts or found.findings)
    return bridge.settlements.month(months[1]) if is_empty and not named else found


def _line(finding: Finding) -> Line:
    can_look = finding.kind is Kind.PAID_OUT_NOT_BOOKED and finding.is_unknown
    return Line(finding.transaction_id, finding.sentence, can_look)


def _bars(month: Month) -> list[Bar]:
    by_day: Mapping[str, Sums] = dict(month.by_day)
    none = Sums()

    def of(day: date) -> Sum:
        sums = by_day.get(day.isoformat(), none)
        return Sum(sums.payments, sums.gross)

    return bars(*days_of(month.month), of)


def _methods(month: Month) -> list[MethodSums]:
    ordered = sorted(month.by_method, key=lambda each: -each[1].gross)
    largest = max((sums.gross for _, sums in ordered), default=0) or 1
    return [MethodSums(name, sums, -(-100 * sums.gross // largest)) for name, sums in ordered]
