"""``wompi-bridge reconcile``: compares Wompi, the bridge and WHMCS, and heals what can be healed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import day, flag, option, waits_for_a_person
from whmcs_bridge.ledger.records import State
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.messages.screen import printable, working

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge


def arguments(parser: argparse.ArgumentParser) -> None:
    option(parser, "--since", "desde ese día", "from that day on", type=day, metavar="YYYY-MM-DD")
    flag(parser, "--dry-run", "solo dice qué haría", "only says what it would do")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.booking.reconcile_report import Report

    report = Report()

    def told() -> str:
        return bilingual(
            f"Comparo: {report.checkouts} pagos iniciados, {report.listed} transacciones de la lista de Wompi,"
            f" {report.counted} pagos contados en WHMCS",
            f"Comparing: {report.checkouts} open checkouts, {report.listed} transactions of Wompi's list,"
            f" {report.counted} payments counted in WHMCS",
        )

    with working(told):
        bridge.reconcile.run(since=given.since, dry_run=given.dry_run, report=report)
    if not given.dry_run:
        bridge.worker.expect_next_in(0)
        with working(lambda: bilingual("Registro lo pendiente", "Booking what is due")):
            bridge.worker.run_once()
    if unreadable := bridge.statistics.unreadable():
        es = f"{len(unreadable)} registros no se pueden leer con esta versión; vea: wompi-bridge doctor"
        en = f"{len(unreadable)} records cannot be read by this version; see: wompi-bridge doctor"
        report.problem(Text(es, en))
    touched = ", ".join(report.touched) or bilingual("ninguna", "none")
    if more := report.touched_count - len(report.touched):
        touched += bilingual(f" y {more} más", f" and {more} more")
    print(bilingual("Pagos iniciados consultados en Wompi:", "Open checkouts asked about at Wompi:"), report.checkouts)
    if given.since:
        print(bilingual("Transacciones en la lista de Wompi:", "Transactions in Wompi's list:"), report.listed)
    if report.unread:
        print(
            bilingual("Transacciones de Wompi que no se pudieron leer:", "Transactions that could not be read:"),
            report.unread,
        )
    print(bilingual("Pagos registrados contados en WHMCS:", "Booked payments counted in WHMCS:"), report.counted)
    print(bilingual("Transacciones por revisar:", "Transactions to be looked at:"), touched)
    for problem in report.problems:
        print("!", printable(problem))
    if more := report.problem_count - len(report.problems):
        print("!", bilingual(f"y {more} problemas más", f"and {more} more problems"))
    waiting = waits_for_a_person(bridge.store.payments(state=State.REVIEW))
    return max(waiting, 1 if report.problems else 0)
