"""The console's pages over a million payments: what an admin waits for beyond the calls to WHMCS."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import requests

from tests.bench import books
from tests.bench.figures import Figure, covered, of_samples
from tests.bench.surroundings import PATIENCE, Serving, Surroundings, serving, surroundings
from tests.world import BRIDGE_SECRET
from whmcs_bridge.bridge import build
from whmcs_bridge.ledger.columns import milliseconds
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.calls import HEADER, signature_of

_MANY = 1_000_000
# A company with 150 payments a day, who keeps them for two years.
_FEWER = 100_000
_VIEWS, _FIRST = 20, 3
_GOAL = 50


def console() -> list[Figure]:
    """All of it, over as many payments as a company has, and over very many."""
    return _over(_FEWER) + _over(_MANY)


def _over(many: int) -> list[Figure]:
    with surroundings() as around:
        around.to_whmcs.seconds = around.to_wompi.seconds = 0.0
        settings = around.settings()
        path = Path(settings["BRIDGE_DATABASE_URL"].removeprefix("sqlite:///"))
        books.make(path, many, milliseconds(datetime.now(UTC)), old_days=0)
        with closing(build(load_settings(settings, folder=around.folder))) as bridge:  # of today's version from here
            newest = bridge.store.payments(limit=1)[0]
            began = time.monotonic()
            bridge.settlements.month(f"{datetime.now(UTC):%Y-%m}")  # goes through all that was booked, the first time
            first_month = time.monotonic() - began
        unpaid = around.whmcs.add_invoice(77, "59500.00")
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        asked: dict[str, tuple[str, dict[str, Any]]] = {
            "Today": ("today", {}),
            "Payments": ("payments", {}),
            "Payments, by an amount": ("payments", {"q": "59.500"}),
            "Payments, of a client": ("payments", {"q": str(newest.client_id)}),
            "Payments, of a day": ("payments", {"since": today, "until": today}),
            "Trail": ("trail", {"of": newest.transaction_id}),
            "Review": ("review", {}),
            "Trying to pay": ("trying", {}),
            "a link to send": ("send", {"invoice": str(unpaid)}),
            "Settlements": ("settlements", {}),
            "Health": ("health", {}),
        }
        with serving(settings, around.folder) as serve, requests.Session() as session:
            size = f"console over {many:,} payments"
            return [Figure(f"{size}: Settlements, for the very first time", first_month, "s")] + [
                _figure(f"{size}: {name}", [_own(around, serve, session, page, fields) for _ in range(_VIEWS)])
                for name, (page, fields) in asked.items()
            ]


def _own(around: Surroundings, serve: Serving, session: requests.Session, page: str, fields: dict[str, str]) -> float:
    """What one view took, less what WHMCS took, in milliseconds."""
    admin = {"id": 1, "name": "Ana Ruiz", "may": ["money"]}
    body = json.dumps({"page": page, "method": "GET", "fields": fields, "files": {}, "admin": admin}).encode()
    signature = signature_of("/console", body, BRIDGE_SECRET, now=datetime.now(UTC), nonce=token_hex(16))
    around.to_whmcs.forget()
    began = time.monotonic()
    answer = session.post(f"{serve.url}console", body, headers={HEADER: signature}, timeout=PATIENCE)
    took = time.monotonic() - began
    if answer.json()["status"] != 200:
        raise RuntimeError(f"{page}: {answer.text[:300]}")
    return (took - covered((came, done) for _, came, done in around.to_whmcs.calls)) * 1000


def _figure(name: str, times: list[float]) -> Figure:
    # The first ones find nothing compiled, and no page of the database read.
    return of_samples(name, times[_FIRST:], "ms", "<=", _GOAL)
