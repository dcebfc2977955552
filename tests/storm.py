"""A storm: payers click and pay, events come twice, late or never, WHMCS and Wompi fail, processes die all the time.

    python -m tests.storm --database mariadb --payments 1500 --kills 150 --processes 4 --seed 7

WHMCS accepts duplicates here, as the real one does, and its bookings may take effect after their answer was lost. That
comes within ``BRIDGE_RECHECK_AFTER``: how long a WHMCS may be late is what that setting is for. When the storm is over,
the bridge is let finish, and the oracle counts. The exit status is 1 unless everything is booked exactly once.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from tests.conftest import DATABASES, create_database
from tests.databases import make_server
from tests.faults.guards import Guard
from tests.faults.weather import LATE, Outcome, Storm, Weather


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """An empty database of that kind, with a server of its own if it needs one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bridge.db'}"
        return
    server = make_server(kind)
    try:
        server.start()
        create_database(server, "storm")
        yield server.url("storm")
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def main() -> int:
    """Run one storm and tell its outcome in one line."""
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--payments", type=int, default=300)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--freezes", type=int, default=0, help="how often one is stopped for longer than the lease")
    parser.add_argument("--skew", type=float, default=0.0, help="seconds between the wall clocks of two processes")
    parser.add_argument(
        "--late", type=float, default=LATE, help="how late WHMCS may be; less than BRIDGE_RECHECK_AFTER"
    )
    parser.add_argument("--steps", type=int, default=0, help="how often all clocks are set by an hour")
    parser.add_argument(
        "--lies", type=float, default=0.0, help="share of bookings that WHMCS says are done, and has no row of"
    )
    parser.add_argument("--invoices", type=int, default=1, help="a payment is of one to so many invoices")
    parser.add_argument("--dollars", type=float, default=0.0, help="share of payers who are billed in dollars")
    parser.add_argument("--instalments", type=float, default=0.0, help="share of single invoices paid in two parts")
    parser.add_argument("--without", choices=get_args(Guard), help="take one guard out, to see what it is good for")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    weather = Weather(
        payments=given.payments,
        kills=given.kills,
        processes=given.processes,
        seed=given.seed,
        freezes=given.freezes,
        skew=given.skew,
        late=given.late,
        steps=given.steps,
        lies=given.lies,
        invoices=given.invoices,
        dollars=given.dollars,
        instalments=given.instalments,
        without=given.without,
    )
    folder = Path(tempfile.mkdtemp(prefix="wompi-bridge-storm-"))
    with new_database(given.database, folder) as url:
        outcome = Storm(weather, url, folder).run()
    print(told(given.database, weather, outcome))  # noqa: T201 - a storm reports
    if outcome.verdict.safe:
        shutil.rmtree(folder)
        return 0
    print(f"{outcome.verdict}\nThe log: {folder / 'bridge.log'}", file=sys.stderr)  # noqa: T201 - a storm reports
    return 1


def told(database: str, weather: Weather, outcome: Outcome) -> str:
    """The figures, in one line."""
    verdict = outcome.verdict
    return (
        f"lost={len(verdict.lost)} doubled={len(verdict.doubled)} misbooked={len(verdict.misbooked)}"
        f" unkept={len(verdict.unkept)} untold={len(verdict.untold)}"
        f" unsettled={len(verdict.unsettled)} held={len(verdict.held)}"
        f" payments={weather.payments} approved={outcome.approved} bookings={outcome.bookings} late={outcome.late}"
        f" latest={outcome.latest:.1f}"
        f" kills={outcome.kills} freezes={outcome.freezes} processes={weather.processes} skew={weather.skew:g}"
        f" steps={weather.steps}"
        f" lies={weather.lies:g} invoices={weather.invoices}"
        f" dollars={weather.dollars:g} instalments={weather.instalments:g}"
        f" without={weather.without or 'nothing'} database={database} seconds={outcome.seconds:.0f} seed={weather.seed}"
    )


if __name__ == "__main__":
    sys.exit(main())
