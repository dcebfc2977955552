"""``POST /proof``: ``wompi-bridge doctor`` asks from outside which bridge answers at the public address.

A signed call with a ``nonce``. The answer shows that this process holds the secret and works on the caller's database,
and says which version and environment it runs with, so that a process that was not restarted is found. Nothing of
this is told to who cannot sign.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from flask import Response, request

from whmcs_bridge import __version__
from whmcs_bridge.bridge import Bridge
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.signed.calls import HEADER, BadCall, read_call
from whmcs_bridge.signed.proofs import NONCE, proof_of

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
        told = {
            "proof": proof_of(nonce, secrets[0], who="bridge"),
            "same_database": _same_database(bridge, nonce),
            "environment": bridge.keys.environment,
            "version": __version__,
        }
        return Response(json.dumps(told), mimetype="application/json")

    return prove


def _same_database(bridge: Bridge, nonce: str) -> bool | None:
    try:
        return bridge.store.recall(NONCE) == nonce
    except DatabaseUnavailable:
        return None
