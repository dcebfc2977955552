"""``POST /console``: WHMCS's addon asks, by a signed call, for a page of the console, or hands over a press on it.

The answer is signed over the nonce of its call. A call that changes something is carried out once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta

from flask import Response, jsonify, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.calls import BadPage, Call, read_page_call
from whmcs_bridge.console.console import Console
from whmcs_bridge.ledger.console_nonces import take_nonce
from whmcs_bridge.signed.calls import HEADER, TOLERANCE, BadCall, OddCall
from whmcs_bridge.signed.page_calls import read_signed, sign_bytes

logger = logging.getLogger(__name__)

PATH = "/console"


def drawer(bridge: Bridge, console: Console) -> Callable[[], Response]:
    """Make the view."""
    secrets = bridge.settings.bridge_secret

    def draw() -> Response:
        try:
            body = request.get_data(cache=False)
            signed = read_signed(PATH, body, request.headers.get(HEADER), secrets, now=bridge.clock())
            call = _page_call(signed.document)
            if call.method != "GET":
                _only_once(bridge, signed.nonce)
        except BadCall as error:
            logger.warning("console: refused with %s: %s", error.http_status, error)
            response = jsonify(error=str(error))
            response.status_code = error.http_status
            return response
        told = json.dumps(console.answer(call).as_json(), separators=(",", ":")).encode("ascii")
        header = sign_bytes(PATH, told, secrets[0], signed.nonce, now=bridge.clock())
        return Response(told, mimetype="application/json", headers={HEADER: header})

    return draw


def _page_call(document: dict[str, object]) -> Call:
    try:
        return read_page_call(document)
    except BadPage as error:
        raise OddCall(str(error)) from None


def _only_once(bridge: Bridge, nonce: str) -> None:
    if not take_nonce(bridge.database, nonce, bridge.clock(), life=timedelta(seconds=TOLERANCE)):
        raise BadCall("this press was carried out already: it is not repeated")
