"""The month of settlements in the console, in a real browser: what does not agree, and reports that are handed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import Browse
from .shop import Shop
from .test_accessibility import violations
from .test_console import Admin, as_admin, settle_in, transact

pytestmark = pytest.mark.usefixtures("php")


@pytest.fixture
def admin(browse: Browse) -> Admin:
    """Ana, who may settle payments."""
    return as_admin(browse(viewport={"width": 1280, "height": 900}))


def test_the_demo_s_three_differences_are_found_and_each_leads_on(admin: Admin, shop: Shop) -> None:
    """From the tab to the month, to each sentence, and from it to its payment; what was never booked is, by a press."""
    month = shop.plant_month()
    admin.opens("today")
    admin.tab("Desembolsos")
    admin.page.get_by_label("Mes", exact=True).select_option(month)
    admin.page.get_by_role("button", name="Ver el mes").click()
    admin.sees("Lo que no cuadra (3)")
    for sentence in ("no se conoce ningún desembolso de Wompi", "en el reporte no suma"):
        line = admin.page.get_by_role("listitem").filter(has_text=sentence)
        transaction = line.get_attribute("data-transaction")
        line.get_by_role("link", name=f"Ver el rastro de {transaction}").click()
        admin.sees(f"Rastro de {transaction}")
        admin.sees("Registrado en WHMCS")
        admin.page.go_back()
    line = admin.page.get_by_role("listitem").filter(has_text="no están registrados en WHMCS")
    transaction = line.get_attribute("data-transaction")
    line.get_by_role("button", name="Buscarla en Wompi y registrarla").click()
    admin.sees_soon("Registrado en WHMCS")
    admin.opens("settlements", month=month)
    admin.sees("Lo que no cuadra (2)")
    assert transaction is not None
    assert len(shop.whmcs.booked(transaction)) == 1


def test_a_report_is_handed_over(admin: Admin, shop: Shop, tmp_path: Path) -> None:
    """Chosen in the form, sent with WHMCS's token, imported; twice changes nothing, and what is none is named."""
    settle_in(shop, name := transact(shop, shop.invoice))
    today = shop.today()
    file, text = shop.wompi.payouts.report(shop.wompi.payouts.pay_out(today, [name]))
    report, other = tmp_path / file, tmp_path / "notas.csv"
    report.write_text(text, "utf-8")
    other.write_text("hola\n", "utf-8")
    admin.opens("settlements")
    for told in ("1 filas, 1 nuevas", "1 filas, 0 nuevas"):
        admin.page.get_by_label("Archivos CSV").set_input_files([report, other])
        admin.button("Subir").click()
        admin.sees(told)
        admin.sees("no es el reporte diario de desembolso de Wompi")
    admin.sees("Todo cuadra.")
    expect(admin.page.get_by_role("table").filter(has_text="Neto desembolsado")).to_contain_text("$ 59.500")
    assert violations(admin.page, ".wc") == []


def test_a_report_that_is_too_large_is_told_with_the_way(admin: Admin, tmp_path: Path) -> None:
    """WHMCS's PHP has it, and sends nothing on."""
    large = tmp_path / "03-11-2026-disbursement-report.csv"
    large.write_bytes(b"x" * 700_001)
    admin.opens("settlements")
    admin.page.get_by_label("Archivos CSV").set_input_files(large)
    admin.button("Subir").click()
    admin.sees("Los archivos son muy grandes, y no se hizo nada")
    admin.sees("wompi-bridge settlements import")
