"""What the commands share: logs, JSON, sentences, and the types of their arguments."""

from __future__ import annotations

import argparse
import getpass
import io
import json
import logging
import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import printable

if TYPE_CHECKING:
    from whmcs_bridge.ledger.records import Payment


class _Record(logging.LogRecord):
    """A record whose message is one line without control characters, whatever was sent to the bridge."""

    def getMessage(self) -> str:  # noqa: N802 - as the library calls it
        return printable(super().getMessage())


def log_to_stderr() -> None:
    """One line an entry. Nothing of a log line is computed that the line does not show."""
    logging.setLogRecordFactory(_Record)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.raiseExceptions = False  # a log that cannot be written must not print an error for each line
    # https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # These log addresses, which may hold secrets.
    for name in ("urllib3", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def print_json(document: object) -> None:
    """Print for a program, with an escape for all that the terminal's encoding lacks, and for control characters."""
    text = json.dumps(document, ensure_ascii=not _speaks_utf_8(), indent=2)
    print(re.sub(r"[^\S\n ]|[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", _escaped, text))


def print_in_utf_8() -> None:
    """Print a sheet in UTF-8, whatever the terminal uses."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _speaks_utf_8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"


def option(parser: argparse._ActionsContainer, name: str, es: str, en: str, **options: Any) -> None:
    """Declare an argument with its help in both languages."""
    parser.add_argument(name, help=bilingual(es, en), **options)


def flag(parser: argparse._ActionsContainer, name: str, es: str, en: str) -> None:
    """Declare an option without a value."""
    option(parser, name, es, en, action="store_true")


def complain(es: str, en: str | None = None, *, status: int = 1) -> int:
    """Say what is wrong on standard error, and give the exit status. One text alone is printed as it is."""
    print(printable(es if en is None else bilingual(es, en)), file=sys.stderr)
    return status


def waits_for_a_person(held: Sequence[Payment]) -> int:
    """Print what is in review, for cron's mail, and give the exit status."""
    for payment in held:
        told = f"{payment.transaction_id} - {printable(payment.reason)}"
        print(bilingual("Espera a una persona:", "Waits for a person:"), told)
    return 1 if held else 0


def who() -> str:
    """The name under which the command was called, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container the user may have no name
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
    # Python keeps the bytes of an argument that its locale cannot read as halves of surrogate pairs.
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()[:500]


def day(text: str) -> date:
    return date.fromisoformat(text)
