"""The console's page Settlements: its totals tie, each difference leads to its payment, and reports are uploaded."""

from __future__ import annotations

import base64
import csv
import io
import re
from datetime import date
from typing import Any

import pytest

from tests.console.calls import SUPPORT, Page, ask, press
from tests.settlements.booked import paid
from tests.settlements.reports import HEADER, Row
from tests.world import World
from whmcs_bridge.sandbox.settled_month import plant
from whmcs_bridge.signed.references import Reference, issue_reference

NAME = "04-11-2026-disbursement-report-rs-4242-abc.csv"
WRITES = ("AddInvoicePayment", "AddTransaction", "UpdateInvoice", "AddCredit", "ApplyCredit")


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is shown has nothing to do with the kind of database."""
    return sqlite_world


def report_of(world: World, *transactions: str) -> tuple[str, str]:
    """Wompi's report of the next day's payout, under its name."""
    return world.wompi.payouts.report(world.wompi.payouts.pay_out(date(2026, 11, 4), list(transactions)))


def upload(world: World, *files: tuple[str, str | bytes], **changes: Any) -> Page:
    """Hand over files as the addon does."""
    told = [
        {"name": name, "body": base64.b64encode(body.encode() if isinstance(body, str) else body).decode("ascii")}
        for name, body in files
    ]
    return press(world, "settlements", files={"reports": told}, **changes)


def cents(told: str) -> int:
    """``-$ 1.234,56`` in cents."""
    pesos, _, rest = re.sub(r"[^0-9,]", "", told).partition(",")
    return (int(pesos) * 100 + int(rest or 0)) * (-1 if "-" in told or "\N{MINUS SIGN}" in told else 1)


def totals(page: Page) -> list[int]:
    """The amounts of the table from the payment to the bank, the last of them the sum."""
    _, _, rest = page.html.partition('id="wc-totals"')
    return [cents(each) for each in re.findall(r'wc-num">([^<]+)<', page_text(rest.partition("</table>")[0]))]


def page_text(html: str) -> str:
    return html.replace("&#160;", " ").replace("&#8722;", "-")


class TestTheMonth:
    def test_the_totals_tie(self, world: World) -> None:
        """From what clients paid to what reached the bank: the last line is the sum of those before it."""
        names = paid(world, "840763.00", "317549.00")
        payout = world.wompi.payouts.pay_out(date(2026, 11, 4), names)
        upload(world, world.wompi.payouts.report(payout))
        *lines, net = totals(ask(world, "settlements", month="2026-11"))
        assert lines[0] == 115_831_200
        assert sum(lines) == net == payout.amount_in_cents

    def test_payouts_days_and_methods(self, world: World) -> None:
        """Each with its sum; the chart needs no script, and a table has the same values."""
        names = paid(world, "840763.00", "317549.00", method="PSE")
        upload(world, report_of(world, *names))
        page = ask(world, "settlements", month="2026-11", language="en")
        assert "2026-11-04" in page.text
        assert "PAGO DE TERC WOMPI S.A.S." in page.text
        assert "3 November 2026 2 $ 1.158.312" in page.text.replace("\N{NO-BREAK SPACE}", " ")
        assert "PSE 2 $ 1.158.312" in page.text.replace("\N{NO-BREAK SPACE}", " ")
        assert page.html.count("<rect") == 31

    def test_without_a_month_the_newest_that_has_anything(self, world: World) -> None:
        """In the first days of a month it is the one before. Any other is a choice away."""
        upload(world, report_of(world, *paid(world, "59500.00")))
        world.clock.advance(days=12)
        page = ask(world, "settlements")
        assert "Desembolsos de 2026-11" in page.text
        assert '<option value="2026-12">' in page.html

    @pytest.mark.parametrize("month", ["2026-13", "x", "1999-01", "2026-11-01", "' OR 1=1"])
    def test_a_month_that_is_none(self, world: World, month: str) -> None:
        """The page of a month all the same."""
        assert "Desembolsos de 2026-10" in ask(world, "settlements", month=month).text

    def test_a_month_without_a_report_says_so(self, world: World) -> None:
        """And never that all agrees."""
        page = ask(world, "settlements", month="2026-02")
        assert "no se ha importado ningún reporte" in page.text
        assert "Todo cuadra" not in page.text

    def test_before_the_first_report_nothing_is_missing(self, world: World) -> None:
        """Who has not begun with settlements is not told that all that was booked was never paid out; the first report
        tells."""
        first, second = paid(world, "59500.00", "80000.00")
        world.clock.advance(days=10)
        assert "Lo que no cuadra (" not in ask(world, "settlements", month="2026-11").text
        upload(world, report_of(world, first))
        assert f'data-transaction="{second}"' in ask(world, "settlements", month="2026-11").html

    def test_the_worker_looks_through_what_was_booked(self, world: World) -> None:
        """Once an hour, so that nobody who opens a month waits while years of payments are gone through."""
        transactions = paid(world, "59500.00", "80000.00")
        name, report = report_of(world, transactions[0])
        world.bridge.settlements.import_bytes(name, report.encode())
        world.work()
        assert world.bridge.store.recall("settlements_looked_through") is None
        world.clock.advance(hours=1)
        world.work()
        assert world.bridge.store.recall("settlements_looked_through") == world.clock().isoformat()

    def test_the_sheet_is_the_month(self, world: World) -> None:
        """A row for each payment, totals that tie, and no cell that begins as a formula."""
        names = paid(world, "840763.00", "317549.00")
        upload(world, report_of(world, *names))
        page = ask(world, "settlements", month="2026-11", sheet="1")
        assert page.file is not None
        assert page.file["name"] == "desembolsos-wompi-2026-11.csv"
        head, *rows, total = csv.reader(io.StringIO(page.body.decode("utf-8-sig")), delimiter=";")
        assert [row[1] for row in rows] == names
        gross, net = head.index("bruto"), head.index("neto")
        assert total[gross] == "1158312"
        kept = [cents(cell) * (-1 if cell.startswith("(") else 1) for cell in total[gross + 1 : net]]
        assert cents(total[gross]) - sum(kept) == cents(total[net])
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]

    def test_a_sheet_too_long_for_a_page_is_the_terminal_s(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """WHMCS's PHP would hold it several times over."""
        upload(world, report_of(world, *paid(world, "59500.00")))
        monkeypatch.setattr("whmcs_bridge.console.settlements.MOST_ROWS", 0)
        page = ask(world, "settlements", month="2026-11", sheet="1")
        assert page.status == 400
        assert "wompi-bridge settlements show --month" in page.text


class TestFindings:
    def test_the_demo_s_three_differences_are_told_and_lead_on(self, world: World) -> None:
        """One was never booked, one never paid out, and a row does not add up: each with its sentence and its way."""
        month = plant(world.whmcs, world.wompi, world.bridge)
        world.clock.advance(days=20)
        page = ask(world, "settlements", month=month)
        assert "Lo que no cuadra (3)" in page.text
        assert "Wompi los desembolsó y no están registrados en WHMCS" in page.text
        assert "no se conoce ningún desembolso de Wompi" in page.text
        assert "en el reporte no suma" in page.text
        (unknown,) = re.findall(r'name="look" value="([^"]+)"', page.html)
        trails = re.findall(r'page=trail&amp;of=([^"]+)"', page.html)
        assert len(trails) == 2
        for name in trails:
            assert name in ask(world, "trail", of=name).text
        assert unknown not in trails

    def test_a_payment_that_was_never_heard_of_is_booked_from_here(self, world: World) -> None:
        """A press has it read from Wompi and booked as any other, once; the trail tells by whose order."""
        month = plant(world.whmcs, world.wompi, world.bridge)
        (name,) = re.findall(r'name="look" value="([^"]+)"', ask(world, "settlements", month=month).html)
        led = press(world, "settlements", look=name)
        press(world, "settlements", look=name)
        world.work()
        assert led.location == f"addonmodules.php?module=wompi_bridge&page=trail&of={name}"
        assert [str(row.transid) for row in world.whmcs.booked(name)] == [name]
        trail = ask(world, "trail", of=name).text
        assert "Ana Pérez (admin 3)" in trail
        assert "Registrado en WHMCS" in trail
        assert 'name="look"' not in ask(world, "settlements", month=month).html

    def test_without_the_permission_nothing_is_looked_for(self, world: World) -> None:
        """No button, and a press of one's own making moves nothing."""
        month = plant(world.whmcs, world.wompi, world.bridge)
        (name,) = re.findall(r'name="look" value="([^"]+)"', ask(world, "settlements", month=month).html)
        assert 'name="look"' not in ask(world, "settlements", month=month, admin=SUPPORT).html
        press(world, "settlements", look=name, admin=SUPPORT)
        assert world.bridge.store.payment(name) is None

    @pytest.mark.parametrize("name", ["<script>", "1202-1' OR 1=1", "x" * 200, "../trail"])
    def test_what_is_no_transaction_is_not_looked_for(self, world: World, name: str) -> None:
        """Nothing is written down."""
        press(world, "settlements", look=name)
        assert world.bridge.store.payments() == []


class TestUploads:
    def test_what_became_of_a_report(self, world: World) -> None:
        """Rows, new ones, those of others; the month that it is of is shown with it."""
        page = upload(world, report_of(world, *paid(world, "59500.00", "35700.00")))
        assert page.status == 200
        assert "2 filas, 2 nuevas, 0 corregidas, 0 de otro comercio" in page.text
        assert "Desembolsos de 2026-11" in page.text
        assert "Todo cuadra" in page.text

    def test_twice_the_same_file_changes_nothing(self, world: World) -> None:
        """Not in two uploads, and not in one."""
        report = report_of(world, *paid(world, "59500.00"))
        first = upload(world, report)
        again = upload(world, report, report)
        assert "1 filas, 0 nuevas, 0 corregidas" in again.text
        assert totals(again) == totals(first)

    def test_several_at_a_time_each_for_itself(self, world: World) -> None:
        """One that cannot be read takes nothing from the others."""
        page = upload(world, ("notas.csv", "hola;que;tal\n1;2;3\n"), report_of(world, *paid(world, "59500.00")))
        assert "notas.csv" in page.text
        assert "no es el reporte diario de desembolso de Wompi" in page.text
        assert "1 filas, 1 nuevas" in page.text

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (b"PK\x03\x04workbook", "es un libro de Excel"),
            (b"", "faltan las columnas"),
            (b"\x00\xff\xfe\x00", "No se guardó nada de este archivo"),
            (
                f"{HEADER}\n{Row('1-1793700000-1').line().replace('59500.00', 'mil')}\n".encode(),
                "línea 2: «gross: mil»",
            ),
        ],
    )
    def test_what_cannot_be_read_is_named_with_its_line(self, world: World, body: bytes, told: str) -> None:
        """And nothing of it is kept."""
        page = upload(world, (NAME, body))
        assert told in page.text
        assert 'data-state="bad"' in page.html
        assert totals(ask(world, "settlements", month="2026-11"))[-1] == 0

    def test_a_row_that_does_not_add_up_is_a_finding(self, world: World) -> None:
        """It is kept, and told with the way to its payment."""
        (name,) = paid(world, "59500.00")
        payout = world.wompi.payouts.pay_out(date(2026, 11, 4), [name])
        payout.rows[0]["total desembolsado"] -= 1_000
        page = upload(world, world.wompi.payouts.report(payout))
        assert "1 filas no suman" in page.text
        assert f"page=trail&amp;of={name}" in page.html
        *lines, net = totals(page)
        assert sum(lines) == net

    def test_the_permission_of_money_is_needed(self, world: World) -> None:
        """Nobody else changes the books, and the form is not there for them."""
        page = upload(world, report_of(world, *paid(world, "59500.00")), admin=SUPPORT)
        assert "su rol no puede mover dinero" in page.text
        assert totals(ask(world, "settlements", month="2026-11"))[-1] == 0
        assert 'type="file"' not in ask(world, "settlements", admin=SUPPORT).html

    def test_no_file_is_told(self, world: World) -> None:
        """A form that was sent empty."""
        assert "no llegó ningún archivo" in press(world, "settlements").text

    def test_a_file_in_a_get_is_not_taken(self, world: World) -> None:
        """A look changes nothing."""
        name, text = report_of(world, *paid(world, "59500.00"))
        files = {"reports": [{"name": name, "body": base64.b64encode(text.encode()).decode()}]}
        ask(world, "settlements", files=files)
        assert totals(ask(world, "settlements", month="2026-11"))[-1] == 0

    def test_the_limit_and_the_way_beyond_it_stand_on_the_page(self, world: World) -> None:
        """700 kB, and the terminal."""
        text = ask(world, "settlements").text
        assert "700 kB entre todos" in text
        assert "wompi-bridge settlements import" in text

    def test_no_payer_and_nothing_of_others_is_kept_or_shown(self, world: World) -> None:
        """The payers' documents stand in the report and nowhere else; another shop's rows are counted alone."""
        row = Row("1-1793700009-9", reference="theirs")
        page = upload(world, (NAME, f"{HEADER}\n{row.line()}\n"))
        assert "1 de otro comercio" in page.text
        assert row.transaction not in page.html
        assert "1012345678" not in page.html

    def test_no_invoice_is_touched(self, world: World) -> None:
        """DIAN: whatever a report says."""
        names = paid(world, "59500.00")
        before = [len(world.whmcs.calls_to(action)) for action in WRITES]
        upload(world, report_of(world, *names))
        ask(world, "settlements", month="2026-11")
        assert [len(world.whmcs.calls_to(action)) for action in WRITES] == before

    def test_hostile_words_in_a_report_stay_words(self, world: World) -> None:
        """In its name, its columns and its cells; no control character reaches the page, which would be refused."""
        evil = "<script>alert(1)</script>"
        ours = issue_reference(Reference(1042, 77, 5_950_000), world.bridge.settings.bridge_secret[0])
        row = Row("1-1793700000-1", reference=ours, method=evil).line()
        header = HEADER + f",{evil}\x07"
        page = upload(world, (f"{evil}\x00\x1b[2J.csv", f"{header}\n{row},x\n"), (f"{evil}.csv", f"{evil}\n1\n"))
        assert "<script" not in page.html
        assert "&lt;script&gt;" in page.html
        assert re.search(r"[^\x20-\x7e\n]", page.html) is None
