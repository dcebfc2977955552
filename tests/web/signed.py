"""WHMCS's signed calls, as its PHP makes them."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.test import TestResponse

from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.signed.calls import HEADER, signature_of


def ask(world: World, question: Any, *, path: str, secret: str = BRIDGE_SECRET, late: float = 0) -> TestResponse:
    """Post a question, which arrives so many seconds ``late``."""
    body = question if isinstance(question, bytes) else json.dumps(question).encode()
    signature = signature_of(path, body, secret, now=world.clock())
    world.clock.advance(seconds=late)
    return world.http.post(path, data=body, headers={HEADER: signature}, content_type="application/json")
