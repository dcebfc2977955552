"""The sandbox WHMCS's `modules/gateways/callback/wompi.php`: the file of the project that answers its doctor.

With PHP at hand the real one, run by `run_callback.php`; without, a look-alike that answers as it does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import requests
from flask import Response, request

from whmcs_bridge.sandbox.sandbox import json_answer
from whmcs_bridge.sandbox.whmcs.installation import Installation

ADDRESS = "/modules/gateways/callback/wompi.php"

_RUNNER = Path(__file__).with_name("run_callback.php")
_TIMEOUT = 20  # seconds
_PATIENCE = 5  # seconds, for the bridge
_TOLERANCE = 300  # seconds
_NOT_FOUND = "<!DOCTYPE html><html><title>404 Not Found</title><h1>Not Found</h1></html>"


def add_routes(whmcs: Installation) -> None:
    """The one address; faults know its calls as `callback`."""

    @whmcs.app.route(ADDRESS, methods=["GET", "POST"])
    def callback() -> Response:
        fields, signature = request.form.to_dict(), request.headers.get("X-Bridge-Signature", "")
        return whmcs.faults.play("callback", lambda: _answer(whmcs, fields, signature))


def _answer(whmcs: Installation, fields: dict[str, str], signature: str) -> Response:
    hooks = whmcs.hooks_dir
    if hooks is None or not (hooks / ADDRESS.lstrip("/")).is_file():  # the web server's own page
        return Response(_NOT_FOUND, 404, content_type="text/html; charset=utf-8")
    settings = {"type": "Invoices", "bridgeUrl": whmcs.bridge_url, "bridgeSecret": whmcs.bridge_secret}
    php = shutil.which("php") if whmcs.callback_by_php else None
    if php is None:
        told = _look_alike(whmcs, hooks, fields.get("nonce", ""), signature)
        return json_answer(told) if told else Response("not found\n", 404, content_type="text/plain")
    asked = {
        "hooks_dir": str(hooks),
        "gateway": settings if "wompi" in whmcs.gateways else [],
        "post": fields,
        "signature": signature,
    }
    run = subprocess.run(
        [php, "-d", "display_errors=stderr", str(_RUNNER)],
        input=json.dumps(asked), capture_output=True, text=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if run.returncode != 0:
        return Response(run.stderr, 500, content_type="text/plain")
    answer = json.loads(run.stdout)
    kind = "application/json" if answer["status"] == 200 else "text/plain"
    return Response(answer["body"], answer["status"], content_type=kind)


def _look_alike(whmcs: Installation, hooks: Path, nonce: str, signature: str) -> dict[str, Any] | None:
    now, secret = int(whmcs.clock() + whmcs.date_off_by), whmcs.bridge_secret
    stamp = signature.partition(",")[0].removeprefix("t=")
    expected = f"t={stamp},v1={_mac(secret, f'{stamp}.nonce={nonce}')}"
    if "wompi" not in whmcs.gateways or not secret or not stamp.isdigit() or abs(now - int(stamp)) > _TOLERANCE:
        return None
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return None
    return {
        "proof": _mac(secret, f"proof.whmcs.{nonce}"),
        "files": {
            path.relative_to(hooks).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in hooks.rglob("*")
            if path.is_file()
        },
        "bridge_url": whmcs.bridge_url,
        "bridge_answers": _bridge_answers(whmcs.bridge_url.rstrip("/"), secret, now),
        "php": "8.3.0",
        "time": now,
    }


def _bridge_answers(address: str, secret: str, now: int) -> str:
    nonce = hashlib.sha256(str(now).encode()).hexdigest()
    body = json.dumps({"nonce": nonce})
    signature = f"t={now},n={nonce},v2={_mac(secret, f'{now}.{nonce}./proof.{body}')}"
    headers = {"Content-Type": "application/json", "X-Bridge-Signature": signature}
    try:
        answer = requests.post(f"{address}/proof", body, headers=headers, timeout=_PATIENCE, allow_redirects=False)
        if answer.status_code != 200:
            return f"the bridge answered with status {answer.status_code}"
        told = answer.json()["proof"]
    except (requests.RequestException, ValueError, KeyError):
        return "the bridge does not answer (curl 7)"
    return "" if told == _mac(secret, f"proof.bridge.{nonce}") else "somebody else answers"


def _mac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
