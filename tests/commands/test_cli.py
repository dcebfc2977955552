"""``wompi-bridge`` as its users call it: a process, its output, its exit status."""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from tests.ports import free_port
from tests.processes import call, running, start
from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.commands import serve
from whmcs_bridge.signed.links import read_link


@pytest.fixture
def world(sqlite_world: World) -> World:
    """One database will do for what commands print; several processes on each of them are tried in ``faults``."""
    return sqlite_world


@pytest.fixture
def settings(world: World) -> dict[str, str]:
    """The settings of a second process on the same database."""
    return world.settings


class TestAnUnusableConfiguration:
    @pytest.mark.parametrize("command", ["serve", "worker", "run-once", "reconcile", "payments", "link", "doctor"])
    def test_ends_with_2_and_one_sentence_a_setting(self, tmp_path: Path, command: str) -> None:
        """Nothing is set: each required setting is named once, in Spanish, and there is no traceback."""
        (tmp_path / ".env").touch()
        ended = call(command, *(["1"] if command == "link" else []), folder=tmp_path)
        told = ended.stderr.splitlines()
        assert ended.returncode == 2
        assert [line.split(":")[0] for line in told] == [
            "BRIDGE_URL", "BRIDGE_SECRET", "WHMCS_URL", "WHMCS_API_IDENTIFIER", "WHMCS_API_SECRET",
            "WOMPI_PUBLIC_KEY", "WOMPI_PRIVATE_KEY", "WOMPI_INTEGRITY_SECRET", "WOMPI_EVENTS_SECRET",
        ]  # fmt: skip
        assert "falta" in told[0]
        assert "Traceback" not in ended.stderr

    def test_speaks_english_on_an_english_terminal(self, tmp_path: Path) -> None:
        """By LC_ALL and its like."""
        (tmp_path / ".env").touch()
        assert "is missing" in start("run-once", folder=tmp_path, LC_ALL="en_US.UTF-8").stderr

    def test_A81_mixed_keys_are_refused_and_not_repeated(self, tmp_path: Path, settings: dict[str, str]) -> None:
        """A production key among those of the sandbox: exit 2, and the key is not on the terminal."""
        key = "prv_prod_ThisIsSecret000"
        ended = call("run-once", folder=tmp_path, **settings | {"WOMPI_PRIVATE_KEY": key})
        assert (ended.returncode, key in ended.stderr + ended.stdout) == (2, False)

    def test_a_database_that_cannot_be_used_is_a_sentence_too(self, tmp_path: Path, settings: dict[str, str]) -> None:
        """Exit 2, the setting's name, and not its password."""
        url = "postgresql+psycopg://bridge:hush@127.0.0.1:1/none"
        ended = call("run-once", folder=tmp_path, **settings | {"BRIDGE_DATABASE_URL": url})
        assert (ended.returncode, ended.stderr.startswith("BRIDGE_DATABASE_URL:")) == (2, True)
        assert "hush" not in ended.stderr

    def test_help_needs_nothing(self, tmp_path: Path) -> None:
        """``--help`` answers without loading what it does not need."""
        loads = (
            "import sys, contextlib, io; from whmcs_bridge.cli import main\n"
            "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit): main(['--help'])\n"
            "print(sorted({'flask', 'sqlalchemy', 'pydantic', 'requests', 'alembic'} & sys.modules.keys()))"
        )
        ended = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True, timeout=30)
        assert ended.stdout == "[]\n"

    def test_serve_loads_what_every_hour_needs(self) -> None:
        """What a press, a migration or a terminal needs is loaded then: it would take memory all the time."""
        loads = (
            "import sys, whmcs_bridge.commands.serve, whmcs_bridge.web.wompi.server\n"
            "later = {'alembic', 'holidays', 'rich', 'segno', 'whmcs_bridge.doctor.doctor'}\n"
            "print(sorted(later & sys.modules.keys()))"
        )
        ended = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True, timeout=30)
        assert ended.stdout == "[]\n"


class TestServe:
    def test_serves_and_books_and_ends_when_it_is_asked_to(
        self, world: World, settings: dict[str, str], tmp_path: Path
    ) -> None:
        """The whole as one process: event in, booked within a second, SIGTERM ends it with 0."""
        with running("serve", "--port", "0", folder=tmp_path, settings=settings, ready="listening") as line:
            address = f"http://127.0.0.1:{line.split()[-1]}/"
            world.clock.now = world.clock.now.now(world.clock.now.tzinfo)
            transaction = world.pay(world.invoice())
            world.wompi.events_url = address + "webhooks/wompi"
            assert world.wompi.deliver(transaction) == 200
            assert world.whmcs.wait_for_call("AddInvoicePayment", timeout=2.0)
            assert requests.get(address + "readyz", timeout=5).status_code == 200
        assert len(world.whmcs.booked(transaction)) == 1

    def test_web_and_worker_may_be_two_processes(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """``serve --no-worker`` receives, ``worker`` books."""
        serve = ("serve", "--port", "0", "--no-worker")
        with (
            running(*serve, folder=tmp_path, settings=settings, ready="listening") as line,
            running("worker", folder=tmp_path, settings=settings, ready="working"),
        ):
            world.clock.now = world.clock.now.now(world.clock.now.tzinfo)
            transaction = world.pay(world.invoice())
            world.wompi.events_url = f"http://127.0.0.1:{line.split()[-1]}/webhooks/wompi"
            assert world.wompi.deliver(transaction) == 200
            assert world.whmcs.wait_for_call("AddInvoicePayment", timeout=2.0)
        assert world.state(transaction) == "posted"

    def test_the_collector_leaves_alone_what_the_program_is_made_of(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """To go through all of it takes 50 to 90 ms, in which no event is answered. What comes later is collected."""
        left_alone, interval = gc.get_freeze_count(), sys.getswitchinterval()

        class Listening:
            port, stop = 8080, None

            def __init__(self, _bridge: object, **_options: object) -> None: ...
            def run(self) -> None:
                seen.append(gc.get_freeze_count())

        seen: list[int] = []
        monkeypatch.setattr("whmcs_bridge.web.wompi.server.Server", Listening)
        monkeypatch.setattr("whmcs_bridge.web.wompi.server.on_termination", lambda _stop: None)
        try:
            assert serve.run(world.bridge, argparse.Namespace(host="127.0.0.1", port=8080, no_worker=True)) == 0
        finally:
            sys.setswitchinterval(interval)
        assert seen[0] > left_alone

    def test_a_port_that_is_taken_is_told(self, settings: dict[str, str], tmp_path: Path) -> None:
        """Exit 2 and what to do."""
        with running("serve", "--port", "0", folder=tmp_path, settings=settings, ready="listening") as line:
            ended = call("serve", "--port", line.split()[-1], folder=tmp_path, **settings)
        assert (ended.returncode, "--port" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)


class TestRunOnce:
    def test_does_what_is_due_and_ends_with_0(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """For cron: the event waits in the database, the next minute books it."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        assert call("run-once", folder=tmp_path, **settings).returncode == 0
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_ends_with_1_when_something_waits_for_a_person(
        self, world: World, settings: dict[str, str], tmp_path: Path
    ) -> None:
        """So that cron's mail tells it."""
        transaction = world.pay(world.invoice())
        world.whmcs.set_invoice(1042, status="Cancelled")
        world.event(transaction)
        ended = call("run-once", folder=tmp_path, **settings)
        assert (ended.returncode, transaction in ended.stdout) == (1, True)


class TestReconcile:
    def test_finds_and_books_what_no_webhook_told(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """One call asks about every open checkout and books what it finds."""
        transaction = world.pay(world.invoice())
        ended = call("reconcile", "--since", "2026-11-20", folder=tmp_path, **settings)
        assert (ended.returncode, transaction in ended.stdout) == (0, True)
        assert world.state(transaction) == "posted"

    def test_a_dry_run_books_nothing(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """It only says what it would look at."""
        transaction = world.pay(world.invoice())
        ended = call("reconcile", "--dry-run", folder=tmp_path, **settings)
        assert (ended.returncode, transaction in ended.stdout, world.state(transaction)) == (0, True, "-")

    def test_what_could_not_be_counted_ends_with_one(
        self, world: World, settings: dict[str, str], tmp_path: Path
    ) -> None:
        """WHMCS breaks over one of two booked payments: the other is counted, the number of the rest is told, and
        cron's mail says so."""
        for _ in range(2):
            world.event(world.pay(world.invoice()))
        world.work()
        world.whmcs.faults.add("GetTransactions", "500")
        # The process goes by the real time, and looks back eight days.
        ended = call("reconcile", "--since", "2026-11-20", folder=tmp_path, **settings | {"WHMCS_PARALLEL": "1"})
        assert (ended.returncode, "contados en WHMCS: 1\n" in ended.stdout) == (1, True)
        assert "No se pudo contar allí 1 de 2" in ended.stdout

    def test_a_day_that_is_none_is_told(self, settings: dict[str, str], tmp_path: Path) -> None:
        """Exit 2, like any call that cannot be understood."""
        assert call("reconcile", "--since", "ayer", folder=tmp_path, **settings).returncode == 2


class TestPayments:
    def test_lists_all_newest_first_with_what_the_contract_names(
        self, world: World, settings: dict[str, str], tmp_path: Path
    ) -> None:
        """JSON objects that carry at least the agreed fields."""
        first = world.pay(world.invoice())
        world.event(first)
        world.work()
        world.clock.advance(seconds=1)
        second = world.pay(world.invoice("20000.00", tax="0.00"), "DECLINED")
        world.event(second)
        world.work()
        listed = json.loads(call("payments", "--json", folder=tmp_path, **settings).stdout)
        assert [row["transaction_id"] for row in listed] == [second, first]
        named = ("invoice_id", "amount_in_cents", "currency", "status", "state", "reason")
        told = {name: listed[1][name] for name in named}
        assert told == {
            "invoice_id": 1042, "amount_in_cents": 5_950_000, "currency": "COP", "status": "APPROVED",
            "state": "posted", "reason": "",
        }  # fmt: skip
        assert listed[1]["reference"].startswith("INV1042-77-5950000-")

    def test_filters_by_state_and_invoice_and_number(
        self, world: World, settings: dict[str, str], tmp_path: Path
    ) -> None:
        """Each filter alone."""
        ids = [world.pay(world.invoice()) for _ in range(3)]
        for transaction in ids:
            world.event(transaction)
        world.work()
        for arguments, count in (
            (["--state", "posted"], 3),
            (["--state", "review"], 0),
            (["--invoice", "1043"], 1),
            (["--limit", "2"], 2),
        ):
            assert len(json.loads(call("payments", "--json", *arguments, folder=tmp_path, **settings).stdout)) == count

    def test_a_person_reads_lines(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """State, amount, invoice, transaction; and a sentence when there are none."""
        assert "No hay pagos" in call("payments", folder=tmp_path, **settings).stdout
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        told = call("payments", folder=tmp_path, **settings).stdout
        assert all(part in told for part in ("posted", "59.500", "1042", transaction))


class TestResolve:
    def test_settles_a_payment_and_says_so(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """Exit 0 and the new state; a second call finds nothing to settle: exit 1."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, amount_in_cents=4_000_000)
        world.event(transaction)
        world.work()
        arguments = ("resolve", transaction, "--book", "--reason", "pagó menos, acordado")
        first, second = (call(*arguments, folder=tmp_path, **settings) for _ in range(2))
        assert (first.returncode, "posted" in first.stdout) == (0, True)
        assert (second.returncode, "no se hizo nada" in second.stderr) == (1, True)
        assert len(world.whmcs.booked(transaction)) == 1

    @pytest.mark.parametrize(
        "arguments",
        [("--book",), ("--reason", "x"), ("--book", "--credit", "--reason", "x"), ("--book", "--reason", " ")],
    )
    def test_wants_one_way_and_a_reason(self, settings: dict[str, str], tmp_path: Path, arguments: tuple[str]) -> None:
        """Exit 2 otherwise."""
        assert call("resolve", "12022-1-1", *arguments, folder=tmp_path, **settings).returncode == 2

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--credit", "--owner", "78"),
            ("--book", "--owner", "0"),
            ("--book", "--owner", "x"),
            ("--dismiss", "--invoice", "-1"),
        ],
    )
    def test_T5_an_owner_goes_with_a_booking(
        self, settings: dict[str, str], tmp_path: Path, arguments: tuple[str]
    ) -> None:
        """And both are numbers of WHMCS: exit 2 otherwise."""
        given = ("resolve", "12022-1-1", *arguments, "--reason", "x")
        assert call(*given, folder=tmp_path, **settings).returncode == 2

    def test_T5_T7_orders_say_what_became_of_them(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """Refused with its reason, exit 1; of another invoice, exit 1; booked for its owner, exit 0."""
        world.whmcs.add_client(id=78)
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.event(transaction)
        world.whmcs.set_invoice(invoice, client_id=78)
        world.work()
        book = ("resolve", transaction, "--book", "--reason", "luz")
        refused = call(*book, folder=tmp_path, **settings)
        assert (refused.returncode, "--owner 78" in refused.stderr) == (1, True)
        other = call(*book, "--owner", "78", "--invoice", "1", folder=tmp_path, **settings)
        assert (other.returncode, f"es del aviso {invoice}" in other.stderr) == (1, True)
        booked = call(*book, "--owner", "78", "--invoice", str(invoice), folder=tmp_path, **settings)
        assert (booked.returncode, len(world.whmcs.booked(transaction))) == (0, 1)


class TestLink:
    @pytest.mark.parametrize(("purpose", "days"), [("pay", 0), ("mail", 29)])
    def test_prints_a_link_that_works(
        self, world: World, settings: dict[str, str], tmp_path: Path, purpose: str, days: int
    ) -> None:
        """Signed for the invoice and its client, for an hour or a month."""
        world.invoice()
        told = json.loads(call("link", "1042", "--purpose", purpose, "--json", folder=tmp_path, **settings).stdout)
        now = world.clock.now.now(world.clock.now.tzinfo)
        link = read_link(told["link"], [BRIDGE_SECRET], now=now)
        assert (link.purpose, link.invoice_id, link.client_id) == (purpose, 1042, 77)
        assert (link.expires_at - now).days == days
        assert told["url"] == f"http://127.0.0.1:9/pay/{told['link']}"

    def test_draws_the_code_that_a_phone_reads(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """As SVG and as PNG; another program reads the address back."""
        world.invoice()
        ended = call("link", "1042", "--qr-png", "a.png", "--qr-svg", "a.svg", folder=tmp_path, **settings)
        url = ended.stdout.strip()
        assert url.startswith("http://127.0.0.1:9/pay/mail.1042.77.")
        assert (tmp_path / "a.svg").read_text("utf-8").rstrip().endswith("</svg>")
        if shutil.which("zbarimg") is None:
            pytest.skip("zbarimg is not installed: apt-get install zbar-tools")
        asked = ["zbarimg", "--quiet", "--raw", "--nodbus", str(tmp_path / "a.png")]
        read = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout
        assert read == f"{url}\n"

    def test_all_forms_at_once(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """A text for WhatsApp with the link at its end, the address that opens WhatsApp with it, and the code."""
        world.invoice()
        told = json.loads(call("link", "1042", "--json", folder=tmp_path, **settings).stdout)
        assert told["whatsapp_text"] == (
            "Hola. Puede pagar el aviso de cobro 1042 ($\N{NO-BREAK SPACE}59.500) de Hosting Andino con tarjeta, PSE o"
            f" Nequi en este enlace: {told['url']}"
        )
        address, _, text = told["whatsapp_url"].partition("?text=")
        assert (address, unquote(text)) == ("https://wa.me/", told["whatsapp_text"])
        assert told["qr_svg"].startswith("<svg ")
        lines = call("link", "1042", "--whatsapp", folder=tmp_path, **settings).stdout.splitlines()
        assert [line[:20] for line in lines] == ["Hola. Puede pagar el", "https://wa.me/?text="]

    def test_a_link_is_taken_back(self, world: World, settings: dict[str, str], tmp_path: Path) -> None:
        """By its address; then it says so, its page does, and the invoice's other links go on."""
        world.invoice()
        first = call("link", "1042", folder=tmp_path, **settings).stdout.strip()
        other = call("link", "1042", "--purpose", "pay", folder=tmp_path, **settings).stdout.strip()
        ended = call("link", "--revoke", first, folder=tmp_path, **settings)
        assert (ended.returncode, ended.stdout) == (0, "El enlace del aviso de cobro 1042 ya no sirve.\n")
        assert "ya se había retirado" in call("link", "--revoke", first, folder=tmp_path, **settings).stdout
        page = world.http.get(f"/pay/{first.rpartition('/')[2]}")
        assert (page.status_code, "Este enlace ya no sirve" in page.text) == (403, True)
        assert world.http.get(f"/pay/{other.rpartition('/')[2]}").status_code == 200
        refused = call("link", "--revoke", first[:-1], folder=tmp_path, **settings)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert call("link", folder=tmp_path, **settings).returncode == 2

    def test_an_invoice_that_is_not_there_is_told(self, settings: dict[str, str], tmp_path: Path) -> None:
        """Exit 1 and a sentence."""
        ended = call("link", "4711", folder=tmp_path, **settings)
        assert (ended.returncode, "4711" in ended.stderr, ended.stdout) == (1, True, "")


class TestWithoutSettings:
    def test_demo_once_pays_an_invoice_and_shows_the_trail(self, tmp_path: Path) -> None:
        """Click, event, booking; the invoice is Paid exactly once; exit 0."""
        ended = call("demo", "--once", folder=tmp_path)
        assert ended.returncode == 0, ended.stderr
        for step in ("checkout", "touch", "posting", "posted", "1042: Paid, 1 pago"):
            assert step in ended.stdout

    def test_demo_tells_of_a_port_that_is_taken(self, tmp_path: Path) -> None:
        """Exit 2 and what to do, whichever of its three ports it is."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for asked in (port, port - 2):
                ended = call("demo", "--port", str(asked), folder=tmp_path)
                assert (ended.returncode, "--port" in ended.stdout) == (2, True)

    def test_sandbox_serves_both_and_prints_what_to_set(self, tmp_path: Path) -> None:
        """Keys and addresses by the settings' names; what was done is in the file when it has ended."""
        ports = ["--wompi-port", str(free_port()), "--whmcs-port", str(free_port())]
        events = "http://127.0.0.1:9/events"
        asked = ["sandbox", *ports, "--state", "kept.json", "--events-url", events]
        with running(*asked, folder=tmp_path, settings={}, ready=events) as told:
            assert told == f"# Los eventos van a: {events}\n"
            wompi, whmcs = f"http://127.0.0.1:{ports[1]}", f"http://127.0.0.1:{ports[3]}"
            assert requests.get(f"{wompi}/v1/pse/financial_institutions", timeout=5).json()["data"][0]
            assert requests.post(f"{whmcs}/_sandbox/clients", json={"firstname": "Luz"}, timeout=5).json() == {"id": 78}
        assert '"firstname": "Luz"' in (tmp_path / "kept.json").read_text("utf-8")

    def test_sandbox_tells_of_a_port_that_is_taken_and_of_another_file(self, tmp_path: Path) -> None:
        """Exit 2, one sentence, no traceback; the file is left as it is."""
        (tmp_path / "mine.txt").write_text("my work")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            ended = call("sandbox", "--wompi-port", str(taken.getsockname()[1]), folder=tmp_path)
        assert (ended.returncode, "--wompi-port" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)
        ended = call("sandbox", "--wompi-port", "0", "--whmcs-port", "0", "--state", "mine.txt", folder=tmp_path)
        assert (ended.returncode, ended.stderr.startswith("mine.txt: ")) == (2, True)
        assert (tmp_path / "mine.txt").read_text() == "my work"

    def test_hooks_as_an_archive(self, tmp_path: Path) -> None:
        """It is written where it was asked for; where that cannot be, exit status 1 and why."""
        ended = call("hooks", "zip", "wompi-whmcs.zip", folder=tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert (tmp_path / "wompi-whmcs.zip").read_bytes().startswith(b"PK")
        ended = call("hooks", "zip", "nowhere/wompi-whmcs.zip", folder=tmp_path)
        assert (ended.returncode, "No such file" in ended.stderr) == (1, True)

    def test_hooks_go_into_a_whmcs_root_and_out_again(self, tmp_path: Path) -> None:
        """It says what it wrote and what it removed; what somebody changed, and what is no WHMCS, is refused."""
        assert call("hooks", "install", str(tmp_path), folder=tmp_path).returncode == 1
        for folder in ("includes/hooks", "modules/gateways"):
            (tmp_path / folder).mkdir(parents=True)
        ended = call("hooks", "install", str(tmp_path), folder=tmp_path)
        assert (ended.returncode, "modules/gateways/wompi.php" in ended.stdout) == (0, True)
        assert (tmp_path / "includes/hooks/wompi_bridge.php").is_file()

        changed = tmp_path / "modules/gateways/wompi.php"
        changed.write_text("<?php // somebody's")
        ended = call("hooks", "uninstall", str(tmp_path), folder=tmp_path)
        assert (ended.returncode, "--force" in ended.stderr, changed.exists()) == (1, True, True)
        ended = call("hooks", "uninstall", "--force", str(tmp_path), folder=tmp_path)
        assert (ended.returncode, "removed    modules/gateways/wompi.php\n" in ended.stdout) == (0, True)
        assert "Payment Gateways" in ended.stdout
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
