"""What the bridge's API role allows, action by action. Nothing is changed.

WHMCS checks the permission before it looks at the parameters: an action that is not allowed is refused with ``Invalid
Permissions: API action "..." is not allowed``, whatever was asked. So each action that would change something is called
in a way that its own page documents as an error, several errors at once where there are several:

``AddInvoicePayment``  invoice 0: "Invoice ID Not Found" https://developers.whmcs.com/api-reference/addinvoicepayment/
``AddTransaction``     no payment method, no amount, and a client and an invoice that cannot be: "Payment Method is
                       required", "Client ID Not Found", "Invoice ID Not Found"
                       https://developers.whmcs.com/api-reference/addtransaction/
``TriggerNotificationEvent``  without its three fields, each of which is required
                       https://developers.whmcs.com/api-reference/triggernotificationevent/
``SendAdminEmail``     a template that nobody has: "Email Template not found"
                       https://developers.whmcs.com/api-reference/sendadminemail/

A refusal with other words means that the action is allowed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from whmcs_bridge.doctor.check import TRY_AGAIN, Check, fail, ok, warn
from whmcs_bridge.whmcs.answers import AccessRefused, NotDone, WhmcsError
from wompi_gateway.transport import TransportError

Ask = Callable[..., dict[str, Any]]

# No invoice and no client has this id: WHMCS counts from 1.
_NONE = "0"
# The largest value of a signed column.
_NOBODY = "2147483647"


class Need(NamedTuple):
    """An action, the fields to call it with here, and what does not work without it."""

    action: str
    fields: dict[str, str]
    es: str
    en: str
    needed: bool = True


def _needs(currencies: Sequence[str] = ()) -> tuple[Need, ...]:
    names = ", ".join(currencies)
    mark = f"doctor-{secrets.token_hex(8)}"
    return (
        Need("GetInvoice", {"invoiceid": _NONE}, "no se puede cobrar nada", "nothing can be paid"),
        Need("GetInvoices", {"userid": _NOBODY, "limitnum": "1"},
             "la página de avisos pendientes no funciona", "the page of unpaid invoices does not work"),
        Need("GetClientsDetails", {"clientid": _NONE}, "no se puede cobrar nada", "nothing can be paid"),
        Need("GetTransactions", {"transid": mark}, "no se registra ningún pago", "no payment is booked"),
        Need("AddInvoicePayment",
             {"invoiceid": _NONE, "transid": mark, "amount": "0.01", "gateway": mark, "date": "2000-01-01 00:00:00"},
             "no se registra ningún pago", "no payment is booked"),
        Need("AddTransaction", {"userid": _NOBODY, "invoiceid": _NOBODY, "transid": mark},
             "«resolve --credit» no puede dejar un pago como saldo a favor, ni «resolve --record-void» apuntar una"
             " anulación",
             "'resolve --credit' cannot put a payment on a client's credit, nor 'resolve --record-void' record a void",
             needed=False),
        Need("TriggerNotificationEvent", {}, "las alarmas no llegan por las notificaciones de WHMCS",
             "alarms do not come through WHMCS's notifications", needed=False),
        Need("SendAdminEmail", {"messagename": mark},
             "las alarmas no llegan por correo", "alarms do not come by e-mail", needed=False),
        Need("GetPaymentMethods", {},
             "no se puede ver si la pasarela está activa", "whether the gateway is active cannot be seen",
             needed=False),
        Need("GetCurrencies", {},
             f"no se pueden pagar los avisos en {names}", f"invoices in {names} cannot be paid")
        if currencies else
        Need("GetCurrencies", {},
             "no se puede ver si existe la moneda COP", "whether COP exists cannot be seen", needed=False),
    )  # fmt: skip


# What the role needs, in the order of the manual; WhmcsDetails tells the version.
ACTIONS = (*(need.action for need in _needs()), "WhmcsDetails")


def permission_checks(ask: Ask, currencies: Sequence[str]) -> tuple[list[Check], set[str]]:
    """One check for each action, and the names of those that are not allowed or could not be asked about.

    ``currencies`` are those that are paid by WHMCS's own rate.
    """
    checks: list[Check] = []
    denied: set[str] = set()
    needs = _needs(currencies)
    for number, need in enumerate(needs):
        try:
            allowed = _allowed(ask, need)
        except (TransportError, WhmcsError):
            # WHMCS has stopped answering: it is told once, because each other question would wait as long.
            rest = needs[number:]
            checks.append(_not_asked([other.action for other in rest]))
            return checks, denied | {other.action for other in rest}
        checks.append(_told(need, allowed=allowed))
        if not allowed:
            denied.add(need.action)
    return checks, denied


def _allowed(ask: Ask, need: Need) -> bool:
    try:
        ask(need.action, **need.fields)
    except AccessRefused:
        return False
    except NotDone:
        pass  # refused for its fields, so the action is allowed
    return True


def _told(need: Need, *, allowed: bool) -> Check:
    check_id, action = f"permission.{need.action}", need.action
    if allowed:
        return ok(check_id, f"El rol de API permite {action}.", f"The API role allows {action}.")
    return (fail if need.needed else warn)(
        check_id,
        f"El rol de API no permite {action}: {need.es}.",
        f"The API role lacks {action}: {need.en}.",
        "En WHMCS: Configuration → System Settings → Manage API Credentials → API Roles, edite el rol del puente,"
        f" marque {action} y guarde.",
        "In WHMCS: Configuration → System Settings → Manage API Credentials → API Roles, edit the bridge's role, tick"
        f" {action} and save.",
    )


def _not_asked(actions: list[str]) -> Check:
    names = ", ".join(actions)
    return warn(
        "permission.unknown",
        f"WHMCS dejó de contestar; no se pudo revisar el permiso de: {names}.",
        f"WHMCS stopped answering; these permissions could not be looked at: {names}.",
        *TRY_AGAIN,
    )
