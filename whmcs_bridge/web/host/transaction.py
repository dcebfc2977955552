"""``POST /transaction``: WHMCS asks, by a signed call, what is known of one transaction, for its admin's window.

Answered from the database alone, and without anything personal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Response, jsonify, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.history.trail import clock, trail_of_payment
from whmcs_bridge.messages import LANGUAGES, Language
from whmcs_bridge.signed.calls import HEADER, BadCall, OddCall, read_call

logger = logging.getLogger(__name__)

# The window is small: what happened last tells most.
_MOST_STEPS = 12


def notifier(bridge: Bridge) -> Callable[[], Response]:
    """Make the view."""

    def tell() -> Response:
        try:
            body, signature = request.get_data(cache=False), request.headers.get(HEADER)
            call = read_call(body, signature, bridge.settings.bridge_secret, now=bridge.clock())
            transid, language = call.get("transid"), call.get("language", "es")
            if not isinstance(transid, str) or not 0 < len(transid) <= 120 or language not in LANGUAGES:
                raise OddCall("transid is to be the id of a transaction, and language es or en")
        except BadCall as error:
            logger.warning("transaction: refused with %s: %s", error.http_status, error)
            response = jsonify(error=str(error))
            response.status_code = error.http_status
            return response
        return _told(bridge, transid, language)

    return tell


def _told(bridge: Bridge, transid: str, language: Language) -> Response:
    # An id that is no plain word is none that Wompi gave.
    payment = bridge.store.payment(transid) if transid.isascii() and transid.isprintable() else None
    if payment is None:
        return jsonify(transid=transid, known=False)
    attempt = trail_of_payment(bridge.store, payment).attempts[0]
    return jsonify(
        transid=transid,
        known=True,
        invoice_id=payment.invoice_id,
        reference=payment.reference,
        amount_in_cents=payment.amount_in_cents,
        currency=payment.currency,
        method=payment.method,
        status=payment.status,
        state=payment.state,
        label=attempt.label[0].in_(language),
        reason=payment.reason,
        finalized_at=payment.finalized_at.isoformat(timespec="seconds") if payment.finalized_at else None,
        steps=[f"{clock(step.at)} {step.text.in_(language)}" for step in attempt.steps[-_MOST_STEPS:]],
    )
