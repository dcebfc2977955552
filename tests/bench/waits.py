"""What a payer waits for while WHMCS takes 0.3 s for a call, in units of one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import requests

from tests.bench.booking import paid, wait_for_booking
from tests.bench.figures import Figure, of_rounds
from tests.bench.surroundings import PATIENCE, Serving, Surroundings, serving, surroundings
from tests.world import BRIDGE_SECRET
from whmcs_bridge.signed.links import Link, Purpose

_CALL = 0.3
_ROUNDS = 7


def waits() -> list[Figure]:
    """All of it. Each round is about invoices that nobody has asked for before."""
    with surroundings() as around:
        around.to_whmcs.seconds = around.to_wompi.seconds = _CALL
        with serving(around.settings(), around.folder) as bridge:
            return [
                _figure(name, goal, partial(measure, around, bridge))
                for name, goal, measure in (
                    ("the page before the press", 1.2, _page),
                    ("the press", 1.2, _press),
                    ("the list of four invoices", 2.3, _list),
                    ("twelve invoices in one press", 4.5, _twelve),
                    ("accepted event to AddInvoicePayment on the wire", 2.2, _booking),
                )
            ]


def _figure(name: str, goal: float, measure: Callable[[], float]) -> Figure:
    rounds = [measure() / _CALL for _ in range(_ROUNDS + 1)]
    # The first round finds nothing compiled, and no connection open.
    return of_rounds(f"{name}, WHMCS and Wompi at {_CALL:g} s", rounds[1:], "calls", "<=", goal)


def _page(around: Surroundings, bridge: Serving) -> float:
    return _answered(lambda: requests.get(_pay(around, bridge), timeout=PATIENCE), 200)


def _press(around: Surroundings, bridge: Serving) -> float:
    return _post(_pay(around, bridge), {"terms": "accepted"})


def _list(around: Surroundings, bridge: Serving) -> float:
    url, _ = _several(around, bridge, 4)
    return _answered(lambda: requests.get(url, timeout=PATIENCE), 200)


def _twelve(around: Surroundings, bridge: Serving) -> float:
    url, invoices = _several(around, bridge, 12)
    return _post(url, {"terms": "accepted", "invoice": [str(number) for number in invoices]})


def _booking(around: Surroundings, bridge: Serving) -> float:
    time.sleep(3 * around.to_whmcs.seconds)  # the one before is still being proven, and its calls count as well
    body = around.wompi.event_body(paid(around))
    around.to_whmcs.forget()
    requests.post(bridge.webhook, body, headers={"Content-Type": "application/json"}, timeout=PATIENCE)
    accepted = time.monotonic()
    return wait_for_booking(around) - accepted


def _pay(around: Surroundings, bridge: Serving) -> str:
    return f"{bridge.url}pay/{_link(Purpose.PAY, around.whmcs.add_invoice(77, '59500.00', tax='9500.00'), 77)}"


def _several(around: Surroundings, bridge: Serving, count: int) -> tuple[str, list[int]]:
    client = around.whmcs.add_client()
    invoices = [around.whmcs.add_invoice(client, "59500.00", tax="9500.00") for _ in range(count)]
    return f"{bridge.url}invoices/{_link(Purpose.LIST, 0, client)}", invoices


def _link(purpose: Purpose, invoice: int, client: int) -> str:
    return Link(purpose, invoice, client, datetime.now(UTC) + timedelta(hours=1)).signed(BRIDGE_SECRET)


def _post(url: str, form: Mapping[str, str | list[str]]) -> float:
    return _answered(lambda: requests.post(url, form, allow_redirects=False, timeout=PATIENCE), 303)


def _answered(ask: Callable[[], requests.Response], status: int) -> float:
    """How long the answer took, in seconds. Raises where it is another one."""
    began = time.monotonic()
    answer = ask()
    took = time.monotonic() - began
    if answer.status_code != status:
        raise RuntimeError(f"{answer.status_code} instead of {status}")
    return took
