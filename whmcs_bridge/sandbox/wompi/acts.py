"""What a payer, a bank or a person at the dashboard does at Wompi, over HTTP: `/_sandbox/transactions`, `/events`."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from whmcs_bridge.sandbox.control import done, sent
from whmcs_bridge.sandbox.sandbox import CONTROL, json_answer
from whmcs_bridge.sandbox.wompi import test_data
from whmcs_bridge.sandbox.wompi.merchant import Merchant


def add_routes(wompi: Merchant) -> None:
    """The routes that stand for people."""
    acts = Blueprint("acts", __name__, url_prefix=CONTROL.rstrip("/"))

    @acts.errorhandler(KeyError)
    def unknown(_error: KeyError) -> Response:
        return json_answer({"error": "there is no such transaction, or a field is missing"}, 404)

    @acts.route("/transactions", methods=["GET", "POST"])
    def transactions() -> Response:
        if request.method == "GET":
            return json_answer(wompi.transactions)
        given = sent()
        return json_answer(_create(wompi, given), 201)

    @acts.route("/transactions/<transaction_id>", methods=["GET", "POST"])
    def one_transaction(transaction_id: str) -> Response:
        """`status`, and `deliver`: false keeps the event back."""
        if request.method == "GET":
            return json_answer(wompi.transaction(transaction_id))
        given = sent()
        if given["status"] not in test_data.STATUSES:
            return json_answer({"error": f"status is one of {', '.join(test_data.STATUSES)}"}, 400)
        return done(wompi.settle(transaction_id, given["status"], given.get("deliver")))

    @acts.post("/events")
    def send_event() -> Response:
        """`transaction_id`: its event goes out now, whatever was sent before; the answer is the receiver's status."""
        return done({"answer": wompi.deliver(sent()["transaction_id"])})

    @acts.get("/deliveries")
    def deliveries() -> Response:
        rows = [asdict(row) | {"body": base64.b64encode(row.body).decode()} for row in wompi.deliveries]
        return json_answer(rows)

    @acts.get("/reports/<int:payout_id>.csv")
    def report(payout_id: int) -> Response:
        """The daily report of a payout, which the dashboard gives as a file."""
        found = next((payout for payout in wompi.payouts.all() if payout.id == payout_id), None)
        if found is None:
            return json_answer({"error": "there is no such payout"}, 404)
        name, text = wompi.payouts.report(found)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response("\ufeff" + text, headers=headers, content_type="text/csv; charset=utf-8")

    wompi.app.register_blueprint(acts)


def _create(wompi: Merchant, given: dict[str, Any]) -> dict[str, Any]:
    reference, amount = str(given.pop("reference")), int(given.pop("amount_in_cents"))
    given.setdefault("deliver", wompi.auto_deliver)
    return wompi.create_transaction(reference, amount, **given)
