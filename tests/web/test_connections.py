"""How many connections one client, and all together, may hold open without a proxy in front."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.serving import serving
from tests.world import World, make_world
from whmcs_bridge.web.connections import IDLE, IN_ALL, PER_CLIENT, Connections
from whmcs_bridge.web.wompi.server import Server

NOBODY = "192.0.2.1"
TRUSTED = [ipaddress.ip_network("127.0.0.0/8")]


@dataclass
class Held:
    """A connection as ``Connections`` sees it."""

    is_open: bool = True

    def close(self) -> None:
        """Close it."""
        self.is_open = False


class Clock:
    """A stopwatch in hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(connections: Connections, count: int, *, address: str = "203.0.113.7", first: int = 0) -> list[Held]:
    """So many connections of one client."""
    made = [Held() for _ in range(count)]
    for port, each in enumerate(made, first):
        connections.opened((address, port), each)
    return made


def closed(some: list[Held]) -> list[int]:
    """Which of them were closed."""
    return [number for number, each in enumerate(some) if not each.is_open]


class TestOneClient:
    def test_E24_holds_so_many_and_then_loses_the_one_that_has_waited_longest(self) -> None:
        """The newest one is served: whoever sends at once is never kept out by what he holds open himself."""
        connections = Connections(TRUSTED)
        assert closed(opened(connections, PER_CLIENT + 2)) == [0, 1]

    def test_E24_one_that_is_being_answered_is_not_closed(self) -> None:
        """The first is at its request, the second has been answered since and waits as the last."""
        connections = Connections(TRUSTED)
        first = opened(connections, PER_CLIENT)
        connections.begun(("203.0.113.7", 0))
        connections.begun(("203.0.113.7", 1))
        connections.answered(("203.0.113.7", 1))
        opened(connections, 1, first=PER_CLIENT)
        assert closed(first) == [2]

    def test_E24_where_all_are_being_answered_the_newest_is_closed(self) -> None:
        """Nothing under way is cut."""
        connections = Connections(TRUSTED)
        first = opened(connections, PER_CLIENT)
        for port in range(PER_CLIENT):
            connections.begun(("203.0.113.7", port))
        assert closed([*first, *opened(connections, 1, first=PER_CLIENT)]) == [PER_CLIENT]

    def test_E24_another_client_and_one_that_has_gone_do_not_count(self) -> None:
        """A closed connection makes room."""
        connections = Connections(TRUSTED)
        first = opened(connections, PER_CLIENT)
        connections.closed(("203.0.113.7", 3))
        others = opened(connections, PER_CLIENT, address="203.0.113.8")
        assert closed([*first, *others, *opened(connections, 1, first=PER_CLIENT)]) == []

    def test_E24_a_subscriber_s_network_is_one_client(self) -> None:
        """A /64 of IPv6 belongs to one."""
        connections = Connections(TRUSTED)
        made = [Held() for _ in range(PER_CLIENT + 1)]
        for number, each in enumerate(made):
            connections.opened((f"2001:db8::{number:x}", 1), each)
        assert closed(made) == [0]

    def test_E24_a_trusted_proxy_is_never_bounded(self) -> None:
        """Neither by itself nor in all."""
        connections = Connections(TRUSTED)
        assert closed(opened(connections, IN_ALL + PER_CLIENT, address="127.0.0.1")) == []


def test_E24_all_together_hold_so_many() -> None:
    """Many clients with few each: the one that has waited longest goes, and it is no proxy's."""
    connections = Connections(TRUSTED)
    proxy = opened(connections, 1, address="127.0.0.1")
    clients = [opened(connections, 10, address=f"198.51.{number}.1") for number in range(IN_ALL // 10)]
    newest = opened(connections, 3)
    assert closed([*proxy, *newest]) == []
    assert [number for number, each in enumerate(clients) if closed(each)] == [0]
    assert closed(clients[0]) == [0, 1, 2]


def test_E24_who_sends_too_slowly_is_closed() -> None:
    """Half a minute for a whole request, whatever trickles in; one that is being answered stays, a proxy's goes too."""
    clock = Clock()
    connections = Connections(TRUSTED, clock)
    stranger, proxy, busy = (
        opened(connections, 1, address=address) for address in ("203.0.113.7", "127.0.0.1", "203.0.113.8")
    )
    connections.begun(("203.0.113.8", 0))
    clock.now += IDLE - 1
    connections.close_idle()
    assert closed([*stranger, *proxy, *busy]) == []
    clock.now += 1
    connections.close_idle()
    assert closed([*stranger, *proxy, *busy]) == [0, 1]


@contextmanager
def exposed(folder: Path) -> Iterator[tuple[World, Server]]:
    """``serve`` without a proxy in front: this machine's addresses are clients like any other."""
    with make_world(folder, BRIDGE_TRUSTED_PROXIES=NOBODY) as world, serving(world, with_worker=False) as server:
        yield world, server


def connect(server: Server, stack: ExitStack, *, source: str = "127.0.0.1") -> socket.socket:
    """A client that has sent one byte."""
    made = socket.create_connection(("127.0.0.1", server.port), timeout=10, source_address=(source, 0))
    stack.callback(made.close)
    made.sendall(b"G")
    return made


def is_gone(connection: socket.socket) -> bool:
    """The server has closed it, perhaps before it had read the byte."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.slow
class TestOverTheWire:
    def test_E24_a_thousand_connections_of_one_client_keep_nobody_out(self, tmp_path: Path) -> None:
        """Each has sent a byte. Another client, and the very same one, are answered; the oldest were closed."""
        with exposed(tmp_path) as (world, server), ExitStack() as stack:
            held = [connect(server, stack) for _ in range(1000)]
            assert requests.get(f"http://127.0.0.1:{server.port}/healthz", timeout=10).status_code == 200
            body = world.wompi.event_body(world.pay(world.invoice()))
            head = {"Content-Type": "application/json"}
            answer = requests.post(f"http://127.0.0.1:{server.port}/webhooks/wompi", body, headers=head, timeout=10)
            assert answer.status_code == 200
            assert is_gone(held[0])

    def test_E24_nor_do_a_thousand_of_many(self, tmp_path: Path) -> None:
        """Twenty clients with sixty each are more than all may hold."""
        with exposed(tmp_path) as (_, server), ExitStack() as stack:
            held = [connect(server, stack, source=f"127.0.1.{number % 20 + 1}") for number in range(1200)]
            assert requests.get(f"http://127.0.0.1:{server.port}/healthz", timeout=10).status_code == 200
            assert is_gone(held[0])

    def test_E24_a_proxy_on_this_machine_may_hold_a_thousand(self, tmp_path: Path) -> None:
        """As it is set up by default: none of its connections is closed, and each is answered."""
        with make_world(tmp_path) as world, serving(world, with_worker=False) as server, ExitStack() as stack:
            held = [connect(server, stack) for _ in range(1100)]
            for each in (held[0], held[-1]):
                each.sendall(b"ET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert each.recv(4096).startswith(b"HTTP/1.1 200 ")
