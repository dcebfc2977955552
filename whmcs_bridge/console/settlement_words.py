"""What an admin reads on the page Settlements, in Spanish and in English."""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages import Text

SETTLEMENT_WORDS: Final[dict[str, Text]] = {
    "settlements.title": Text("Desembolsos de {month}", "Settlements of {month}"),
    "settlements.lead": Text(
        "Lo que Wompi cobró, retuvo y desembolsó de verdad, frente a lo que quedó registrado en WHMCS. Los pagos"
        " cuentan por su día y los desembolsos por el suyo. Aquí nada cambia un aviso de cobro.",
        "What Wompi really charged, withheld and paid out, against what was booked in WHMCS. Payments count by their"
        " own day, and payouts by theirs. Nothing here changes an invoice.",
    ),
    "settlements.see": Text("Ver el mes", "See the month"),
    "settlements.sheet": Text("Descargar la hoja del mes", "Download the month's sheet"),
    "settlements.findings": Text("Lo que no cuadra", "What does not agree"),
    "settlements.more": Text(
        "Aquí, las primeras {shown}; todas con: wompi-bridge settlements show --month {month} --json",
        "Here, the first {shown}; all of them with: wompi-bridge settlements show --month {month} --json",
    ),
    "settlements.agrees": Text("Todo cuadra.", "All agrees."),
    "settlements.empty": Text(
        "De este mes no se ha importado ningún reporte.", "No report of this month has been imported."
    ),
    "settlements.look": Text("Buscarla en Wompi y registrarla", "Look for it at Wompi, and book it"),
    "settlements.look_forbidden": Text(
        "Un administrador con el permiso «Add Transaction» puede buscarla en Wompi desde aquí.",
        "An admin with the permission “Add Transaction” can look for it at Wompi from here.",
    ),
    "settlements.totals": Text("Del pago al banco", "From the payment to the bank"),
    "settlements.others": Text("de otros comercios, sin contar: {count}", "of other shops, not counted: {count}"),
    "settlements.payouts": Text("Desembolsos del mes", "The month's payouts"),
    "settlements.no_payouts": Text("No se conoce ninguno.", "None is known."),
    "settlements.day": Text("Día", "Day"),
    "settlements.bank": Text("Texto en el banco", "Text at the bank"),
    "settlements.payout": Text("Desembolso", "Payout"),
    "settlements.sum": Text("Total", "Total"),
    "settlements.chart": Text("Pagado por día", "Paid by day"),
    "settlements.methods": Text("Por medio de pago", "By method"),
    "settlements.share": Text("Parte", "Share"),
    "settlements.gross": Text("Bruto", "Gross"),
    "settlements.fee": Text("Comisión con IVA (real)", "Fee with IVA (real)"),
    "settlements.withheld": Text("Retenciones", "Withheld"),
    "settlements.net": Text("Neto", "Net"),
    "settlements.fees": Text("La comisión real y BRIDGE_FEES", "The real fee, and BRIDGE_FEES"),
    "settlements.upload": Text("Subir reportes", "Upload reports"),
    "settlements.upload_lead": Text(
        "Descargue de Wompi el reporte diario de desembolso, en CSV y con su nombre, y súbalo. Dos veces el mismo no"
        " cambia nada; de un archivo que no se puede leer no se guarda nada.",
        "Download the daily report of a payout from Wompi, as CSV and under its own name, and upload it. Twice the same"
        " changes nothing; of a file that cannot be read nothing is kept.",
    ),
    "settlements.files": Text("Archivos CSV", "CSV files"),
    "settlements.files_help": Text(
        "Hasta 31 a la vez, y {kilobytes} kB entre todos. Los más grandes, en el servidor del puente: wompi-bridge"
        " settlements import ARCHIVO",
        "Up to 31 at a time, and {kilobytes} kB together. Larger ones on the bridge's server: wompi-bridge settlements"
        " import FILE",
    ),
    "settlements.send": Text("Subir", "Upload"),
    "settlements.upload_forbidden": Text(
        "Para subir reportes su rol necesita el permiso «Add Transaction».",
        "To upload reports your role needs the permission “Add Transaction”.",
    ),
    "settlements.not_allowed": Text(
        "No se guardó nada: su rol no puede mover dinero. Pídale a un administrador con el permiso «Add Transaction»"
        " que lo suba.",
        "Nothing was kept: your role may not move money. Ask an admin with the permission “Add Transaction” to upload"
        " it.",
    ),
    "settlements.no_file": Text("No se guardó nada: no llegó ningún archivo.", "Nothing was kept: no file came."),
    "settlements.uploaded": Text("Lo que se subió", "What was uploaded"),
}
