"""Wompi's daily report of a payout ("diario desembolso"), a CSV file: one row for each transaction that was paid out.

Its shape was read off the files of a merchant in production; Wompi documents none. In every row, to the cent:
``total desembolsado = monto - comisión - iva comisión - reteica - reteiva - retefuente - impoconsumo``. ``fecha`` is
Colombian time, amounts look like ``840763.00``, and the day of the payout stands in the file's name alone.

Files that went through a spreadsheet are read as well: other encodings, separators, orders of columns, ``840.763,00``.
What could be read in two ways is refused. The payer's columns, and those that are not known here, are never returned.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from operator import itemgetter
from typing import BinaryIO, TextIO, cast

from wompi_gateway.models import CURRENCY, TRANSACTION_ID

_BOGOTA = timezone(timedelta(hours=-5))

_NEEDED = {
    "id de la transaccion": "transaction_id",
    "fecha": "day",
    "referencia": "reference",
    "monto": "gross",
    "comision": "fee",
    "iva comision": "fee_iva",
    "total desembolsado": "net",
}
_OPTIONAL = {
    "moneda": "currency",
    "medio de pago": "method",
    "reteica": "reteica",
    "reteiva": "reteiva",
    "retefuente": "retefuente",
    "impoconsumo": "impoconsumo",
}
_COLUMNS = _NEEDED | _OPTIONAL
_PAYER = {"documento del pagador", "tipo de documento del pagador"}
_MONEY = ("gross", "fee", "fee_iva", "reteica", "reteiva", "retefuente", "impoconsumo", "net")

# A preamble may stand above the header, such as a spreadsheet's "sep=;".
_HEADER_WITHIN = 10
_LONGEST_LINE = 65_536
_SEPARATORS = ",;\t|"
_MOST_DAYS = 10_000
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Excel's workbooks, new and old.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

_ID = re.compile(TRANSACTION_ID.replace(r"\z", r"\Z"))
_DAY_FIRST = re.compile(
    r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.? ?m\.?)?)?\Z", re.ASCII
)
_NAMED_DAY = re.compile(r"(?<!\d)(\d{2})-(\d{2})-(\d{4})(?!\d)", re.ASCII)
_MOMENT_IN_ID = re.compile(r"\d+-(\d{10})-\d+\Z", re.ASCII)
_LENGTH = len("DD-MM-YYYY HH:MM")
_WOMPIS_DAY = re.compile(r"\d{2}-\d{2}-\d{4} \d{2}:\d{2}\Z", re.ASCII)
# A row's amounts in Wompi's own form.
_AMOUNTS = re.compile(r"\d{1,13}\.\d\d(?:,\d{1,13}\.\d\d){7}\Z", re.ASCII)
_PLAIN = re.compile(r"(\d{1,15})(?:[.,](\d{1,2}))?\Z", re.ASCII)
_GROUPED = re.compile(
    r"\d{1,3}(?:(?:\.\d{3})+,\d{1,2}|(?:,\d{3})+\.\d{1,2}|(?:\.\d{3}){2,}|(?:,\d{3}){2,})\Z", re.ASCII
)
_AROUND_AMOUNTS = str.maketrans("", "", "$ \N{NO-BREAK SPACE}\t'")


class Unreadable(StrEnum):
    """Why a report cannot be read."""

    WORKBOOK = "workbook"
    ENCODING = "encoding"
    HEADER = "header"
    TWICE = "twice"
    CELLS = "cells"
    QUOTES = "quotes"
    AMOUNT = "amount"
    DAY = "day"
    SWAPPED = "swapped"
    TRANSACTION = "transaction"
    CURRENCY = "currency"


class UnreadableReport(ValueError):
    """Nothing of the file may be used. ``line`` is the one at fault, where it is one; ``told`` quotes what is meant."""

    def __init__(self, why: Unreadable, line: int | None = None, told: str = "") -> None:
        super().__init__(f"{why} at line {line}: {told!r}" if line else why)
        self.why = why
        self.line = line
        self.told = told[:60]


# One transaction of a payout: its id, its day as ``YYYY-MM-DD`` in Colombia, its reference and method, and the amounts
# in the order of ``_MONEY``, in cents of a peso. A bare tuple: a file may have a million of them.
ReportRow = tuple[str, str, str, str, int, int, int, int, int, int, int, int]


def day_in_name(name: str) -> date | None:
    """The day of the payout, as the file's name tells it: ``03-11-2026-disbursement-report-rs-...``."""
    match = _NAMED_DAY.search(name)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


class PayoutReport:
    """A report, opened: its header is read. ``unknown`` names the columns that nobody here knows.

    Takes a file that can be read again from its beginning. Raises ``UnreadableReport``.
    """

    def __init__(self, file: BinaryIO) -> None:
        text = io.TextIOWrapper(file, _encoding(file), newline="")
        self._header_lines, names, separator = _header(text)
        known: dict[str, int] = {}
        self.unknown: list[str] = []
        for place, name in enumerate(names):
            field = _COLUMNS.get(_plain(name))
            if field in known:
                raise UnreadableReport(Unreadable.TWICE, self._header_lines, name)
            if field is not None:
                known[field] = place
            elif name.strip() and _plain(name) not in _PAYER:
                self.unknown.append(name.strip()[:60])
        self._places = known
        self._width = len(names)
        self._lines = csv.reader(text, delimiter=separator, strict=True)
        self._days: dict[str, str] = {}

    @property
    def line(self) -> int:
        """The line that was read last."""
        return self._header_lines + self._lines.line_num

    def rows(self) -> Iterator[ReportRow]:
        """Give each row, once. Raises ``UnreadableReport`` at the first that cannot be read."""
        # A microsecond more for each is a second for a million: hence the local names, and all amounts of a row in one.
        places, width = self._places, self._width
        name, at, reference = places["transaction_id"], places["day"], places["reference"]
        # What is not there is read from behind the row's end.
        currency, method = places.get("currency", width), places.get("method", width + 1)
        money = itemgetter(*(places.get(field, width + 2) for field in _MONEY))
        beyond = [CURRENCY, "", "0.00"] if len(places) < len(_COLUMNS) else []
        is_id, are_amounts, days = _ID.match, _AMOUNTS.match, self._days
        for cells in self._cells():
            if len(cells) != width and not self._has_all(cells):
                continue
            cells += beyond
            told = ",".join(money(cells))
            if are_amounts(told):
                amounts = map(int, told.replace(".", "").split(","))
            elif any(map(str.strip, cells[:width])):
                amounts = map(self._cents, money(cells), _MONEY)
            else:
                continue
            transaction_id = cells[name]
            if not is_id(transaction_id):
                transaction_id = transaction_id.strip()
                if not is_id(transaction_id):
                    raise UnreadableReport(Unreadable.TRANSACTION, self.line, transaction_id)
            if cells[currency] != CURRENCY and cells[currency].strip().upper() != CURRENCY:
                raise UnreadableReport(Unreadable.CURRENCY, self.line, cells[currency])
            when = cells[at]
            day = (len(when) == _LENGTH and days.get(when[:10])) or self._day(when, transaction_id)
            yield cast("ReportRow", (transaction_id, day, cells[reference].strip(), cells[method], *amounts))

    def _cells(self) -> Iterator[list[str]]:
        try:
            yield from self._lines
        except csv.Error:
            raise UnreadableReport(Unreadable.QUOTES, self.line) from None

    def _has_all(self, cells: list[str]) -> bool:
        """Cut what is empty behind a row's end. False: the line is blank. Raises ``UnreadableReport``."""
        if not any(map(str.strip, cells)):
            return False
        if len(cells) < self._width or any(cells[self._width :]):
            raise UnreadableReport(Unreadable.CELLS, self.line, f"{len(cells)} / {self._width}")
        del cells[self._width :]
        return True

    def _cents(self, text: str, field: str) -> int:
        cents = _cents(text)
        # An empty cell is no withholding, and nothing else.
        if cents is None or (not text.strip() and field in ("gross", "fee", "fee_iva", "net")):
            raise UnreadableReport(Unreadable.AMOUNT, self.line, f"{field}: {text}")
        return cents

    def _day(self, text: str, transaction_id: str) -> str:
        """Read a time's day. Those in Wompi's own form are remembered: a report has few, and for a million rows."""
        told = text.strip()
        day = _read_day(told)
        if day is None:
            raise UnreadableReport(Unreadable.DAY, self.line, told)
        # The middle of a transaction's id is the second in which it was made: a check, and no more than that.
        made = _MOMENT_IN_ID.match(transaction_id)
        if made and day.day <= 12 and day.day != day.month:
            moment = datetime.fromtimestamp(int(made[1]), _BOGOTA).date()
            if moment == day.replace(day=day.month, month=day.day):
                raise UnreadableReport(Unreadable.SWAPPED, self.line, told)
        if _WOMPIS_DAY.match(text) and len(self._days) < _MOST_DAYS:
            self._days[text[:10]] = day.isoformat()
        return day.isoformat()


def _encoding(file: BinaryIO) -> str:
    """Find the encoding, by its mark or by trying, in constant memory."""
    start = file.read(4)
    if start.startswith(_WORKBOOKS):
        raise UnreadableReport(Unreadable.WORKBOOK)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        file.seek(0)
        return encoding
    raise UnreadableReport(Unreadable.ENCODING)


def _header(text: TextIO) -> tuple[int, Sequence[str], str]:
    """Find the header: its line, its names, and the separator by which it is one."""
    best: set[str] = set()
    for number in range(1, _HEADER_WITHIN + 1):
        line = text.readline(_LONGEST_LINE)
        for separator in _SEPARATORS:
            names = next(csv.reader([line], delimiter=separator), [])
            found = {_plain(name) for name in names}
            if found >= _NEEDED.keys():
                return number, names, separator
            best = max(best, found & _NEEDED.keys(), key=len)
    raise UnreadableReport(Unreadable.HEADER, told=", ".join(name for name in _NEEDED if name not in best))


def _plain(name: str) -> str:
    """A column's name without accents, capitals and blanks around or doubled."""
    letters = unicodedata.normalize("NFKD", name.replace("_", " ").casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def _read_day(told: str) -> date | None:
    try:
        if match := _DAY_FIRST.match(told):
            return date(int(match[3]), int(match[2]), int(match[1]))
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return (moment.astimezone(_BOGOTA) if moment.tzinfo else moment).date()


def _cents(text: str) -> int | None:
    """Read an amount as people and spreadsheets write it. Nothing is nothing."""
    told = text.translate(_AROUND_AMOUNTS)
    if not told:
        return 0
    negative = told[0] == "-" or (told[0] == "(" and told[-1] == ")")
    told = told.strip("-()") if negative else told
    if _GROUPED.match(told):
        last = max(told.rfind("."), told.rfind(","))
        # With one kind of sign alone there are no decimals.
        decimals = len(told) - last <= 3
        whole = re.sub(r"[.,]", "", told[:last] if decimals else told)
        told = f"{whole}.{told[last + 1 :]}" if decimals else whole
    match = _PLAIN.match(told)
    if match is None:
        return None
    cents = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    return -cents if negative else cents
