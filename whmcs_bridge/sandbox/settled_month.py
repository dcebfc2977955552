"""A month that is over, for the demo: payments, their payouts and Wompi's reports, with three differences planted.

One payment was never booked, one was never paid out, and the row of one does not add up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox
from whmcs_bridge.signed.references import Reference, issue_reference

_TOTALS = ("59500.00", "178500.00", "35700.00", "119000.00", "83300.00", "238000.00", "47600.00", "95200.00")
_METHODS = ("CARD", "NEQUI", "PSE")
_NOT_BOOKED, _NOT_PAID_OUT, _OFF = 3, 9, 14
_PAYMENTS = 18
_SATURDAY = 5


def plant(whmcs: WhmcsSandbox, wompi: WompiSandbox, bridge: Bridge) -> str:
    """Fill last month, book it, pay it out, and import the reports. Returns the month, ``YYYY-MM``."""
    first = (bridge.settlements.today().replace(day=1) - timedelta(days=1)).replace(day=1)
    client = whmcs.add_client(email="beto@ejemplo.test")
    by_payout: dict[date, list[str]] = {}
    off = ""
    for number, day in zip(range(_PAYMENTS), _weekdays(first), strict=False):
        total = _TOTALS[number % len(_TOTALS)]
        cents = int(total.replace(".", ""))
        invoice = whmcs.add_invoice(client, total)
        reference = issue_reference(Reference(invoice, client, cents), bridge.settings.bridge_secret[0])
        at = datetime(day.year, day.month, day.day, 15, number, tzinfo=UTC).timestamp()
        made = wompi.create_transaction(
            reference, cents, status="APPROVED", method=_METHODS[number % len(_METHODS)], created_at=at
        )
        name = str(made["id"])
        if number != _NOT_BOOKED:
            bridge.store.touch(name, "event APPROVED")
        if number != _NOT_PAID_OUT:
            by_payout.setdefault(next(_weekdays(day + timedelta(days=1))), []).append(name)
        off = name if number == _OFF else off
    bridge.worker.run_once()
    with tempfile.TemporaryDirectory() as folder:
        for day, names in by_payout.items():
            payout = wompi.payouts.pay_out(day, names)
            for row in payout.rows:
                row["total desembolsado"] -= 1_000 if row["id de la transaccion"] == off else 0
            file, text = wompi.payouts.report(payout)
            (Path(folder) / file).write_text(text, "utf-8")
            bridge.settlements.import_file(Path(folder) / file)
    return f"{first:%Y-%m}"


def _weekdays(day: date) -> Iterator[date]:
    while True:
        if day.weekday() < _SATURDAY:
            yield day
        day += timedelta(days=1)
