"""Complaints about trouble around the module: keys, firewalls, clocks, restarts, backups, and a WHMCS that is down."""

from __future__ import annotations

from whmcs_bridge.sandbox.complaints.complaint import complaint
from whmcs_bridge.sandbox.complaints.money import booked_once
from whmcs_bridge.sandbox.complaints.shop import Shop, expect


@complaint(
    "Firmado con la llave equivocada: no se cree, y lo que sí se pagó se encuentra.",
    "Signed with the wrong key: it is not believed, and what was really paid is found.",
)
def key_in_the_wrong_field(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.switch(shop.wompi, events_secret=shop.keys.integrity)
    transaction = shop.pay(invoice, method="PSE", bank="1", forced="pending")
    answer = shop.event(transaction)
    expect(
        answer != 200,
        "Un evento con la firma equivocada se acepta: cualquiera puede inventar pagos.",
        "An event with the wrong signature is accepted: anybody can make payments up.",
    )
    shop.becomes(transaction, "APPROVED")
    shop.pass_time(hours=1)
    booked_once(shop, invoice, transaction)


@complaint(
    "El cortafuegos rechaza a Wompi, y el pago se registra igual.",
    "The firewall turns Wompi away, and the payment is booked all the same.",
)
def firewall_before_the_webhook(shop: Shop) -> None:
    invoice = shop.invoice()
    address = shop.switched(shop.wompi, "events_url")
    shop.switch(shop.wompi, events_url=f"{shop.whmcs}nobody-answers-here")
    try:
        transaction = shop.pay(invoice)
        shop.pass_time(hours=1)
        booked_once(shop, invoice, transaction)
    finally:
        shop.switch(shop.wompi, events_url=address)


@complaint("Los relojes van mal, y el pago se registra.", "The clocks are wrong, and the payment is booked.")
def clock_wrong(shop: Shop) -> None:
    invoice = shop.invoice()
    for address in (shop.whmcs, shop.wompi):
        shop.switch(address, date_off_by=-3 * 3600)
    shop.switch(shop.wompi, auto_deliver=False)
    transaction = shop.pay(invoice, method="PSE", bank="1", forced="pending")
    shop.becomes(transaction, "APPROVED")
    paid_on = shop.books(invoice)["date"]
    shop.pass_time(hours=24)  # the last of Wompi's retries
    answer = shop.event(transaction)
    expect(
        answer == 200,
        f"El último reintento de Wompi, un día después, recibe {answer}.",
        f"Wompi's last retry, a day later, is answered {answer}.",
    )
    booked_once(shop, invoice, transaction)
    day = shop.rows(invoice)[0]["date"][:10]
    expect(
        day == paid_on,
        f"El pago es del {paid_on} y está registrado el {day}.",
        f"The payment was made on {paid_on} and is booked on {day}.",
    )


@complaint(
    "Se reinició en plena operación, y hay un solo pago.", "It was restarted in the midst, and there is one payment."
)
def restart_in_the_midst(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault(shop.whmcs, "AddInvoicePayment", "hang", when="late")
    transaction = shop.pay(invoice)
    shop.module.restart()
    shop.late_effects()
    shop.mend(shop.whmcs)
    shop.event(transaction)
    shop.pass_time(hours=1)
    booked_once(shop, invoice, transaction)


@complaint(
    "Se perdió la base de datos: nada se registra dos veces, y lo nuevo se registra.",
    "The database was lost: nothing is booked twice, and what is new is booked.",
)
def backup_restored(shop: Shop) -> None:
    before, after = shop.invoice(), shop.invoice()
    paid = shop.pay(before)
    booked_once(shop, before, paid)
    shop.switch(shop.wompi, auto_deliver=False)
    open_one = shop.pay(after, method="PSE", bank="1", forced="pending")
    shop.module.forget()
    shop.event(paid)
    shop.becomes(open_one, "APPROVED")
    shop.event(open_one)
    shop.pass_time(minutes=10)
    booked_once(shop, before, paid)
    booked_once(shop, after, open_one)


@complaint(
    "Wompi cambió la llave de eventos, y ningún pago se perdió.",
    "The events key was changed at Wompi, and no payment was lost.",
)
def key_rotated(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.switch(shop.wompi, events_secret="test_events_TheNewOneOfTheDashboard000")
    transaction = shop.pay(invoice)
    shop.pass_time(hours=1)
    booked_once(shop, invoice, transaction)
    expect(
        shop.event(transaction) != 200,
        "Un evento firmado con una llave que el módulo no conoce se acepta.",
        "An event that is signed with a key that the module does not know is accepted.",
    )


@complaint("WHMCS estuvo caído una hora, y después quedó Pagado.", "WHMCS was down for an hour, and then it was Paid.")
def whmcs_down_an_hour(shop: Shop) -> None:
    invoice = shop.invoice()
    transaction = shop.pay(invoice, method="PSE", bank="1", forced="pending")
    shop.fault(shop.whmcs, "*", "503", times=None)
    shop.becomes(transaction, "APPROVED")
    for _ in range(4):
        shop.pass_time(minutes=15)
    shop.mend(shop.whmcs)
    shop.pass_time(hours=1)
    booked_once(shop, invoice, transaction)
