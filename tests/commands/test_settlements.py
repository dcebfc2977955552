"""``wompi-bridge settlements`` as its users call it: its words, its exit status, and that it touches no invoice."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.processes import call
from tests.settlements.booked import paid
from tests.world import World
from whmcs_bridge.sandbox.wompi.payouts import Payout, Tariff

WRITES = ("AddInvoicePayment", "AddTransaction", "UpdateInvoice", "UpdateTransaction", "AddCredit", "ApplyCredit")


@pytest.fixture
def world(sqlite_world: World) -> World:
    """One database will do for what commands print."""
    return sqlite_world


def report(world: World, folder: Path, payout: Payout) -> str:
    name, text = world.wompi.payouts.report(payout)
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


def shown(world: World, folder: Path, month: str = "2026-11") -> dict[str, Any]:
    """The month for programs."""
    told = call("settlements", "show", "--month", month, "--json", folder=folder, **world.settings)
    found: dict[str, Any] = json.loads(told.stdout)
    assert told.returncode == (1 if found["findings"] else 0)
    return found


class TestImport:
    def test_a_month_that_agrees(self, world: World, tmp_path: Path) -> None:
        """The published rows: 2.35 % + 400, IVA, and 1.5 % of the gross; twice is as good as once."""
        world.wompi.payouts.tariff = Tariff(235, 40_000)
        first, second = paid(world, "840763.00", "317549.00")
        payouts = world.wompi.payouts
        files = [
            report(world, tmp_path, payouts.pay_out(date(2026, 11, day), [one]))
            for day, one in ((4, first), (5, second))
        ]
        ended = call("settlements", "import", *files, folder=tmp_path, **world.settings)
        again = call("settlements", "import", *files, folder=tmp_path, **world.settings)
        assert (ended.returncode, again.returncode, ended.stderr) == (0, 0, "")
        assert (ended.stdout.count("1 nuevas"), again.stdout.count("0 nuevas")) == (2, 2)
        month = shown(world, tmp_path)
        assert {name: month[name] for name in month if name.endswith("_in_cents")} == {
            "gross_in_cents": 115_831_200,
            "fee_in_cents": 2_802_033,
            "fee_iva_in_cents": 532_385,
            "withheld_in_cents": 1_737_467,
            "net_in_cents": 110_759_315,
        }
        assert (month["month"], month["payments"], month["others"], month["findings"]) == ("2026-11", 2, 0, [])
        assert [(one["date"], one["amount_in_cents"], one["payments"]) for one in month["payouts"]] == [
            ("2026-11-04", 80_416_363, 1),
            ("2026-11-05", 30_342_952, 1),
        ]

    def test_a_row_that_does_not_add_up_is_kept(self, world: World, tmp_path: Path) -> None:
        """Status 1, and the month to look at is named."""
        (transaction,) = paid(world, "59500.00")
        payout = world.wompi.payouts.pay_out(date(2026, 11, 4))
        payout.rows[0]["total desembolsado"] += 1
        ended = call("settlements", "import", report(world, tmp_path, payout), folder=tmp_path, **world.settings)
        assert ended.returncode == 1
        assert "1 filas no suman" in ended.stdout
        assert "settlements show --month 2026-11" in ended.stdout
        (finding,) = shown(world, tmp_path)["findings"]
        assert (finding["kind"], finding["transaction_id"]) == ("row_does_not_add_up", transaction)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (("59500.00", "59.500"), ["línea 2", "59.500", "no se puede leer como pesos"]),
            (("monto", "valor"), ["faltan las columnas monto"]),
            (("COP", "USD"), ["línea 2", "USD"]),
        ],
    )
    def test_a_file_that_cannot_be_read_changes_nothing(
        self, world: World, tmp_path: Path, change: tuple[str, str], says: list[str]
    ) -> None:
        """It says which line and why; a good file beside it is kept all the same."""
        first, second = paid(world, "59500.00", "61000.00")
        payouts = world.wompi.payouts
        bad = report(world, tmp_path, payouts.pay_out(date(2026, 11, 4), [first]))
        Path(bad).write_text(Path(bad).read_text("utf-8").replace(*change), "utf-8")
        good = report(world, tmp_path, payouts.pay_out(date(2026, 11, 5), [second]))
        ended = call("settlements", "import", bad, good, folder=tmp_path, **world.settings)
        assert ended.returncode == 1
        assert all(part in ended.stderr for part in (Path(bad).name, *says, "No se guardó nada"))
        assert [one["date"] for one in shown(world, tmp_path)["payouts"]] == ["2026-11-05"]

    @pytest.mark.parametrize(
        ("content", "says"), [(b"PK\x03\x04xlsx", "guárdelo como CSV"), (b"", "faltan las columnas"), (None, "No such")]
    )
    def test_files_that_are_no_report(self, world: World, tmp_path: Path, content: bytes | None, says: str) -> None:
        """A workbook, an empty file, none at all: one sentence, status 1."""
        path = tmp_path / "reporte.xlsx"
        if content is not None:
            path.write_bytes(content)
        ended = call("settlements", "import", str(path), folder=tmp_path, **world.settings)
        assert (ended.returncode, says in ended.stderr, "Traceback" in ended.stderr) == (1, True, False)

    def test_a_name_without_a_day_and_unknown_columns_are_told(self, world: World, tmp_path: Path) -> None:
        """And nothing is lost by either."""
        paid(world, "59500.00")
        _, text = world.wompi.payouts.report(world.wompi.payouts.pay_out(date(2026, 11, 4)))
        lines = text.splitlines()
        (tmp_path / "reporte.csv").write_text(f"{lines[0]},Franquicia\n{lines[1]},VISA\n", "utf-8")
        ended = call("settlements", "import", "reporte.csv", folder=tmp_path, **world.settings)
        assert ended.returncode == 0
        assert "Franquicia" in ended.stdout
        assert "no dice el día" in ended.stdout
        assert [one["date"] for one in shown(world, tmp_path)["payouts"]] == ["2026-11-04"]


class TestPull:
    def test_tells_what_it_found(self, world: World, tmp_path: Path) -> None:
        """And ends 1 where something is odd."""
        paid(world, "59500.00")
        payout = world.wompi.payouts.pay_out(date(2026, 11, 4))
        arguments = ("settlements", "pull", "--since", "2026-11-01")
        ended = call(*arguments, folder=tmp_path, **world.settings)
        assert (ended.returncode, "lista de Wompi: 1" in ended.stdout) == (0, True)
        assert [one["id"] for one in shown(world, tmp_path)["payouts"]] == [str(payout.id)]
        world.wompi.faults.add("disbursements", "error", status=404)
        odd = call(*arguments, folder=tmp_path, **world.settings)
        assert (odd.returncode, "no ofrece la lista" in odd.stdout) == (1, True)


class TestShow:
    def test_three_differences_each_with_its_sentence(self, world: World, tmp_path: Path) -> None:
        """For a person: the sums, the payouts, and one line for each that does not agree."""
        good, other_amount, unknown, unpaid = paid(world, "59500.00", "61000.00", "80000.00", "90000.00")
        payout = world.wompi.payouts.pay_out(date(2026, 11, 4), [good, other_amount, unknown])
        file = report(world, tmp_path, payout)
        database = world.bridge.database
        database.write(
            lambda connection: connection.exec_driver_sql(f"DELETE FROM payments WHERE transaction_id = '{unknown}'")
        )
        database.write(
            lambda connection: connection.exec_driver_sql(
                f"UPDATE payments SET amount_in_cents = 6000000 WHERE transaction_id = '{other_amount}'"
            )
        )
        assert call("settlements", "import", file, folder=tmp_path, **world.settings).returncode == 1
        found = {one["transaction_id"]: one["kind"] for one in shown(world, tmp_path)["findings"]}
        assert found == {
            other_amount: "amount_differs",
            unknown: "paid_out_not_booked",
            unpaid: "booked_not_paid_out",
        }
        ended = call("settlements", "show", "--month", "2026-11", folder=tmp_path, **world.settings)
        assert ended.returncode == 1
        lines = [line for line in ended.stdout.splitlines() if line.startswith("  ! ")]
        assert len(lines) == 3
        assert all(any(name in line for line in lines) for name in found)
        assert "200.500" in ended.stdout

    def test_the_accountant_s_sheet(self, world: World, tmp_path: Path) -> None:
        """Totals that tie, what the bank will say, and no cell that begins as a formula."""
        paid(world, "59500.00", "61000.50")
        payout = world.wompi.payouts.pay_out(date(2026, 11, 4))
        payout.rows[0]["total desembolsado"] += 5
        call("settlements", "import", report(world, tmp_path, payout), folder=tmp_path, **world.settings)
        ended = call("settlements", "show", "--month", "2026-11", "--csv", folder=tmp_path, **world.settings)
        header, *rows, total = csv.reader(io.StringIO(ended.stdout.removeprefix("\ufeff")), delimiter=";")
        assert header[5:14] == [
            "bruto", "comisión", "IVA comisión", "retefuente", "reteICA", "reteIVA", "impoconsumo", "sin explicar",
            "neto",
        ]  # fmt: skip
        assert [rows[0][-1], rows[0][-2], rows[0][-3]] == ["PAGO DE TERC WOMPI S.A.S.", "2026-11-04", "2026-11-04"]
        amounts = [[_cents(cell) for cell in row[5:14]] for row in (*rows, total)]
        assert all(gross - sum(kept) == net for gross, *kept, net in amounts)
        assert [sum(column) for column in zip(*amounts[:-1], strict=True)] == amounts[-1]
        assert amounts[0][-2] == -5
        assert not [cell for row in (*rows, total) for cell in row if cell.startswith(("=", "+", "-", "@"))]

    def test_the_formula_that_fits(self, world: World, tmp_path: Path) -> None:
        """``BRIDGE_FEES`` is checked against what was charged, and the one that explains all rows is proposed."""
        paid(world, "59500.00", "61000.00", "178500.00")
        file = report(world, tmp_path, world.wompi.payouts.pay_out(date(2026, 11, 4)))
        call("settlements", "import", file, folder=tmp_path, **world.settings)
        arguments = ("settlements", "show", "--month", "2026-11")
        nothing_set = call(*arguments, folder=tmp_path, **world.settings).stdout
        assert "BRIDGE_FEES=2.65%+700" in nothing_set
        other = call(*arguments, folder=tmp_path, **world.settings, BRIDGE_FEES="2.99%+900").stdout
        assert "BRIDGE_FEES es otra" in other
        right = call(*arguments, folder=tmp_path, **world.settings, BRIDGE_FEES="2.65%+700").stdout
        assert ("BRIDGE_FEES coincide" in right, "BRIDGE_FEES=" in right) == (True, False)

    @pytest.mark.parametrize("month", ["2026-13", "noviembre", "2026-11-03"])
    def test_a_month_is_one(self, world: World, tmp_path: Path, month: str) -> None:
        """Exit 2 otherwise, as for every argument."""
        assert call("settlements", "show", "--month", month, folder=tmp_path, **world.settings).returncode == 2

    def test_the_current_month_unless_another_is_named(self, world: World, tmp_path: Path) -> None:
        """In Colombia's time."""
        told = call("settlements", "show", "--json", folder=tmp_path, **world.settings).stdout
        assert json.loads(told)["month"] == f"{_colombian_today():%Y-%m}"


class TestThePromise:
    def test_no_invoice_is_ever_touched(self, world: World, tmp_path: Path) -> None:
        """Whatever the reports say, WHMCS is not called: an electronic invoice was issued on what it has. What such an
        add-on reads is there: day, transaction and method of the payment, as Wompi finalised it."""
        (transaction,) = paid(world, "59500.00")
        calls = len(world.whmcs.calls)
        booked = world.whmcs.booked(transaction)
        payout = world.wompi.payouts.pay_out(date(2026, 11, 4))
        payout.rows[0]["total desembolsado"] += 1
        for arguments in (
            ("import", report(world, tmp_path, payout)),
            ("pull",),
            ("show", "--month", "2026-11"),
            ("show", "--month", "2026-11", "--csv"),
        ):
            call("settlements", *arguments, folder=tmp_path, **world.settings)
        assert len(world.whmcs.calls) == calls
        assert world.whmcs.booked(transaction) == booked
        sent = [one.fields for one in world.whmcs.calls if one.action in WRITES]
        assert [(one["action"], one["transid"], one["gateway"], one["date"]) for one in sent] == [
            ("AddInvoicePayment", transaction, "wompi", "2026-11-03 10:00:00")
        ]


class TestFees:
    def test_real_ones_are_called_real_and_estimates_estimates(self, world: World, tmp_path: Path) -> None:
        """By ``show``: before the report as ``BRIDGE_FEES`` estimates it, after it as it was charged."""
        settings = world.settings | {"BRIDGE_FEES": "2.99%+900"}
        (transaction,) = paid(world, "59500.00")
        before = call("show", transaction, folder=tmp_path, **settings).stdout
        assert "comisión estimada de Wompi, con IVA: $\N{NO-BREAK SPACE}3.188,06" in before
        file = report(world, tmp_path, world.wompi.payouts.pay_out(date(2026, 11, 4)))
        call("settlements", "import", file, folder=tmp_path, **settings)
        after = call("show", transaction, folder=tmp_path, **settings).stdout
        assert "comisión real de Wompi, con IVA: $\N{NO-BREAK SPACE}2.709,33" in after
        assert "Wompi la desembolsó: neto" in after
        told = json.loads(call("show", transaction, "--json", folder=tmp_path, **settings).stdout)
        assert told["attempts"][0]["fee"] == {"fee_in_cents": 270_933, "real": True}


def _cents(cell: str) -> int:
    """Read an amount of the sheet as a spreadsheet does."""
    negative = cell.startswith("(")
    pesos, _, rest = cell.strip("()").partition(",")
    cents = int(pesos) * 100 + int(rest or 0)
    return -cents if negative else cents


def _colombian_today() -> date:
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() - 5 * 3600, UTC).date()
