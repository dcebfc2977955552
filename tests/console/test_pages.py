"""What the console's pages say, and that their figures are the ledger's."""

from __future__ import annotations

import csv
import io
import re
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.console.calls import ANA, LUIS, SUPPORT, Page, ask, press
from tests.processes import call
from tests.world import World, make_world

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is shown has nothing to do with the kind of database; the questions are tested on each in tests/ledger."""
    return sqlite_world


def book(world: World, total: str = "59500.00", **options: Any) -> str:
    """A payment that is booked. Returns the transaction."""
    transaction = world.pay(world.invoice(total), **options)
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "posted"
    return transaction


def hold(world: World) -> str:
    """A payment that waits for a person: its invoice was cancelled."""
    transaction = world.pay(invoice := world.invoice())
    world.whmcs.set_invoice(invoice, status="Cancelled")
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "review"
    return transaction


def seen_word(page: Page) -> str:
    """What the page's form says that it showed."""
    found = re.search(r'name="see" value="([0-9a-f]+)"', page.html)
    assert found is not None
    return found[1]


class TestToday:
    def test_sums_are_of_colombian_days_weeks_and_months(self, world: World) -> None:
        """Saturday the 21st at ten in the morning; the Monday before, the month before, and an hour before midnight."""
        world.clock.now -= timedelta(days=30)  # 22 October
        book(world, "40000.00")
        world.clock.now += timedelta(days=25)  # Monday, 16 November
        book(world, "30000.00", method="PSE")
        world.clock.now += timedelta(days=4, hours=13)  # Friday, 23:04 in Bogotá: Saturday in UTC
        book(world, "20000.00", method="NEQUI")
        world.clock.now += timedelta(hours=11)
        book(world, "10000.00")
        text = ask(world, "today").text
        assert "Hoy $ 10.000 1 pago Esta semana $ 60.000 3 pagos Este mes $ 60.000 3 pagos" in text
        assert "hasta el mismo día: $ 0. En todo el mes: $ 40.000" in text
        assert "Nequi 1 $ 20.000 $ 0" in text

    def test_the_month_is_compared_with_the_same_days(self, world: World) -> None:
        """A third more than by the same day of the month before."""
        world.clock.now -= timedelta(days=31)
        book(world, "30000.00")
        world.clock.now += timedelta(days=31)
        book(world, "40000.00")
        assert "33 % más que el mes pasado a esta fecha" in ask(world, "today").text

    def test_names_what_waits_and_what_is_under_way(self, world: World) -> None:
        """Each with the way to it."""
        hold(world)
        world.event(world.pay(world.invoice(), "PENDING"))
        page = ask(world, "today")
        assert "el aviso de cobro está cancelado (Cancelled)" in page.text
        assert 'href="addonmodules.php?module=wompi_bridge&amp;page=review"' in page.html
        assert "1 por mirar en Wompi" in page.text

    def test_tells_alarms_that_are_on(self, world: World) -> None:
        """With their sentence."""
        hold(world)
        world.bridge.monitor.look()
        assert "Alarma desde el 21 de noviembre de 2026" in ask(world, "today").text

    def test_gives_what_is_shown_without_the_bridge(self, world: World) -> None:
        """A few plain lines, in the admin's language."""
        book(world)
        assert ask(world, "today", language="en").told["known"] == [
            "Received today: $\N{NO-BREAK SPACE}59.500 · payments: 1",
            "Received this month: $\N{NO-BREAK SPACE}59.500 · payments: 1",
            "Waiting for a person: 0",
        ]


class TestPayments:
    @pytest.mark.parametrize(
        "word", ["1042", "#1042", "59500", "59.500", "$ 59.500", "77", "{transaction}", "{reference}"]
    )
    def test_a_payment_is_found_by_what_is_known_of_it(self, world: World, word: str) -> None:
        """Invoice, amount as people write it, client, transaction, reference."""
        transaction = book(world)
        payment = world.bridge.store.payment(transaction)
        assert payment is not None
        word = word.format(transaction=transaction, reference=payment.reference)
        assert f"<code>{transaction}</code>" in ask(world, "payments", q=word).html

    @pytest.mark.parametrize("word", ["1043", "59501", "78", "no such words", "%", "' OR 1=1 --"])
    def test_what_is_not_meant_is_not_found(self, world: World, word: str) -> None:
        """Nothing, instead of everything."""
        book(world)
        assert "No se encontró ningún pago" in ask(world, "payments", q=word).text

    def test_a_printed_number_is_found_by_what_whmcs_says(self, world: World) -> None:
        """WHMCS knows on which invoice it is printed."""
        transaction = book(world)
        assert transaction in ask(world, "payments", q="FE-2026-1002", numbers=[1042]).html

    def test_filters_hold_together(self, world: World) -> None:
        """State, method and days; a day is Colombian, its end included."""
        card, pse = book(world), book(world, method="PSE")
        held = hold(world)
        found = re.findall(r"<code>([^<]+)</code>", ask(world, "payments", fields={"method": "PSE"}).html)
        assert found == [pse]
        assert re.findall(r"<code>([^<]+)</code>", ask(world, "payments", state="review").html) == [held]
        same = ask(world, "payments", since="2026-11-21", until="2026-11-21", state="posted").html
        assert set(re.findall(r"<code>([^<]+)</code>", same)) == {card, pse}
        assert "<code>" not in ask(world, "payments", since="2026-11-22").html
        assert "<code>" not in ask(world, "payments", until="2026-11-20").html

    @pytest.mark.parametrize("days", [{"since": "21/11/2026"}, {"since": "2026-11-22", "until": "2026-11-21"}])
    def test_days_that_are_none_are_told(self, world: World, days: dict[str, str]) -> None:
        """And nothing is shown as if they were."""
        book(world)
        page = ask(world, "payments", fields=days)
        assert "Revise las fechas" in page.text
        assert "<code>" not in page.html

    def test_each_opens_its_trail(self, world: World) -> None:
        """By transaction, by reference, and by the invoice's number."""
        transaction = book(world)
        assert f"page=trail&amp;of={transaction}" in ask(world, "payments").html
        assert "Registrado en WHMCS" in ask(world, "trail", of=transaction).text
        assert transaction in ask(world, "trail", of="1042").html
        assert ask(world, "trail", of="9999").status == 404


def rows(page: Page) -> list[dict[str, str]]:
    """The sheet as a spreadsheet reads it."""
    text = page.body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


class TestSheet:
    def test_P7_sums_to_what_was_booked(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Declined, pending and held payments are not in it; its total is WHMCS's own sum of money in."""
        folder = tmp_path_factory.mktemp("sheet")
        with make_world(folder, BRIDGE_FEES="2.65%+700") as world:
            book(world)
            book(world, "100000.00", method="PSE")
            hold(world)
            world.event(world.pay(world.invoice(), "DECLINED"))
            world.event(world.pay(world.invoice(), "PENDING"))
            world.work()
            *each, total = rows(ask(world, "payments", sheet="1", month="2026-11"))
            in_whmcs = sum(row.amountin for row in world.whmcs.transactions)
        assert [row["total"] for row in each] == ["59500", "100000"]
        assert (total["fecha"], total["total"]) == ("Total", "159500")
        assert in_whmcs == 159500
        # 59,500: 1,576.75 + 700 = 2,276.75, with IVA 2,709.3325; 100,000: 3,350, with IVA 3,986.50.
        assert [row["comisión estimada"] for row in each] == ["2276,75", "3350"]
        assert [row["IVA estimado"] for row in each] == ["432,58", "636,50"]
        assert total["neto estimado"] == "152804,17"

    def test_the_real_fee_stands_beside_the_estimate(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        """As Wompi's report has it, and called real; empty where none was imported, and then without a sum."""
        with make_world(tmp_path_factory.mktemp("sheet"), BRIDGE_FEES="3%+900") as world:
            first, second = book(world), book(world, "100000.00")
            for count, names in ((1, [first]), (2, [second])):
                payout = world.wompi.payouts.pay_out(date(2026, 11, 23), names)
                name, text = world.wompi.payouts.report(payout)
                world.bridge.settlements.import_bytes(name, text.encode())
                *each, total = rows(ask(world, "payments", sheet="1", month="2026-11"))
                assert [row["comisión real"] for row in each] == ["2276,75", "3350"][:count] + [""] * (2 - count)
            trail = ask(world, "trail", of=second).text
        assert [row["comisión estimada"] for row in each] == ["2685", "3900"]
        assert (total["comisión real"], total["IVA real"]) == ("5626,75", "1069,08")
        kept = [total[name] for name in ("comisión real", "IVA real", "retenciones", "neto real")]
        assert sum(Decimal(cell.replace(",", ".")) for cell in kept) == 159500
        assert "comisión real" in trail

    def test_has_client_invoice_and_printed_number(self, world: World) -> None:
        """As WHMCS names them."""
        transaction = world.pay(invoice := world.invoice())
        world.whmcs.set_invoice(invoice, invoicenum="FE-2026-1002")
        world.event(transaction)
        world.work()
        (row, _) = rows(ask(world, "payments", sheet="1", month="2026-11"))
        assert (row["aviso"], row["número impreso"]) == ("1042", "FE-2026-1002")
        assert (row["n.º de cliente"], row["cliente"]) == ("77", "Ana Ruiz")
        assert (row["estado"], row["medio"]) == ("Registrado", "Tarjeta débito o crédito")

    def test_is_whole_without_whmcs(self, world: World) -> None:
        """It lacks the names, and no payment."""
        book(world)
        world.whmcs.faults.add("GetInvoices", "503", times=None)
        (row, total) = rows(ask(world, "payments", sheet="1", month="2026-11"))
        assert (row["cliente"], total["total"]) == ("", "59500")

    def test_speaks_the_admin_s_language(self, world: World) -> None:
        """Its head, its states, its methods, and its name."""
        book(world)
        page = ask(world, "payments", sheet="1", month="2026-11", language="en")
        (row, total) = rows(page)
        assert (row["state"], row["method"]) == ("Booked", "Debit or credit card")
        assert page.file is not None
        assert page.file["name"] == "payments-wompi-2026-11-01-2026-11-30.csv"
        assert total["total"] == "59500"

    @pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1+1", "-1", "@SUM(A1)", "\t=1", " =1"])
    def test_no_cell_begins_as_a_formula(self, world: World, name: str) -> None:
        """A client who calls himself one is text."""
        book(world)
        world.whmcs.books.clients[77]["companyname"] = name
        (row, _) = rows(ask(world, "payments", sheet="1", month="2026-11"))
        assert row["cliente"].startswith("'") or not row["cliente"].lstrip().startswith(("=", "+", "-", "@"))
        assert row["cliente"].endswith(name.strip()[-2:])

    def test_without_days_there_is_none(self, world: World) -> None:
        """And a sentence says what to choose."""
        assert ask(world, "payments", sheet="1").status == 400
        assert "Elija un mes" in ask(world, "payments", sheet="1", month="2026-13").text


class TestReview:
    def order(self, world: World, name: str, way: str, *, admin: dict[str, object] = ANA, **fields: str) -> str:
        """Read the page, press, and tell what the page says that became of it."""
        given = {"see": seen_word(ask(world, "review")), "reason": "Lo pidió la clienta", **fields}
        answer = press(world, "review", admin=admin, transaction=name, settle=way, **given)
        assert (answer.status, answer.html) == (303, "")
        found = re.fullmatch(
            rf"addonmodules\.php\?module=wompi_bridge&page=review&press=([a-z_]+)&transaction={name}",
            answer.location or "",
        )
        assert found is not None
        return found[1]

    def test_money_becomes_credit_with_who_and_why(self, world: World) -> None:
        """Booked once in WHMCS; the journal has the admin and the reason; the page tells what became of it."""
        name = hold(world)
        assert self.order(world, name, "credit") == "done"
        assert world.state(name) == "posted"
        assert [row.transid for row in world.whmcs.transactions] == [name]
        (line,) = [line for line in world.bridge.store.journal(transaction_id=name) if line.what == "resolve"]
        assert line.detail == "--credit Ana Pérez (admin 3): Lo pidió la clienta"
        page = ask(world, "review", press="done", transaction=name).text
        assert "Hecho." in page
        assert "Ana Pérez (admin 3): Lo pidió la clienta" in page
        assert "Nada espera a una persona" in page

    def test_another_amount_is_booked_as_it_is(self, world: World) -> None:
        """What was really paid, on its invoice."""
        name = world.pay(invoice := world.invoice())
        world.wompi.amend(name, amount_in_cents=4_000_000)
        world.event(name)
        world.work()
        assert self.order(world, name, "book") == "done"
        assert [(row.invoice_id, row.amountin) for row in world.whmcs.transactions] == [(invoice, Decimal(40000))]

    def test_the_new_owner_stands_on_the_button(self, world: World) -> None:
        """The invoice has gone to another client: booked there, as the button says."""
        name = world.pay(invoice := world.invoice())
        world.whmcs.add_client(id=91)
        world.whmcs.set_invoice(invoice, client_id=91)
        world.event(name)
        world.work()
        page = ask(world, "review")
        assert 'name="settle" value="book-91"' in page.html
        assert "que ahora es del cliente 91" in page.text
        assert self.order(world, name, "book-91") == "done"
        assert world.state(name) == "posted"

    def test_a_void_is_recorded(self, world: World) -> None:
        """The money went back at Wompi; WHMCS gets the row that says so."""
        name = book(world)
        world.wompi.amend(name, status="VOIDED")
        world.event(name)
        world.work()
        assert world.state(name) == "review"
        assert "Dejarlo así" in ask(world, "review").text
        assert 'value="book"' not in ask(world, "review").html
        assert self.order(world, name, "record_void") == "done"
        assert world.state(name) == "closed"

    @pytest.mark.parametrize(("version", "warned"), [("8.13.1", False), ("9.0.3", True), ("", False), ("ä", False)])
    def test_whmcs_9_makes_no_credit_note_of_it(self, world: World, version: str, warned: bool) -> None:
        """The page says so beside the button, with the way that makes one; of nothing else and to no older WHMCS."""
        world.wompi.amend(name := book(world), status="VOIDED")
        world.event(name)
        world.work()
        versions = {"whmcs": version} if version else {}
        for page in ("review", "trail"):
            assert ("nota crédito" in ask(world, page, versions=versions, of=name).text) is warned
        self.order(world, name, "dismiss")
        hold(world)
        assert "nota crédito" not in ask(world, "review", versions=versions).text

    def test_it_can_be_left(self, world: World) -> None:
        """Nothing is booked; it waits no longer."""
        name = hold(world)
        assert self.order(world, name, "dismiss") == "done"
        assert (world.state(name), list(world.whmcs.transactions)) == ("closed", [])

    def test_what_cannot_be_done_says_why(self, world: World) -> None:
        """Booked on an invoice that is cancelled yet: it waits as before, and the last step says why."""
        name = hold(world)
        assert self.order(world, name, "book") == "still"
        page = ask(world, "review", press="still", transaction=name).text
        assert "No se pudo hacer, y sigue esperando" in page

    def test_of_two_admins_one_is_told_that_he_is_late(self, world: World) -> None:
        """Both have the page open; one row is booked, and the second sees who did it."""
        name = hold(world)
        word = seen_word(ask(world, "review"))
        assert self.order(world, name, "credit") == "done"
        late = press(world, "review", admin=LUIS, transaction=name, settle="credit", see=word, reason="x")
        assert late.location is not None
        assert "press=late" in late.location
        page = ask(world, "review", admin=LUIS, press="late", transaction=name).text
        assert "ya no espera a una persona" in page
        assert "Ana Pérez (admin 3)" in page
        assert len(list(world.whmcs.transactions)) == 1

    def test_a_payment_that_changed_is_read_again_first(self, world: World) -> None:
        """It waits for another reason than the page showed: nothing is done."""
        name = hold(world)
        assert self.order(world, name, "credit", see="0" * 16) == "changed"
        assert (world.state(name), list(world.whmcs.transactions)) == ("review", [])

    def test_a_reason_is_asked_for(self, world: World) -> None:
        """Blanks are none."""
        name = hold(world)
        assert self.order(world, name, "credit", reason="  \n ") == "no_reason"
        assert world.state(name) == "review"

    def test_without_the_permission_there_is_no_button_and_no_press(self, world: World) -> None:
        """A role that may look sees the sentence; its press, made by hand, does nothing."""
        name = hold(world)
        page = ask(world, "review", admin=SUPPORT)
        assert "<form" not in page.html
        assert "Su rol no puede mover dinero" in page.text
        assert self.order(world, name, "credit", admin=SUPPORT) == "forbidden"
        assert (world.state(name), list(world.whmcs.transactions)) == ("review", [])

    def test_an_order_that_is_none_does_nothing(self, world: World) -> None:
        """A word of no button."""
        name = hold(world)
        assert self.order(world, name, "refund") == "changed"
        assert world.state(name) == "review"

    def test_a_payment_of_nobody_leads_back(self, world: World) -> None:
        """To the page, without a word about it."""
        assert press(world, "review", transaction="1-1", settle="credit").location == (
            "addonmodules.php?module=wompi_bridge&page=review"
        )


class TestTrying:
    def test_who_failed_and_who_gave_up(self, world: World) -> None:
        """How often, why, what to advise; who has paid, or is at Wompi, is not there."""
        failed = world.invoice()
        declined = world.pay(failed, "DECLINED", status_message="Fondos insuficientes")
        world.event(declined)
        left, paid, pending = world.invoice(), world.invoice(), world.invoice()
        world.checkout(left)
        world.event(world.pay(paid))
        world.event(world.pay(pending, "PENDING"))
        world.work()
        world.clock.advance(hours=1)
        here = world.invoice()
        world.checkout(here)
        page = ask(world, "trying")
        assert set(re.findall(r'data-invoice="([0-9]+)"', page.html)) == {str(failed), str(left)}
        assert "Rechazado" in page.text
        assert "no tenía saldo o cupo suficiente" in page.text
        assert "Abandonó el pago" in page.text

    def test_old_attempts_are_not_chased(self, world: World) -> None:
        """Three days, a week, or a month."""
        world.checkout(invoice := world.invoice())
        world.clock.advance(days=5)
        assert "data-invoice" not in ask(world, "trying", days="3").html
        assert f'data-invoice="{invoice}"' in ask(world, "trying", days="7").html

    def test_the_link_to_send_opens_the_invoice(self, world: World) -> None:
        """In a mail, for WhatsApp, and as a QR code; it shows nothing personal."""
        invoice = world.invoice()
        page = ask(world, "send", invoice=str(invoice))
        found = re.search(r'id="wc-url" readonly value="http://127\.0\.0\.1:9(/pay/mail\.[^"]+)"', page.html)
        assert found is not None
        assert world.http.get(found[1]).status_code == 200
        assert page.html.count(found[1]) == 3
        assert 'href="https://wa.me/?text=Hola.%20Puede%20pagar' in page.html
        assert 'class="wc-qr"' in page.html
        assert "Ana" not in page.text

    def test_the_texts_speak_the_payer_s_language(self, world: World) -> None:
        """Who pressed in English is written to in English."""
        invoice = world.invoice()
        world.whmcs.books.clients[77]["language"] = "english"
        world.press(invoice)
        assert "We saw that you tried to pay invoice" in ask(world, "send", invoice=str(invoice)).text

    @pytest.mark.parametrize(("status", "sentence"), [("Cancelled", "no recibe pagos"), ("Draft", "no recibe pagos")])
    def test_no_link_for_what_cannot_be_paid(self, world: World, status: str, sentence: str) -> None:
        """Said here, and not only to the payer."""
        invoice = world.invoice()
        world.whmcs.set_invoice(invoice, status=status)
        page = ask(world, "send", invoice=str(invoice))
        assert sentence in page.text
        assert "/pay/" not in page.html

    def test_no_link_for_what_is_paid_or_gone(self, world: World) -> None:
        """Nor for a number that is none."""
        book(world)
        assert "Ya no hay nada que pagar" in ask(world, "send", invoice="1042").text
        assert "WHMCS no tiene ese aviso" in ask(world, "send", invoice="4711").text
        assert ask(world, "send", invoice="x").status == 400


class TestHealth:
    def test_tells_keys_events_and_files(self, world: World) -> None:
        """What a person would otherwise ask a terminal."""
        from whmcs_bridge.whmcs.hooks_files import digests  # noqa: PLC0415 - only this test compares

        book(world)
        text = ask(world, "health", hooks=digests(), versions={"php": "8.2.1", "whmcs": "8.13.1"}).text
        assert "Último evento de Wompi 21 de noviembre de 2026, 10:04 a. m." in text
        assert "Archivos en WHMCS Son los de esta versión" in text
        assert "PHP 8.2.1, WHMCS 8.13.1" in text
        other = ask(world, "health", hooks=digests() | {"modules/gateways/wompi.php": "0" * 64}).text
        assert "1 no son de esta versión" in other

    def test_doctor_runs_on_demand_and_is_kept(self, world: World) -> None:
        """A press begins it; the page shows what it found, and Today its red lines; who asked is told."""
        answer = press(world, "health")
        assert answer.location == "addonmodules.php?module=wompi_bridge&page=health"
        for _ in range(200):
            page = ask(world, "health")
            if page.told["refresh"] is None:
                break
            time.sleep(0.05)
        assert "por Ana Pérez (admin 3)" in page.text
        assert "Por corregir:" in page.text
        assert "Por corregir:" in ask(world, "today").text

    def test_the_terminal_s_run_is_shown_as_well(self, world: World, tmp_path: Path) -> None:
        """With each red line and its way to mend it; ``setup`` ends with the same command. The newest run counts."""
        ended = call("doctor", folder=tmp_path, **world.settings)
        assert ended.returncode == 1
        health, today = ask(world, "health").text, ask(world, "today").text
        assert "por la terminal" in health
        red = re.findall("(?m)^.*fail +(.+)  \\[", ended.stdout)
        assert red
        assert [line for line in red if line not in today] == []
        assert [line.strip() for line in re.findall("(?m)^ +→ (.+)$", ended.stdout) if line.strip() not in today] == []

    def test_a_terminal_that_cannot_write_the_database_shows_its_run_all_the_same(
        self, world: World, tmp_path: Path
    ) -> None:
        """What was found is told where it was asked for; nothing is made on the way."""
        missing = tmp_path / "none" / "bridge.db"
        ended = call("doctor", folder=tmp_path, **world.settings | {"BRIDGE_DATABASE_URL": f"sqlite:///{missing}"})
        assert "[database.open]" in ended.stdout
        assert not missing.parent.exists()


class TestFrame:
    def test_every_page_is_within_the_time(self, world: World) -> None:
        """Less than 50 ms of our own, drawn for the second time, whatever else the machine does."""
        for _ in range(3):
            book(world)
        hold(world)
        spent = {}
        for page in ("today", "payments", "review", "trying", "settlements", "health"):
            ask(world, page)
            began = time.thread_time()
            ask(world, page)
            spent[page] = time.thread_time() - began
        assert {page: each for page, each in spent.items() if each > 0.05} == {}

    @pytest.mark.parametrize("page", ["nothing", "send_", "trail"])
    def test_there_is_no_other_page(self, world: World, page: str) -> None:
        """A sentence, and the way back."""
        assert ask(world, page).status == 404

    def test_the_addon_s_address_is_remembered(self, world: World) -> None:
        """For the links in messages."""
        address = "https://clientes.example.com/admin/addonmodules.php?module=wompi_bridge"
        ask(world, "today", addon=address)
        assert world.bridge.store.recall("console_address") == address
        ask(world, "today", addon="https://evil.example/x?y")
        assert world.bridge.store.recall("console_address") == address


class TestWhoOwesMore:
    def test_the_link_to_all_that_is_owed_stands_below(self, world: World) -> None:
        """Only where there is more than one; it leads to the list, and shows nothing personal."""
        first = world.invoice()
        assert "wc-all-url" not in ask(world, "send", invoice=str(first)).html
        world.invoice("20000.00", tax="0.00")
        page = ask(world, "send", invoice=str(first))
        found = re.search(
            r'id="wc-all-url" readonly value="http://127\.0\.0\.1:9(/invoices/mail\.0\.77\.[^"]+)"', page.html
        )
        assert found is not None
        assert "Todo lo que debe: 2 avisos" in page.text
        assert world.http.get(found[1]).status_code == 200

    def test_dollars_are_no_pesos_in_the_texts(self, world: World) -> None:
        """14.50 dollars are not 14 pesos and a half, in the mail and in WhatsApp."""
        world.whmcs.books.clients[77]["currency_code"] = "USD"
        page = ask(world, "send", invoice=str(world.invoice("14.50", tax="0.00")))
        assert "por USD 14.50" in page.text
        assert "$\xa014,50" not in page.text
