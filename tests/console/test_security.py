"""Who is refused by ``POST /console``, and that nothing of others becomes markup."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from werkzeug.test import TestResponse

from tests.console.calls import ANA, SUPPORT, ask, fresh_nonce, header, mac, press
from tests.console.test_pages import book, hold, seen_word
from tests.world import BRIDGE_SECRET, World, make_world

EVIL = "<script>alert(1)</script>\"'&\x07"
MARKUP = Path(__file__).parents[2] / "hooks/modules/addons/wompi_bridge/lib/Markup.php"


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is refused has nothing to do with the kind of database."""
    return sqlite_world


def call(**changes: Any) -> bytes:
    """A call as WHMCS's addon makes it."""
    told = {"page": "today", "method": "GET", "fields": {}, "files": {}, "admin": ANA}
    return json.dumps(told | changes).encode()


def post(world: World, body: bytes, signature: str | None) -> TestResponse:
    headers = {} if signature is None else {"X-Bridge-Signature": signature}
    return world.http.post("/console", data=body, headers=headers)


class TestRefused:
    def test_who_cannot_sign(self, world: World) -> None:
        """401: no signature, one of the old form, one with another secret; and no GET at all."""
        body = call()
        stamp = int(world.clock().timestamp())
        old = f"t={stamp},v1={mac(stamp, 'x', '/console', body)}"
        assert post(world, body, None).status_code == 401
        assert post(world, body, old).status_code == 401
        assert post(world, body, header(world, body, nonce=fresh_nonce(), secret="x" * 40)).status_code == 401
        assert world.http.get("/console").status_code == 405

    def test_a_call_for_another_address(self, world: World) -> None:
        """Signed for /status, it opens no console."""
        body = call()
        assert post(world, body, header(world, body, nonce=fresh_nonce(), path="/status")).status_code == 401

    def test_a_call_for_another_page(self, world: World) -> None:
        """The body is signed: a page asked for is not made a press on the way."""
        signature = header(world, call(), nonce=fresh_nonce())
        assert post(world, call(page="review", method="POST"), signature).status_code == 401

    def test_a_role_that_is_claimed_on_the_way(self, world: World) -> None:
        """What an admin may is signed as well."""
        signature = header(world, call(admin=SUPPORT), nonce=fresh_nonce())
        assert post(world, call(admin=SUPPORT | {"may": ["money"]}), signature).status_code == 401

    def test_an_old_call_and_one_of_the_future(self, world: World) -> None:
        """Five minutes to either side."""
        body = call()
        signature = header(world, body, nonce=fresh_nonce())
        world.clock.advance(seconds=301)
        assert post(world, body, signature).status_code == 401
        world.clock.advance(seconds=-602)
        assert post(world, body, signature).status_code == 401

    def test_a_press_that_is_replayed(self, world: World) -> None:
        """The same bytes again: 401, and the money moves once."""
        name = hold(world)
        fields = {"transaction": name, "settle": "credit", "see": seen_word(ask(world, "review")), "reason": "x"}
        body = call(page="review", method="POST", fields=fields)
        signature = header(world, body, nonce=fresh_nonce())
        assert post(world, body, signature).status_code == 200
        again = post(world, body, signature)
        assert (again.status_code, again.get_json()["repeated"]) == (401, True)
        assert len(list(world.whmcs.transactions)) == 1

    def test_an_upload_that_is_replayed(self, world: World) -> None:
        """The same bytes again: 401, whatever a second import would have changed."""
        files = {"reports": [{"name": "x.csv", "body": "aG9sYQ=="}]}
        body = call(page="settlements", method="POST", files=files)
        signature = header(world, body, nonce=fresh_nonce())
        assert post(world, body, signature).status_code == 200
        assert post(world, body, signature).status_code == 401

    def test_a_call_of_a_megabyte_at_the_most(self, world: World) -> None:
        """413 beyond it, signed as it is; and of the files in it 700 kB."""
        body = call(page="settlements", method="POST", filler="x" * 1_000_000)
        assert post(world, body, header(world, body, nonce=fresh_nonce())).status_code == 413
        for size, status in ((700_000, 200), (700_001, 400)):
            files = {"reports": [{"name": "x.csv", "body": base64.b64encode(b"x" * size).decode()}]}
            body = call(page="settlements", method="POST", files=files)
            assert post(world, body, header(world, body, nonce=fresh_nonce())).status_code == status

    @pytest.mark.parametrize("nonce", ["short", "x" * 65, "with-a-dash-in-it", ""])
    def test_a_nonce_that_is_none(self, world: World, nonce: str) -> None:
        """16 to 64 letters and digits."""
        body = call()
        assert post(world, body, header(world, body, nonce=nonce)).status_code == 401

    @pytest.mark.parametrize(
        "change",
        [
            {"admin": None},
            {"admin": {"id": 0, "name": "", "may": []}},
            {"admin": {"id": "3", "name": "", "may": []}},
            {"admin": {"id": 3, "name": "", "may": "money"}},
            {"method": "PUT"},
            {"page": "../today"},
            {"fields": {"q": 7}},
            {"fields": {"q": "x" * 5_000}},
            {"files": {"reports": "x"}},
            {"files": {"reports": [{"name": "x.csv", "body": "no base64"}]}},
            {"files": {"reports": [{"name": "x.csv", "body": 7}]}},
            {"files": {"reports": [{"name": "x.csv", "body": ""}] * 32}},
            {"files": {"../reports": [{"name": "x.csv", "body": ""}]}},
            {"language": "fr"},
        ],
    )
    def test_a_call_of_another_shape(self, world: World, change: dict[str, Any]) -> None:
        """400, signed as it is: nobody is taken for an admin by half."""
        body = call(**change)
        assert post(world, body, header(world, body, nonce=fresh_nonce())).status_code == 400

    def test_the_answer_is_signed_with_the_secret_of_the_call(self, tmp_path: Path) -> None:
        """While the secret is changed WHMCS has the old one yet, and can verify no other."""
        new = "a-newer-secret-of-the-tests-9876543210"
        with make_world(tmp_path, BRIDGE_SECRET=f"{new},{BRIDGE_SECRET}") as world:
            body, nonce = call(), fresh_nonce()
            answer = post(world, body, header(world, body, nonce=nonce))
            stamp = int(world.clock().timestamp())
            signed = mac(stamp, nonce, "/console", answer.data)
        assert answer.headers["X-Bridge-Signature"] == f"t={stamp},n={nonce},v2={signed}"


class TestGetChangesNothing:
    @pytest.mark.parametrize(
        "page", ["today", "payments", "review", "trail", "trying", "send", "settlements", "health"]
    )
    def test_a_look_leaves_payments_and_journal(self, world: World, page: str) -> None:
        """Also with a press's fields and files in it."""
        name = hold(world)
        before = world.bridge.store.payment(name), world.bridge.store.journal()
        ask(world, page, transaction=name, settle="credit", reason="x", invoice="1042", of=name)
        assert (world.bridge.store.payment(name), world.bridge.store.journal()) == before
        assert list(world.whmcs.transactions) == []

    @pytest.mark.parametrize("page", ["today", "payments", "trail", "trying", "send"])
    def test_only_three_pages_take_a_press(self, world: World, page: str) -> None:
        """405 elsewhere."""
        assert ask(world, page, method="POST").status == 405

    def test_a_stolen_address_opens_nothing(self, world: World) -> None:
        """The console's addresses carry no right: at the bridge they are no page at all."""
        assert world.http.get("/addonmodules.php?module=wompi_bridge&page=review").status_code == 404


class TestHostileWords:
    def everything(self, world: World) -> str:
        """Every page, with what WHMCS, Wompi and an admin may have written into it."""
        admin = ANA | {"name": EVIL}
        pages = [
            ask(world, "today", admin=admin),
            ask(world, "payments", admin=admin, q=EVIL, since=EVIL, until=EVIL, state=EVIL, fields={"method": EVIL}),
            ask(world, "payments", admin=admin),
            ask(world, "review", admin=admin, press="late", transaction="1-1"),
            ask(world, "trail", admin=admin, of="1042"),
            ask(world, "trail", admin=admin, of="1043"),
            ask(world, "trail", admin=admin, of=EVIL),
            ask(world, "trying", admin=admin, days=EVIL),
            ask(world, "send", admin=admin, invoice="1044"),
            ask(world, "settlements", admin=admin, month=EVIL),
            ask(world, "settlements", admin=admin, month="2026-11"),
            press(world, "settlements", admin=admin, files={"reports": [{"name": EVIL, "body": "aG9sYQ=="}]}),
            ask(world, "health", admin=admin, hooks={EVIL: "x"}, versions={"php": EVIL}),
        ]
        return "\n".join(page.html for page in pages)

    def fill(self, world: World) -> None:
        book(world)
        hold(world)
        world.checkout(world.invoice())
        world.clock.advance(hours=1)
        world.whmcs.set_invoice(1044, invoicenum=EVIL)
        world.bridge.store.remember("merchant_name", EVIL)
        for change in (
            "payments SET reference = :evil, method = :evil, currency = :evil, status = :evil",
            "payments SET reason = :evil WHERE state = 'review'",
            "journal SET detail = :evil",
        ):
            query = text(f"UPDATE {change}").bindparams(evil=EVIL)
            world.bridge.database.write(partial(Connection.execute, statement=query))
        world.bridge.alarms.ring("review", EVIL, [EVIL])

    def test_stay_words(self, world: World) -> None:
        """Shown as they are written, and never an element."""
        self.fill(world)
        html = self.everything(world)
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert re.search(r"[^\x20-\x7e\n]", html) is None

    def test_pass_the_addon_s_own_list(self, world: World) -> None:
        """What the bridge draws is what the PHP prints, whatever stands in it: no page is refused for its words."""
        php = shutil.which("php")
        if php is None:
            pytest.skip("PHP is not installed: apt-get install php-cli php-curl")
        self.fill(world)
        source = f"""define('WHMCS', true); require '{MARKUP}';
            echo json_encode(WHMCS\\Module\\Addon\\WompiBridge\\Markup::isPlain(stream_get_contents(STDIN)));"""
        done = subprocess.run(
            [php, "-r", source], input=self.everything(world), capture_output=True, text=True, timeout=30, check=True
        )
        assert (done.stdout, done.stderr) == ("true", "")
