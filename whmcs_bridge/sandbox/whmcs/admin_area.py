"""The sandbox WHMCS's admin area, as far as our hooks reach: the dashboard's widgets and an invoice's page.

Both are made by the real PHP of the project, run by `run_admin_hooks.php`; without PHP the page says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from flask import abort, render_template, request

from whmcs_bridge.sandbox.whmcs.books import Invoice, money
from whmcs_bridge.sandbox.whmcs.installation import Installation

Json = dict[str, Any]

_RUNNER = Path(__file__).with_name("run_admin_hooks.php")
_TIMEOUT = 40  # seconds; a refund may take the bridge half a minute


def add_routes(whmcs: Installation) -> None:
    """`/admin/invoices.php?action=edit&id=N`, where nobody signs in; and what `/admin` shows of the dashboard."""
    whmcs.app.jinja_env.globals["dashboard"] = lambda: run_hooks(whmcs, None)

    @whmcs.app.get("/admin/invoices.php")
    def edit_invoice() -> str:
        return _page(whmcs, request.args.get("id", 0, type=int), None)

    @whmcs.app.post("/admin/refund")
    def refund() -> str:
        """The tab Refund, "Refund through Gateway": money out is recorded for the word "success" alone."""
        rows = whmcs.booked(request.form.get("transid", ""))
        if not rows:
            abort(404)
        paid = rows[0]
        amount = request.form.get("amount") or str(paid.amountin)
        params = {"transid": paid.transid, "amount": amount, "currency": whmcs.books.currency_of(paid.client_id)}
        result = run_hooks(whmcs, None, refund=params)["refund"] or {"status": "error", "rawdata": "PHP"}
        if result["status"] == "success":
            fees = result.get("fees", "0.00")
            note = whmcs.generation >= 9
            whmcs.books.take_back(paid, money(amount), transid=result["transid"], fees=fees, credit_note=note)
        return _page(whmcs, paid.invoice_id, result)


def _page(whmcs: Installation, invoice_id: int, refund: Json | None) -> str:
    invoice = whmcs.books.invoices.get(invoice_id)
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
        refund=refund,
    )


def run_hooks(whmcs: Installation, invoice: Invoice | None, *, refund: Json | None = None) -> Json:
    """What the hooks add to an invoice's page, or to the dashboard; `php` tells whether there is any here."""
    nothing: Json = {"php": False, "controls": "", "widgets": [], "refund": None, "problems": []}
    php = shutil.which("php")
    if php is None or whmcs.hooks_dir is None:
        return nothing
    gateway = {
        "name": whmcs.gateways["wompi"], "type": "Invoices", "visible": "on", "paymentmethod": "wompi",
        "bridgeUrl": whmcs.bridge_url, "bridgeSecret": whmcs.bridge_secret, "termsUrl": whmcs.terms_url,
    }  # fmt: skip
    question = {
        "hooks_dir": str(whmcs.hooks_dir),
        "gateway": gateway,
        "language": "spanish",
        "invoice": controls_variables(whmcs, invoice) if invoice else None,
        "refund": gateway | refund if refund else None,
        "addons": sorted(whmcs.addons),
    }
    done = subprocess.run(
        [php, "-d", "display_errors=stderr", str(_RUNNER)],
        input=json.dumps(question), capture_output=True, text=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if done.returncode != 0:  # what a WHMCS page shows then is worse
        return nothing | {"php": True, "problems": [done.stderr.strip() or "PHP ended without a word"]}
    answer: Json = json.loads(done.stdout)
    return answer | {"php": True}


def controls_variables(whmcs: Installation, invoice: Invoice) -> Json:
    """https://developers.whmcs.com/hooks-reference/output/#admininvoicescontrolsoutput: the sums are numbers."""
    return {
        "invoiceid": invoice.id, "userid": invoice.client_id, "subtotal": float(invoice.subtotal),
        "tax": float(invoice.tax), "tax2": 0.0, "credit": float(invoice.credit), "total": float(invoice.total),
        "balance": float(whmcs.books.balance(invoice)), "taxrate": float(invoice.taxrate), "taxrate2": 0.0,
        "paymentmethod": invoice.paymentmethod,
    }  # fmt: skip
