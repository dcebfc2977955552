"""Complaints about what changes between the click and the booking, and about what is to be paid at all."""

from __future__ import annotations

from decimal import Decimal

import requests

from whmcs_bridge.sandbox.complaints.complaint import complaint
from whmcs_bridge.sandbox.complaints.money import booked_once
from whmcs_bridge.sandbox.complaints.shop import Shop, expect


@complaint(
    "El aviso se anuló entre tanto: el dinero no se pierde, y alguien lo sabe.",
    "The invoice was cancelled meanwhile: the money is not lost, and somebody knows.",
)
def cancelled_meanwhile(shop: Shop) -> None:
    invoice = shop.invoice()
    transaction = shop.pay(invoice, method="PSE", bank="1", forced="pending")
    shop.change(invoice, status="Cancelled")
    shop.becomes(transaction, "APPROVED")
    shop.pass_time(hours=1)
    credited = Decimal(shop.books(invoice)["client_credit"]) == Decimal(59500)
    expect(
        credited or shop.somebody_knows(transaction),
        "El cliente pagó un aviso anulado: el dinero no está en ninguna parte, y nadie lo sabe.",
        "The customer paid a cancelled invoice: the money is nowhere, and nobody knows.",
    )


@complaint(
    "La mora llegó entre tanto: se registra lo que se pagó, y falta solo la mora.",
    "A late fee came meanwhile: what was paid is booked, and the fee alone is left.",
)
def late_fee_added(shop: Shop) -> None:
    invoice = shop.invoice("50000.00")
    transaction = shop.pay(invoice, method="PSE", bank="1", forced="pending")
    shop.change(invoice, total="55000.00")
    shop.becomes(transaction, "APPROVED")
    shop.until(lambda: bool(shop.rows(invoice)))
    told = shop.books(invoice)
    expect(
        (told["status"], told["balance"]) == ("Unpaid", "5000.00"),
        f"Se pagaron 50.000 de 55.000, y el aviso está {told['status']} con saldo {told['balance']}.",
        f"50,000 of 55,000 were paid, and the invoice is {told['status']} with a balance of {told['balance']}.",
    )


@complaint(
    "Un aviso en dólares no se paga como si fuera en pesos.", "An invoice in dollars is not paid as if in pesos."
)
def currency(shop: Shop) -> None:
    invoice = shop.invoice("59500.00", currency_code="USD")
    with shop.customer(invoice) as walk:
        at_checkout = shop.press(walk, invoice)
        expect(
            not at_checkout or "$ 59.500" not in (walk.page.text if walk.page else ""),
            "Un aviso de 59.500 dólares se cobra como 59.500 pesos.",
            "An invoice of 59,500 dollars is charged as 59,500 pesos.",
        )


@complaint("Con un abono hecho, se cobra solo el saldo.", "With a part paid before, the balance alone is charged.")
def partial(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.book_by_hand(invoice, f"consignacion-{invoice.id}", "20000.00", gateway="banktransfer")
    transaction = shop.pay(invoice)
    amount = next(row["amount_in_cents"] for row in shop.transactions() if row["id"] == transaction)
    expect(
        amount == 3_950_000,
        f"Faltaban 39.500 pesos y se cobraron {amount // 100}.",
        f"39,500 pesos were left to pay, and {amount // 100} were charged.",
    )
    expect(
        shop.is_paid(invoice),
        "El saldo se pagó, y el aviso sigue sin pagar.",
        "The balance was paid, and it is unpaid.",
    )


@complaint("Un pago por varios avisos, y todos están Pagados.", "One payment for several invoices, and all are Paid.")
def mass_pay(shop: Shop) -> None:
    one = shop.invoice("59500.00")
    other = shop.another(one, "30000.00")
    both = shop.mass_pay(one, other)
    booked_once(shop, both, shop.pay(both))
    states = [shop.books(each)["status"] for each in (one, other)]
    expect(
        states == ["Paid", "Paid"],
        f"El pago masivo está registrado, y los avisos están {states}.",
        f"The mass payment is booked, and the invoices are {states}.",
    )


@complaint("El correo lo abrió un antivirus, y no pasó nada.", "A mail scanner opened the link, and nothing happened.")
def mail_scanner(shop: Shop) -> None:
    invoice = shop.invoice()
    link, before = shop.address_of_the_button(invoice), len(shop.transactions())
    for _ in range(3):
        page = requests.get(link, timeout=30)
        expect(
            not page.url.startswith(shop.wompi),
            "Con solo abrir el enlace se inicia un pago: los antivirus de correo los inician todos.",
            "Opening the link alone starts a payment: mail scanners start them all.",
        )
    expect(len(shop.transactions()) == before, "El antivirus pagó.", "The scanner has paid.")
    booked_once(shop, invoice, shop.pay(invoice))


@complaint("Con el otro tema de WHMCS se paga igual.", "With WHMCS's other theme one pays the same.")
def theme_without_the_hook(shop: Shop) -> None:
    invoice = shop.invoice()
    with shop.customer(invoice) as walk:
        expect(
            shop.press(walk, invoice, theme="six"),
            "Con el tema six no hay botón que lleve a Wompi.",
            "With the theme six no button leads to Wompi.",
        )
        shop.choose(walk)
    booked_once(shop, invoice, str(shop.transactions()[-1]["id"]))
