"""What is said of a report, of a payout and of a month, in the terminal and in the console."""

from __future__ import annotations

from whmcs_bridge.messages.language import Text

# A report


def rows_kept(rows: int, new: int, changed: int, others: int) -> Text:
    return Text(
        f"{rows} filas, {new} nuevas, {changed} corregidas, {others} de otro comercio",
        f"{rows} rows, {new} new, {changed} corrected, {others} of another shop",
    )


UNKNOWN_COLUMNS = Text("columnas que no se conocen y no se guardaron", "columns that are not known and were not kept")
NO_PAYOUT_DAY = Text(
    "el nombre no dice el día del desembolso (DD-MM-AAAA-disbursement-report-...): se tomó el día hábil"
    " siguiente a cada transacción",
    "the name does not tell the day of the payout (DD-MM-YYYY-disbursement-report-...): the business day"
    " after each transaction was taken",
)


def rows_do_not_add_up(count: int) -> Text:
    return Text(f"! {count} filas no suman", f"! {count} rows do not add up")


def why_unreadable(why: str, told: str) -> Text:
    """Why a report cannot be read: ``UnreadableReport.why``, and what stands there."""
    return {
        "workbook": Text(
            "es un libro de Excel; ábralo, guárdelo como CSV UTF-8 con el mismo nombre, e importe ese archivo",
            "is an Excel workbook; open it, save it as CSV UTF-8 under the same name, and import that file",
        ),
        "encoding": Text(
            "su codificación no se conoce; guárdelo como CSV UTF-8",
            "has an unknown encoding; save it as CSV UTF-8",
        ),
        "header": Text(
            f"no es el reporte diario de desembolso de Wompi: faltan las columnas {told}",
            f"is not Wompi's daily report of a payout: the columns {told} are missing",
        ),
        "twice": Text(f"la columna «{told}» está dos veces", f'the column "{told}" is there twice'),
        "cells": Text(f"la fila tiene otro número de celdas que el encabezado ({told})", f"a row of {told} cells"),
        "quotes": Text("las comillas no cierran", "its quotes do not close"),
        "amount": Text(
            f"«{told}» no se puede leer como pesos sin duda; se espera algo como 840763.00",
            f'"{told}" cannot be read as pesos without doubt; expected is something like 840763.00',
        ),
        "day": Text(f"«{told}» no es una fecha DD-MM-AAAA HH:MM", f'"{told}" is no date DD-MM-YYYY HH:MM'),
        "swapped": Text(
            f"en «{told}» el mes está antes del día, según el número de la transacción; descargue de nuevo el reporte",
            f'in "{told}" the month stands before the day, by the transaction\'s number; download the report again',
        ),
        "transaction": Text(f"«{told}» no es el número de una transacción", f'"{told}" is no transaction\'s id'),
        "currency": Text(f"la moneda es «{told}» y no COP", f'its currency is "{told}", and not COP'),
    }[why]


def line(number: int) -> Text:
    return Text(f", línea {number}", f", line {number}")


NOTHING_KEPT = Text("No se guardó nada de este archivo.", "Nothing of this file was kept.")

# A month

PAID_BY_CLIENTS = Text("Pagado por los clientes", "Paid by clients")
COMMISSION = Text("Comisión (real)", "Commission (real)")
IVA_ON_IT = Text("IVA de la comisión (real)", "IVA on it (real)")
WITHOUT_REPORT = Text("Sin reporte importado", "Of no imported report")
NOT_ADDING_UP = Text("Filas que no suman", "Rows that do not add up")
NET = Text("Neto desembolsado", "Net, paid out")
FEE = Text("Comisión", "Commission")
PLUS_IVA = Text("más IVA", "plus IVA")
NO_FORMULA = Text("ninguna fórmula la explica", "no formula explains it")
# By whether the setting is what Wompi charges; None: it says nothing of the method.
FEES_SET = {
    True: Text("BRIDGE_FEES coincide", "BRIDGE_FEES is that"),
    False: Text(
        "BRIDGE_FEES es otra, y lo que WHMCS anotó un estimado",
        "BRIDGE_FEES is another one, and what WHMCS noted an estimate",
    ),
    None: Text("BRIDGE_FEES no dice nada", "BRIDGE_FEES says nothing"),
}
ONE_FORMULA = Text("La fórmula que explica todas las filas", "The formula that explains all rows")

# What does not agree

RUN = Text("Ejecute", "Run")


def payout_does_not_add_up(name: str, day: str, told: str, rows: str, missing: int) -> Text:
    """``missing`` of its transactions stand in no report."""
    es = f"El desembolso {name} de Wompi del {day} fue de {told} y sus transacciones suman {rows}"
    en = f"Wompi's payout {name} of {day} was {told}, and its transactions make up {rows}"
    if missing:
        es += f"; {missing} de ellas no están en ningún reporte importado"
        en += f"; {missing} of them are in no report that was imported"
    else:
        es += "; pida a Wompi el detalle de ese desembolso"
        en += "; ask Wompi for the details of that payout"
    return Text(es + ".", en + ".")


def not_paid_out(amount: str, invoices: str, day: str, patience: int) -> Text:
    """``patience``: business days."""
    return Text(
        f"{amount} del aviso {invoices}, del {day}: registrados en WHMCS, y {patience} días hábiles"
        " después no se conoce ningún desembolso de Wompi con ellos. Importe el reporte de esos días; si ya está,"
        " pregunte a Wompi.",
        f"{amount} of invoice {invoices}, of {day}: booked in WHMCS, and {patience} business days later"
        " no payout of Wompi's is known to hold it. Import the report of those days; if it is there, ask Wompi.",
    )


def row_does_not_add_up(day: str, net: str, should: str) -> Text:
    return Text(
        f"La fila del {day} en el reporte no suma: dice {net} desembolsados, y su monto menos comisión, IVA y"
        f" retenciones da {should}. Pregunte a Wompi.",
        f"The report's row of {day} does not add up: it says that {net} were paid out, and its amount less"
        f" commission, IVA and withholdings is {should}. Ask Wompi.",
    )


def not_booked(amount: str, day: str, why: Text) -> Text:
    return Text(
        f"{amount} del {day}: Wompi los desembolsó y no están registrados en WHMCS: {why.es}",
        f"{amount} of {day}: paid out by Wompi and not booked in WHMCS: {why.en}",
    )


NOT_KNOWN = Text("el puente no la conoce.", "the bridge does not know it.")
IN_REVIEW = Text("espera a una persona.", "it waits for a person.")
LEFT_AS_IT_IS = Text("una persona la dejó así.", "a person left it as it is.")
UNDER_WAY = Text("está en curso.", "it is under way.")


def closed_as(status: str) -> Text:
    return Text(f"el puente la cerró como {status}.", f"the bridge closed it as {status}.")


def amount_differs(paid_out: str, day: str, booked: str, invoices: str) -> Text:
    return Text(
        f"Wompi liquidó {paid_out} el {day}, y en WHMCS están registrados {booked} en el aviso {invoices}.",
        f"Wompi settled {paid_out} of {day}, and {booked} are booked in WHMCS on invoice {invoices}.",
    )


def fee_changed(day: str, method: str, after: str, before: str) -> Text:
    return Text(
        f"Desde el {day} Wompi cobra otra comisión en todos los pagos con {method}: {after}, sin IVA;"
        f" antes {before}. Si no la esperaba, pregunte a Wompi; si sí, cambie BRIDGE_FEES.",
        f"Since {day} Wompi charges another commission on all payments by {method}: {after}, without IVA;"
        f" before it was {before}. If that is news, ask Wompi; if not, change BRIDGE_FEES.",
    )


# What Wompi's lists told

NO_LIST_OF_PAYOUTS = Text(
    "Wompi no ofrece la lista de desembolsos a este comercio; importe los reportes",
    "Wompi offers this merchant no list of payouts; import the reports",
)
PAYOUTS = Text("desembolsos", "payouts")
TRANSACTIONS = Text("transacciones", "transactions")


def list_failed(what: Text, error: object) -> Text:
    return Text(f"la lista de {what.es} de Wompi: {error}", f"Wompi's list of {what.en}: {error}")


def list_ended_early(what: Text, why: object) -> Text:
    return Text(
        f"la lista de {what.es} de Wompi terminó antes de tiempo: {why}",
        f"Wompi's list of {what.en} ended early: {why}",
    )


def row_unreadable(what: Text, why: object) -> Text:
    return Text(
        f"una fila de {what.es} de Wompi no se puede leer: {why}", f"a row of Wompi's {what.en} cannot be read: {why}"
    )


def payout_not_counted(payout_id: str, status: str) -> Text:
    return Text(
        f"el desembolso {payout_id} está en estado {status} y no se cuenta",
        f"payout {payout_id} is {status}, and is not counted",
    )


def transaction_not_kept(transaction_id: str) -> Text:
    return Text(
        f"la transacción {transaction_id} no está en pesos o su valor no se puede guardar",
        f"transaction {transaction_id} is not in pesos, or its amount cannot be kept",
    )
