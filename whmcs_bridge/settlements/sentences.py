"""What is said of a report and of a month, in the terminal and in the console alike."""

from __future__ import annotations

from collections.abc import Iterator

from whmcs_bridge.messages import bilingual
from whmcs_bridge.settlements.importing import Imported
from whmcs_bridge.settlements.month import Month, Sums
from wompi_gateway.payout_report import UnreadableReport


def what_was_imported(name: str, done: Imported) -> Iterator[str]:
    """What became of a report's rows, and what of it needs a look."""
    yield f"{name}: " + bilingual(
        f"{done.rows} filas, {done.new} nuevas, {done.changed} corregidas, {done.others} de otro comercio",
        f"{done.rows} rows, {done.new} new, {done.changed} corrected, {done.others} of another shop",
    )
    if done.unknown_columns:
        es, en = "columnas que no se conocen y no se guardaron", "columns that are not known and were not kept"
        yield f"{bilingual(es, en)}: {', '.join(done.unknown_columns)}"
    if done.payout_day is None:
        yield bilingual(
            "el nombre no dice el día del desembolso (DD-MM-AAAA-disbursement-report-...): se tomó el día hábil"
            " siguiente a cada transacción",
            "the name does not tell the day of the payout (DD-MM-YYYY-disbursement-report-...): the business day"
            " after each transaction was taken",
        )
    if done.off:
        yield bilingual(f"! {done.off} filas no suman", f"! {done.off} rows do not add up")


def breakdown(sums: Sums) -> Iterator[tuple[str, int]]:
    """From what clients paid to what reached the bank, in cents: the last line is the sum of those above it."""
    lines = [
        (bilingual("Pagado por los clientes", "Paid by clients"), sums.gross),
        (bilingual("Comisión (real)", "Commission (real)"), -sums.fee),
        (bilingual("IVA de la comisión (real)", "IVA on it (real)"), -sums.fee_iva),
        ("Retefuente", -sums.retefuente),
        ("ReteICA", -sums.reteica),
        ("ReteIVA", -sums.reteiva),
        ("Impoconsumo", -sums.impoconsumo),
    ]
    if sums.without_report_gross:
        told = bilingual("Sin reporte importado", "Of no imported report")
        lines.append((f"{told} ({sums.without_report})", -sums.without_report_gross))
    if rest := sums.net - sum(value for _, value in lines):
        lines.append((bilingual("Filas que no suman", "Rows that do not add up"), rest))
    yield from lines
    yield bilingual("Neto desembolsado", "Net, paid out"), sums.net


def fee_lines(month: Month) -> Iterator[str]:
    """Which formula the real commission of each method follows, and whether ``BRIDGE_FEES`` is that."""
    for found in month.fees:
        unexplained = bilingual("ninguna fórmula la explica", "no formula explains it")
        rates = " / ".join(map(str, found.tariffs[:3])) or unexplained
        verdict = {
            True: bilingual("BRIDGE_FEES coincide", "BRIDGE_FEES is that"),
            False: bilingual(
                "BRIDGE_FEES es otra, y lo que WHMCS anotó un estimado",
                "BRIDGE_FEES is another one, and what WHMCS noted an estimate",
            ),
            None: bilingual("BRIDGE_FEES no dice nada", "BRIDGE_FEES says nothing"),
        }[found.as_set]
        told = bilingual("Comisión", "Commission")
        yield f"{told} {found.method or '-'}: {rates} ({bilingual('más IVA', 'plus IVA')}); {verdict}"
    if month.proposed_fees:
        told = bilingual("La fórmula que explica todas las filas", "The formula that explains all rows")
        yield f"{told}: BRIDGE_FEES={month.proposed_fees}"


def why_unreadable(name: str, error: UnreadableReport) -> str:
    """Why nothing of a file was kept: which line, what is wrong with it, and what to do."""
    told = error.told
    es, en = {
        "workbook": (
            "es un libro de Excel; ábralo, guárdelo como CSV UTF-8 con el mismo nombre, e importe ese archivo",
            "is an Excel workbook; open it, save it as CSV UTF-8 under the same name, and import that file",
        ),
        "encoding": (
            "su codificación no se conoce; guárdelo como CSV UTF-8",
            "has an unknown encoding; save it as CSV UTF-8",
        ),
        "header": (
            f"no es el reporte diario de desembolso de Wompi: faltan las columnas {told}",
            f"is not Wompi's daily report of a payout: the columns {told} are missing",
        ),
        "twice": (f"la columna «{told}» está dos veces", f'the column "{told}" is there twice'),
        "cells": (f"la fila tiene otro número de celdas que el encabezado ({told})", f"a row of {told} cells"),
        "quotes": ("las comillas no cierran", "its quotes do not close"),
        "amount": (
            f"«{told}» no se puede leer como pesos sin duda; se espera algo como 840763.00",
            f'"{told}" cannot be read as pesos without doubt; expected is something like 840763.00',
        ),
        "day": (f"«{told}» no es una fecha DD-MM-AAAA HH:MM", f'"{told}" is no date DD-MM-YYYY HH:MM'),
        "swapped": (
            f"en «{told}» el mes está antes del día, según el número de la transacción; descargue de nuevo el reporte",
            f'in "{told}" the month stands before the day, by the transaction\'s number; download the report again',
        ),
        "transaction": (f"«{told}» no es el número de una transacción", f'"{told}" is no transaction\'s id'),
        "currency": (f"la moneda es «{told}» y no COP", f'its currency is "{told}", and not COP'),
    }[error.why]
    line = bilingual(f", línea {error.line}", f", line {error.line}") if error.line else ""
    nothing = bilingual("No se guardó nada de este archivo.", "Nothing of this file was kept.")
    return f"{name}{line}: {bilingual(es, en)}. {nothing}"
