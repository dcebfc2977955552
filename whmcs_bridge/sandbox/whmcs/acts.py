"""What an admin, a client or a cron job does in WHMCS, over HTTP: `/_sandbox/clients`, `/invoices`, `/payments`.

JSON in, JSON out: amounts are text in the invoice's currency. So a script in any language sets up its case, and sees
what came of it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from whmcs_bridge.sandbox.control import done, sent
from whmcs_bridge.sandbox.sandbox import CONTROL, json_answer
from whmcs_bridge.sandbox.whmcs.books import Invoice, Refused
from whmcs_bridge.sandbox.whmcs.installation import Installation

Json = dict[str, Any]


def add_routes(whmcs: Installation) -> None:
    """The routes that stand for people."""
    acts = Blueprint("acts", __name__, url_prefix=CONTROL.rstrip("/"))

    @acts.errorhandler(Refused)
    @acts.errorhandler(ValueError)
    @acts.errorhandler(TypeError)
    def refused(error: Exception) -> Response:
        return json_answer({"error": str(error)}, 400)

    @acts.errorhandler(KeyError)
    def unknown(_error: KeyError) -> Response:
        return json_answer({"error": "there is no such client, invoice or payment"}, 404)

    @acts.post("/clients")
    def add_client() -> Response:
        return json_answer({"id": whmcs.add_client(**sent())}, 201)

    @acts.post("/invoices")
    def add_invoice() -> Response:
        """`client_id` and `total`, and any of `tax`, `status`, `duedate`, ...; or `children` for a mass-pay invoice."""
        given = sent()
        client = int(given.pop("client_id"))
        _ = whmcs.books.clients[client]
        if children := given.pop("children", None):
            return json_answer({"id": whmcs.add_mass_pay(client, children)}, 201)
        return json_answer({"id": whmcs.add_invoice(client, given.pop("total"), **given)}, 201)

    @acts.route("/invoices/<int:invoice_id>", methods=["GET", "POST", "DELETE"])
    def one_invoice(invoice_id: int) -> Response:
        invoice = whmcs.invoice(invoice_id)
        if request.method == "DELETE":
            whmcs.delete_invoice(invoice_id)
        elif request.method == "POST":
            whmcs.set_invoice(invoice_id, **sent())
        return done(shown(whmcs, invoice))

    @acts.post("/payments")
    def add_payment() -> Response:
        """Money that somebody else booked: `invoice_id`, `transid`, `amount`, `gateway`."""
        given = sent()
        whmcs.add_payment(int(given.pop("invoice_id")), given.pop("transid"), **given)
        return json_answer({}, 201)

    @acts.post("/restore")
    def restore() -> Response:
        """The books of this morning: every row of money of one invoice is gone, and it is Unpaid."""
        invoice = whmcs.invoice(int(sent()["invoice_id"]))
        with whmcs.books.lock:
            whmcs.books.transactions[:] = [row for row in whmcs.transactions if row.invoice_id != invoice.id]
            invoice.status = "Unpaid"
        return done(shown(whmcs, invoice))

    whmcs.app.register_blueprint(acts)


def shown(whmcs: Installation, invoice: Invoice) -> Json:
    """An invoice, what is left of it, its rows of money, and its client's credit."""
    told = asdict(invoice) | {
        "balance": whmcs.books.balance(invoice),
        "client_credit": whmcs.credit_of(invoice.client_id),
        "transactions": [asdict(row) for row in whmcs.transactions if row.invoice_id == invoice.id],
    }
    return _texts(told)  # type: ignore[no-any-return]  # a dict stays one


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(each) for each in value]
    return value if isinstance(value, str | int | bool | None) else str(value)
