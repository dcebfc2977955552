"""Runs the project's PHP as WHMCS would: `run_hooks.php` in a PHP process, with the sandbox's books as its WHMCS."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from whmcs_bridge.sandbox.whmcs.books import Invoice
from whmcs_bridge.sandbox.whmcs.installation import Installation

Json = dict[str, Any]

# What stands in WHMCS's language file; hosts change it: developers.whmcs.com/languages/overrides
WORDS = {
    "navinvoices": "Mis facturas",
    "invoicesunpaid": "No Pagado",
    "invoicespaynow": "Pagar Ahora",
    "balancedue": "Saldo Pendiente",
}

_RUNNER = Path(__file__).with_name("run_hooks.php")
_TIMEOUT = 20  # seconds


def available(whmcs: Installation) -> bool:
    """Whether there is a PHP here, and something for it to run."""
    return (
        php() is not None and whmcs.hooks_dir is not None and (whmcs.hooks_dir / "modules/gateways/wompi.php").is_file()
    )


def php() -> str | None:
    """The PHP command line, if it is installed."""
    return shutil.which("php")


def run(whmcs: Installation, client_id: int | None, **asked: Any) -> Json:
    """Run what is asked of `run_hooks.php` (see there), with the client's account as its WHMCS.

    A PHP that fails altogether answers with nothing but its words in `problems`. What the hooks write to the activity
    log is written there.
    """
    code = whmcs.books.clients[client_id]["currency_code"] if client_id is not None else ""
    invoices = [row for row in whmcs.invoices if row.client_id == client_id]
    question = {
        "hooks_dir": str(whmcs.hooks_dir),
        "gateway": gateway(whmcs),
        "client": None,
        "currency": {"client": client_id, "code": code},
        "invoices": [_model(whmcs, invoice) for invoice in invoices],
        "system_url": whmcs.url,
        "words": WORDS,
    } | asked
    done = subprocess.run(
        [php() or "php", "-d", "display_errors=stderr", str(_RUNNER)],
        input=json.dumps(question), capture_output=True, text=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if done.returncode != 0:  # what a WHMCS page shows then is worse
        return {"problems": [done.stderr.strip() or "PHP ended without a word"]}
    answer: Json = json.loads(done.stdout)
    for line in answer["activity"]:
        whmcs.books.log(line, client_id or 0)
    return answer


def gateway(whmcs: Installation) -> Json:
    """The settings of the gateway module, as getGatewayVariables() tells them."""
    return {
        "name": whmcs.gateways["wompi"], "type": "Invoices", "visible": "on", "paymentmethod": "wompi",
        "bridgeUrl": whmcs.bridge_url, "bridgeSecret": whmcs.bridge_secret, "termsUrl": whmcs.terms_url,
        "mailTemplates": "",
    }  # fmt: skip


def account(whmcs: Installation, client_id: int) -> Json:
    """A client as WHMCS's models and parameters show it."""
    client = {key: value for key, value in whmcs.books.clients[client_id].items() if key != "password"}
    return {"id": client_id, "fullname": f"{client['firstname']} {client['lastname']}"} | client


def _model(whmcs: Installation, invoice: Invoice) -> Json:
    """developers.whmcs.com/classes/whmcs/billing/invoice: its columns, and the balance as a number."""
    return {
        "id": invoice.id, "userid": invoice.client_id, "status": invoice.status, "paymentmethod": invoice.paymentmethod,
        "total": str(invoice.total), "balance": float(whmcs.books.balance(invoice)),
    }  # fmt: skip
