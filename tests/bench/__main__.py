"""``python -m tests.bench [--part NAME] [--write]``: prints each goal with its figure; ``--write`` puts the table into
``docs/performance.md`` and the figures into ``docs/performance.json``."""

from __future__ import annotations

import argparse
import sys
import time

from tests.bench.booking import booking
from tests.bench.figures import Figure, Part
from tests.bench.growth import growth
from tests.bench.large import large
from tests.bench.machines import machines
from tests.bench.pages import pages
from tests.bench.receiving import receiving
from tests.bench.report import as_row, write
from tests.bench.sandbox import sandbox
from tests.bench.servers import servers
from tests.bench.settlements import settlements
from tests.bench.strangers import strangers

# Those that measure milliseconds first: the others leave the disk busy.
PARTS: dict[str, Part] = {
    "booking": booking,
    "pages": pages,
    "strangers": strangers,
    "receiving": receiving,
    "growth": growth,
    "large": large,
    "settlements": settlements,
    "machines": machines,
    "servers": servers,
    "sandbox": sandbox,
}


def main() -> int:
    """Run the parts. The exit status says whether they ran, not whether the goals are met: that is for a person."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--part", choices=sorted(PARTS), action="append", help="only this one; may be repeated")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/")
    given = parser.parse_args()
    began = time.monotonic()
    figures, done = list[Figure](), list[str]()
    try:
        for name in given.part or PARTS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            part_began = time.monotonic()
            measured = PARTS[name]()
            figures += [*measured, Figure(f"(the part {name} took)", time.monotonic() - part_began, "s")]
            done.append(name)
            for figure in figures[-len(measured) - 1 :]:
                print(as_row(figure), flush=True)
    finally:
        if given.write:  # also where a later part has failed
            write(figures, whole=done == list(PARTS))
    missed = sum(figure.met is False for figure in figures)
    print(f"{missed} goals missed; {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
