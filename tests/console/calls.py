"""Calls as WHMCS's addon signs them, computed apart from the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.world import BRIDGE_SECRET, World

ANA = {"id": 3, "name": "Ana Pérez", "may": ["read", "money"]}
LUIS = {"id": 4, "name": "Luis Díaz", "may": ["read", "money"]}
SUPPORT = {"id": 9, "name": "Soporte", "may": ["read"]}

_NONCES = count(1)


def fresh_nonce() -> str:
    """Another one each time."""
    return f"{next(_NONCES):032d}"


def mac(stamp: int, nonce: str, path: str, body: bytes, secret: str = BRIDGE_SECRET) -> str:
    """Hex HMAC-SHA256 of ``<t>.<n>.<path>.<body>``."""
    return hmac.new(secret.encode(), f"{stamp}.{nonce}.{path}.".encode() + body, hashlib.sha256).hexdigest()


def header(world: World, body: bytes, *, nonce: str, path: str = "/console", secret: str = BRIDGE_SECRET) -> str:
    """The signature of a call that is made now."""
    stamp = int(world.clock().timestamp())
    return f"t={stamp},n={nonce},v2={mac(stamp, nonce, path, body, secret)}"


@dataclass(frozen=True)
class Page:
    """What the addon got."""

    status: int
    html: str
    location: str | None
    file: dict[str, str] | None
    told: dict[str, Any]

    @property
    def text(self) -> str:
        """What a person reads, without elements, each run of blanks as one."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def body(self) -> bytes:
        """The download."""
        assert self.file is not None
        return base64.b64decode(self.file["body"])


def ask(world: World, page: str, *, admin: dict[str, Any] = ANA, method: str = "GET", **changes: Any) -> Page:
    """Ask for a page; other words than the call's own are its form's fields, as ``fields`` are."""
    changes |= changes.pop("fields", {})
    names = ("language", "addon", "hooks", "versions", "numbers", "files")
    own: dict[str, Any] = {name: changes.pop(name) for name in names if name in changes}
    document = {"page": page, "method": method, "fields": changes, "files": {}, "admin": admin, **own}
    nonce = fresh_nonce()
    body = json.dumps(document).encode()
    answer = world.http.post("/console", data=body, headers={"X-Bridge-Signature": header(world, body, nonce=nonce)})
    assert answer.status_code == 200, answer.text
    signed = re.fullmatch(r"t=([0-9]+),n=([0-9]+),v2=([0-9a-f]{64})", answer.headers["X-Bridge-Signature"])
    assert signed is not None
    assert signed[2] == nonce
    assert signed[3] == mac(int(signed[1]), nonce, "/console", answer.data)
    told = json.loads(answer.data)
    return Page(told["status"], told["html"], told["location"], told["file"], told)


def press(world: World, page: str, **changes: Any) -> Page:
    """Press a button of a page."""
    return ask(world, page, method="POST", **changes)
