"""``wompi-bridge link``: makes a signed link that pays an invoice, or all that a client owes, or revokes one.

It is given as an address, as a QR code, and as a text for WhatsApp.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from whmcs_bridge.checkout.quotes import Refusal
from whmcs_bridge.commands.invoices import complain_of_whmcs, find_invoice, invoice_name
from whmcs_bridge.commands.terminal import complain, flag, option, positive_number, print_json
from whmcs_bridge.messages import bilingual, every_language
from whmcs_bridge.messages.screen import printable
from whmcs_bridge.money.currencies import amount_text
from whmcs_bridge.money.pesos import MINIMUM_IN_CENTS, format_cop
from whmcs_bridge.signed.links import BadLink, Link, Purpose, canonical, read_link, signature_of
from whmcs_bridge.whmcs.answers import ClientNotFound, InvoiceNotFound, WhmcsError
from wompi_gateway.models import CURRENCY

if TYPE_CHECKING:
    import segno

    from whmcs_bridge.bridge import Bridge
    from whmcs_bridge.whmcs.models import Invoice

# A link on the invoice's page is for a visitor who is signed in; one in an e-mail waits until it is read.
_LIFETIMES = {Purpose.PAY: timedelta(hours=1), Purpose.MAIL: timedelta(days=30)}
# Pixels for each module of the code: about three centimetres at 300 dpi.
_SCALE = 8


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("invoice", type=invoice_name, metavar="INVOICE", nargs="?")
    option(
        parser,
        "--client",
        "todo lo que debe ese cliente",
        "all that this client owes",
        type=positive_number,
        metavar="N",
    )
    parser.add_argument("--purpose", choices=("pay", "mail"), default="mail")
    option(parser, "--qr-svg", "guarda el código QR en SVG", "writes the QR code as SVG", type=Path, metavar="FILE")
    option(parser, "--qr-png", "guarda el código QR en PNG", "writes the QR code as PNG", type=Path, metavar="FILE")
    flag(parser, "--whatsapp", "el texto para WhatsApp", "the text for WhatsApp, ready to send")
    option(parser, "--revoke", "retira un enlace antes de tiempo", "takes a link back before its time", metavar="LINK")
    parser.add_argument("--json", action="store_true")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    if given.revoke:
        return _revoke(bridge, given.revoke)
    if (given.invoice is None) is (given.client is None):
        return complain(
            "Diga el número del aviso de cobro, o --client para todo lo que un cliente debe.",
            "Give the invoice's number, or --client for all that a client owes.",
            status=2,
        )
    number = None if given.invoice is None else find_invoice(bridge, given.invoice)
    if given.invoice is not None and number is None:
        return 1
    try:
        invoice = bridge.whmcs.invoice(number) if number is not None else None
        client_id = invoice.client_id if invoice else given.client
        client = bridge.whmcs.client(client_id)
    except InvoiceNotFound:
        return complain(f"WHMCS no tiene el aviso de cobro {number}.", f"WHMCS has no invoice {number}.")
    except ClientNotFound:
        return complain(f"WHMCS no tiene al cliente {client_id}.", f"WHMCS has no client {client_id}.")
    except WhmcsError as error:
        return complain_of_whmcs(error)
    purpose = Purpose(given.purpose)
    expires_at = bridge.clock() + _LIFETIMES[purpose]
    if invoice is None and purpose is Purpose.PAY:
        purpose = Purpose.LIST  # for a client who is signed in at WHMCS
    link = Link(purpose, invoice.id if invoice else 0, client_id, expires_at)
    forms = _forms(bridge, link, invoice, client.currency or CURRENCY)
    # A message or a code that is sent to somebody is worth something only where it can be paid.
    refusal = _refusal(bridge, link) if given.whatsapp or given.qr_svg or given.qr_png or sys.stdout.isatty() else None
    if refusal and (given.whatsapp or given.qr_svg or given.qr_png):
        return complain(refusal)
    try:
        for file, kind in ((given.qr_svg, "svg"), (given.qr_png, "png")):
            if file is not None:
                forms.qr.save(str(file), kind=kind, scale=_SCALE)
    except OSError as error:
        return complain(f"No se puede escribir {file}: {error.strerror}.", f"Cannot write {file}: {error.strerror}.")
    if given.json:
        print_json(_as_json(link, forms))
    elif given.whatsapp:
        print(forms.whatsapp_text)
        print(forms.whatsapp_url)
    else:
        print(forms.url)
        if refusal:
            complain(refusal)
        elif sys.stdout.isatty():  # for a person; a program reads one line
            print(f"\n{forms.whatsapp_text}\n{forms.whatsapp_url}\n")
            forms.qr.terminal(compact=True)
    return 0


def _refusal(bridge: Bridge, link: Link) -> str | None:
    """What the link's page says where the invoice cannot be paid, or nothing of this client's."""
    quotes = bridge.checkouts.quotes
    try:
        if link.invoice_id:
            quotes.read(link)
        else:
            quotes.check_client(link.client_id)
    except Refusal as refusal:
        told = {"brand": bridge.brand_name(), "minimum": format_cop(MINIMUM_IN_CENTS)}
        title, reason = (every_language(f"refusal.{refusal.kind}{part}", **told) for part in (".title", ""))
        return bilingual(f"{title.es}. {reason.es}", f"{title.en}. {reason.en}")
    return None


@dataclass(frozen=True, slots=True)
class _Forms:
    url: str
    signed: str
    whatsapp_text: str
    whatsapp_url: str
    qr: segno.QRCode


def _forms(bridge: Bridge, link: Link, invoice: Invoice | None, currency: str) -> _Forms:
    import segno

    signed = link.signed(bridge.settings.bridge_secret[0])
    url, name = f"{bridge.settings.bridge_url}{'pay' if invoice else 'invoices'}/{signed}", bridge.brand_name()
    owed = bilingual("sus avisos de cobro", "your invoices")
    if invoice is not None:
        owed = f"{bilingual('el aviso de cobro', 'invoice')} {printable(invoice.printed_number)}"
        owed += f" ({amount_text(invoice.balance, currency)})" if invoice.balance > 0 else ""
    text = bilingual(
        f"Hola. Puede pagar {owed}{f' de {name}' if name else ''} con tarjeta, PSE o Nequi en este enlace: {url}",
        f"Hello. You can pay {owed}{f' of {name}' if name else ''} by card, PSE or Nequi with this link: {url}",
    )
    # Level M: still readable when 15 % of the code is damaged, as on paper.
    qr = segno.make(url, error="m", micro=False)
    return _Forms(url, signed, text, f"https://wa.me/?text={quote(text)}", qr)


def _as_json(link: Link, forms: _Forms) -> dict[str, object]:
    svg = BytesIO()
    forms.qr.save(svg, kind="svg", scale=_SCALE, xmldecl=False)
    return {
        "url": forms.url,
        "link": forms.signed,
        "purpose": link.purpose,
        "invoice_id": link.invoice_id,
        "client_id": link.client_id,
        "expires_at": link.expires_at.isoformat(timespec="seconds"),
        "whatsapp_text": forms.whatsapp_text,
        "whatsapp_url": forms.whatsapp_url,
        "qr_svg": svg.getvalue().decode(),
    }


def _revoke(bridge: Bridge, given: str) -> int:
    """Revoke a link, given as its address or as the signed text alone."""
    signed = canonical(given.strip().rstrip("/").rpartition("/")[2])
    try:
        link = read_link(signed, bridge.settings.bridge_secret, now=bridge.clock())
    except BadLink as error:
        return complain(f"No se retiró nada: no es un enlace vigente ({error}).", f"Nothing was taken back: {error}.")
    new = bridge.revocations.revoke(link, signature_of(signed))
    es, en = ("ya no sirve", "works no longer") if new else ("ya se había retirado", "had been taken back before")
    of_es, of_en = f"El enlace del aviso de cobro {link.invoice_id}", f"The link of invoice {link.invoice_id}"
    if link.invoice_id == 0:
        of_es = f"El enlace de la lista del cliente {link.client_id}, con los que salen de ella,"
        of_en = f"The link of the list of client {link.client_id}, with all that it leads to,"
        if link.purpose is Purpose.ADMIN:
            of_es, of_en = (
                "El enlace de los pagos por revisar, con sus rastros,",
                "The link of what waits, with its trails,",
            )
    print(bilingual(f"{of_es} {es}.", f"{of_en} {en}."))
    return 0
