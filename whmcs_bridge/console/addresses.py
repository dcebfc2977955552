"""Addresses within WHMCS's admin area: the addon's own pages, and WHMCS's pages of an invoice and a client.

All are relative to the admin's folder, whose name is the host's own.
"""

from __future__ import annotations

from urllib.parse import urlencode

_ADDON = "addonmodules.php?module=wompi_bridge"


def at(page: str, **fields: object) -> str:
    """A page of the console; fields without a value are left out."""
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    return f"{_ADDON}&{urlencode({'page': page, **given})}"


def invoice_at(invoice_id: int) -> str:
    """WHMCS's own page of an invoice."""
    return f"invoices.php?action=edit&id={invoice_id}"


def client_at(client_id: int) -> str:
    """WHMCS's own page of a client."""
    return f"clientssummary.php?userid={client_id}"
