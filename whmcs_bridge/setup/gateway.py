"""The gateway in WHMCS: activated and filled in by the API where the role allows it, else told value by value.

https://developers.whmcs.com/api-reference/activatemodule/ and
https://developers.whmcs.com/api-reference/updatemoduleconfiguration/: neither is in the bridge's own role, and neither
needs to be.
"""

from __future__ import annotations

from whmcs_bridge.doctor.whmcs import Api
from whmcs_bridge.settings import Settings
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.models import rows
from wompi_gateway.transport import TransportError

# As WHMCS shows the fields to who fills them in: ``hooks/modules/gateways/wompi.php`` has both languages at once.
LABELS = {
    "bridgeUrl": ("Dirección del puente", "Bridge address"),
    "bridgeSecret": ("Secreto del puente", "Bridge secret"),
    "termsUrl": ("Términos y condiciones", "Terms and conditions"),
}
# Another gateway for the same merchant. Its transactions stay where they are, and its open invoices keep its name.
_OTHERS = ("wompi", "bancolombia")


def fields_of(settings: Settings) -> dict[str, str]:
    """The gateway's fields, by the names that ``hooks/modules/gateways/wompi.php`` gives them."""
    return {
        "bridgeUrl": settings.bridge_url,
        "bridgeSecret": settings.bridge_secret[0],
        "termsUrl": settings.bridge_terms_url or "",
    }


def fill_in(api: Api, settings: Settings) -> bool:
    """Activate the gateway and fill in its fields. False where the role does not allow it, or it did not come off."""
    parameters = {f"parameters[{name}]": value for name, value in fields_of(settings).items() if value}
    try:
        active = settings.whmcs_gateway in _modules(api)
        action = "UpdateModuleConfiguration" if active else "ActivateModule"
        api.ask(action, moduleType="gateway", moduleName=settings.whmcs_gateway, **parameters)
        return settings.whmcs_gateway in _modules(api)
    except (TransportError, WhmcsError):
        return False


def other_modules(api: Api, settings: Settings) -> list[str]:
    """The gateways of others for Wompi that are active; none where that cannot be asked."""
    try:
        found = _modules(api)
    except (TransportError, WhmcsError):
        return []
    return sorted(name for name in found if name != settings.whmcs_gateway and any(word in name for word in _OTHERS))


def _modules(api: Api) -> set[str]:
    found = rows(api.ask("GetPaymentMethods").get("paymentmethods"), "paymentmethod")
    return {str(row.get("module", "")).lower() for row in found if isinstance(row, dict)}
