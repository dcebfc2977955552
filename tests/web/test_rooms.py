"""Pages and machines apart: visitors who wait for WHMCS take no thread from signed calls, health and metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.serving import serving
from tests.world import BRIDGE_SECRET, World, make_world
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.web.rooms import PAGES, PAGES_OF_ONE
from whmcs_bridge.web.wompi.server import RETRY_AFTER

pytestmark = pytest.mark.slow

# Far below what WHMCS takes here, and far above what an answer takes.
AT_ONCE = 10.0


@contextmanager
def pressed(folder: Path, visitors: int, *, client: str = "") -> Iterator[tuple[World, str]]:
    """So many visitors have pressed, and wait for WHMCS, which says nothing. ``client`` is the address of all of them;
    each has one of his own unless it is given."""
    with make_world(folder) as world, serving(world, with_worker=False) as server, ThreadPoolExecutor(visitors) as pool:
        links = [world.link(world.invoice()) for _ in range(visitors)]
        world.whmcs.faults.add("GetInvoice", "hang", times=None)
        url = f"http://127.0.0.1:{server.port}"
        begun = [
            pool.submit(get, f"{url}/pay/{link}", client or f"198.51.100.{number}") for number, link in enumerate(links)
        ]
        try:
            assert all(world.whmcs.faults.wait_held(20) for _ in range(visitors))
            yield world, url
        finally:
            world.whmcs.faults.clear()
            world.whmcs.faults.release()
            assert {page.result(30).status_code for page in begun} <= {200, 503}


def get(url: str, client: str, language: str = "es") -> requests.Response:
    """Ask as this client, by a proxy of this machine."""
    return requests.get(url, headers={"X-Forwarded-For": client, "Accept-Language": language}, timeout=60)


def test_E23_everybody_but_visitors_is_answered(tmp_path: Path) -> None:
    """Sixteen presses wait for WHMCS: health, readiness, status, voids, metrics, the webhook and the trail do not."""
    with pressed(tmp_path, PAGES) as (world, url):
        session = requests.Session()
        assert session.get(f"{url}/healthz", timeout=AT_ONCE).text == "ok\n"
        assert session.get(f"{url}/readyz", timeout=AT_ONCE).status_code == 503
        assert session.get(f"{url}/metrics", timeout=AT_ONCE).status_code == 401
        assert session.post(f"{url}/voids", b"{}", timeout=AT_ONCE).status_code == 401
        assert session.get(f"{url}/trail/none", timeout=AT_ONCE).status_code == 403
        body = json.dumps({"invoice_id": 1042}).encode()
        signed = {HEADER: signature_of("/status", body, BRIDGE_SECRET, now=world.clock())}
        assert session.post(f"{url}/status", body, headers=signed, timeout=AT_ONCE).json()["invoice_id"] == 1042
        made = world.wompi.create_transaction("INV1042-A", 5_950_000, status="APPROVED", deliver=False)
        event = world.wompi.event_body(str(made["id"]))
        head = {"Content-Type": "application/json"}
        assert session.post(f"{url}/webhooks/wompi", event, headers=head, timeout=AT_ONCE).status_code == 200


def test_E23_one_visitor_more_is_told_to_come_again(tmp_path: Path) -> None:
    """503 at once, with the seconds to wait, in the visitor's language, and as safe as any other page; no call."""
    with pressed(tmp_path, PAGES) as (world, url):
        # Those who wait may still be reading their client.
        calls = len(world.whmcs.calls_to("GetInvoice"))
        page = get(f"{url}/pay/{world.link(1042)}", "203.0.113.9")
        assert (page.status_code, page.headers["Retry-After"]) == (503, str(RETRY_AFTER))
        assert "No se hizo ningún cobro" in page.text
        assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
        assert "Nothing was charged" in get(f"{url}/invoices/x", "203.0.113.9", "en").text
        assert get(f"{url}/return?id=12022-1-1", "203.0.113.9").status_code == 503
        assert len(world.whmcs.calls_to("GetInvoice")) == calls == PAGES


def test_E23_and_finds_room_again(tmp_path: Path) -> None:
    """WHMCS answers again, the room empties, and the next visitor has the page."""
    with pressed(tmp_path, PAGES) as (world, url):
        link = world.link(1042)
        assert get(f"{url}/pay/{link}", "203.0.113.9").status_code == 503
        world.whmcs.faults.clear()
        world.whmcs.faults.release()
        statuses = iter(lambda: get(f"{url}/pay/{link}", "203.0.113.9").status_code, 200)
        assert set(statuses) <= {503}


def test_E24_one_client_gets_half_of_the_room(tmp_path: Path) -> None:
    """The client is the forwarded one: his ninth page is refused, another client's is not."""
    with pressed(tmp_path, PAGES_OF_ONE, client="203.0.113.9") as (world, url), ThreadPoolExecutor(1) as pool:
        calls = len(world.whmcs.calls_to("GetInvoice"))
        assert get(f"{url}/pay/{world.link(1042)}", "203.0.113.9").status_code == 503
        assert len(world.whmcs.calls_to("GetInvoice")) == calls == PAGES_OF_ONE
        other = pool.submit(get, f"{url}/pay/{world.link(1042)}", "203.0.113.10")
        assert world.whmcs.faults.wait_held(20)
        world.whmcs.faults.clear()
        world.whmcs.faults.release()
        assert other.result(30).status_code == 200


def test_E24_a_proxy_that_names_nobody_may_fill_it(tmp_path: Path) -> None:
    """A trusted proxy is never one client: all its visitors share its address."""
    with pressed(tmp_path, PAGES, client="127.0.0.1") as (world, url):
        assert get(f"{url}/pay/{world.link(1042)}", "127.0.0.1").status_code == 503
