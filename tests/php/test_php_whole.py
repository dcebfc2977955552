"""A WHMCS page is whole, within about a second, when the bridge is down, slow, wrong or not set up: each of our
places in WHMCS against each of these troubles."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from .bridge import serving
from .test_php_admin import VARS
from .test_php_details import TRANSACTION
from .test_php_home import open_home, row
from .test_php_home import panel as panel_of
from .test_php_mail import FIELD, NOTHING, about
from .test_php_navbar import ACTIVE, ENTRY, billing, open_page
from .test_php_status import is_plain
from .whmcs import SECRET, Answer, Page, Whmcs, invoice

LONGEST = 4.0
"""Seconds that a page may take here, with the start of PHP on a busy machine. The troubles last a minute."""
MINUTE = 60.0

Settings = dict[str, str]
GOOD = {
    "invoice_id": 1042, "under_way": True, "hold_cancellation": True, "attempts": [], "waiting": 3,
    "transid": TRANSACTION, "known": False,
}  # fmt: skip
"""What every one of our places would believe, if it came in time."""


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


# --- the troubles: the settings that lead there -----------------------------------------------------------------------


@contextmanager
def down() -> Iterator[Settings]:
    """Nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield {"bridgeUrl": f"http://127.0.0.1:{closed.getsockname()[1]}/"}


@contextmanager
def silent() -> Iterator[Settings]:
    """It takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {"bridgeUrl": f"http://127.0.0.1:{server.getsockname()[1]}/"}


@contextmanager
def speaking(*, first: bytes, pause: float, then: bytes) -> Iterator[Settings]:
    """A server that says one thing at once, and another one over and over, after a pause each."""
    over = threading.Event()

    def speak(server: socket.socket) -> None:
        while not over.is_set():
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                try:
                    client.recv(65536)
                    client.sendall(first)
                    until = time.monotonic() + MINUTE
                    while not over.wait(pause) and time.monotonic() < until:
                        client.sendall(then)
                except OSError:
                    continue  # it was hung up

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=speak, args=(server,))
        thread.start()
        try:
            yield {"bridgeUrl": f"http://127.0.0.1:{server.getsockname()[1]}/"}
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def late() -> Iterator[Settings]:
    """The right answer, two seconds too late to be waited for."""
    body = json.dumps(GOOD).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with speaking(first=b"", pause=2.0, then=head + body) as settings:
        yield settings


@contextmanager
def dripping() -> Iterator[Settings]:
    """One byte after the other: never silent for long, and never ready."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"
    with speaking(first=head, pause=0.1, then=b" ") as settings:
        yield settings


@contextmanager
def garbage() -> Iterator[Settings]:
    """200, and bytes that are nothing."""
    with serving() as stub:
        stub.body = b"\x00\xff<script>alert(1)</script>{" * 50
        yield {"bridgeUrl": stub.url}


@contextmanager
def another_server() -> Iterator[Settings]:
    """The address of something else."""
    with serving() as stub:
        stub.status, stub.body, stub.headers = 404, b"<h1>Not Found</h1>", {"Content-Type": "text/html"}
        yield {"bridgeUrl": stub.url}


@contextmanager
def another_secret() -> Iterator[Settings]:
    """Good for a signature, and not the bridge's."""
    with serving() as stub:
        stub.status, stub.body = 401, b'{"error": "bad signature"}'
        yield {"bridgeUrl": stub.url}


AWAY = {
    "down": down,
    "silent": silent,
    "late": late,
    "dripping": dripping,
    "garbage": garbage,
    "another server": another_server,
    "another secret": another_secret,
}
UNUSABLE: dict[str, Settings] = {
    "no secret": {"bridgeSecret": ""},
    "a short secret": {"bridgeSecret": "secreto"},
    "no address": {"bridgeUrl": ""},
    "no address of the web": {"bridgeUrl": "pagos.example.com"},
}


# --- our places in WHMCS: what is there although the bridge is away, and what without settings ------------------------


def button(whmcs: Whmcs, settings: Settings) -> Answer:
    """The invoice's page, with its button and what became of the last attempt."""
    return whmcs.run("wompi_link", invoice(**settings), client={"id": 77})


def home(whmcs: Whmcs, settings: Settings) -> Answer:
    """The client area's first page, with the panel."""
    answer = open_home(whmcs, settings=ACTIVE | settings)
    assert {"Unpaid Invoices", "Recent News"} <= {item["name"] for item in answer.menu["children"]}
    return answer


def menu(whmcs: Whmcs, settings: Settings) -> Answer:
    """Any page of the client area, with the entry under Facturación."""
    answer = open_page(whmcs, settings=ACTIVE | settings)
    assert {"My Invoices", "My Quotes"} <= {item["name"] for item in billing(answer)}
    return answer


def mail(whmcs: Whmcs, settings: Settings) -> Answer:
    """An e-mail about an invoice, with its link."""
    world = {"settings": ACTIVE | settings, "invoices": [row(1042, "59500.00")], "context": None}
    return whmcs.run("hook", "EmailPreSend", about("Invoice Created"), **world)


def cancellation(whmcs: Whmcs, settings: Settings) -> Answer:
    """The cron job's automatic cancellation."""
    return whmcs.run("hook", "PreInvoiceAutomaticCancellation", {"invoiceid": 1042}, settings=ACTIVE | settings)


def notice(whmcs: Whmcs, settings: Settings) -> Answer:
    """WHMCS 9's notice above the invoice."""
    vars_ = {"invoiceid": 1042, "status": "Unpaid"}
    return whmcs.run("hook", "ClientAreaPageViewInvoice", vars_, settings=ACTIVE | settings, context={"id": 77})


def admin_panel(whmcs: Whmcs, settings: Settings) -> Answer:
    """The admin's page of an invoice."""
    return whmcs.run("hook", "AdminInvoicesControlsOutput", VARS, settings=ACTIVE | settings)


def widget(whmcs: Whmcs, settings: Settings) -> Answer:
    """The admin's dashboard."""
    return whmcs.run("widget", settings=ACTIVE | settings)


def window(whmcs: Whmcs, settings: Settings) -> Answer:
    """The admin's window about one transaction."""
    params = {"transactionId": TRANSACTION, **ACTIVE, **settings}
    return whmcs.run("wompi_TransactionInformation", params)


def _says(*sentences: str) -> Callable[[str], bool]:
    return lambda html: any(sentence in line.text for line in Page(html).all("p") for sentence in sentences)


away_in_words = _says("no responde ahora", "rechaza la firma")
unset_in_words = _says("Faltan la dirección")

PLACES: dict[str, tuple[Callable[[Whmcs, Settings], Answer], Callable[[Answer], bool], Callable[[Answer], bool]]] = {
    "button": (button, lambda told: is_plain(Page(told.result)), lambda told: told.result == ""),
    "home": (home, lambda told: panel_of(told) is not None, lambda told: panel_of(told) is None),
    "menu": (
        menu,
        lambda told: ENTRY in [item["name"] for item in billing(told)],
        lambda told: ENTRY not in [item["name"] for item in billing(told)],
    ),
    "mail": (
        mail,
        lambda told: ".".join(told.result[0][FIELD].split("/")[-1].split(".")[:3]) == "mail.1042.77",
        lambda told: told.result == [NOTHING],
    ),
    "cancellation": (
        cancellation,
        lambda told: told.result == [{"abortCancel": True}],
        lambda told: told.result == [None],
    ),
    "notice": (notice, lambda told: told.result == [[]], lambda told: told.result == [[]]),
    "admin panel": (
        admin_panel,
        lambda told: away_in_words(told.result[0]),
        lambda told: unset_in_words(told.result[0]),
    ),
    "widget": (
        widget,
        lambda told: away_in_words(told.result["html"]),
        lambda told: unset_in_words(told.result["html"]),
    ),
    "window": (
        window,
        lambda told: "no responde ahora" in told.result["description"],
        lambda told: "Faltan la dirección" in told.result["description"],
    ),
}


@pytest.mark.parametrize("trouble", AWAY)
@pytest.mark.parametrize("place", PLACES)
def test_whole_while_the_bridge_is_away(whmcs: Whmcs, place: str, trouble: str) -> None:
    """What needs no bridge is there, what needs it says so or is left out, and nobody waits for it."""
    ask, whole, _ = PLACES[place]
    with AWAY[trouble]() as settings:
        began = time.monotonic()
        answer = ask(whmcs, settings)
        took = time.monotonic() - began
    check(answer)
    assert whole(answer), answer
    assert took < LONGEST


@pytest.mark.parametrize("trouble", UNUSABLE)
@pytest.mark.parametrize("place", PLACES)
def test_whole_where_it_is_not_set_up(whmcs: Whmcs, place: str, trouble: str) -> None:
    """Clients see nothing of it, admins where to look."""
    ask, _, whole = PLACES[place]
    answer = ask(whmcs, UNUSABLE[trouble])
    check(answer)
    assert whole(answer), answer


def check(answer: Answer) -> None:
    """Nothing was thrown into WHMCS's page, and no log has the secret."""
    assert answer.thrown is None
    assert SECRET not in json.dumps(answer.activity)


def test_the_answer_of_a_bridge_that_is_well_is_believed(whmcs: Whmcs) -> None:
    """The troubles are what makes the difference: the same answer in time is believed in each place that asks."""
    with serving() as stub:
        stub.body = json.dumps(GOOD).encode()
        fan_out = []
        for place, (ask, whole, _) in PLACES.items():
            answer = ask(whmcs, {"bridgeUrl": stub.url})
            check(answer)
            if stub.asked:
                fan_out.append(place)
                assert not whole(answer) or place == "cancellation", place
            stub.asked.clear()
    assert fan_out == ["button", "cancellation", "notice", "admin panel", "widget", "window"]
