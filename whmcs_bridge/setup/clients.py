"""A client of WHMCS, by number: who it is, and whether a test payment can be theirs."""

from __future__ import annotations

from whmcs_bridge.doctor.whmcs import Api
from whmcs_bridge.settings import Settings
from whmcs_bridge.setup.machine import say
from whmcs_bridge.setup.prove import asking
from whmcs_bridge.whmcs.answers import WhmcsError
from wompi_gateway.models import CURRENCY
from wompi_gateway.transport import TransportError


def client_named(settings: Settings, number: int) -> str:
    """Give ``77: Ana Ruiz``; nothing, with the reason told, where WHMCS has none or the bridge cannot charge them."""
    found: list[str] = []

    def work(api: Api) -> None:
        try:
            client = api.ask("GetClientsDetails", clientid=str(number))
        except (WhmcsError, TransportError):
            say(
                f"   WHMCS no tiene el cliente {number}: su número está en Clients → View/Search Clients, columna ID.",
                f"   WHMCS has no client {number}: the number is in Clients → View/Search Clients, column ID.",
            )
            return
        inner = client.get("client")
        row = inner if isinstance(inner, dict) else client
        name = f"{row.get('firstname', '')} {row.get('lastname', '')} {row.get('companyname', '')}".strip()
        currency = str(row.get("currency_code", ""))
        if currency and currency != CURRENCY and currency not in settings.bridge_currencies:
            say(
                f"   El cliente {number} ({name}) tiene la moneda {currency}; debe ser COP.",
                f"   Client {number} ({name}) has the currency {currency}; it must be COP.",
            )
            return
        found.append(f"{number}: {name}")

    asking(settings, work)
    return found[0] if found else ""
