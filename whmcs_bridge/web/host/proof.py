"""``POST /proof``: ``wompi-bridge doctor`` asks from outside which bridge answers at the public address.

A signed call with a ``nonce``. The answer proves that this process holds the secret and works on the caller's database.
It names the version and the environment, so that a process that was not restarted is found. Without a signature there
is no answer.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable

from flask import Response, request

from whmcs_bridge import __version__
from whmcs_bridge.bridge import Bridge
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.signed.calls import HEADER, NONCE, BadCall, proof_of, read_call

_NONCE = re.compile(r"[0-9a-f]{16,64}\Z")


def prover(bridge: Bridge) -> Callable[[], Response]:
    """Make the view."""
    secrets = bridge.settings.bridge_secret

    def prove() -> Response:
        try:
            call = read_call(request.get_data(cache=False), request.headers.get(HEADER), secrets, now=bridge.clock())
        except BadCall as error:
            return Response(f"{error}\n", error.http_status, mimetype="text/plain")
        nonce = call.get("nonce")
        if not isinstance(nonce, str) or not _NONCE.match(nonce):
            return Response("a nonce is required\n", 400, mimetype="text/plain")
        answer = {
            "proof": proof_of(nonce, secrets[0], who="bridge"),
            "same_database": _same_database(bridge, nonce),
            "environment": bridge.keys.environment,
            "version": __version__,
        }
        return Response(json.dumps(answer), mimetype="application/json")

    return prove


def _same_database(bridge: Bridge, nonce: str) -> bool | None:
    try:
        return hmac.compare_digest(bridge.store.recall(NONCE) or "", nonce)
    except DatabaseUnavailable:
        return None
