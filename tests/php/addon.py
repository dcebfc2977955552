"""The addon's page as WHMCS's admin gets it: the real PHP of ``hooks/``, with a bridge that a test has in its hand."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whmcs_bridge.sandbox import whmcs as sandbox

from .bridge import StubBridge, serving
from .whmcs import HOOKS, SECRET

RUNNER = Path(sandbox.__file__).with_name("run_addon.php")
TOKEN = "b3a1f0c2d4e5f60718293a4b5c6d7e8f90a1b2c3"
ANA = {"id": 3, "firstname": "Ana", "lastname": "Pérez", "language": "spanish"}
PLAIN = '<div class="wc"><p>Hola</p></div>'


@dataclass(frozen=True)
class Shown:
    """What the admin's browser gets, and what WHMCS keeps."""

    status: int
    headers: list[str]
    body: bytes
    kept: dict[str, str]
    activity: list[str]

    @property
    def html(self) -> str:
        """The page."""
        return self.body.decode("ascii")


@dataclass
class SigningBridge(StubBridge):
    """Answers a call as the bridge does: signed over its nonce, unless a test says otherwise."""

    answer: dict[str, Any] = field(default_factory=dict)
    replay: str | None = None
    """The signature of another call, to answer with."""
    secret: str = SECRET
    mirrors: bool = False
    """Sends the call itself back, with its own signature."""

    def draws(self, html: str = PLAIN, **changes: Any) -> None:
        """Answer with a page."""
        self.answer = {"status": 200, "html": html, "location": None, "file": None} | changes

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What was asked."""
        return [json.loads(body) for _, _, body in self.asked]


@contextmanager
def drawing() -> Iterator[SigningBridge]:
    """A bridge on a port of loopback."""
    stub = SigningBridge()
    stub.draws()

    def respond(_path: str, signature: str, body: bytes) -> tuple[bytes, dict[str, str]]:
        told = body if stub.mirrors else json.dumps(stub.answer).encode()
        found = re.search(r"t=([0-9]+),n=([A-Za-z0-9]+)", signature)
        assert found is not None
        stamp, nonce = found.groups()
        mac = hmac.new(stub.secret.encode(), f"{stamp}.{nonce}./console.".encode() + told, hashlib.sha256).hexdigest()
        signed = signature if stub.mirrors else f"t={stamp},n={nonce},v2={mac}"
        return told, {"X-Bridge-Signature": stub.replay or signed}

    with serving(stub, respond):
        yield stub


@dataclass(frozen=True)
class Addon:
    """A WHMCS with the addon in it, and one admin who looks."""

    php: str
    bridge: SigningBridge | None
    world: dict[str, Any] = field(default_factory=dict)

    def get(self, page: str = "today", **fields: Any) -> Shown:
        """Open a page."""
        return self.ask("GET", {"module": "wompi_bridge", "page": page, **fields}, {})

    def press(self, page: str, *, token: str | None = TOKEN, **fields: Any) -> Shown:
        """Send a form."""
        return self.ask(
            "POST", {"module": "wompi_bridge", "page": page}, {**({"token": token} if token else {}), **fields}
        )

    def ask(self, method: str, get: dict[str, Any], post: dict[str, Any]) -> Shown:
        """One request. Any notice, warning or deprecation of PHP is an error."""
        url = self.bridge.url if self.bridge else "http://127.0.0.1:1/"
        question = {
            "hooks_dir": str(HOOKS), "method": method, "get": get, "post": post, "admin": ANA, "token": TOKEN,
            "gateway": {"type": "Invoices", "bridgeUrl": url, "bridgeSecret": SECRET},
            "permissions": ["Add Transaction"], "invoices": [], "system_url": "https://clientes.example.com/",
            "folder": "admin", "version": "8.13.1-release.1", "kept": {}, "without": [],
        } | self.world  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [self.php, "-d", "display_errors=stderr", "-d", f"sys_temp_dir={folder}", str(RUNNER)],
                input=json.dumps(question).encode(), capture_output=True, timeout=30, check=False,
            )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        body, _, end = done.stdout.rpartition(b"\0")
        told = json.loads(end)
        assert told["problems"] == []
        return Shown(told["status"], told["headers"], body, dict(told["kept"]), told["activity"])
