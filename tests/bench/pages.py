"""Pages: what a payer and an admin wait for beyond the calls to Wompi and WHMCS, and how many calls after another."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import requests

from tests.bench.booking import paid
from tests.bench.console import console
from tests.bench.figures import Figure, covered, of_samples
from tests.bench.surroundings import Surroundings, serving, surroundings
from tests.bench.waits import waits
from tests.world import BRIDGE_SECRET
from whmcs_bridge.signed.links import Link, Purpose

_VIEWS = 300


def pages() -> list[Figure]:
    """All of it."""
    with surroundings() as around:
        around.to_whmcs.seconds = around.to_wompi.seconds = 0.0
        with serving(around.settings(), around.folder) as bridge:
            transaction = paid(around)
            # One link's budget pays for forty views at once.
            invoices = [around.whmcs.add_invoice(77, "59500.00", tax="9500.00") for _ in range(_VIEWS // 30)]
            ends = datetime.now(UTC) + timedelta(hours=1)
            links = [Link(Purpose.PAY, invoice, 77, ends).signed(BRIDGE_SECRET) for invoice in invoices]
            result = _own(around, [f"{bridge.url}return?id={transaction}"])
            press = _own(around, [f"{bridge.url}pay/{link}" for link in links])
    return [
        of_samples("a result page beyond its calls", result, "ms", "<=", 5),
        of_samples("the page before the press beyond its calls", press, "ms"),
        *waits(),
        *console(),
    ]


def _own(around: Surroundings, urls: list[str]) -> list[float]:
    """What each view took, of these pages in turn, less what the other side took, in milliseconds."""
    times = []
    with requests.Session() as session:
        for number in range(_VIEWS):
            around.to_whmcs.forget()
            around.to_wompi.forget()
            began = time.monotonic()
            answer = session.get(urls[number % len(urls)], timeout=30)
            took = time.monotonic() - began
            answer.raise_for_status()
            calls = [*around.to_wompi.calls, *around.to_whmcs.calls]
            if number >= _VIEWS // 10:  # the first ones find nothing compiled and no connection open
                times.append((took - covered((came, done) for _, came, done in calls)) * 1000)
    return times
