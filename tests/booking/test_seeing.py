"""``payments`` and ``show``: what a person, a program and an accountant's spreadsheet read of the payments."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from tests.processes import COMMAND, clean_environment
from tests.world import World
from whmcs_bridge import cli
from whmcs_bridge.commands import payments, show

pytestmark = pytest.mark.slow

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is printed here has nothing to do with the kind of database."""
    return sqlite_world


class Said:
    """Runs a command on the world's own bridge, and gives what it printed."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._bridge, self._capsys = world.bridge, capsys
        monkeypatch.setenv("LC_ALL", "es_CO.UTF-8")

    def __call__(self, *arguments: str) -> str:
        given = cli._parser().parse_args(arguments)
        self._capsys.readouterr()
        self.status = (payments if given.command == "payments" else show).run(self._bridge, given)
        out, self.complaint = self._capsys.readouterr()
        return out

    def ids(self, *arguments: str) -> list[str]:
        return [row["transaction_id"] for row in json.loads(self("payments", "--json", *arguments))]

    def sheet(self, *arguments: str) -> list[list[str]]:
        told = self("payments", "--csv", *arguments)
        assert told.startswith(MARK)
        return list(csv.reader(io.StringIO(told.removeprefix(MARK), newline=""), delimiter=";"))


@pytest.fixture
def said(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    return Said(world, capsys, monkeypatch)


def pay(world: World, status: str = "APPROVED", *, total: str = "59500.00", **options: str) -> str:
    transaction = world.pay(world.invoice(total, tax="0.00"), status, **options)
    world.event(transaction)
    world.work()
    return transaction


class TestFilters:
    def test_each_filter_alone_and_together(self, world: World, said: Said) -> None:
        """State, invoice, method, days (both included, in Colombian time), number."""
        first = pay(world, method="PSE")
        world.clock.advance(hours=14)  # past midnight in Bogotá: 00:04 on the 22nd
        second = pay(world, "DECLINED", method="NEQUI")
        world.clock.advance(days=1)
        third = pay(world, method="NEQUI")
        assert said.ids() == [third, second, first]
        assert said.ids("--method", "nequi") == [third, second]
        assert said.ids("--method", "NEQUI", "--state", "posted") == [third]
        assert said.ids("--invoice", "1043") == [second]
        assert said.ids("--since", "2026-11-22") == [third, second]
        assert said.ids("--until", "2026-11-22") == [second, first]
        assert said.ids("--since", "2026-11-22", "--until", "2026-11-22") == [second]
        assert said.ids("--limit", "2") == [third, second]
        assert said.ids("--since", "2027-01-01") == []

    def test_json_is_one_array_whatever_its_length(self, world: World, said: Said) -> None:
        """None, one, two: written as they are read, and one document all the same."""
        assert said("payments", "--json") == "[]\n"
        pay(world)
        assert len(json.loads(said("payments", "--json"))) == 1
        pay(world)
        assert len(json.loads(said("payments", "--json"))) == 2


class TestCsv:
    def test_is_what_a_spanish_spreadsheet_opens(self, world: World, said: Said) -> None:
        """Semicolons, a mark for UTF-8, Colombian time, and whole pesos that no language misreads."""
        transaction = world.pay(world.invoice(), method="PSE")
        world.clock.advance(minutes=2)
        world.event(transaction)
        world.work()
        head, row, total = said.sheet()
        assert head == [
            "fecha", "aviso", "número impreso", "n.º de cliente", "cliente", "transacción", "referencia", "medio",
            "total", "comisión estimada", "IVA estimado", "neto estimado", "moneda", "estado",
            "registrado en WHMCS", "comisión real", "IVA real", "retenciones", "neto real",
        ]  # fmt: skip
        assert row[:6] == ["2026-11-21 10:04:05", "1042", "1042", "77", "Ana Ruiz", transaction]
        assert row[6].startswith("INV1042-77-5950000-")
        assert row[7:] == ["PSE", "59500", "", "", "", "COP", "Registrado", "2026-11-21 10:06:05", *[""] * 4]
        assert (total[0], total[8]) == ("Total", "59500")
        assert said("payments", "--csv").endswith("\r\n")

    def test_P7_holds_what_is_booked_and_nothing_else(self, world: World, said: Said) -> None:
        """Its sum is what came in; who asks for another state is told where that is."""
        pay(world)
        pay(world, "DECLINED")
        assert [row[8] for row in said.sheet()[1:]] == ["59500", "59500"]
        said("payments", "--csv", "--state", "closed")
        assert said.status == 2

    def test_cents_stand_behind_a_comma(self, world: World, said: Said) -> None:
        """Only where there are any."""
        transaction = pay(world)
        query = text("UPDATE payments SET amount_in_cents = 5950005")
        world.bridge.database.write(lambda connection: connection.execute(query))
        (_, row, _) = said.sheet()
        assert (row[5], row[8]) == (transaction, "59500,05")

    @pytest.mark.parametrize("evil", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_no_cell_becomes_a_formula(self, world: World, said: Said, evil: str) -> None:
        """What others wrote is text to the spreadsheet, in every column that holds any."""
        pay(world)
        change = "UPDATE payments SET reference = :evil, method = :evil, status = :evil, currency = :evil"
        query = text(change).bindparams(evil=evil)
        world.bridge.database.write(lambda connection: Connection.execute(connection, query))
        world.whmcs.books.clients[77]["companyname"] = evil
        (_, row, _) = said.sheet()
        assert all(row[column].startswith("'") for column in (6, 12))
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]

    def test_is_utf_8_whatever_the_terminal_speaks(self, world: World, tmp_path: Path) -> None:
        """A sheet that was written by cron opens like one that was written by hand."""
        pay(world)
        settings = {**world.settings, "PYTHONIOENCODING": "latin-1", "LC_ALL": "es_CO.ISO-8859-1"}
        done = subprocess.run(
            [*COMMAND, "payments", "--csv"],
            env=clean_environment() | {"PYTHONPATH": str(Path.cwd())} | settings,
            cwd=tmp_path, capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout.startswith(b"\xef\xbb\xbffecha;aviso;n\xc3\xbamero impreso;")


class TestLines:
    def test_what_would_move_the_cursor_is_a_question_mark(self, world: World, said: Said) -> None:
        """A reference may hold anything: a terminal shows it, and obeys nothing."""
        pay(world)
        query = text("UPDATE payments SET reason = :evil, reference = :evil").bindparams(evil="\x1b[2Jx\ny")
        world.bridge.database.write(lambda connection: connection.execute(query))
        for told in (said("payments"), said("show", "1042")):
            assert "?[2Jx?y" in told
            assert "\x1b" not in told

    def test_a_reader_that_goes_away_is_no_fault(self, world: World, tmp_path: Path) -> None:
        """``wompi-bridge payments | head``: no traceback."""
        for _ in range(3):
            pay(world)
        env = clean_environment() | {"PYTHONPATH": str(Path.cwd())} | world.settings
        process = subprocess.Popen(
            [*COMMAND, "payments", "--json"], env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        with process.stderr:
            assert b"Traceback" not in process.stderr.read()
        assert process.wait(30) == 0


class TestShow:
    def test_tells_the_whole_trail(self, world: World, said: Said) -> None:
        """Head line, reference, and a line a step with its time."""
        transaction = pay(world, method="PSE")
        told = said("show", transaction).splitlines()
        assert said.status == 0
        assert told[0] == f"Registrado en WHMCS · $\xa059.500 · aviso 1042 · PSE · {transaction}"
        assert told[1].startswith("  referencia INV1042-77-5950000-")
        assert told[2].startswith("  2026-11-21 10:04:05  Clic en «Pagar con Wompi»")
        assert told[-1] == "  2026-11-21 10:04:05  Registrado en WHMCS"

    def test_ends_with_the_command_where_a_person_is_waited_for(self, world: World, said: Said) -> None:
        """Ready to be copied."""
        transaction = world.pay(world.invoice())
        world.whmcs.set_invoice(1042, status="Cancelled")
        world.event(transaction)
        world.work()
        told = said("show", "1042").splitlines()
        assert told[-1] == f'  → wompi-bridge resolve {transaction} --credit --reason "..."'

    def test_the_same_for_programs(self, world: World, said: Said) -> None:
        """The payment as ``payments`` tells it, and its steps."""
        transaction = pay(world)
        told = json.loads(said("show", "1042", "--json"))
        (attempt,) = told["attempts"]
        assert (told["invoice_id"], attempt["payment"]["transaction_id"]) == (1042, transaction)
        assert [step["what"] for step in attempt["steps"]] == ["checkout", "finalized", "event", "posting", "posted"]
        assert attempt["steps"][0]["at"] == "2026-11-21T15:04:05+00:00"
        assert json.loads(said("payments", "--json")) == [attempt["payment"]]

    def test_what_nobody_knows(self, world: World, said: Said) -> None:
        """Exit 1, a sentence and what to try."""
        assert said("show", "4711") == ""
        assert said.status == 1
        assert "4711" in said.complaint
        assert "wompi-bridge reconcile" in said.complaint
