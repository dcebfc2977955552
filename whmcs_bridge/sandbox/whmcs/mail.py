"""What the sandbox WHMCS does by itself: invoice e-mails, which nobody sends anywhere, and automatic cancellation.

The e-mails' templates carry `{$wompi_pay_link}` and `{$wompi_pay_all_link}` as an admin would insert them;
`/admin/emails` shows what was sent.
"""

from __future__ import annotations

from flask import Response, abort, redirect, render_template, request

from whmcs_bridge.sandbox.sandbox import as_response
from whmcs_bridge.sandbox.whmcs import button
from whmcs_bridge.sandbox.whmcs.books import Invoice
from whmcs_bridge.sandbox.whmcs.installation import Installation, Mail

# WHMCS's own names of its templates, and what an admin made of the subjects.
SUBJECTS = {
    "Invoice Created": "Nuevo aviso de cobro",
    "Invoice Payment Reminder": "Recordatorio de pago",
    "First Invoice Overdue Notice": "Su aviso de cobro venció",
    "Invoice Payment Confirmation": "Recibimos su pago",
}


def send(whmcs: Installation, template: str, invoice: Invoice) -> Mail:
    """Write an e-mail about an invoice, as WHMCS does from its cron job: nobody is signed in."""
    client = whmcs.books.clients[invoice.client_id]
    fields, problems = button.mail_fields(whmcs, template, invoice)
    links = (fields.get("wompi_pay_link", ""), fields.get("wompi_pay_all_link", ""))
    subject = f"{SUBJECTS.get(template, template)} #{invoice.invoicenum or invoice.id}"
    mail = Mail(template, subject, invoice, client["email"], client["firstname"], whmcs.books.now(), *links, problems)
    whmcs.mails.append(mail)
    return mail


def cancel_old(whmcs: Installation, invoice: Invoice) -> bool:
    """What the daily cron job does to an old unpaid invoice, unless a hook objects. Tells whether it was cancelled."""
    if invoice.status != "Unpaid" or not button.cancels(whmcs, invoice):
        return False
    with whmcs.books.lock:
        invoice.status, invoice.datecancelled = "Cancelled", whmcs.books.now()
        whmcs.books.log(f"Automatic Cancellation of Invoice - Invoice ID: {invoice.id}", invoice.client_id)
    return True


def add_routes(whmcs: Installation) -> None:
    """`/admin/emails`, and the cron job's work at the press of a button."""
    app = whmcs.app

    @app.get("/admin/emails")
    def emails() -> str:
        return render_template("whmcs/emails.html", whmcs=whmcs, subjects=SUBJECTS)

    @app.post("/admin/emails")
    def send_one() -> Response:
        template = request.form.get("template", "")
        if template not in SUBJECTS:
            abort(400)
        send(whmcs, template, _invoice(whmcs))
        return as_response(redirect("/admin/emails", 303))

    @app.post("/admin/cancel")
    def cancel() -> Response:
        cancel_old(whmcs, _invoice(whmcs))
        return as_response(redirect("/admin#activity", 303))


def _invoice(whmcs: Installation) -> Invoice:
    invoice = whmcs.books.invoices.get(request.form.get("invoice", 0, type=int))
    if invoice is None:
        abort(404)
    return invoice
