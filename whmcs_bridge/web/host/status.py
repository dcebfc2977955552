"""``POST /status``: WHMCS asks, by a signed call, how an invoice's payments stand.

Answered from the database alone: WHMCS waits for it while it shows a page, and gives up after a second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.history.attempts import Attempt, attempts_of
from whmcs_bridge.messages import LANGUAGES
from whmcs_bridge.signed.calls import HEADER, BadCall, OddCall, read_call

logger = logging.getLogger(__name__)


def notifier(bridge: Bridge) -> Callable[[], Response]:
    """Make the view."""

    only = bridge.settings.only_clients
    # Who alone sees the button while the keys are test keys; without the field, everybody does.
    only_clients = {} if only is None else {"only_clients": sorted(only)}

    def tell() -> Response:
        try:
            body, signature = request.get_data(cache=False), request.headers.get(HEADER)
            call = read_call(body, signature, bridge.settings.bridge_secret, now=bridge.clock())
            invoice_id = call.get("invoice_id")
            language = call.get("language", "es")
            # ``type`` and not ``isinstance``: JSON's true is an int to Python.
            if type(invoice_id) is not int or not 0 < invoice_id < 2**63 or language not in LANGUAGES:
                raise OddCall("invoice_id is to be a positive number, and language es or en")
        except BadCall as error:
            logger.warning("status: refused with %s: %s", error.http_status, error)
            response = jsonify(error=str(error))
            response.status_code = error.http_status
            return response
        payments, unreadable = bridge.store.payments(invoice_id=invoice_id), bridge.store.unreadable_of([invoice_id])
        found = attempts_of(payments, language, now=bridge.store.now(), unreadable=unreadable.get(invoice_id))
        return jsonify(
            invoice_id=invoice_id,
            under_way=found.under_way,
            hold_cancellation=found.hold_cancellation,
            attempts=[_as_json(attempt) for attempt in found.told],
            **only_clients,
        )

    return tell


def _as_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "transaction_id": attempt.transaction_id,
        "kind": attempt.kind,
        "state": attempt.state,
        "status": attempt.status,
        "amount_in_cents": attempt.amount_in_cents,
        "method": attempt.method,
        "at": attempt.at.isoformat(timespec="seconds") if attempt.at else None,
        "sentence": attempt.sentence,
        "surplus_in_cents": attempt.surplus_in_cents,
    }
