"""The proxies as ``wompi-bridge setup`` writes them: what they let through and refuse, and that they lose no event."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.deploy.proxies import Proxy, proxy
from tests.processes import running
from tests.world import BRIDGE_SECRET, World, make_world
from whmcs_bridge.signed.calls import HEADER, signature_of

SECRETS = (
    "BRIDGE_SECRET",
    "WHMCS_API_IDENTIFIER",
    "WHMCS_API_SECRET",
    "WOMPI_PRIVATE_KEY",
    "WOMPI_INTEGRITY_SECRET",
    "WOMPI_EVENTS_SECRET",
)
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Site:
    """A bridge behind a proxy, and the world around both."""

    world: World
    proxy: Proxy

    def raw(self, head: bytes, body: bytes = b"") -> bytes:
        """Send a POST to the webhook over TLS by hand; the first line of the answer."""
        context = ssl.create_default_context(cafile=self.proxy.certificate)
        with (
            socket.create_connection(("127.0.0.1", self.proxy.tls_port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            connection.sendall(b"POST /webhooks/wompi HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + head)
            connection.sendall(b"\r\n" + body)
            return connection.recv(4096).splitlines()[0]

    def post(self, body: bytes, **options: str) -> requests.Response:
        """Post to the webhook over TLS."""
        return self.post_to("webhooks/wompi", body, **options)

    def post_to(self, path: str, body: bytes, **options: str) -> requests.Response:
        """Post over TLS."""
        address = self.proxy.tls + path
        return requests.post(address, body, headers=JSON | options, verify=str(self.proxy.certificate), timeout=10)

    def from_address(self, address: str, *bodies: bytes) -> list[requests.Response]:
        """Post to the webhook, one body after the other, as another client than this one."""
        with requests.Session() as session:
            session.mount("https://", _From(address))
            options: Any = {"headers": JSON, "verify": str(self.proxy.certificate), "timeout": 10}
            return [session.post(self.proxy.tls + "webhooks/wompi", body, **options) for body in bodies]

    def ask_about_strange_ids(self, address: str, count: int) -> list[int]:
        """Open the return address with ids that nobody knows, and each time with another forged address; the answers'
        statuses."""
        with requests.Session() as session:
            session.mount("https://", _From(address))
            options: Any = {"verify": str(self.proxy.certificate), "timeout": 10}
            statuses = []
            for number in range(count):
                forged = {"X-Forwarded-For": f"198.51.100.{number}"}
                path = f"return?id=99999-{address.replace('.', '')}-{number:05}"
                statuses.append(session.get(self.proxy.tls + path, headers=forged, **options).status_code)
            return statuses

    def ask_about(self, address: str, invoices: list[int]) -> set[int]:
        """Ask ``/status`` as WHMCS does, one invoice after the other; the answers' statuses."""
        with requests.Session() as session:
            session.mount("https://", _From(address))
            options: Any = {"verify": str(self.proxy.certificate), "timeout": 30}
            statuses = set()
            for number in invoices:
                body = json.dumps({"invoice_id": number}).encode()
                headers = JSON | {HEADER: signature_of("/status", body, BRIDGE_SECRET, now=datetime.now(UTC))}
                statuses.add(session.post(self.proxy.tls + "status", body, headers=headers, **options).status_code)
            return statuses

    def open_pages(self, address: str, count: int) -> set[int]:
        """Open pay links that were never signed; the answers' statuses."""
        with requests.Session() as session:
            session.mount("https://", _From(address))
            options: Any = {"verify": str(self.proxy.certificate), "timeout": 10}
            return {session.get(self.proxy.tls + "pay/pay.1.1.1.x", **options).status_code for _ in range(count)}

    def event(self) -> tuple[str, bytes]:
        """A payment at Wompi, and its event's bytes."""
        transaction = self.world.pay(self.world.invoice())
        return transaction, self.world.wompi.event_body(transaction)


@pytest.fixture(scope="module", params=["nginx", "apache"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """``wompi-bridge serve`` behind each of the two, its secrets in files as systemd and Docker hand them over."""
    folder = tmp_path_factory.mktemp("site")
    with ExitStack() as stack:
        world = stack.enter_context(make_world(folder))
        world.clock.now = datetime.now(UTC)
        settings = {name: value for name, value in world.settings.items() if name not in SECRETS}
        for name in SECRETS:
            (folder / name).write_text(world.settings[name] + "\n", "utf-8")
            settings[f"{name}_FILE"] = str(folder / name)
        serve = running("serve", "--port", "0", folder=folder, settings=settings, ready="listening")
        port = int(stack.enter_context(serve).split()[-1])
        yield Site(world, stack.enter_context(proxy(request.param, port, folder / "proxy")))


class TestLetThrough:
    def test_an_event_over_tls_is_booked(self, site: Site) -> None:
        """And only known the second time: nothing in between changes a byte of it."""
        transaction, body = site.event()
        assert [site.post(body).text for _ in range(2)] == ["stored\n", "known\n"]
        assert site.world.whmcs.wait_for_call("AddInvoicePayment", timeout=5.0)
        assert len(site.world.whmcs.booked(transaction)) == 1

    def test_a_page_over_tls_whatever_is_forged(self, site: Site) -> None:
        """A12: neither Host nor X-Forwarded-* gets into a page, and the log keeps no link."""
        link = site.world.link(site.world.invoice())
        forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.66"}
        trusted = str(site.proxy.certificate)
        page = requests.get(site.proxy.tls + f"pay/{link}", headers=forged, verify=trusted, timeout=10)
        assert (page.status_code, "evil" in page.text, "evil" in str(page.headers)) == (200, False, False)
        log = site.proxy.logged('"GET /pay" 200')
        assert (link in log, link[-43:] in log, "192.0.2.66" in log) == (False, False, False)
        assert '"GET /pay" 200' in log

    def test_T19_who_asks_is_whom_the_proxy_saw(self, site: Site) -> None:
        """Each client has a budget for unknown ids, whatever address it forges; nobody counts as the proxy."""
        first = site.ask_about_strange_ids("127.0.0.5", 36)
        assert (set(first[:30]), first[-1]) == ({404}, 200)
        assert site.ask_about_strange_ids("127.0.0.6", 1) == [404]

    def test_T19_the_return_address_with_its_mark(self, site: Site) -> None:
        """The payer's own address gets through, and in the clear it is led to https with mark and id."""
        fields = site.world.checkout(site.world.invoice())
        transaction = site.world.transact(fields["reference"], 5_950_000, "DECLINED")
        path = fields["redirect-url"].removeprefix("http://127.0.0.1:9/") + f"?id={transaction}&env=test"
        page = requests.get(site.proxy.tls + path, verify=str(site.proxy.certificate), timeout=10)
        assert 'data-kind="declined"' in page.text
        plain = requests.get(site.proxy.plain + path, timeout=10, allow_redirects=False)
        assert (plain.status_code, plain.headers["Location"].endswith(path)) == (301, True)


class TestRefused:
    def test_A11_an_event_over_plain_http_and_never_redirected(self, site: Site) -> None:
        """403, no address to go to, and nothing stored; forging what the proxy would say changes nothing."""
        transaction, body = site.event()
        for more in ({}, {"X-Forwarded-Proto": "https"}):
            address = site.proxy.plain + "webhooks/wompi"
            answer = requests.post(address, body, headers=JSON | more, timeout=10, allow_redirects=False)
            assert (answer.status_code, "Location" in answer.headers) == (403, False)
        assert site.world.state(transaction) == "-"

    def test_a_person_over_plain_http_is_led_to_https(self, site: Site) -> None:
        """Reading only: a form that was sent in the clear is refused."""
        address = site.proxy.plain + "pay/x"
        assert requests.get(address, timeout=10, allow_redirects=False).headers["Location"].startswith("https://")
        answer = requests.post(address, {"terms": "accepted"}, timeout=10, allow_redirects=False)
        assert (answer.status_code, "Location" in answer.headers) == (403, False)

    def test_a_body_without_a_length_is_411(self, site: Site) -> None:
        """Chunks, which the proxy would collect and count, are refused before they are read."""
        _, body = site.event()
        chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        assert b" 411 " in site.raw(b"Transfer-Encoding: chunked\r\n", chunk)
        assert b" 411 " in site.raw(b"")

    def test_A4_a_body_that_is_too_long_is_413_at_once(self, site: Site) -> None:
        """By its announcement: one byte of ten megabytes was sent. 64 KiB and a byte are too long as well."""
        assert b" 413 " in site.raw(b"Content-Length: 10485760\r\n", b"{")
        assert site.post(b" " * 65_537).status_code == 413

    def test_reports_are_let_through_to_the_console(self, site: Site) -> None:
        """Nearly a megabyte reaches the bridge, whose answer it is: 401 without a signature. Twice as much does not."""
        assert site.post_to("console", b" " * 950_000).status_code == 401
        assert site.post_to("console", b" " * 2_000_000).status_code == 413
        assert site.post_to("status", b" " * 950_000).status_code == 413

    def test_what_is_false_is_answered_by_the_bridge(self, site: Site) -> None:
        """401 and 400 come through as they are: whoever watches Wompi's dashboard sees the reason."""
        _, body = site.event()
        assert site.post(b"{}").status_code == 400
        assert site.post(body.replace(b'"checksum":"', b'"checksum":"0')).status_code == 401


class TestSignedCalls:
    def test_E26_whmcss_cron_is_never_braked(self, site: Site) -> None:
        """It asks about 120 overdue invoices, one after the other, from one machine; the pages of that machine are."""
        invoice = site.world.invoice()
        assert site.ask_about("127.0.0.7", [invoice] * 120) == {200}
        pages = site.open_pages("127.0.0.7", 60)
        assert pages == ({403, 429} if site.proxy.kind == "nginx" else {403})
        assert site.ask_about("127.0.0.7", [invoice] * 20) == {200}

    def test_E26_nor_by_many_at_once(self, site: Site) -> None:
        """Eighty processes of WHMCS at the same time: no bound on one client's connections applies to them."""
        invoice = site.world.invoice()
        with ThreadPoolExecutor(80) as pool:
            asked = [pool.submit(site.ask_about, "127.0.0.8", [invoice]) for _ in range(80)]
            assert {status for each in asked for status in each.result()} == {200}


class TestFloods:
    def test_A13_an_honest_event_gets_through_a_flood(self, site: Site) -> None:
        """300 false events from one address: nginx brakes it, Apache has no such brake and each costs a cheap 400."""
        statuses = {answer.status_code for answer in site.from_address("127.0.0.1", *[b"{}"] * 300)}
        assert statuses == ({400, 429} if site.proxy.kind == "nginx" else {400})
        transaction, body = site.event()
        (answer,) = site.from_address("127.0.0.2", body)
        assert (answer.text, site.world.state(transaction) != "-") == ("stored\n", True)

    def test_clients_that_fall_silent_hold_nobody_up(self, site: Site) -> None:
        """Forty connections that sent half a greeting: the next event is stored all the same."""
        _, body = site.event()
        with ExitStack() as stack:
            for _ in range(40):
                silent = stack.enter_context(socket.create_connection(("127.0.0.1", site.proxy.tls_port), timeout=10))
                silent.sendall(b"\x16\x03\x01")
            (answer,) = site.from_address("127.0.0.3", body)
            assert answer.text == "stored\n"


class _From(requests.adapters.HTTPAdapter):
    """Calls from another address of this machine: to the proxy it is another client."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **options)
