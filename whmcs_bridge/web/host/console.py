"""``POST /console``: WHMCS's addon asks, by a signed call, for a page of the console, or hands over a press on it.

The answer is signed over the nonce of its call. A call that changes something is carried out once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from flask import Response, jsonify, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.calls import BadPage, Call, read_page_call
from whmcs_bridge.console.console import Console
from whmcs_bridge.signed.calls import HEADER, BadCall, OddCall, RepeatedCall, read_call, signature_of

logger = logging.getLogger(__name__)

PATH = "/console"
# Bytes of a call, which may carry files. Below a mebibyte, which proxies let through unless they are told otherwise.
MAX_CALL = 1_000_000


def drawer(bridge: Bridge, console: Console) -> Callable[[], Response]:
    """Make the view."""

    def draw() -> Response:
        request.max_content_length = MAX_CALL
        body, header = request.get_data(cache=False), request.headers.get(HEADER)
        try:
            # With a nonce also where nothing changes: the answer is signed over it.
            signed = read_call(PATH, body, header, bridge.settings.bridge_secret, now=bridge.clock(), changes=True)
            call = _page_call(signed.document)
            if call.method != "GET":
                _only_once(bridge, signed.nonce or "")
        except BadCall as error:
            logger.warning("console: refused with %s: %s", error.http_status, error)
            response = jsonify(error=str(error), repeated=isinstance(error, RepeatedCall))
            response.status_code = error.http_status
            return response
        drawn = json.dumps(console.answer(call).as_json(), separators=(",", ":")).encode("ascii")
        signature = signature_of(PATH, drawn, signed.secret, now=bridge.clock(), nonce=signed.nonce)
        return Response(drawn, mimetype="application/json", headers={HEADER: signature})

    return draw


def _page_call(document: dict[str, object]) -> Call:
    try:
        return read_page_call(document)
    except BadPage as error:
        raise OddCall(str(error)) from None


def _only_once(bridge: Bridge, nonce: str) -> None:
    if not bridge.call_nonces.take(nonce):
        raise RepeatedCall
