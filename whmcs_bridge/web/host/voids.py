"""``POST /voids``: WHMCS's refund button asks, by a signed call, to give a payment back."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from flask import Response, jsonify, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.messages import bilingual
from whmcs_bridge.money.pesos import cents, decimal_text
from whmcs_bridge.signed.calls import HEADER, BadCall, OddCall, read_call
from wompi_gateway.models import TRANSACTION_ID

logger = logging.getLogger(__name__)

_ID = re.compile(TRANSACTION_ID.replace(r"\z", r"\Z"))


def voider(bridge: Bridge, wake: Callable[[], None]) -> Callable[[], Response]:
    """Make the view."""

    def give_back() -> Response:
        try:
            body, signature = request.get_data(cache=False), request.headers.get(HEADER)
            call = read_call(body, signature, bridge.settings.bridge_secret, now=bridge.clock())
            transid, amount_in_cents = call.get("transid"), _cents(call.get("amount"))
            if not isinstance(transid, str) or not _ID.match(transid):
                raise OddCall("transid is to be the id of a transaction")
            language = call.get("language")
        except BadCall as error:
            logger.warning("voids: refused with %s: %s", error.http_status, error)
            response = jsonify(error=str(error))
            response.status_code = error.http_status
            return response
        answer = bridge.voids.void(transid, amount_in_cents)
        wake()
        told = {"es": answer.es, "en": answer.en}.get(str(language)) or bilingual(answer.es, answer.en)
        fees = {"fees": decimal_text(answer.fees_in_cents)} if answer.fees_in_cents else {}
        return jsonify(status=answer.told, transid=transid, rawdata=told, **fees)

    return give_back


def _cents(amount: object) -> int:
    # As text: a number would have been a float on the other side.
    try:
        found = cents(amount) if isinstance(amount, str) else 0
    except ValueError:
        found = 0
    if found <= 0:
        raise OddCall('amount is to be decimal text, such as "59500.00"')
    return found
