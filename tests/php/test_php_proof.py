"""``callback/wompi.php``, served by PHP's own web server out of a WHMCS root that ``hooks install`` has filled."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.doctor.patient import Answer, Question, proxy
from tests.ports import free_port
from whmcs_bridge.whmcs.hooks_installer import install

from .whmcs import SECRET

NONCE = "00112233445566778899aabbccddeeff"
# As WHMCS's init.php: what a callback may use (developers.whmcs.com/payment-gateways/callbacks).
INIT = """<?php
define('WHMCS', true);
final class App { public static function load_function(string $name): void {} }
function getGatewayVariables($name) { return json_decode(file_get_contents(__DIR__ . '/settings.json'), true)[$name]; }
function logActivity($text, $client = 0) { file_put_contents(__DIR__ . '/activity.txt', $text, FILE_APPEND); }
"""


class Site:
    """The root of WHMCS, and its address."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self.url = f"{url}modules/gateways/callback/wompi.php"

    def settings(self, **changes: Any) -> None:
        active = {"type": "Invoices", "bridgeUrl": "http://127.0.0.1:1/", "bridgeSecret": SECRET} | changes
        (self.root / "settings.json").write_text(json.dumps({"wompi": active}))

    def ask(self, *, nonce: Any = NONCE, secret: str = SECRET, late: int = 0) -> requests.Response:
        stamp = int(time.time()) - late
        mac = hmac.new(secret.encode(), f"{stamp}.nonce={nonce}".encode(), hashlib.sha256).hexdigest()
        return self.post({"nonce": nonce}, f"t={stamp},v1={mac}")

    def post(self, fields: Any, signature: str | None) -> requests.Response:
        headers = {} if signature is None else {"X-Bridge-Signature": signature}
        return requests.post(self.url, data=fields, headers=headers, timeout=20)


@contextmanager
def serving_site(php: str, root: Path, *options: str) -> Iterator[Site]:
    """A WHMCS root with our files, served by a PHP with such options."""
    for place in ("includes/hooks", "modules/gateways"):
        (root / place).mkdir(parents=True)
    install(root)
    (root / "init.php").write_text(INIT)
    address = f"127.0.0.1:{free_port()}"
    remembers = root / "temporary"  # what is told once an hour: not in the folder of every other run
    remembers.mkdir()
    options = (*options, "-d", f"sys_temp_dir={remembers}")
    command = [php, *options, "-d", "display_errors=1", "-d", "error_reporting=-1", "-S", address, "-t", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        next(line for line in served.stderr if "started" in line)
        try:
            yield Site(root, f"http://{address}/")
        finally:
            served.kill()
            served.stderr.read()


@pytest.fixture(scope="module")
def site(php: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A usual PHP."""
    with serving_site(php, tmp_path_factory.mktemp("whmcs")) as served:
        yield served


@pytest.fixture(autouse=True)
def settings(site: Site) -> None:
    """An active gateway with our secret."""
    site.settings()


def refused(response: requests.Response) -> bool:
    return (response.status_code, response.text) == (404, "not found\n")


def test_whoever_can_sign_is_told(site: Site) -> None:
    """The proof, each file as it lies there, the address of the bridge and that nobody answers at it."""
    response = site.ask()
    told = response.json()
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert told["proof"] == hmac.new(SECRET.encode(), f"proof.whmcs.{NONCE}".encode(), hashlib.sha256).hexdigest()
    kept = [
        path for path in site.root.rglob("*") if path.suffix in {".css", ".php", ".png"} or path.name == "whmcs.json"
    ]
    assert told["files"] == {
        path.relative_to(site.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in kept
        if path.name != "init.php"
    }
    assert (told["bridge_url"], told["bridge_answers"]) == (
        "http://127.0.0.1:1/",
        "the bridge does not answer (curl 7)",
    )
    assert abs(told["time"] - time.time()) < 60
    assert SECRET not in response.text


def test_strangers_get_a_404_whatever_they_ask(site: Site) -> None:
    """No signature, another secret, a signature of another question, an old and an early one, an odd nonce, a GET."""
    good = site.ask().request.headers["X-Bridge-Signature"]
    assert refused(site.post({"nonce": NONCE}, None))
    assert refused(site.post({"nonce": NONCE}, "t=1,v1=zz"))
    assert refused(site.post({"nonce": NONCE[::-1]}, good))
    assert refused(site.post({"nonce[]": NONCE}, good))
    assert refused(site.ask(secret="another-secret-of-32-characters-or-so"))
    assert refused(site.ask(late=310))
    assert refused(site.ask(late=-310))
    assert refused(site.ask(nonce="not hexadecimal"))
    assert refused(requests.get(site.url, timeout=20))
    assert not (site.root / "activity.txt").exists()


@pytest.mark.parametrize(
    "changes", [{"type": ""}, {"bridgeSecret": ""}, {"bridgeSecret": "too short"}], ids=["inactive", "none", "short"]
)
def test_a_module_that_cannot_be_used_answers_nobody(site: Site, changes: dict[str, str]) -> None:
    """Without a secret of its own nothing can be signed for it."""
    site.settings(**changes)
    assert refused(site.ask(secret=changes.get("bridgeSecret", SECRET)))


def test_a_module_that_was_copied_in_part(site: Site) -> None:
    """A 404, no PHP message on the page, and a line for the admin."""
    file = site.root / "modules/gateways/wompi/lib/Call.php"
    whole = file.read_bytes()
    file.unlink()
    try:
        assert refused(site.ask())
        assert "RuntimeException" in (site.root / "activity.txt").read_text()
    finally:
        file.write_bytes(whole)
        (site.root / "activity.txt").unlink()


def test_whether_whmcs_reaches_the_bridge(site: Site) -> None:
    """WHMCS asks the bridge for a proof of its own; a page of somebody else is not one."""

    def bridge(asked: Question) -> Answer:
        nonce = json.loads(asked.body)["nonce"]
        mac = hmac.new(SECRET.encode(), f"proof.bridge.{nonce}".encode(), hashlib.sha256).hexdigest()
        return Answer(200, json.dumps({"proof": mac}).encode())

    for answer, told in (
        (bridge, ""),
        (lambda _: Answer(200, b'{"proof": "guessed"}'), "somebody else answers"),
        (lambda _: Answer(403), "the bridge answered with status 403"),
    ):
        with proxy("http://127.0.0.1:1/", answer) as url:
            site.settings(bridgeUrl=url)
            assert site.ask().json()["bridge_answers"] == told
