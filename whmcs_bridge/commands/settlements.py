"""``wompi-bridge settlements``: what Wompi really charged, withheld and paid out, against what was booked."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import complain, day, flag, option, print_in_utf_8, print_json
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import Cell, Side, print_rows, print_title, printable, working
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.money.spreadsheet import write_sheet

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge
    from whmcs_bridge.settlements.books import Finding
    from whmcs_bridge.settlements.month import Month, Payout

# Of very many findings, a person reads the first ones; programs get all of them.
_MOST_SHOWN = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="settlements_command", required=True, metavar="import|pull|show")

    def command(name: str, es: str, en: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=bilingual(es, en), description=bilingual(es, en))

    files = command("import", "guarda los reportes de desembolso de Wompi", "keeps Wompi's reports of payouts")
    es, en = "el CSV del reporte diario, con su nombre", "the CSV of the daily report, under its own name"
    option(files, "files", es, en, metavar="FILE", nargs="+", type=Path)
    pull = command("pull", "pregunta a Wompi qué desembolsó", "asks Wompi what it paid out")
    es, en = "desde ese día; si falta, el último mes", "from that day on; without it, the last month"
    option(pull, "--since", es, en, type=day, metavar="YYYY-MM-DD")
    show = command("show", "muestra un mes y lo que no cuadra", "shows a month, and what does not agree")
    option(
        show,
        "--month",
        "el mes; si falta, el actual",
        "the month; without it, the current one",
        type=_month,
        metavar="YYYY-MM",
    )
    output = show.add_mutually_exclusive_group()
    flag(output, "--json", "para programas", "for programs")
    flag(output, "--csv", "la hoja del contador", "the accountant's sheet")


def _month(text: str) -> str:
    from whmcs_bridge.settlements.month import days_of

    first, _ = days_of(text)
    return f"{first:%Y-%m}"


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    match given.settlements_command:
        case "import":
            # Rows live for a moment and refer to nothing: the collector would look through them a tenth of the time.
            gc.set_threshold(200_000)
            # Each of them, also when one before it could not be read.
            return max([_import(bridge, path) for path in given.files])
        case "pull":
            return _pull(bridge, given)
        case _:
            return _show(bridge, given)


def _import(bridge: Bridge, path: Path) -> int:
    from whmcs_bridge.settlements.importing import Imported
    from whmcs_bridge.settlements.sentences import what_was_imported, why_unreadable
    from wompi_gateway.payout_report import UnreadableReport

    name = printable(path.name)
    done = Imported()

    def told() -> str:
        return f"{name}: " + bilingual(
            f"{done.read} filas leídas, {done.rows} guardadas", f"{done.read} rows read, {done.rows} kept"
        )

    try:
        with working(told):
            bridge.settlements.import_file(path, done)
    except UnreadableReport as error:
        return complain(printable(why_unreadable(name, error)))
    except OSError as error:
        return complain(f"{name}: {bilingual('no se puede leer el archivo', 'cannot be read')} ({error.strerror})")
    print("\n  ".join(map(printable, what_was_imported(name, done))))
    return _told_of(bridge, done.months, done.doubtful)


def _pull(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.settlements.pulling import Pulled

    done = Pulled()

    def told() -> str:
        return bilingual(
            f"Pregunto a Wompi: {done.payouts} desembolsos, {done.transactions} transacciones desembolsadas",
            f"Asking Wompi: {done.payouts} payouts, {done.transactions} transactions paid out",
        )

    with working(told):
        bridge.settlements.pull(given.since, done)
    print(bilingual("Desembolsos en la lista de Wompi:", "Payouts in Wompi's list:"), done.payouts)
    print(bilingual("Transacciones desembolsadas:", "Transactions that were paid out:"), done.transactions)
    print(bilingual("De ellas, nuevas:", "New ones of them:"), done.new)
    for problem in done.problems:
        print("!", printable(problem))
    return max(_told_of(bridge, done.months, done.doubtful), 1 if done.problems else 0)


def _told_of(bridge: Bridge, months: Iterable[str], doubtful: int) -> int:
    """Say where to read what does not agree; gives the exit status."""
    from whmcs_bridge.settlements.books import Kind

    # What was booked and not paid out may stand in a report that was not imported yet.
    later = {Kind.BOOKED_NOT_PAID_OUT}
    agree = not doubtful
    for month in sorted(months):
        if doubtful or any(one.kind not in later for one in _compared(bridge, month).findings):
            agree = False
            print(
                bilingual("Hay algo que no cuadra, vea:", "Something does not agree, see:"),
                f"wompi-bridge settlements show --month {month}",
            )
    return 0 if agree else 1


def _show(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.settlements.sheet import header, sheet_rows

    month = _compared(bridge, given.month or f"{bridge.settlements.today():%Y-%m}")
    if given.json:
        print_json(_as_json(month))
    elif given.csv:
        print_in_utf_8()
        write_sheet(sys.stdout, chain([header()], sheet_rows(month, bridge.settlements.rows(month.month))))
    else:
        _print(month)
    return 1 if month.findings else 0


def _compared(bridge: Bridge, name: str) -> Month:
    """Compare the three books: of a large month that takes seconds."""
    with working(lambda: name):
        return bridge.settlements.month(name)


def _as_json(month: Month) -> dict[str, object]:
    sums = month.sums
    return {
        "month": month.month,
        "payments": sums.payments,
        "others": month.others,
        "gross_in_cents": sums.gross,
        "fee_in_cents": sums.fee,
        "fee_iva_in_cents": sums.fee_iva,
        "withheld_in_cents": sums.withheld,
        "net_in_cents": sums.net,
        "without_report": {"payments": sums.without_report, "gross_in_cents": sums.without_report_gross},
        "payouts": [
            {
                "id": payout.id,
                "date": payout.day,
                "amount_in_cents": payout.amount_in_cents,
                "payments": payout.payments,
                "bank_text": payout.bank_text,
            }
            for payout in month.payouts
        ],
        "findings": [
            {"kind": finding.kind, "transaction_id": finding.transaction_id, "message": finding.message}
            for finding in month.findings
        ],
        "proposed_fees": month.proposed_fees,
    }


def _print(month: Month) -> None:
    from whmcs_bridge.settlements.sentences import breakdown, fee_lines

    sums = month.sums
    print_title(bilingual(f"Mes {month.month}, según Wompi", f"Month {month.month}, as Wompi tells it"))
    lines = list(breakdown(sums))
    print_rows(lines, {"": "left", " ": "right"}, _sum_cells, lambda line: f"  {line[0]:<32} {format_cop(line[1]):>20}")
    print(f"  {bilingual('Pagos', 'Payments')}: {sums.payments}")
    print(f"  {bilingual('De otros comercios, sin contar', 'Of other shops, not counted')}: {month.others}")
    print_title(bilingual("Desembolsos", "Payouts"))
    columns: dict[str, Side] = {
        bilingual("Día", "Day"): "left",
        bilingual("Número", "Number"): "left",
        bilingual("Valor", "Amount"): "right",
        bilingual("Pagos", "Payments"): "right",
        bilingual("En el extracto del banco", "In the bank's statement"): "left",
    }
    print_rows(month.payouts, columns, _payout_cells, _payout_line)
    for line in fee_lines(month):
        print(printable(line))
    if not month.findings:
        print(bilingual("Todo cuadra.", "All agrees."))
        return
    print_title(bilingual("Lo que no cuadra", "What does not agree"))
    shown = month.findings[:_MOST_SHOWN]
    print_rows(shown, {"": "left", " ": "left", "  ": "left"}, _finding_cells, _finding_line)
    if (more := len(month.findings) - _MOST_SHOWN) > 0:
        print(bilingual(f"  y {more} más; todas con --json", f"  and {more} more; all with --json"))


def _sum_cells(line: tuple[str, int]) -> Sequence[Cell]:
    return Cell(line[0]), Cell(format_cop(line[1]))


def _payout_cells(payout: Payout) -> Sequence[Cell]:
    amount = format_cop(payout.amount_in_cents)
    return Cell(payout.day), Cell(payout.id), Cell(amount), Cell(f"{payout.payments}"), Cell(payout.bank_text)


def _payout_line(payout: Payout) -> str:
    count = bilingual(f"{payout.payments} pagos", f"{payout.payments} payments")
    told = f"{format_cop(payout.amount_in_cents):>20}  {count}  {payout.bank_text}"
    return printable(f"  {payout.day}  {payout.id:<12} {told}")


def _finding_cells(finding: Finding) -> Sequence[Cell]:
    return Cell("!", "bold yellow"), Cell(finding.transaction_id or "-"), Cell(finding.message)


def _finding_line(finding: Finding) -> str:
    return printable(f"  ! {finding.transaction_id or '-'}  {finding.message}")
