"""What WHMCS gets from the project's PHP: the payment button, the entry in the menu, the panel of the home page, the
fields of the e-mails.

With PHP and the hooks at hand they are the real ones, run by `run_hooks.php`. Without PHP look-alikes are made here
from the contract alone ("Signed link"), and the page says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from flask import render_template

from whmcs_bridge.sandbox.whmcs import hooks
from whmcs_bridge.sandbox.whmcs.books import Invoice
from whmcs_bridge.sandbox.whmcs.hooks import Json
from whmcs_bridge.sandbox.whmcs.installation import Installation

_PAGE_SECONDS = 3600
_MAIL_SECONDS = 30 * 86400
_MINIMUM = 1500  # pesos: Wompi takes no less


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes into the page, and which of the two it is."""

    menu: list[Json]
    by_php: bool
    button: str = ""
    panels: list[Json] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def render(
    whmcs: Installation,
    menu: list[Json],
    client_id: int | None,
    invoice: Invoice | None,
    panels: list[Json] | None = None,
) -> Rendered:
    """The menu and the panels with ours among them, and the button for `invoice` if it is to be paid here."""
    if hooks.available(whmcs):
        return _by_php(whmcs, menu, client_id, invoice, panels)
    if client_id is not None and whmcs.bridge_secret:
        uri = f"{_bridge(whmcs)}/invoices/{signed_link(whmcs, 'list', 0, client_id)}"
        menu = _beside(menu, "My Invoices", lambda _: {"name": "Wompi", "label": "Mis avisos de cobro", "uri": uri})
        panels = _beside(panels or [], "Unpaid Invoices", lambda own: _panel(whmcs, client_id, uri, own))
    button = ""
    if invoice is not None and _is_payable(whmcs, invoice):
        signed = signed_link(whmcs, "pay", invoice.id, invoice.client_id)
        address = whmcs.pay_address.replace("{invoice}", str(invoice.id)) or f"{_bridge(whmcs)}/pay/{signed}"
        in_pesos = whmcs.books.currency_of(invoice.client_id) == "COP" or bool(whmcs.pay_address)
        terms_url = whmcs.terms_url or whmcs.url
        button = render_template("whmcs/button.html", address=address, terms_url=terms_url, in_pesos=in_pesos)
    return Rendered(menu, by_php=False, button=button, panels=panels or [])


def mail_fields(whmcs: Installation, template: str, invoice: Invoice) -> tuple[dict[str, str], list[str]]:
    """Our merge fields for an e-mail about the invoice ("" where there is nothing to pay), and PHP's complaints."""
    if hooks.available(whmcs):
        email = {"messagename": template, "relid": invoice.id, "mergefields": {"invoice_id": invoice.id}}
        answer = hooks.run(whmcs, invoice.client_id, email=email)
        return answer.get("fields", {}), answer["problems"]
    if not _is_payable(whmcs, invoice):
        return {}, []
    one, all_due = (signed_link(whmcs, "mail", number, invoice.client_id, _MAIL_SECONDS) for number in (invoice.id, 0))
    several = len(_due(whmcs, invoice.client_id)) > 1
    return {
        "wompi_pay_link": f"{_bridge(whmcs)}/pay/{one}",
        "wompi_pay_all_link": f"{_bridge(whmcs)}/invoices/{all_due}" if several else "",
    }, []


def cancels(whmcs: Installation, invoice: Invoice) -> bool:
    """Whether WHMCS may cancel the invoice by itself. Nobody objects where there is no PHP."""
    if not hooks.available(whmcs):
        return True
    return bool(hooks.run(whmcs, invoice.client_id, cancel=invoice.id).get("cancel", True))


def signed_link(
    whmcs: Installation, purpose: str, invoice_id: int, client_id: int, seconds: int = _PAGE_SECONDS
) -> str:
    """`purpose.invoice.client.expiry.signature`, as the contract writes it."""
    text = f"{purpose}.{invoice_id}.{client_id}.{int(whmcs.clock()) + seconds}"
    mac = hmac.new(whmcs.bridge_secret.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def link_params(whmcs: Installation, invoice: Invoice) -> Json:
    """`$params` of `_link()`: developers.whmcs.com/payment-gateways/third-party-gateway. `amount` is the balance."""
    client = hooks.account(whmcs, invoice.client_id)
    return {
        "invoiceid": invoice.id, "invoicenum": invoice.invoicenum, "amount": str(whmcs.books.balance(invoice)),
        "description": f"{whmcs.company_name} - Invoice #{invoice.id}", "currency": client["currency_code"],
        "clientdetails": client | {"userid": client["id"], "client_id": client["id"], "countrycode": client["country"]},
        "companyname": whmcs.company_name, "systemurl": whmcs.url, "langpaynow": "Pagar Ahora",
        "returnurl": f"{whmcs.url}viewinvoice.php?id={invoice.id}", "whmcsVersion": f"{whmcs.version}-release.1",
    }  # fmt: skip


def _by_php(
    whmcs: Installation, menu: list[Json], client_id: int | None, invoice: Invoice | None, panels: list[Json] | None
) -> Rendered:
    answer = hooks.run(
        whmcs,
        client_id,
        client=hooks.account(whmcs, client_id) if client_id is not None else None,
        menu=menu,
        panels=panels,
        params=hooks.gateway(whmcs) | link_params(whmcs, invoice) if invoice and _is_ours(invoice) else None,
    )
    return Rendered(
        answer.get("menu", menu),
        by_php=True,
        button=answer.get("button") or "",
        panels=answer.get("panels", panels or []),
        problems=answer["problems"],
    )


def _beside(items: list[Json], name: str, make: Callable[[Json], Json]) -> list[Json]:
    """The items with one more right after the one of that name, at whatever depth; the same where there is none."""
    found: list[Json] = []
    for item in items:
        found.append(item | {"children": _beside(item.get("children") or [], name, make)})
        if item["name"] == name:
            found.append(make(item))
    return found


def _panel(whmcs: Installation, client_id: int, uri: str, own: Json) -> Json:
    """Stands in for the panel of the home page where there is no PHP."""
    due = _due(whmcs, client_id)
    total = sum((whmcs.books.balance(row) for row in due), Decimal(0))
    body = render_template("whmcs/due.html", uri=uri, total=total, count=len(due), client_id=client_id)
    return own | {"name": "Wompi", "label": "Pagar con Wompi", "extras": {"color": "green"}, "bodyHtml": body}


def _is_ours(invoice: Invoice) -> bool:
    """WHMCS asks the invoice's gateway for a button, and only while there is something to pay."""
    return invoice.status == "Unpaid" and invoice.paymentmethod == "wompi"


def _is_payable(whmcs: Installation, invoice: Invoice) -> bool:
    balance, currency = whmcs.books.balance(invoice), whmcs.books.currency_of(invoice.client_id)
    # Of another module the sandbox knows only where its button leads.
    in_pesos = currency == "COP" or bool(whmcs.pay_address)
    is_taken = balance >= _MINIMUM if in_pesos else balance > 0 and currency in whmcs.bridge_currencies
    return _is_ours(invoice) and is_taken


def _due(whmcs: Installation, client_id: int) -> list[Invoice]:
    return [
        row for row in whmcs.invoices if row.client_id == client_id and not row.children and _is_payable(whmcs, row)
    ]


def _bridge(whmcs: Installation) -> str:
    return whmcs.bridge_url.rstrip("/")
