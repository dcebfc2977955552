"""Commands on the terminals that hosts have: ISO-8859-1, ASCII, a folder without settings, hostile text in them."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path

import pytest

from tests.processes import COMMAND, call, call_for_bytes, clean_environment
from tests.world import World
from whmcs_bridge.commands.terminal import log_to_stderr, print_json
from whmcs_bridge.messages.screen import SafeStream

ENCODINGS = ["iso-8859-1", "ascii", "cp1252", "cp850"]


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


def held(world: World) -> str:
    """A payment that waits for a person."""
    invoice = world.invoice()
    transaction = world.pay(invoice)
    world.whmcs.books.invoices[invoice].status = "Cancelled"
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "review"
    return transaction


def run(*arguments: str, folder: Path, encoding: str, settings: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run a command as on a terminal of this encoding."""
    return call_for_bytes(*arguments, folder=folder, **settings | {"PYTHONIOENCODING": f"{encoding}:strict"})


@pytest.mark.parametrize("encoding", ENCODINGS)
class TestEncodings:
    def test_E11_help(self, tmp_path: Path, encoding: str) -> None:
        """No traceback for a letter that the terminal lacks."""
        env = clean_environment() | {"PYTHONPATH": str(Path.cwd()), "PYTHONIOENCODING": f"{encoding}:strict"}
        ended = subprocess.run(
            [*COMMAND, "--help"], env=env, cwd=tmp_path, capture_output=True, timeout=60, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, b"")

    def test_E11_doctor(self, tmp_path: Path, encoding: str) -> None:
        """The arrow before each remedy becomes a question mark; the status is doctor's own."""
        ended = run("doctor", folder=tmp_path, encoding=encoding, settings={})
        assert ended.returncode == 2
        assert b"Traceback" not in ended.stderr

    def test_E11_resolve_does_its_work_and_ends_0(self, world: World, tmp_path: Path, encoding: str) -> None:
        """A reason with letters that the terminal lacks: settled, shown as far as it goes, status 0."""
        transaction = held(world)
        ended = run(
            "resolve", transaction, "--dismiss", "--reason", "ya se devolvió → hecho", folder=tmp_path,
            encoding=encoding, settings=world.settings,
        )  # fmt: skip
        assert (ended.returncode, b"Traceback" in ended.stderr) == (0, False)
        assert world.state(transaction) == "closed"

    def test_E11_json_stays_json(self, world: World, tmp_path: Path, encoding: str) -> None:
        """What the encoding lacks is an escape there."""
        transaction = held(world)
        ended = run("payments", "--json", folder=tmp_path, encoding=encoding, settings=world.settings)
        assert ended.returncode == 0
        assert ended.stdout.isascii()
        (told,) = json.loads(ended.stdout)
        assert told["reason"] == world.reason(transaction)


def test_E12_a_folder_without_settings_is_one_sentence(tmp_path: Path) -> None:
    """Which file was looked for, and where it usually is; for doctor too, once in all that it prints."""
    for command in ("payments", "doctor", "serve"):
        ended = call(command, folder=tmp_path)
        assert ended.returncode == 2
        (line,) = ended.stderr.splitlines()
        assert str(tmp_path / ".env") in line
        assert "/etc/wompi-bridge/settings.env" in line
        assert (ended.stdout + ended.stderr).count("no hay configuración") == 1


def test_E8_serve_tells_a_misspelt_name(world: World, tmp_path: Path) -> None:
    """Before it listens; the rest is as it was."""
    settings = world.settings | {"BRIDGE_FEE": "2%", "BRIDGE_ENV_FILE": ""}
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], env=clean_environment() | {"PYTHONPATH": str(Path.cwd())} | settings,
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    with process.stderr:
        lines = [next(process.stderr)]
        while "listening" not in lines[-1]:
            lines.append(next(process.stderr))
        process.terminate()
        process.wait(20)
    assert any("BRIDGE_FEE: " in line and "BRIDGE_FEES" in line for line in lines)


class TestControlCharacters:
    EVIL = "FE\x1b[2J\x07\r\nERROR forged\u202e\x9b31m"

    def test_E22_a_log_line_is_one_line(
        self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever a message holds, in its text or in its values."""
        monkeypatch.setattr(logging, "_logRecordFactory", logging.LogRecord)
        log_to_stderr()
        record = logging.getLogRecordFactory()("x", logging.INFO, "", 0, "status %s", (self.EVIL,), None)
        assert record.getMessage().isprintable()
        assert "forged" in record.getMessage()

    def test_E22_a_terminal_gets_no_codes(self, tmp_path: Path) -> None:
        """Line breaks and tabs lay a text out; everything else of the kind is a question mark."""
        with (tmp_path / "out").open("wb") as file:
            stream = SafeStream(file, "utf-8", newline="")
            stream.write(self.EVIL + "\ttab\n")
            stream.flush()
            stream.detach()
        assert (tmp_path / "out").read_bytes() == b"FE?[2J?\r\nERROR forged??31m\ttab\n"

    def test_E22_json_escapes_them(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Also those that JSON allows as they are."""
        print_json({"a": self.EVIL})
        assert capsys.readouterr().out.replace("\n", "").isprintable()

    def test_E22_the_printed_number_in_a_message(self, world: World, tmp_path: Path) -> None:
        """An invoice's number with terminal codes: the text for WhatsApp has none, nor a line of its own."""
        invoice = world.invoice()
        world.whmcs.books.invoices[invoice].invoicenum = self.EVIL
        ended = call("link", str(invoice), "--whatsapp", folder=tmp_path, **world.settings)
        assert (ended.returncode, len(ended.stdout.splitlines())) == (0, 2)
        assert ended.stdout.replace("\n", "").replace("\u00a0", " ").isprintable()


class TestPrintedNumbers:
    @pytest.mark.parametrize("typed", ["FE-2026-1002", "fe-2026-1002", " FE-2026-1002 ", "#FE-2026-1002"])
    def test_E18_the_number_on_the_invoice_is_found(self, world: World, tmp_path: Path, typed: str) -> None:
        """By ``link``, ``show``, ``payments`` and ``resolve``."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.event(transaction)
        world.work()
        world.whmcs.books.invoices[invoice].invoicenum = "FE-2026-1002"
        assert "/pay/mail." in call("link", typed, folder=tmp_path, **world.settings).stdout
        assert transaction in call("show", typed, folder=tmp_path, **world.settings).stdout
        assert transaction in call("payments", "--invoice", typed, folder=tmp_path, **world.settings).stdout

    def test_E18_a_number_that_begins_as_our_references_do(self, world: World, tmp_path: Path) -> None:
        """``INV-2026-7`` is what many a WHMCS prints: ``show`` finds it as ``link`` does."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.event(transaction)
        world.work()
        world.whmcs.books.invoices[invoice].invoicenum = "INV-2026-7"
        assert transaction in call("show", "INV-2026-7", folder=tmp_path, **world.settings).stdout

    def test_E18_while_whmcs_does_not_answer(self, world: World, tmp_path: Path) -> None:
        """Nobody says then that nothing is known: exit 1, and why."""
        for arguments in (("link", "FE-9"), ("payments", "--invoice", "FE-9"), ("show", "FE-9")):
            ended = call(*arguments, folder=tmp_path, **world.settings | {"WHMCS_URL": "http://127.0.0.1:9/"})
            assert (ended.returncode, "WHMCS no responde como debe" in ended.stderr) == (1, True)

    def test_E18_one_that_does_not_exist(self, world: World, tmp_path: Path) -> None:
        """Exit 1, and a sentence with the number."""
        for arguments in (("link", "FE-9"), ("payments", "--invoice", "FE-9"), ("show", "FE-9")):
            ended = call(*arguments, folder=tmp_path, **world.settings)
            assert (ended.returncode, "FE-9" in ended.stderr) == (1, True)

    def test_E18_an_id_is_never_taken_from_another_number(self, world: World) -> None:
        """``FE-2026-<id>`` whose invoice has another printed number is not that invoice."""
        first, second = world.invoice(), world.invoice()
        world.whmcs.books.invoices[first].invoicenum = "A-1"
        world.whmcs.books.invoices[second].invoicenum = f"FE-{first}"
        assert world.bridge.whmcs.invoice_by_number(f"FE-{first}") == second
        assert world.bridge.whmcs.invoice_by_number("B-1") is None


@pytest.mark.parametrize("way", ["--whatsapp", "--qr-svg"])
def test_E30_no_message_for_an_invoice_that_cannot_be_paid(world: World, tmp_path: Path, way: str) -> None:
    """The page's own refusal, exit 1, and no file."""
    arguments = [way] if way == "--whatsapp" else [way, str(tmp_path / "qr.svg")]
    for status in ("Paid", "Cancelled", "Draft"):
        invoice = world.invoice()
        world.whmcs.books.invoices[invoice].status = status
        ended = call("link", str(invoice), *arguments, folder=tmp_path, **world.settings)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "Este aviso de cobro" in ended.stderr
    assert not (tmp_path / "qr.svg").exists()
    paid = call("link", str(world.invoice()), *arguments, folder=tmp_path, **world.settings)
    assert paid.returncode == 0
