"""Plays the field's complaints, and ends with 1 if one is justified.

python -m tests.complaints                      against the bridge
python -m tests.complaints late_commit ...      some of them
python -m tests.complaints --whmcs URL --wompi URL --keys PUBLIC,PRIVATE,INTEGRITY,EVENTS
                                                against the module to which these two lead: see docs/sandbox.md
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from whmcs_bridge.sandbox.complaints.bridge import shop_with_the_bridge
from whmcs_bridge.sandbox.complaints.run import judge, tell
from whmcs_bridge.sandbox.complaints.shop import Keys, Shop, Unreachable


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.complaints")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--whmcs", metavar="URL")
    parser.add_argument("--wompi", metavar="URL")
    parser.add_argument("--keys", metavar="PUBLIC,PRIVATE,INTEGRITY,EVENTS", type=lambda text: Keys(*text.split(",")))
    parser.add_argument("--patience", type=float, default=10.0, help="seconds until something must be seen")
    given = parser.parse_args()
    others = (given.whmcs, given.wompi, given.keys)
    if any(others) and not all(others):
        parser.error("--whmcs, --wompi and --keys go together")
    names = {name.replace("_", " ") for name in given.names}
    logging.getLogger().setLevel(logging.CRITICAL)
    with another(given) if all(others) else shop_with_the_bridge() as shop:
        return tell(judge(shop, lambda one: not names or one.name in names), print)


@contextmanager
def another(given: argparse.Namespace) -> Iterator[Shop]:
    whmcs, wompi = (f"{address.rstrip('/')}/" for address in (given.whmcs, given.wompi))
    yield Shop(whmcs, wompi, given.keys, Unreachable(), patience=given.patience)


if __name__ == "__main__":
    sys.exit(main())
