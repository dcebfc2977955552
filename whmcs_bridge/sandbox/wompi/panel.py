"""The sandbox's panel: what a person may do to a transaction, and which events went out."""

from __future__ import annotations

from flask import Response, abort, redirect, render_template, request

from whmcs_bridge.sandbox.sandbox import as_response
from whmcs_bridge.sandbox.wompi.merchant import Merchant

_CHANGES = {("PENDING", "APPROVED"), ("PENDING", "DECLINED"), ("PENDING", "ERROR"), ("APPROVED", "VOIDED")}


def add_routes(wompi: Merchant) -> None:
    """The panel at `/` and its buttons."""

    @wompi.app.get("/")
    def panel() -> str:
        return render_template("wompi/panel.html", wompi=wompi, deliveries=wompi.deliveries)

    @wompi.app.post("/panel/<transaction_id>")
    def change(transaction_id: str) -> Response:
        try:
            status = wompi.transaction(transaction_id)["status"]
        except KeyError:
            abort(404)
        wanted = request.form.get("status", "")
        if wanted == "event":
            wompi.deliver(transaction_id)
        elif (status, wanted) in _CHANGES:
            wompi.settle(transaction_id, wanted)
        else:
            abort(409)
        return as_response(redirect("/", 303))
