"""How a payment may end, and what the customer reads then."""

from __future__ import annotations

from playwright.sync_api import expect

from .customer import BAD_CARD, GOOD_CARD, SUCCESS, VERIFYING, Customer
from .shop import Shop


def test_pending_then_approved(ana: Customer, shop: Shop) -> None:
    """A PSE payment without an answer is "in verification"; the page turns into success without being touched."""
    begin(ana)
    ana.leave_pending()
    ana.pay_by_pse()
    ana.sees_title(VERIFYING)
    ana.sees("No haga otro pago")
    ana.sees("PSE: unos minutos")
    ana.sees("Esta página se actualiza sola en 3 s.")
    ana.picture("04-verificacion")
    (transaction_id,) = shop.transactions(shop.invoice)
    shop.wompi.settle(transaction_id, "APPROVED")
    ana.sees_title(SUCCESS)
    ana.picture("09-pse-aprobado")
    shop.wait_until_booked()
    ana.link("Ver el aviso de cobro").click()
    ana.sees_paid(transaction_id)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def test_a_page_that_refreshes_itself_can_be_stopped(ana: Customer, shop: Shop) -> None:
    """Who cannot read as fast stops the refreshing, and refreshes by hand (WCAG 2.2, success criterion 2.2.1)."""
    begin(ana)
    ana.leave_pending()
    ana.pay_by_nequi()
    ana.sees_title(VERIFYING)
    ana.sees("después de que usted acepte el cobro en la aplicación")
    ana.link("No actualizar sola").click()
    expect(ana.page.get_by_text("se actualiza sola")).to_have_count(0)
    ana.sees_title(VERIFYING)
    (transaction_id,) = shop.transactions(shop.invoice)
    shop.wompi.settle(transaction_id, "DECLINED")
    ana.page.reload()
    expect(ana.page.get_by_role("heading", level=1)).to_be_visible()
    assert shop.booked(shop.invoice) == []


def test_declined_then_approved_at_the_checkout(ana: Customer, shop: Shop) -> None:
    """Wompi's own second try keeps the reference: the declined transaction is nothing, the approved one is booked."""
    begin(ana)
    reference = shop.reference(shop.invoice)
    ana.pay_by_card(BAD_CARD)
    ana.sees("Pago rechazado")
    ana.sees("Intente de nuevo: tiene 3 minutos")
    ana.pay_by_card(GOOD_CARD)
    ana.sees_title(SUCCESS)
    assert shop.reference(shop.invoice) == reference
    declined, approved = shop.transactions(shop.invoice)
    shop.wait_until_booked()
    ana.link("Ver el aviso de cobro").click()
    ana.sees_paid(approved)
    expect(ana.page.get_by_text(declined)).to_have_count(0)
    assert shop.booked(shop.invoice) == [(approved, "59500.00")]


def test_declined_then_tried_again_from_the_merchant(ana: Customer, shop: Shop) -> None:
    """Back at the merchant a declined payer reads what to do, and tries again under a new reference."""
    begin(ana)
    first = shop.reference(shop.invoice)
    ana.pay_by_card(BAD_CARD)
    ana.link("Volver al comercio").click()
    ana.sees_title("El pago no fue aprobado")
    ana.sees("No recibimos dinero por este intento")
    ana.sees("Qué puede hacer")
    ana.sees("Revise los datos e intente de nuevo, o use otro medio de pago.")
    ana.picture("10-no-aprobado")
    ana.link("Intentar de nuevo").click()
    ana.sees_title(f"Aviso de cobro n.º {shop.invoice}")
    expect(ana.page.get_by_text("Plan Web Esencial")).to_have_count(0)  # whoever has the address got this link
    ana.picture("11-intentar-de-nuevo")
    ana.press_pay()
    ana.sees_checkout()
    assert shop.reference(shop.invoice) != first
    expect(ana.page.get_by_label("Correo electrónico")).to_have_value("")
    ana.page.get_by_label("Correo electrónico").fill("ana@ejemplo.test")
    ana.pay_by_card(GOOD_CARD)
    ana.sees_title(SUCCESS)
    (transaction_id,) = shop.transactions(shop.invoice)
    shop.wait_until_booked()
    ana.link("Ver el aviso de cobro").click()
    ana.sees_paid(transaction_id)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def test_nequi(ana: Customer, shop: Shop) -> None:
    """A payment by Nequi is booked like any other, and the page names it."""
    begin(ana)
    ana.pay_by_nequi()
    ana.sees_title(SUCCESS)
    expect(ana.page.get_by_role("definition").filter(has_text="Nequi")).to_be_visible()
    (transaction_id,) = shop.transactions(shop.invoice)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def test_the_service_of_a_method_fails(ana: Customer, shop: Shop) -> None:
    """An error is no decline: the payer is told to look at the account before trying again; nothing is booked."""
    begin(ana)
    ana.page.get_by_label("Que falle el servicio").check()
    ana.pay_by_pse()
    ana.sees("El pago no se pudo procesar")
    ana.link("Volver al comercio").click()
    ana.sees_title("El pago no se pudo completar")
    ana.sees("revise los movimientos de su cuenta")
    expect(ana.link("Intentar de nuevo")).to_be_visible()
    assert shop.booked(shop.invoice) == []


def test_voided_after_it_was_booked(ana: Customer, shop: Shop) -> None:
    """The return address tells the truth of today: a payment that was voided since is shown as voided."""
    begin(ana)
    ana.leave_pending()
    ana.pay_by_card()
    ana.sees_title(VERIFYING)
    return_address = ana.page.url
    (transaction_id,) = shop.transactions(shop.invoice)
    ana.page.goto(shop.whmcs.url)
    shop.wompi.settle(transaction_id, "APPROVED")
    shop.wait_until_booked()
    shop.wompi.settle(transaction_id, "VOIDED")
    # The bridge may remember for two seconds what Wompi said before; the page then refreshes itself.
    ana.page.goto(return_address)
    ana.sees_title("Este pago fue anulado")
    ana.sees("El dinero vuelve a la tarjeta con la que pagó")
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]
    payment = shop.store.payment(transaction_id)
    assert payment is not None
    assert payment.state == "review"


def begin(ana: Customer) -> None:
    """From the invoice to the checkout."""
    ana.open_invoice()
    ana.press_pay()
    ana.sees_checkout()
