"""Alarms about what became of money in WHMCS: second payments of an invoice, and bookings that WHMCS has no row of."""

from __future__ import annotations

from collections.abc import Sequence

from whmcs_bridge.ledger.records import SecondPayment
from whmcs_bridge.messages import bilingual
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.monitoring.finding import NO_BRACES, Finding

# So many payments are named in one message.
_NAMED = 10
# One payment without a row may be a moment's weakness; two are a rule.
_A_RULE = 2


def second_payment(found: Sequence[SecondPayment], told: frozenset[str]) -> Finding:
    """An invoice was paid twice: told once, with both payments and what can be done."""
    if not found:
        return Finding(False)
    fresh = [one for one in found if one.transaction_id not in told] or found
    named = " ".join(_second(one) for one in fresh[:_NAMED])
    return Finding(
        True,
        bilingual(
            f"{named} Puede dejarlo para el próximo aviso del cliente, o devolverlo: con el botón Refund el mismo día"
            " si fue tarjeta; si no, en comercios.wompi.co o por transferencia, y restando el saldo a favor en WHMCS.",
            f"{named} You can leave it for the client's next invoice, or give it back: by the Refund button on the same"
            " day if it was a card; else at comercios.wompi.co or by transfer, and take the credit off in WHMCS.",
        ),
        tuple(one.transaction_id for one in found),
    )


def _second(one: SecondPayment) -> str:
    paid, surplus = format_cop(one.amount_in_cents), format_cop(one.surplus_in_cents)
    others = ", ".join(one.others[:_NAMED]).translate(NO_BRACES)
    return bilingual(
        f"El aviso {one.invoice_id} se pagó dos veces: {one.transaction_id} ({paid}) llegó después de"
        f" {others or 'otro pago'}, y {surplus} quedaron como saldo a favor del cliente.",
        f"Invoice {one.invoice_id} was paid twice: {one.transaction_id} ({paid}) came after"
        f" {others or 'another payment'}, and {surplus} stand as the client's credit.",
    )


def hidden_rows(missing: Sequence[str]) -> Finding:
    """WHMCS says "success" of bookings that it has no row of."""
    if len(missing) < _A_RULE:
        return Finding(False)
    named = ", ".join(missing[:_NAMED])
    return Finding(
        True,
        bilingual(
            f"WHMCS dijo que registró {len(missing)} pagos, y no los tiene: {named}. Algo allí reescribe o esconde los"
            " pagos. Revise los «hooks» y módulos de WHMCS que tocan pagos; los que no aparecen esperan a una persona.",
            f"WHMCS said that it booked {len(missing)} payments, and does not have them: {named}. Something there"
            " rewrites or hides payments. Look at WHMCS's hooks and modules that touch payments; those that are missing"
            " wait for a person.",
        ),
        tuple(missing),
    )
