"""What reconcile has found that a person should know."""

from __future__ import annotations

from whmcs_bridge.messages.language import Text


def since(day: object) -> Text:
    """Name a list of Wompi's by its first day."""
    return Text(f"desde {day}", f"since {day}")


def unanswered(what: object) -> Text:
    return Text.same(f"Wompi: {what}")


def not_read(transaction_id: str, reference: str, why: object) -> Text:
    return Text(
        f"Wompi: no se pudo leer la transacción {transaction_id} (referencia {reference}): {why}",
        f"Wompi: transaction {transaction_id} (reference {reference}) could not be read: {why}",
    )


def incomplete(what: Text, missing: int | None, total: int | None) -> Text:
    """A list came incomplete; None: how many there are was not told."""
    m, t = ("?" if count is None else count for count in (missing, total))
    return Text(
        f"Wompi: {what.es}: la lista llegó incompleta, faltan {m} de {t} transacciones; repita reconcile.",
        f"Wompi: {what.en}: the list came incomplete, {m} of {t} transactions are missing; repeat reconcile.",
    )


def not_counted(missed: int, wanted: int, why: str) -> Text:
    return Text(
        f"WHMCS: {why}. No se pudo contar allí {missed} de {wanted} pagos registrados; repita reconcile.",
        f"WHMCS: {why}. {missed} of {wanted} booked payments could not be counted there; repeat reconcile.",
    )


def not_once(transaction_id: str, invoice_id: int | None, times: int) -> Text:
    return Text(
        f"transacción {transaction_id} de la factura {invoice_id}: está {times} veces en WHMCS, debe estar una",
        f"transaction {transaction_id} of invoice {invoice_id}: WHMCS has it {times} times, it should be once",
    )


def stands_otherwise(transaction_id: str, invoice_id: int | None, at: Text) -> Text:
    return Text(
        f"transacción {transaction_id} de la factura {invoice_id}: WHMCS la tiene de otra manera: {at.es}",
        f"transaction {transaction_id} of invoice {invoice_id}: WHMCS has it otherwise: {at.en}",
    )
