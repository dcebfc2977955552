"""What WHMCS gets from the project's PHP: the payment button and the entry in the menu.

With PHP and the hooks at hand both are the real ones, run by `run_hooks.php`. Without PHP a look-alike is made here
from the contract alone ("Signed link"), and the page says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import render_template

from whmcs_bridge.demo.whmcs_books import Invoice

if TYPE_CHECKING:
    from whmcs_bridge.demo.whmcs_sandbox import WhmcsSandbox

Json = dict[str, Any]

_RUNNER = Path(__file__).with_name("run_hooks.php")
_LINK_SECONDS = 3600
_TIMEOUT = 20  # seconds


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes into the page, and which of the two it is."""

    menu: list[Json]
    button: str
    by_php: bool
    problems: list[str]


def render(whmcs: WhmcsSandbox, menu: list[Json], client_id: int | None, invoice: Invoice | None) -> Rendered:
    """The menu with our entry, and the button for `invoice` if it is to be paid here."""
    php = shutil.which("php")
    if php and whmcs.hooks_dir and (whmcs.hooks_dir / "modules/gateways/wompi.php").is_file():
        return _by_php(whmcs, php, menu, client_id, invoice)
    if client_id is not None and whmcs.bridge_secret:
        entry = {"name": "Wompi", "label": "Mis avisos de cobro", "uri": f"{_bridge(whmcs)}/invoices/"}
        entry["uri"] += signed_link(whmcs, "list", 0, client_id)
        menu = [item | {"children": [*item["children"], entry]} if item["name"] == "Billing" else item for item in menu]
    button = ""
    if invoice is not None and invoice.status == "Unpaid" and invoice.paymentmethod == "wompi":
        address = f"{_bridge(whmcs)}/pay/{signed_link(whmcs, 'pay', invoice.id, invoice.client_id)}"
        button = render_template("whmcs/button.html", address=address, terms_url=whmcs.terms_url or whmcs.url)
    return Rendered(menu, button, by_php=False, problems=[])


def signed_link(whmcs: WhmcsSandbox, purpose: str, invoice_id: int, client_id: int) -> str:
    """`purpose.invoice.client.expiry.signature`, as the contract writes it."""
    text = f"{purpose}.{invoice_id}.{client_id}.{int(whmcs.clock()) + _LINK_SECONDS}"
    mac = hmac.new(whmcs.bridge_secret.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _by_php(
    whmcs: WhmcsSandbox, php: str, menu: list[Json], client_id: int | None, invoice: Invoice | None
) -> Rendered:
    gateway = {
        "name": whmcs.gateways["wompi"], "type": "Invoices", "visible": "on", "paymentmethod": "wompi",
        "bridgeUrl": whmcs.bridge_url, "bridgeSecret": whmcs.bridge_secret, "termsUrl": whmcs.terms_url,
    }  # fmt: skip
    asked = {
        "hooks_dir": str(whmcs.hooks_dir),
        "gateway": gateway,
        "client": _client(whmcs, client_id) if client_id is not None else None,
        "system_url": whmcs.url,
        "menu": menu,
        "params": None if invoice is None else gateway | link_params(whmcs, invoice),
    }
    run = subprocess.run(
        [php, "-d", "display_errors=stderr", str(_RUNNER)],
        input=json.dumps(asked), capture_output=True, text=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if run.returncode != 0:  # what a WHMCS page shows then is worse
        return Rendered(menu, "", by_php=True, problems=[run.stderr.strip() or "PHP ended without a word"])
    answer = json.loads(run.stdout)
    return Rendered(answer["menu"], answer["button"] or "", by_php=True, problems=answer["problems"])


def link_params(whmcs: WhmcsSandbox, invoice: Invoice) -> Json:
    """`$params` of `_link()`: developers.whmcs.com/payment-gateways/third-party-gateway. `amount` is the balance."""
    client = _client(whmcs, invoice.client_id)
    return {
        "invoiceid": invoice.id, "invoicenum": invoice.invoicenum, "amount": str(whmcs.books.balance(invoice)),
        "description": f"{whmcs.company_name} - Invoice #{invoice.id}", "currency": client["currency_code"],
        "clientdetails": client | {"userid": client["id"], "client_id": client["id"], "countrycode": client["country"]},
        "companyname": whmcs.company_name, "systemurl": whmcs.url, "langpaynow": "Pagar Ahora",
        "returnurl": f"{whmcs.url}viewinvoice.php?id={invoice.id}", "whmcsVersion": f"{whmcs.version}-release.1",
    }  # fmt: skip


def _client(whmcs: WhmcsSandbox, client_id: int) -> Json:
    client = {key: value for key, value in whmcs.books.clients[client_id].items() if key != "password"}
    return {"id": client_id, "fullname": f"{client['firstname']} {client['lastname']}"} | client


def _bridge(whmcs: WhmcsSandbox) -> str:
    return whmcs.bridge_url.rstrip("/")
