"""``/trail`` and ``/review``: what an admin sees, who may see it, and that nothing of others gets into the page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import partial

import pytest
from sqlalchemy import Connection, text

from tests.web import signed
from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.signed.links import Purpose

SPANISH = {"Accept-Language": "es-CO"}


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is shown here has nothing to do with the kind of database."""
    return sqlite_world


def admin_link(world: World, invoice_id: int = 1042, client: int = 77, **life: float) -> str:
    return world.link(invoice_id, client=client, purpose=Purpose.ADMIN, **life)


def hold(world: World, *, cancelled: bool = True) -> str:
    """A payment that waits for a person."""
    transaction = world.pay(invoice := world.invoice())
    if cancelled:
        world.whmcs.set_invoice(invoice, status="Cancelled")
    else:
        world.wompi.amend(transaction, amount_in_cents=4_000_000)
    world.event(transaction)
    world.work()
    return transaction


class TestTrail:
    def test_shows_each_step_with_its_time(self, world: World) -> None:
        """In order, in Colombian time, with what a person needs to ask Wompi about it."""
        transaction = world.pay(world.invoice(), method="PSE")
        world.clock.advance(seconds=8)
        world.event(transaction)
        world.work()
        page = world.http.get(f"/trail/{admin_link(world)}", headers=SPANISH)
        steps = re.findall(r"<time [^>]*>([^<]+)</time>\s*<span>([^<]+)</span>", page.text)
        assert page.status_code == 200
        assert [time for time, _ in steps] == ["2026-11-21 10:04:05"] * 2 + ["2026-11-21 10:04:13"] * 3
        assert steps[-1][1] == "Registrado en WHMCS"
        assert all(part in page.text for part in (transaction, "INV1042-77-5950000-", "PSE", "59.500"))

    def test_speaks_english_to_who_reads_english(self, world: World) -> None:
        """By the browser's language."""
        page = world.http.get(f"/trail/{admin_link(world)}", headers={"Accept-Language": "en"}).text
        assert "Trail of 1042" in page
        assert "Nobody has tried to pay it" in page

    def test_tells_what_waits_and_the_command(self, world: World) -> None:
        """The sentence first, then the command alone."""
        transaction = hold(world)
        page = world.http.get(f"/trail/{admin_link(world)}", headers=SPANISH).text
        assert f"<code>wompi-bridge resolve {transaction} --credit --reason &#34;...&#34;</code>" in page
        assert "Para resolverlo: wompi-bridge" not in page

    def test_carries_the_headers_that_protect_it(self, world: World) -> None:
        """No script, no frame, no cache, no referrer; the style by its hash."""
        page = world.http.get(f"/trail/{admin_link(world)}")
        headers, policy = page.headers, page.headers["Content-Security-Policy"]
        (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert headers["X-Robots-Tag"] == "noindex"

    def test_shows_nobody_s_data(self, world: World) -> None:
        """Neither the client's name nor address, nor Wompi's."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        page = world.http.get(f"/trail/{admin_link(world)}").text
        client = world.whmcs.books.clients[77]
        assert not [word for word in ("email", "firstname", "lastname", "phonenumber") if client[word] in page]

    def test_hostile_words_stay_words(self, world: World) -> None:
        """A reference, a status, a reason that hold markup are shown as they are written."""
        hold(world)
        evil = "<script>alert(1)</script>\"'"
        for change in (
            "payments SET reference = :evil, status = :evil, method = :evil, reason = :evil",
            "journal SET detail = :evil",
        ):
            query = text(f"UPDATE {change}").bindparams(evil=evil)
            world.bridge.database.write(partial(Connection.execute, statement=query))
        for address in (f"/trail/{admin_link(world)}", f"/review/{admin_link(world, 0, 0)}"):
            page = world.http.get(address).text
            assert "<script" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;" in page

    @pytest.mark.parametrize("purpose", [Purpose.PAY, Purpose.MAIL, Purpose.LIST])
    def test_no_payer_s_link_opens_it(self, world: World, purpose: Purpose) -> None:
        """403, also for the invoice's own client."""
        for path in ("trail", "review"):
            assert world.http.get(f"/{path}/{world.link(1042, purpose=purpose)}").status_code == 403
            assert world.http.get(f"/{path}/{world.link(0, client=0, purpose=purpose)}").status_code == 403

    def test_a_link_of_old_or_of_others_is_refused(self, world: World) -> None:
        """403, and a page that says what to do."""
        old = world.http.get(f"/trail/{admin_link(world, hours=0)}", headers=SPANISH)
        assert (old.status_code, 'data-page="refusal"' in old.text) == (403, True)
        forged = admin_link(world)[:-1] + "!"
        assert world.http.get(f"/trail/{forged}").status_code == 403
        assert world.http.get(f"/trail/{admin_link(world, 0, 0)}").status_code == 403
        assert world.http.get(f"/trail/{admin_link(world, 0, 77)}").status_code == 403

    def test_changes_nothing(self, world: World) -> None:
        """It cannot be posted to, and to look touches neither payment nor journal."""
        transaction = hold(world)
        before = world.bridge.store.payment(transaction), world.bridge.store.journal()
        assert world.http.get(f"/trail/{admin_link(world)}").status_code == 200
        assert world.http.get(f"/review/{admin_link(world, 0, 0)}").status_code == 200
        assert world.http.post(f"/trail/{admin_link(world)}").status_code == 405
        assert world.http.post(f"/review/{admin_link(world, 0, 0)}").status_code == 405
        assert (world.bridge.store.payment(transaction), world.bridge.store.journal()) == before


class TestReview:
    def test_lists_what_waits_with_its_command_and_its_trail(self, world: World) -> None:
        """Each once; the link to the trail works, and is no longer good than the one that led here."""
        first, second = hold(world), hold(world, cancelled=False)
        page = world.http.get(f"/review/{admin_link(world, 0, 0, minutes=10)}", headers=SPANISH).text
        assert f"wompi-bridge resolve {first} --credit" in page
        assert f"wompi-bridge resolve {second} --book" in page
        links = re.findall(r'href="http://127\.0\.0\.1:9(/trail/[^"]+)"', page)
        assert len(links) == 2
        assert {world.http.get(link).status_code for link in links} == {200}
        world.clock.advance(minutes=10)
        assert {world.http.get(link).status_code for link in links} == {403}

    def test_says_when_nothing_waits(self, world: World) -> None:
        """And not with an empty page."""
        page = world.http.get(f"/review/{admin_link(world, 0, 0)}", headers=SPANISH).text
        assert "Nada espera a una persona" in page

    def test_one_invoice_s_link_does_not_open_the_list(self, world: World) -> None:
        """Who was given one trail does not see the others."""
        hold(world)
        assert world.http.get(f"/review/{admin_link(world)}").status_code == 403
        assert world.http.get(f"/review/{admin_link(world, 0, 77)}").status_code == 403

    def test_very_many_are_counted_and_not_all_shown(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The page stays small, and says how many there are."""
        monkeypatch.setattr("whmcs_bridge.history.trail.MOST_HELD", 1)
        hold(world)
        world.clock.advance(seconds=1)
        newest = hold(world)
        page = world.http.get(f"/review/{admin_link(world, 0, 0)}", headers=SPANISH).text
        assert re.findall(r'data-transaction="([^"]+)"', page) == [newest]
        assert "Hay 2 en total" in page


class TestHowMany:
    def ask(self, world: World, secret: str) -> tuple[int, object]:
        answer = signed.ask(world, {}, path="/review", secret=secret)
        return answer.status_code, json.loads(answer.text)

    def test_tells_whmcs_how_many_wait(self, world: World) -> None:
        """For the admin's dashboard; nothing but the number."""
        assert self.ask(world, BRIDGE_SECRET) == (200, {"waiting": 0})
        hold(world)
        assert self.ask(world, BRIDGE_SECRET) == (200, {"waiting": 1})

    def test_tells_nobody_else(self, world: World) -> None:
        """401 for another secret, or none."""
        assert self.ask(world, "x" * 32)[0] == 401
        assert world.http.post("/review", data=b"{}").status_code == 401
        assert world.http.get("/review").status_code == 405
