"""The sandboxes as a developer's test suite uses them: 200 requests a second, for five minutes, without an error.

A fifth of them are payments by API, so that what the lists go through grows; `BENCH_SANDBOX_SECONDS` shortens it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import requests

from tests.bench.figures import Figure, percentile
from tests.bench.load import elsewhere
from tests.bench.surroundings import running
from tests.ports import free_port
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

PER_SECOND, SECONDS, CLIENTS = 200, 300, 8


def sandbox() -> list[Figure]:
    """All of it."""
    seconds = int(os.environ.get("BENCH_SANDBOX_SECONDS", SECONDS))
    wompi, whmcs = free_port(), free_port()
    command = [str(Path(sys.executable).with_name("wompi-bridge")), "sandbox", "--retry-speed", "1000"]
    command += ["--wompi-port", str(wompi), "--whmcs-port", str(whmcs)]
    with (
        tempfile.TemporaryDirectory(prefix="wompi-bridge-bench-") as folder,
        running([command], f"http://127.0.0.1:{whmcs}/_sandbox/clock", Path(folder), {}),
    ):
        times, errors, took = elsewhere(partial(load, wompi, whmcs, seconds), seconds * 3 + 60)
    return [
        Figure(f"requests a second on sandbox, for {seconds} s", len(times) / took, "/s", ">=", PER_SECOND * 0.99),
        Figure("of them with an error", errors, "", "<=", 0),
        Figure("an answer of sandbox, 99 of 100", percentile(times, 99), "ms"),
    ]


def load(wompi_port: int, whmcs_port: int, seconds: int) -> tuple[list[float], int, float]:
    """How long each took, in milliseconds, how many failed, and for how long."""
    asks = _asks(f"http://127.0.0.1:{wompi_port}", f"http://127.0.0.1:{whmcs_port}")
    due: SimpleQueue[float | None] = SimpleQueue()
    times: list[float] = []
    errors: list[str] = []

    def work() -> None:
        with requests.Session() as session:
            while (at := due.get()) is not None:
                number = len(times) + len(errors)
                try:
                    asks[number % len(asks)](session, number)
                    times.append((time.perf_counter() - at) * 1000)
                except (requests.RequestException, ValueError, KeyError) as error:
                    errors.append(str(error))

    clients = [Thread(target=work) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    began = time.perf_counter()
    for number in range(PER_SECOND * seconds):
        at = began + number / PER_SECOND
        time.sleep(max(0.0, at - time.perf_counter()))
        due.put(at)
    for _ in clients:
        due.put(None)
    for client in clients:
        client.join()
    return times, len(errors), time.perf_counter() - began


def _asks(wompi: str, whmcs: str) -> list[Callable[[requests.Session, int], None]]:
    """What a suite asks, in turn."""
    keys, books = WompiSandbox(), WhmcsSandbox()
    private = {"Authorization": f"Bearer {keys.private_key}"}
    credential = {"identifier": books.identifier, "secret": books.secret, "responsetype": "json"}
    newest = ""

    def pay(session: requests.Session, number: int) -> None:
        nonlocal newest
        text = f"BENCH-{number}-{time.monotonic_ns()}-x"
        body: dict[str, Any] = {
            "acceptance_token": "a", "amount_in_cents": 5_950_000, "currency": "COP", "customer_email": "a@b.co",
            "reference": text, "payment_method": {"type": "NEQUI", "phone_number": "3991111111"},
            "signature": hashlib.sha256(f"{text}5950000COP{keys.integrity_secret}".encode()).hexdigest(),
        }  # fmt: skip
        answer = session.post(f"{wompi}/v1/transactions", data=json.dumps(body), headers=private | _JSON, timeout=30)
        newest = _good(answer)["data"]["id"]

    def read(session: requests.Session, number: int) -> None:
        if newest:
            _good(session.get(f"{wompi}/v1/transactions/{newest}", headers=private, timeout=30))

    def listed(session: requests.Session, number: int) -> None:
        query = {"reference": f"BENCH-{number}-x"}
        _good(session.get(f"{wompi}/v1/transactions", params=query, headers=private, timeout=30))

    def invoice(session: requests.Session, number: int) -> None:
        _good(
            session.post(
                f"{whmcs}/includes/api.php", credential | {"action": "GetInvoice", "invoiceid": 1042}, timeout=30
            )
        )

    def transactions(session: requests.Session, number: int) -> None:
        asked = {"action": "GetTransactions", "transid": f"T-{number}"}
        _good(session.post(f"{whmcs}/includes/api.php", credential | asked, timeout=30))

    return [pay, read, listed, invoice, transactions]


_JSON = {"Content-Type": "application/json"}


def _good(answer: requests.Response) -> Any:
    answer.raise_for_status()
    body = answer.json()
    if body.get("result", "success") != "success":
        raise ValueError(body["message"])
    return body
