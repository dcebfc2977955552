"""The events' own way in: a 200 is not a byte earlier than the commit, and no fault ends the thread that stores."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.event import listen, remove

from tests.serving import serving
from tests.world import World, make_world
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.web.wompi import intake
from whmcs_bridge.web.wompi.server import Server
from whmcs_bridge.web.wompi.webhook import Receiver


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[World, Server]]:
    """The web side alone, on a port."""
    with make_world(tmp_path) as world, serving(world, with_worker=False) as server:
        yield world, server


def send(server: Server, body: bytes) -> socket.socket:
    """Post an event, and do not wait for the answer."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    head = f"POST /webhooks/wompi HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    connection.sendall(head.encode() + b"\r\n\r\n" + body)
    return connection


def answer(connection: socket.socket) -> int:
    """The status, once it is there."""
    with closing(connection):
        return int(connection.recv(4096).split()[1])


def silent(connection: socket.socket) -> bool:
    """Not a byte has come."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    finally:
        connection.setblocking(True)
        connection.settimeout(10)
    return False


class Held:
    """Commits wait until they are let go; ``reached`` is released by each that has come so far."""

    def __init__(self, world: World, *, broken: bool = False) -> None:
        self.reached, self.let_go = threading.Semaphore(0), threading.Event()
        self._broken = broken
        self._engine = world.bridge.database.engine
        listen(self._engine, "commit", self._commit)

    def _commit(self, connection: Any) -> None:
        if not connection.get_execution_options().get("whmcs_bridge_write"):
            return
        self.reached.release()
        assert self.let_go.wait(10)
        if self._broken:
            raise DatabaseUnavailable("the disk is broken")

    def end(self) -> None:
        """As usual from now on."""
        self.let_go.set()
        remove(self._engine, "commit", self._commit)


def test_I4_not_a_byte_of_the_200_before_the_commit(served: tuple[World, Server]) -> None:
    """Three events, of which two share the second commit: while each commit is held, its senders hear nothing."""
    world, server = served
    transactions = [world.pay(world.invoice()) for _ in range(3)]
    bodies = [world.wompi.event_body(transaction) for transaction in transactions]
    held = Held(world)
    with ExitStack() as stack:
        stack.callback(held.end)
        first = send(server, bodies[0])
        assert held.reached.acquire(timeout=10)
        others = [send(server, body) for body in bodies[1:]]
        assert all(silent(connection) for connection in (first, *others))
        assert world.bridge.store.payments() == []
        held.let_go.set()
        assert [answer(connection) for connection in (first, *others)] == [200, 200, 200]
    assert {payment.transaction_id for payment in world.bridge.store.payments()} == set(transactions)


def test_I4_a_commit_that_fails_is_503(served: tuple[World, Server]) -> None:
    """Wompi sends it again, and then it is stored."""
    world, server = served
    body = world.wompi.event_body(world.pay(world.invoice()))
    held = Held(world, broken=True)
    held.let_go.set()
    assert answer(send(server, body)) == 503
    assert world.bridge.store.payments() == []
    held.end()
    assert answer(send(server, body)) == 200
    assert len(world.bridge.store.payments()) == 1


def test_what_has_waited_too_long_is_503_and_not_stored(
    served: tuple[World, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wompi has given up on it by then, and comes again; and the next one is taken."""
    world, server = served
    body = world.wompi.event_body(world.pay(world.invoice()))
    monkeypatch.setattr(intake, "_TOO_LATE", -1.0)
    assert answer(send(server, body)) == 503
    assert world.bridge.store.payments() == []
    monkeypatch.undo()
    assert answer(send(server, body)) == 200


@pytest.mark.parametrize("method", ["refuse", "verify", "store"])
def test_F53_a_fault_in_the_receiver_does_not_end_it(
    served: tuple[World, Server], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Whoever met it gets no 200, and the next event is stored."""
    world, server = served
    body = world.wompi.event_body(world.pay(world.invoice()))

    def broken(*_arguments: Any) -> None:
        raise KeyError("nobody expects it")

    monkeypatch.setattr(Receiver, method, broken)
    assert answer(send(server, body)) == 500
    monkeypatch.undo()
    assert answer(send(server, body)) == 200
