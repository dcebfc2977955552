"""The sandbox WHMCS's admin area, as far as our hooks reach: the dashboard's widgets and an invoice's page.

Both are made by the real PHP of the project, run by `run_admin_hooks.php`; without PHP the page says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import abort, render_template, request

from whmcs_bridge.demo.whmcs_books import Invoice

if TYPE_CHECKING:
    from whmcs_bridge.demo.whmcs_sandbox import WhmcsSandbox

Json = dict[str, Any]

_RUNNER = Path(__file__).with_name("run_admin_hooks.php")
_TIMEOUT = 20  # seconds


def add_routes(whmcs: WhmcsSandbox) -> None:
    """`/admin/invoices.php?action=edit&id=N`, where nobody signs in; and what `/admin` shows of the dashboard."""
    whmcs.app.jinja_env.globals["dashboard"] = lambda: run_hooks(whmcs, None)

    @whmcs.app.get("/admin/invoices.php")
    def edit_invoice() -> str:
        invoice = whmcs.books.invoices.get(request.args.get("id", 0, type=int))
        if invoice is None:
            abort(404)
        return render_template(
            "whmcs/admin_invoice.html",
            whmcs=whmcs,
            invoice=invoice,
            client=whmcs.books.clients[invoice.client_id],
            balance=whmcs.balance(invoice.id),
            rows=[row for row in whmcs.transactions if row.invoice_id == invoice.id],
            answer=run_hooks(whmcs, invoice),
        )


def run_hooks(whmcs: WhmcsSandbox, invoice: Invoice | None) -> Json:
    """What the hooks add to an invoice's page, or to the dashboard; `php` tells whether there is any here."""
    nothing: Json = {"php": False, "controls": "", "widgets": [], "problems": []}
    php = shutil.which("php")
    if php is None or whmcs.hooks_dir is None:
        return nothing
    question = {
        "hooks_dir": str(whmcs.hooks_dir),
        "gateway": {
            "name": whmcs.gateways["wompi"], "type": "Invoices", "visible": "on", "paymentmethod": "wompi",
            "bridgeUrl": whmcs.bridge_url, "bridgeSecret": whmcs.bridge_secret, "termsUrl": whmcs.terms_url,
        },
        "language": "spanish",
        "invoice": controls_variables(whmcs, invoice) if invoice else None,
    }  # fmt: skip
    done = subprocess.run(
        [php, "-d", "display_errors=stderr", str(_RUNNER)],
        input=json.dumps(question), capture_output=True, text=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if done.returncode != 0:  # what a WHMCS page shows then is worse
        return nothing | {"php": True, "problems": [done.stderr.strip() or "PHP ended without a word"]}
    answer: Json = json.loads(done.stdout)
    return answer | {"php": True}


def controls_variables(whmcs: WhmcsSandbox, invoice: Invoice) -> Json:
    """https://developers.whmcs.com/hooks-reference/output/#admininvoicescontrolsoutput: the sums are numbers."""
    return {
        "invoiceid": invoice.id, "userid": invoice.client_id, "subtotal": float(invoice.subtotal),
        "tax": float(invoice.tax), "tax2": 0.0, "credit": float(invoice.credit), "total": float(invoice.total),
        "balance": float(whmcs.books.balance(invoice)), "taxrate": float(invoice.taxrate), "taxrate2": 0.0,
        "paymentmethod": invoice.paymentmethod,
    }  # fmt: skip
