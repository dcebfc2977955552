"""A module as many are written: it books what it is told, when it is told. The complaints are to find it out."""

from __future__ import annotations

import hashlib
import secrets
from urllib.parse import urlencode

import requests
from flask import Flask, Response, redirect, request
from werkzeug import Response as WerkzeugResponse


def naive_module(facts: dict[str, str]) -> Flask:
    """The payment button leads to `/pay/<invoice>`, Wompi's events come to `/events`."""
    app = Flask(__name__)

    def whmcs(action: str, **fields: object) -> dict[str, str]:
        credential = {"identifier": facts["WHMCS_API_IDENTIFIER"], "secret": facts["WHMCS_API_SECRET"]}
        asked = {"action": action, "responsetype": "json"} | credential | fields
        answer: dict[str, str] = requests.post(facts["WHMCS_API_URL"], data=asked, timeout=5).json()
        return answer

    @app.route("/pay/<int:invoice>", methods=["GET", "POST"])
    def pay(invoice: int) -> WerkzeugResponse:
        cents = whmcs("GetInvoice", invoiceid=invoice)["total"].replace(".", "")
        reference = f"{invoice}-{secrets.token_hex(4)}-x"
        signed = hashlib.sha256(f"{reference}{cents}COP{facts['WOMPI_INTEGRITY_SECRET']}".encode()).hexdigest()
        query = {"public-key": facts["WOMPI_PUBLIC_KEY"], "currency": "COP", "amount-in-cents": cents}
        query |= {"reference": reference, "signature:integrity": signed, "redirect-url": facts["WHMCS_URL"]}
        return redirect(f"{facts['WOMPI_CHECKOUT_URL']}?{urlencode(query)}")

    @app.post("/events")
    def event() -> Response:
        told = request.get_json()["data"]["transaction"]
        if told["status"] == "APPROVED":
            invoice, amount = told["reference"].split("-")[0], told["amount_in_cents"] / 100
            whmcs("AddInvoicePayment", invoiceid=invoice, transid=told["id"], gateway="wompi", amount=amount)
        return Response("ok")

    return app
