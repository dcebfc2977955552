"""Two payments of one invoice: by two tabs, or by a payer who does not want to wait."""

from __future__ import annotations

from .customer import SUCCESS, VERIFYING, Customer
from .shop import Shop


def test_two_tabs(ana: Customer, shop: Shop) -> None:
    """Both tabs get the same reference, which Wompi takes once: the second cannot pay again."""
    other = ana.another_tab()
    other.page.goto(shop.whmcs.url)
    for tab in (ana, other):
        tab.open_invoice()
    for tab in (ana, other):
        tab.press_pay()
        tab.sees_checkout()
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    (transaction_id,) = shop.transactions(shop.invoice)

    other.expects_refusal(422)
    other.pay_by_card()
    other.sees("La referencia ya ha sido usada")
    other.picture("14-dos-pestanas")
    assert shop.transactions(shop.invoice) == [transaction_id]

    shop.wait_until_booked()
    other.page.goto(shop.invoice_url(shop.invoice))
    other.sees_paid(transaction_id)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def test_a_payment_is_under_way(ana: Customer, shop: Shop) -> None:
    """While PSE has not answered, the pay page warns; whoever pays all the same has both payments booked."""
    ana.open_invoice()
    ana.press_pay()
    ana.leave_pending()
    ana.pay_by_pse()
    ana.sees_title(VERIFYING)
    (by_pse,) = shop.transactions(shop.invoice)

    ana.expects_refusal(409)
    ana.page.goto(shop.link("pay", shop.invoice, 77))
    ana.sees_title(f"Aviso de cobro n.º {shop.invoice}")
    ana.sees("Ya hay un pago en curso")
    ana.sees("si paga de nuevo, se le puede cobrar dos veces")
    ana.picture("15-pago-en-curso-enlace")
    ana.expects_refusal(409)
    ana.link("Consultar de nuevo").click()
    ana.sees("Ya hay un pago en curso")
    assert shop.transactions(shop.invoice) == [by_pse]

    ana.press_pay("Pagar de todos modos")
    ana.sees_checkout()
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    (by_card,) = shop.transactions(shop.invoice)
    shop.wait_until_booked()
    shop.wompi.settle(by_pse, "APPROVED")
    shop.wait_until_booked(2)
    ana.page.goto(f"{shop.bridge_url}return?id={by_pse}")
    ana.sees_soon("Este fue un segundo pago")
    ana.sees("$ 59.500 COP quedaron como saldo a favor de su cuenta")
    ana.picture("20-segundo-pago")
    assert shop.booked(shop.invoice) == [(by_card, "59500.00"), (by_pse, "59500.00")]
    assert str(shop.whmcs.credit_of(shop.whmcs.invoice(shop.invoice).client_id)) == "59500.00"


def test_the_payment_under_way_was_declined(ana: Customer, shop: Shop) -> None:
    """Once the first payment is declined, "Consultar de nuevo" offers the button again."""
    ana.open_invoice()
    ana.press_pay()
    ana.leave_pending()
    ana.pay_by_pse()
    ana.sees_title(VERIFYING)
    (by_pse,) = shop.transactions(shop.invoice)
    ana.expects_refusal(409)
    ana.page.goto(shop.link("pay", shop.invoice, 77))
    ana.sees("Ya hay un pago en curso")
    shop.wompi.settle(by_pse, "DECLINED")
    assert shop.wompi.wait_for_deliveries()
    ana.link("Consultar de nuevo").click()
    ana.press_pay()
    ana.sees_checkout()
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    (by_card,) = shop.transactions(shop.invoice)
    assert shop.booked(shop.invoice) == [(by_card, "59500.00")]
