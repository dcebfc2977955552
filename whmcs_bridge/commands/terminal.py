"""What the commands share: how they speak on a terminal, and what their arguments may be."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from whmcs_bridge.messages import bilingual
from whmcs_bridge.money.pesos import NO_BREAK_SPACE

if TYPE_CHECKING:
    from whmcs_bridge.ledger.records import Payment


def log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    # A log that cannot be written must not be heard of on every line of the log.
    logging.raiseExceptions = False
    # What no line tells need not be found out for each: https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # These tell addresses, which may carry what nobody should read in a log.
    for name in ("urllib3", "alembic", "waitress", "waitress.queue"):
        logging.getLogger(name).setLevel(logging.ERROR)


def complain(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def printable(text: str) -> str:
    """Text of others as it may stand on a terminal: what would move the cursor or change its looks is a ``?``."""
    return "".join(each if each.isprintable() or each == NO_BREAK_SPACE else "?" for each in text)


def waits_for_a_person(held: Sequence[Payment]) -> int:
    """Tell what is in review, for cron's mail. Gives the exit status."""
    for payment in held:
        told = f"{payment.transaction_id} - {printable(payment.reason)}"
        print(bilingual("Espera a una persona:", "Waits for a person:"), told)
    return 1 if held else 0


def who() -> str:
    """The name under which the command was called, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return f"uid {os.getuid()}"


def port_number(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise ValueError
    return port


def positive_number(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError
    return number


def sentence(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text.strip()[:500]


def day(text: str) -> date:
    return date.fromisoformat(text)
