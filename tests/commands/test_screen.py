"""What a person at a terminal sees: tables, colours and progress; what a pipe gets: the plain text, byte for byte."""

from __future__ import annotations

import io
import itertools
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import COMMAND, clean_environment
from tests.setup.terminal import terminal
from tests.world import World
from whmcs_bridge.commands import settlements
from whmcs_bridge.messages import Text
from whmcs_bridge.messages.screen import Cell, SafeStream, print_rows, print_title, working
from whmcs_bridge.settlements.books import Finding, Kind
from whmcs_bridge.settlements.month import Month, Payout, Sums

# What another program's text may hold: markup of rich, and codes that move a terminal's cursor.
HOSTILE = "FE[bold]9[/]\x1b[2J\x07\u202e:smile:"
SHOWN = "FE[bold]9[/]?[2J??:smile:"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen(SafeStream):
    """A terminal in memory."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding, errors="replace", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined,no-any-return]  # a BytesIO


def seen(patch: pytest.MonkeyPatch, encoding: str = "utf-8", **environment: str) -> Screen:
    """Let standard output be a terminal, 80 columns wide."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        patch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm", "COLUMNS": "80"} | environment).items():
        patch.setenv(name, value)
    made = Screen(encoding)
    patch.setattr(sys, "stdout", made)
    return made


def show(text: str = HOSTILE) -> int:
    cells = (Cell(text, "green", below=text), Cell("$\u00a059.500"))
    return print_rows([cells], {"Número": "left", "Valor": "right"}, lambda each: each, lambda _: f"plain {text}")


class TestATable:
    def test_has_a_heading_and_colours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The figures stand at the right, and what is coloured is also written."""
        here = seen(monkeypatch)
        assert show("FE-1") == 1
        assert [line.rstrip() for line in ESCAPE.sub("", here.shown).split("\n")] == [
            "Número     Valor", "FE-1    $\u00a059.500", "FE-1", "",
        ]  # fmt: skip
        assert "\x1b[32mFE-1" in here.shown

    def test_what_comes_from_outside_is_printed_as_it_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No markup of the library, no emoji, and no code but the library's own."""
        here = seen(monkeypatch)
        show()
        assert ESCAPE.sub("", here.shown).count(SHOWN) == 2
        assert "\x1b[2J" not in here.shown
        assert "\x07" not in here.shown

    def test_a_title_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It may hold a name."""
        here = seen(monkeypatch)
        print_title(HOSTILE)
        assert ESCAPE.sub("", here.shown) == f"{SHOWN}\n"

    def test_no_colour_where_none_is_wanted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """https://no-color.org/ - the table stays."""
        here = seen(monkeypatch, NO_COLOR="1")
        show("FE-1")
        assert "\x1b[32m" not in here.shown
        assert "Número" in here.shown

    @pytest.mark.parametrize("term", ["", "dumb", "unknown"])
    def test_plain_lines_on_a_terminal_that_knows_no_more(self, monkeypatch: pytest.MonkeyPatch, term: str) -> None:
        """As in a pipe."""
        here = seen(monkeypatch, TERM=term)
        show("FE-1")
        assert here.shown == "plain FE-1\n"

    @pytest.mark.parametrize(("encoding", "heading"), [("ascii", "N?mero"), ("iso-8859-1", "Número")])
    def test_E11_on_a_terminal_without_utf_8(
        self, monkeypatch: pytest.MonkeyPatch, encoding: str, heading: str
    ) -> None:
        """A question mark for each letter that it lacks; nothing is drawn with what it cannot show."""
        here = seen(monkeypatch, encoding)
        show("FE→1")
        first, second, *_ = ESCAPE.sub("", here.shown).splitlines()
        assert first.split() == [heading, "Valor"]
        assert second.startswith("FE?1")

    def test_a_long_text_is_folded_and_nothing_of_it_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A transaction's number on a narrow terminal."""
        here = seen(monkeypatch)
        show("7" * 300)
        assert here.shown.count("7") == 600

    def test_a_list_of_any_length(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is drawn piece by piece: the first rows are there before the last are read."""
        here = seen(monkeypatch)
        seen_before: list[bool] = []

        def numbers() -> Iterator[int]:
            for number in range(1_200):
                if number == 1_100:
                    seen_before.append("row 999" in here.shown)
                yield number

        count = print_rows(numbers(), {"N": "left"}, lambda n: (Cell(f"row {n}"),), str)
        assert (count, seen_before) == (1_200, [True])
        assert here.shown.count("row ") == 1_200

    def test_a_pipe_gets_the_plain_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Whoever parses it goes on to."""
        show("FE-1")
        assert capsys.readouterr().out == "plain FE-1\n"


class TestProgress:
    def test_tells_what_is_under_way_and_leaves_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The words are asked for again and again; foreign text in them is text."""
        here = seen(monkeypatch)
        monkeypatch.setattr(sys, "stderr", here)
        asked, counts = threading.Event(), itertools.count(1)

        def words() -> str:
            if (count := next(counts)) > 5:
                asked.set()
            return f"{HOSTILE} {count}"

        with working(words):
            assert asked.wait(20)
        shown = ESCAPE.sub("", here.shown)
        assert f"{SHOWN} 2  0 s" in shown
        assert f"{SHOWN} 4  " in shown
        assert here.shown.rstrip("\x1b[?25h").endswith("\x1b[2K")  # the line is wiped

    def test_log_lines_stand_above_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each whole, and the handler writes to where it wrote before."""
        here = seen(monkeypatch)
        monkeypatch.setattr(sys, "stderr", here)
        handler = logging.StreamHandler(here)
        root = logging.getLogger()
        monkeypatch.setattr(root, "handlers", [handler])
        with working(lambda: "moving"):
            logging.getLogger("a").error("reference=[bold]INV1[/] failed")
        assert "reference=[bold]INV1[/] failed\n" in ESCAPE.sub("", here.shown).replace("\r", "")
        assert handler.stream is here

    def test_nothing_where_nobody_looks(self, capsys: pytest.CaptureFixture[str]) -> None:
        """cron's mail and a log get no line of it, and the words are not even asked for."""
        with working(lambda: pytest.fail("asked")):
            pass
        assert capsys.readouterr().err == ""

    def test_the_error_of_the_work_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The terminal is as it was, and the error is the caller's."""
        here = seen(monkeypatch)
        monkeypatch.setattr(sys, "stderr", here)
        with pytest.raises(OSError, match="full"), working(lambda: "moving"):
            raise OSError("full")
        assert sys.stderr is here


LOADED = "import sys\nfrom whmcs_bridge.cli import main\ntry:\n    main({!r})\nexcept SystemExit:\n    pass\n"


@pytest.mark.parametrize("arguments", [["--help"], ["payments", "--help"], ["settlements", "show", "--help"]])
def test_help_does_not_load_the_library(arguments: list[str]) -> None:
    """It costs a tenth of a second that nobody has asked for."""
    code = LOADED.format(arguments) + "print('rich' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.endswith("False\n")


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


@pytest.mark.parametrize("language", ["es_CO.UTF-8", "en_US.UTF-8"])
def test_the_payments_on_a_terminal_and_in_a_pipe(world: World, tmp_path: Path, language: str) -> None:
    """The same payment: a row of a table with the reason beneath it; a line as it has always been."""
    transaction = world.pay(world.invoice())
    world.whmcs.set_invoice(1042, status="Cancelled")
    world.event(transaction)
    world.work()
    environment = clean_environment() | {"PYTHONPATH": str(Path.cwd()), "LC_ALL": language} | world.settings
    on_terminal = environment | {"TERM": "xterm", "COLUMNS": "100"}
    with terminal(["payments"], on_terminal, tmp_path) as ana:
        assert ana.end() == 0
    heading, row, *_ = ESCAPE.sub("", ana.shown).splitlines()
    titles = {"es": "Fecha Estado Valor Aviso Transacción", "en": "Date State Amount Invoice Transaction"}
    assert heading.split() == titles[language[:2]].split()
    assert row.split()[2:] == ["review", "$", "59.500", "1042", transaction]
    piped = subprocess.run(
        [*COMMAND, "payments"], env=environment | {"TERM": "xterm"}, cwd=tmp_path, capture_output=True, timeout=60,
        check=True,
    ).stdout.decode()  # fmt: skip
    word = {"es": "aviso", "en": "invoice"}[language[:2]]
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d  review   APPROVED        \$\u00a059\.500  {word} 1042  {transaction}  .+\n",
        piped,
    )


def test_a_month_of_settlements_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure and finding of the plain text, in tables; what the bank or Wompi says is text."""
    finding = Finding(Kind.AMOUNT_DIFFERS, HOSTILE, Text("no cuadra", "does not agree"))
    payouts = [Payout("77", "2026-11-04", 110_759_315, 2, HOSTILE)]
    month = Month("2026-11", Sums(2, 115_831_200, net=110_759_315), 1, payouts, [finding], [], [], [], None)
    here = seen(monkeypatch, COLUMNS="120", LC_ALL="es_CO.UTF-8")
    settlements._print(month)
    shown = [line.rstrip() for line in ESCAPE.sub("", here.shown).split("\n")]
    assert re.fullmatch(r"Pagado por los clientes +\$\u00a01\.158\.312", shown[1])
    start = shown.index("Desembolsos")
    assert shown[start + 1].split() == ["Día", "Número", "Valor", "Pagos", "En", "el", "extracto", "del", "banco"]
    assert shown[start + 2] == f"2026-11-04  77      $\u00a01.107.593,15      2  {SHOWN}"
    assert shown[-2] == f"!  {SHOWN}  no cuadra"


def test_reconcile_shows_its_progress_on_a_terminal(world: World, tmp_path: Path) -> None:
    """The counts of what was compared; what it prints in the end is what a pipe gets."""
    transaction = world.pay(world.invoice())
    environment = clean_environment() | {"PYTHONPATH": str(Path.cwd()), "TERM": "xterm"}
    given = ["reconcile", "--since", "2026-11-20", "--dry-run"]
    with terminal(given, environment | world.settings, tmp_path) as ana:
        ana.until("transacciones de la lista de Wompi")
        assert ana.end() == 0
    piped = subprocess.run(
        [*COMMAND, *given],
        env=environment | world.settings,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert transaction in piped.stdout
    assert piped.stderr == ""
    assert ESCAPE.sub("", ana.shown).replace("\r", "").endswith(piped.stdout)


def test_an_order_that_waits_for_whmcs_says_so(world: World, tmp_path: Path) -> None:
    """WHMCS may take a minute for a booking: the transaction and the seconds are shown until it has answered."""
    transaction = world.pay(world.invoice())
    world.whmcs.set_invoice(1042, status="Cancelled")
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "review"
    world.whmcs.faults.add("*", "hang")
    environment = clean_environment() | {"PYTHONPATH": str(Path.cwd()), "TERM": "xterm"}
    given = ["resolve", transaction, "--book", "--reason", "prueba"]
    with terminal(given, environment | world.settings, tmp_path) as ana:
        ana.until(f"{transaction}  1 s")
        world.whmcs.faults.release()
        assert ana.end() in (0, 1)
