"""Where the console is: the addon's address inside WHMCS, as WHMCS told it in its last signed call."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from whmcs_bridge.ledger.store import Store

_FACT = "console_address"
_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?/(?:[A-Za-z0-9._~\-]+/)*addonmodules\.php\?module=wompi_bridge\Z"
)


def remember_console(store: Store, address: str) -> None:
    """Remember the address, if it is one and another than before: it is written into messages. Raises
    ``DatabaseUnavailable``."""
    if _ADDRESS.match(address) and address != store.recall(_FACT):
        store.remember(_FACT, address)


def console_page(store: Store, page: str, **fields: object) -> str | None:
    """The whole address of one page; None while no addon has called. Raises ``DatabaseUnavailable``."""
    address = store.recall(_FACT)
    return f"{address}&{urlencode({'page': page, **fields})}" if address and _ADDRESS.match(address) else None
