"""The admin's console inside WHMCS, in a real browser: the real addon, the real bridge, and no script."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from whmcs_bridge.sandbox.whmcs.addon import ADDRESS

from .conftest import Browse
from .customer import Customer
from .shop import Shop
from .test_accessibility import press_until, violations

pytestmark = pytest.mark.usefixtures("php")

WIDTHS = (360, 768, 1280)
PAGES = ("hoy", "pagos", "resolver", "intentan", "enviar", "desembolsos", "salud", "rastro")


def picture_name(page: str, width: int) -> str:
    """The name of the picture of a page on a screen."""
    return f"consola-{width}-{page}"


class Admin(Customer):
    """Somebody in WHMCS's admin area."""

    def opens(self, page: str, **fields: object) -> None:
        """A page of the console, by its address."""
        query = "".join(f"&{name}={value}" for name, value in {"page": page, **fields}.items())
        self.page.goto(f"{self.shop.whmcs.url}{ADDRESS}{query}")
        expect(self.page.locator(f'.wc[data-page="{page}"]')).to_be_visible()

    def tab(self, name: str) -> None:
        """One of the five, by its words."""
        self.page.get_by_role("navigation", name="Consola de Wompi").get_by_role("link", name=name).click()

    def press(self, name: str, *, reason: str = "Acordado con la clienta") -> None:
        """Give a reason, and press."""
        self.page.get_by_label("Motivo").first.fill(reason)
        self.page.get_by_role("button", name=name).first.click()


@pytest.fixture
def admin(browse: Browse, shop: Shop) -> Admin:
    """Ana, who may settle payments."""
    return as_admin(browse(viewport={"width": 1280, "height": 900}))


def as_admin(customer: Customer) -> Admin:
    return Admin(customer.page, customer.shop, customer.watch, customer.expected)


def transact(shop: Shop, invoice: int, status: str = "APPROVED", *, client: int = 77, **options: Any) -> str:
    """Press "Pagar", and pay at Wompi, whose event is not delivered yet. Returns the transaction."""
    pressed = requests.post(
        shop.link("pay", invoice, client), data={"terms": "accepted"}, allow_redirects=False, timeout=20
    )
    fields = parse_qs(urlsplit(pressed.headers["Location"]).query)
    amount = int(fields["amount-in-cents"][0])
    made = shop.wompi.create_transaction(fields["reference"][0], amount, status=status, **options)
    return str(made["id"])


def settle_in(shop: Shop, transaction: str) -> None:
    """Deliver the event, and wait until the bridge has made up its mind."""
    assert shop.wompi.deliver(transaction) == 200
    shop.wait_until_looked_at(transaction)


def held_cancelled(shop: Shop) -> str:
    """An invoice that was cancelled while its payer was at Wompi."""
    transaction = transact(shop, invoice := shop.whmcs.add_invoice(77, "119000.00"))
    shop.whmcs.set_invoice(invoice, status="Cancelled")
    settle_in(shop, transaction)
    return transaction


def held_other_amount(shop: Shop) -> str:
    """Another amount was paid than was asked for."""
    transaction = transact(shop, shop.whmcs.add_invoice(77, "80000.00"))
    shop.wompi.amend(transaction, amount_in_cents=4_000_000)
    settle_in(shop, transaction)
    return transaction


def held_voided(shop: Shop) -> str:
    """It was booked, and then somebody voided it at Wompi."""
    transaction = transact(shop, shop.whmcs.add_invoice(77, "29750.00"))
    settle_in(shop, transaction)
    shop.wompi.amend(transaction, status="VOIDED")
    assert shop.wompi.deliver(transaction) == 200
    shop.wait_until_held(transaction)
    return transaction


def held_other_owner(shop: Shop) -> str:
    """Its invoice has gone to client 91."""
    transaction = transact(shop, invoice := shop.whmcs.add_invoice(77, "59500.00"))
    shop.whmcs.add_client(id=91)
    shop.whmcs.set_invoice(invoice, client_id=91)
    settle_in(shop, transaction)
    return transaction


HELD = {
    "amount": held_other_amount,
    "owner": held_other_owner,
    "voided": held_voided,
    "cancelled": held_cancelled,
}


@contextmanager
def some_days(shop: Shop) -> Iterator[None]:
    """What a shop looks like: some paid, some held, some who tried."""
    settle_in(shop, transact(shop, shop.invoice))
    # What was paid at Wompi some days ago, and is heard of today.
    for days, total, method in (
        (0, "178500.00", "PSE"), (1, "35700.00", "NEQUI"), (2, "119000.00", "CARD"), (4, "95200.00", "PSE"),
        (7, "59500.00", "CARD"), (15, "71400.00", "NEQUI"), (35, "297500.00", "CARD"),
    ):  # fmt: skip
        made = transact(shop, shop.whmcs.add_invoice(77, total), method=method, created_at=time.time() - days * 86_400)
        settle_in(shop, made)
    held_cancelled(shop)
    held_other_amount(shop)
    failed = transact(shop, shop.whmcs.add_invoice(77, "95200.00"), "DECLINED", status_message="Fondos insuficientes")
    settle_in(shop, failed)
    shop.tell(shop.whmcs.invoices[-1].id, 77, "2611211002")
    yield


class TestByHand:
    def test_a_payment_is_found_and_its_trail_read(self, admin: Admin, shop: Shop) -> None:
        """From the tab to the search, to the one line, to each step with its time."""
        transaction = transact(shop, shop.invoice)
        settle_in(shop, transaction)
        admin.opens("today")
        admin.sees("$ 59.500")
        admin.tab("Pagos")
        admin.page.get_by_role("searchbox", name="Buscar").fill("59.500")
        admin.page.get_by_role("button", name="Buscar").click()
        row = admin.page.get_by_role("row", name=transaction)
        expect(row).to_contain_text("Registrado en WHMCS")
        row.get_by_role("link", name="Rastro").click()
        admin.sees(f"Rastro de {transaction}")
        admin.sees("Llegó el evento de Wompi")
        admin.page.get_by_role("link", name=f"Aviso de cobro {shop.invoice}").click()
        admin.sees_title(f"Aviso de cobro #{shop.invoice}")

    def test_by_keyboard_alone(self, admin: Admin, shop: Shop) -> None:
        """Tab, words and Enter settle a payment; the focus always shows."""
        transaction = held_cancelled(shop)
        admin.opens("review")
        press_until(admin.page, "input[name=reason]", most=20)
        admin.page.keyboard.type("Lo pidió la clienta")
        press_until(admin.page, "button[value=credit]")
        admin.page.keyboard.press("Enter")
        admin.sees("Hecho.")
        assert shop.credited() == [transaction]

    def test_a_payment_is_found_and_its_trail_read_by_keyboard(self, admin: Admin, shop: Shop) -> None:
        """Its amount is typed, Enter searches among two, Enter on the line opens its steps."""
        settle_in(shop, name := transact(shop, shop.invoice))
        settle_in(shop, transact(shop, shop.whmcs.add_invoice(77, "80000.00")))
        admin.opens("payments")
        admin.sees("Pagos encontrados: 2")
        press_until(admin.page, "input[name=q]", most=20)
        admin.page.keyboard.type("59.500")
        admin.page.keyboard.press("Enter")
        admin.sees("Pagos encontrados: 1")
        press_until(admin.page, f"a[href$='of={name}']", most=30)
        admin.page.keyboard.press("Enter")
        admin.sees(f"Rastro de {name}")
        admin.sees("Llegó el evento de Wompi")

    @pytest.mark.parametrize(
        ("make", "way"), [("amount", "book"), ("owner", "book-91"), ("voided", "record_void"), ("cancelled", "dismiss")]
    )
    def test_each_kind_of_held_payment_is_settled_by_keyboard(
        self, admin: Admin, shop: Shop, make: str, way: str
    ) -> None:
        """A reason, and the button; what is left as it is can be looked for again, and is booked at the end."""
        name = HELD[make](shop)
        admin.opens("review")
        press_until(admin.page, "input[name=reason]", most=20)
        admin.page.keyboard.type("Lo pidió la clienta")
        press_until(admin.page, f"button[value={way}]")
        admin.page.keyboard.press("Enter")
        admin.sees("Hecho.")
        admin.sees("Lo pidió la clienta")
        if way == "dismiss":
            shop.whmcs.add_payment(shop.invoice, name, amount="119000.00")

    def test_a_link_is_made_and_a_sheet_taken_by_keyboard(self, admin: Admin, shop: Shop) -> None:
        """From the list of who tried, to the link; and from the month's choice to the file."""
        settle_in(shop, transact(shop, shop.invoice, "DECLINED", status_message="Fondos insuficientes"))
        admin.opens("trying")
        press_until(admin.page, f"a[href$='invoice={shop.invoice}']", most=20)
        admin.page.keyboard.press("Enter")
        admin.sees(f"Enlace de pago del aviso {shop.invoice}")
        press_until(admin.page, "#wc-url", most=20)
        admin.opens("payments")
        press_until(admin.page, "#wc-month", most=30)
        press_until(admin.page, "form:has(#wc-month) button")
        with admin.page.expect_download() as download:
            admin.page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(".csv")
        assert [line.rpartition(" ")[2] for line in admin.watch.complaints] == ["net::ERR_ABORTED"]
        admin.watch.complaints.clear()


class TestEachKindOfHeldPayment:
    def test_as_credit(self, admin: Admin, shop: Shop) -> None:
        """The invoice takes no payment: it stands for the next one. The page tells who did it, and why."""
        transaction = held_cancelled(shop)
        admin.opens("today")
        admin.page.get_by_role("link", name="Resolver (1)").click()
        admin.sees("el aviso de cobro está cancelado (Cancelled)")
        admin.press("Dejar como saldo a favor del cliente")
        admin.sees("Hecho.")
        admin.sees("Ana Ruiz (admin 1): Acordado con la clienta")
        admin.sees("Nada espera a una persona.")
        assert shop.credited() == [transaction]

    def test_as_it_was_paid(self, admin: Admin, shop: Shop) -> None:
        """Another amount, on its invoice."""
        transaction = held_other_amount(shop)
        admin.opens("review")
        admin.press("Registrar en su aviso")
        admin.sees("Hecho.")
        assert [str(row.amountin) for row in shop.whmcs.booked(transaction)] == ["40000.00"]

    def test_for_the_new_owner(self, admin: Admin, shop: Shop) -> None:
        """The invoice has gone to another client meanwhile."""
        transaction = held_other_owner(shop)
        admin.opens("review")
        admin.press("Registrar en su aviso, que ahora es del cliente 91")
        admin.sees("Hecho.")
        (row,) = shop.whmcs.booked(transaction)
        assert shop.whmcs.invoice(row.invoice_id).client_id == 91

    def test_a_void_is_recorded(self, admin: Admin, shop: Shop) -> None:
        """Money out against the payment, so that WHMCS says what Wompi says."""
        transaction = held_voided(shop)
        admin.opens("review")
        admin.press("Apuntar en WHMCS que se devolvió")
        admin.sees("Hecho.")
        assert shop.whmcs.transactions[-1].amountout == shop.whmcs.booked(transaction)[0].amountin

    def test_of_two_who_press_one_is_told(self, admin: Admin, browse: Browse, shop: Shop) -> None:
        """The second sees that it is done, and by whom: the money moved once."""
        transaction = held_cancelled(shop)
        admin.opens("review")
        luis = as_admin(browse())
        luis.opens("review")
        admin.press("Dejar como saldo a favor del cliente")
        admin.sees("Hecho.")
        luis.press("Dejar como saldo a favor del cliente")
        luis.sees("No se hizo nada: ya no espera a una persona")
        luis.sees("Ana Ruiz (admin 1)")
        assert shop.credited() == [transaction]

    def test_a_role_without_the_permission_reads_only(self, admin: Admin, shop: Shop) -> None:
        """No button, and the way to somebody who has one. At the end it is settled, as every payment must be."""
        transaction = held_cancelled(shop)
        shop.whmcs.permissions = {"List Transactions"}
        admin.opens("review")
        admin.sees("Su rol no puede mover dinero")
        expect(admin.page.locator("form")).to_have_count(0)
        shop.whmcs.permissions = {"Add Transaction"}
        admin.opens("review")
        admin.press("Dejar como saldo a favor del cliente")
        admin.sees("Hecho.")
        assert shop.credited() == [transaction]


class TestSending:
    def test_who_failed_gets_a_link_that_pays(self, admin: Admin, browse: Browse, shop: Shop) -> None:
        """From the list to the text; the payer opens it without signing in."""
        failed = transact(shop, shop.invoice, "DECLINED", status_message="Fondos insuficientes")
        settle_in(shop, failed)
        admin.opens("trying")
        admin.sees("no tenía saldo o cupo suficiente")
        admin.page.get_by_role("link", name="Enviar enlace").click()
        admin.sees(f"Enlace de pago del aviso {shop.invoice}")
        address = admin.page.get_by_role("textbox", name="El enlace").input_value()
        expect(admin.page.get_by_role("textbox", name="Mensaje")).to_have_value(re.compile(re.escape(address)))
        expect(admin.page.get_by_role("img", name="Código QR")).to_be_visible()
        payer = browse()
        payer.page.goto(address)
        payer.sees_title(f"Aviso de cobro n.º {shop.invoice}")


class TestSheet:
    def test_P7_the_sheet_opens_and_its_sum_is_what_was_booked(self, admin: Admin, shop: Shop, tmp_path: Path) -> None:
        """Downloaded in the browser, opened by LibreOffice where it is installed: its total is WHMCS's money in."""
        with some_days(shop):
            admin.opens("payments")
            with admin.page.expect_download() as download:
                admin.page.get_by_role("button", name="Descargar").click()
        # The browser gives up the page that turns out to be a file.
        assert [line.rpartition(" ")[2] for line in admin.watch.complaints] == ["net::ERR_ABORTED"]
        admin.watch.complaints.clear()
        sheet = tmp_path / download.value.suggested_filename
        download.value.save_as(sheet)
        rows = as_spreadsheet(sheet)
        *each, total = list(csv.DictReader(io.StringIO(rows), delimiter=";"))
        month = re.search("[0-9]{4}-[0-9]{2}", sheet.name)
        assert month is not None
        booked = sum(row.amountin for row in shop.whmcs.transactions if row.date.startswith(month[0]))
        assert sum(int(row["total"]) for row in each) == int(total["total"]) == booked
        assert {row["estado"] for row in each} == {"Registrado"}
        assert not [cell for row in each for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
        settle_all(admin)


def as_spreadsheet(sheet: Path) -> str:
    """The cells as LibreOffice reads them, written out again; without it, the file itself."""
    office = shutil.which("soffice")
    if office is None:
        return sheet.read_text("utf-8-sig")
    told = sheet.parent / "read"
    command = [office, f"-env:UserInstallation=file://{sheet.parent / 'profile'}", "--headless", "--convert-to"]
    # Semicolons, UTF-8, a line as the head; every cell as it is shown: https://help.libreoffice.org/latest/en-US/text/
    # shared/guide/csv_params.html
    command += ["csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false", "--outdir", str(told)]
    command += ["--infilter=Text - txt - csv (StarCalc):59,34,76,1", str(sheet)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (told / sheet.name).read_text("utf-8-sig")


def settle_all(admin: Admin) -> None:
    """What waits is settled, so that every approved payment ends up booked."""
    admin.opens("review")
    while admin.page.get_by_role("button", name="(lo usual)").count():
        admin.page.get_by_label("Motivo").first.fill("Acordado con la clienta")
        admin.page.get_by_role("button", name="(lo usual)").first.click()
        admin.sees("Hecho.")


class TestEveryPage:
    @pytest.mark.parametrize("width", WIDTHS)
    def test_fits_and_axe_finds_nothing(self, browse: Browse, shop: Shop, width: int) -> None:
        """On a phone, a tablet and a desk, in both languages; on the tablet the Spanish pages are dark, elsewhere the
        English ones. Nothing is loaded but the page and its style sheet. On paper each is whole: no table goes on
        behind an edge."""
        admin = as_admin(browse(viewport={"width": width, "height": 900}))
        with some_days(shop):
            month = ""
            for language in ("spanish", "english"):
                assert shop.whmcs.admin is not None
                shop.whmcs.admin["language"] = language
                scheme: Literal["light", "dark"] = "dark" if (width == 768) == (language == "spanish") else "light"
                for name, page, fields in (
                    ("hoy", "today", {}),
                    ("pagos", "payments", {}),
                    ("resolver", "review", {}),
                    ("intentan", "trying", {}),
                    ("enviar", "send", {"invoice": shop.whmcs.invoices[-1].id}),
                    ("rastro", "trail", {"of": shop.invoice}),
                    ("salud", "health", {}),
                    ("desembolsos", "settlements", {}),
                ):
                    named: dict[str, object] = {**fields}
                    if page == "settlements":
                        named["month"] = month = month or shop.plant_month()
                    admin.page.emulate_media(media="screen", color_scheme=scheme)
                    admin.watch.requests.clear()
                    admin.opens(page, **named)
                    assert len(admin.watch.requests) == 2
                    assert violations(admin.page, ".wc") == []
                    assert _runs_over(admin.page) == []
                    admin.page.emulate_media(media="print")
                    assert _hidden_on_paper(admin.page) == []
                    admin.page.emulate_media(media="screen")
                    if language == "spanish":
                        # The long tables are left out of the picture.
                        admin.picture(picture_name(name, width), whole=page not in ("settlements", "payments"))
        admin.button("Look for it at Wompi").click()
        admin.sees_soon("Booked in WHMCS")
        assert shop.whmcs.admin is not None
        shop.whmcs.admin["language"] = "spanish"
        settle_all(admin)

    def test_doctor_on_demand(self, admin: Admin, shop: Shop) -> None:
        """A press, a page that looks again by itself, and the findings."""
        settle_in(shop, transact(shop, shop.invoice))
        admin.opens("health")
        admin.sees("Son los de esta versión")
        admin.page.get_by_role("button", name="Revisar ahora").click()
        admin.sees("por Ana Ruiz (admin 1)")
        admin.picture("manual-salud", whole=True)
        admin.page.get_by_text("En orden (").click()
        admin.sees("La configuración está completa.")
        assert violations(admin.page, ".wc") == []
        admin.opens("today")
        admin.sees("Última revisión completa")

    def test_a_bridge_that_is_down_leaves_the_last_known_state(self, admin: Admin, shop: Shop) -> None:
        """The page is whole, says so, and shows what was known last."""
        settle_in(shop, transact(shop, shop.invoice))
        admin.opens("today")
        shop.close()
        admin.page.goto(f"{shop.whmcs.url}{ADDRESS}")
        admin.sees("El puente no responde ahora")
        admin.sees("Recibido hoy: $ 59.500 · pagos: 1")
        assert violations(admin.page, ".wc") == []
        admin.picture("manual-sin-puente")


def _runs_over(page: Page) -> list[str]:
    """Parts of the console that are wider than the screen, beside tables that scroll in their own frame."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.wc *')]
            .filter(each => !each.closest('.wc-scroll') && each.getBoundingClientRect().right > innerWidth + 1)
            .map(each => each.outerHTML.slice(0, 120))"""
    )
    return found


def _hidden_on_paper(page: Page) -> list[str]:
    """Frames whose table is wider than they are, beyond the width of a sheet of A4: on paper nobody scrolls."""
    size = page.viewport_size
    page.set_viewport_size({"width": 720, "height": 1000})
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.wc .wc-scroll')]
            .filter(each => each.scrollWidth > each.clientWidth + 1)
            .map(each => each.outerHTML.slice(0, 120))"""
    )
    assert size is not None
    page.set_viewport_size(size)
    return found
