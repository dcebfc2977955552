"""What both sandboxes know, as one JSON file: `wompi-bridge sandbox --state FILE`. Made-up data only."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from whmcs_bridge.sandbox.whmcs.books import Credit, Invoice, Transaction
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

VERSION = 1


def dump(whmcs: WhmcsSandbox, wompi: WompiSandbox) -> str:
    """Everything that a later run needs to go on; not the open checkout pages, nor the list of calls."""
    with whmcs.books.lock:
        books = {
            "clients": {str(key): client for key, client in whmcs.books.clients.items()},
            "invoices": [asdict(row) for row in whmcs.invoices],
            "transactions": [asdict(row) for row in whmcs.transactions],
            "credits": [asdict(row) for row in whmcs.credits],
            "activity": whmcs.books.activity,
        }
    state = {"version": VERSION, "ahead": wompi.clock.ahead, "whmcs": books, "wompi": wompi.dump()}
    return json.dumps(state, ensure_ascii=False, indent=1, default=str)


def load(text: str, whmcs: WhmcsSandbox, wompi: WompiSandbox) -> None:
    """Go on from what `dump` gave. Raises ValueError for anything else."""
    try:
        _load(json.loads(text), whmcs, wompi)
    except (KeyError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
        raise ValueError(f"this is no state of the sandbox ({type(error).__name__}: {error})") from None


def _load(state: dict[str, Any], whmcs: WhmcsSandbox, wompi: WompiSandbox) -> None:
    if state["version"] != VERSION:
        raise ValueError(f"version {state['version']} is not {VERSION}")
    kept, books = state["whmcs"], whmcs.books
    with books.lock:
        books.clients.update({int(key): client for key, client in kept["clients"].items()})
        books.invoices.update({row["id"]: _row(Invoice, row) for row in kept["invoices"]})
        books.transactions[:] = [_row(Transaction, row) for row in kept["transactions"]]
        books.credits[:] = [_row(Credit, row) for row in kept["credits"]]
        books.activity[:] = [(client, line) for client, line in kept["activity"]]
    wompi.load(state["wompi"])
    wompi.clock.ahead = whmcs.clock.ahead = float(state["ahead"])


def write(file: Path, text: str) -> None:
    """Replace the file in one step. Raises OSError."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, "utf-8")
    new.replace(file)


def _row(kind: Any, row: dict[str, Any]) -> Any:
    amounts = {each.name for each in fields(kind) if each.type == "Decimal"}
    values: dict[str, Any] = {key: Decimal(value) if key in amounts else value for key, value in row.items()}
    if "items" in values:
        values["items"] = [(line, Decimal(amount)) for line, amount in values["items"]]
    return kind(**values)
