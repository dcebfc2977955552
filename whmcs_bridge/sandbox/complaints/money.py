"""Complaints about money: paid and not booked, booked twice, booked wrong."""

from __future__ import annotations

from whmcs_bridge.sandbox.complaints.complaint import complaint
from whmcs_bridge.sandbox.complaints.shop import DECLINES, Invoice, Shop, expect


def booked_once(shop: Shop, invoice: Invoice, transaction: str) -> None:
    """The invoice is Paid, by this transaction, once, whatever Wompi goes on to send."""
    expect(
        shop.is_paid(invoice),
        "El cliente pagó, y su aviso de cobro sigue sin pagar.",
        "The customer has paid, and the invoice is still unpaid.",
    )
    _only_once(shop, invoice, transaction)


def _only_once(shop: Shop, invoice: Invoice, transaction: str) -> None:
    rows = [row["transid"] for row in shop.rows(invoice)]
    expect(
        len(rows) <= 1,
        f"Un solo pago está registrado {len(rows)} veces: el cliente ve dinero que no pagó.",
        f"One payment is booked {len(rows)} times: the customer sees money that was never paid.",
    )
    expect(
        rows == [transaction],
        "El pago no está registrado con el número que da Wompi: nadie puede encontrarlo.",
        "The payment is not booked under Wompi's number: nobody can find it.",
    )


@complaint("Pagado en Wompi, y Pagado en WHMCS.", "Paid at Wompi, and Paid in WHMCS.")
def paid_but_unpaid(shop: Shop) -> None:
    invoice = shop.invoice()
    booked_once(shop, invoice, shop.pay(invoice))


@complaint(
    "Wompi avisa tres veces, y hay un solo pago.", "Wompi sends its event three times, and there is one payment."
)
def paid_twice(shop: Shop) -> None:
    invoice = shop.invoice()
    transaction = shop.pay(invoice)
    shop.is_paid(invoice)
    shop.event(transaction)
    shop.event(transaction)
    shop.pass_time(minutes=10)
    booked_once(shop, invoice, transaction)


@complaint("Rechazada, y al segundo intento pagado.", "Declined, and paid at the second try.")
def approved_after_a_decline(shop: Shop) -> None:
    invoice = shop.invoice()
    with shop.customer(invoice) as walk:
        shop.press(walk, invoice)
        shop.choose(walk, card=DECLINES)
        shop.choose(walk)
    declined, approved = [row["id"] for row in shop.transactions()][-2:]
    booked_once(shop, invoice, approved)
    shop.event(declined)
    booked_once(shop, invoice, approved)


@complaint(
    "El pago viejo se aprobó, y el aviso está Pagado.", "The older payment was approved, and the invoice is Paid."
)
def older_attempt_approved(shop: Shop) -> None:
    invoice = shop.invoice()
    older = shop.pay(invoice, method="PSE", bank="1", forced="pending")
    with shop.customer(invoice) as walk:
        shop.press(walk, invoice, anyway="yes")
        shop.choose(walk, card=DECLINES)
    shop.becomes(older, "APPROVED")
    booked_once(shop, invoice, older)


@complaint(
    "El aviso de Wompi nunca llegó, y el pago se encontró.", "Wompi's event never came, and the payment was found."
)
def webhook_lost(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.switch(shop.wompi, auto_deliver=False)
    transaction = shop.pay(invoice, comes_back=False)  # nor did the customer come back
    shop.pass_time(hours=1)
    booked_once(shop, invoice, transaction)


@complaint("Registrado antes de que el cliente volviera.", "Booked before the customer came back.")
def webhook_before_return(shop: Shop) -> None:
    invoice = shop.invoice()
    with shop.customer(invoice) as walk:
        shop.press(walk, invoice)
        shop.choose(walk, method="PSE", bank="1", forced="pending")
        transaction = str(shop.transactions()[-1]["id"])
        shop.becomes(transaction, "APPROVED")
        booked_once(shop, invoice, transaction)
        page = walk.open(f"{shop.whmcs}viewinvoice.php?id={invoice.id}")
        expect(
            "Pagar con Wompi" not in page,
            "El aviso está Pagado y todavía ofrece el botón de pago.",
            "The invoice is Paid and still offers the button.",
        )
    booked_once(shop, invoice, transaction)


@complaint(
    "WHMCS registró tarde lo que no contestó, y una vez.", "WHMCS booked late what it had not answered, and once."
)
def late_commit(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault(shop.whmcs, "AddInvoicePayment", "500", when="late")
    transaction = shop.pay(invoice)
    shop.pass_time(minutes=1)
    shop.event(transaction)
    shop.late_effects()
    shop.pass_time(hours=1)
    booked_once(shop, invoice, transaction)


@complaint("Otro módulo ya lo había registrado, y quedó así.", "Another module had booked it, and it was left at that.")
def module_replaced(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.switch(shop.wompi, auto_deliver=False)
    transaction = shop.pay(invoice, method="PSE", bank="1", forced="pending")
    shop.becomes(transaction, "APPROVED")
    shop.book_by_hand(invoice, transaction, "59500.00")
    shop.event(transaction)
    shop.pass_time(hours=1)
    booked_once(shop, invoice, transaction)


@complaint("Con el doble clic hay un solo pago.", "A double click makes one payment.")
def double_click(shop: Shop) -> None:
    invoice = shop.invoice()
    with shop.customer(invoice) as first, shop.customer(invoice) as second:
        shop.press(first, invoice)
        also = shop.press(second, invoice)
        shop.choose(first)
        if also:
            shop.choose(second)
        _one_payment(shop, invoice, before=0)


@complaint("Con dos pestañas hay un solo pago.", "Two tabs make one payment.")
def two_tabs(shop: Shop) -> None:
    invoice = shop.invoice()
    with shop.customer(invoice) as first, shop.customer(invoice) as second:
        shop.press(first, invoice)
        shop.choose(first, method="PSE", bank="1", forced="pending")
        pending = str(shop.transactions()[-1]["id"])
        if shop.press(second, invoice):
            shop.choose(second)
        shop.becomes(pending, "APPROVED")
        _one_payment(shop, invoice, before=0)


def _one_payment(shop: Shop, invoice: Invoice, *, before: int) -> None:
    shop.is_paid(invoice)
    shop.pass_time(minutes=10)
    count = len(shop.rows(invoice))
    expect(
        count == before + 1,
        f"El cliente pagó {count} veces el mismo aviso de cobro, y nadie se lo dijo.",
        f"The customer paid the same invoice {count} times, and nobody said so.",
    )


@complaint("Anulado en Wompi, y alguien lo sabe.", "Voided at Wompi, and somebody knows.")
def void_at_the_dashboard(shop: Shop) -> None:
    invoice = shop.invoice()
    transaction = shop.pay(invoice)
    booked_once(shop, invoice, transaction)
    shop.becomes(transaction, "VOIDED")
    shop.pass_time(hours=1)
    taken_back = any(row["amountout"] != "0.00" for row in shop.books(invoice)["transactions"])
    expect(
        taken_back or shop.somebody_knows(transaction),
        "Wompi devolvió el dinero, el aviso sigue Pagado, y nadie lo sabe.",
        "Wompi gave the money back, the invoice is still Paid, and nobody knows.",
    )


@complaint("El evento de otra tienda no paga nada.", "Another shop's event pays nothing.")
def event_of_another_shop(shop: Shop) -> None:
    invoice = shop.invoice()
    answer, _ = shop.foreign_payment(f"Pedido-{invoice.id}-x", 5_950_000)
    shop.foreign_payment(f"Pedido {invoice.id}", 5_950_000)
    shop.pass_time(minutes=10)
    expect(
        not shop.rows(invoice),
        "El pago de otra tienda pagó este aviso de cobro.",
        "Another shop's payment has paid this invoice.",
    )
    expect(
        answer == 200,
        f"El evento ajeno recibe {answer}, y Wompi lo repite durante un día.",
        f"The foreign event is answered {answer}, and Wompi sends it again for a day.",
    )
