"""Wompi's daily report of a payout, as it is written and as spreadsheets leave it; what is in doubt is refused."""

from __future__ import annotations

import contextlib
import io
from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wompi_gateway.payout_report import PayoutReport, Unreadable, UnreadableReport, day_in_name

HEADER = (
    "id de la transaccion,fecha,referencia,monto,moneda,medio de pago,comisión,iva comisión,reteica,reteiva,retefuente,"
    "impoconsumo,total desembolsado,documento del pagador,tipo de documento del pagador"
)
LINE = (
    "12022-1793718245-1,03-11-2026 10:04,INV1042,840763.00,COP,CARD,20157.93,3830.00,0.00,0.00,12611.44,0.00,804163.63,"
    "1012345678,CC"
)


class Row(NamedTuple):
    """A row's fields by name, in the order in which the product gives them."""

    transaction_id: str
    day: str
    reference: str
    method: str
    gross: int
    fee: int
    fee_iva: int
    reteica: int
    reteiva: int
    retefuente: int
    impoconsumo: int
    net: int


ROW = Row(
    "12022-1793718245-1", "2026-11-03", "INV1042", "CARD", 84_076_300, 2_015_793, 383_000, 0, 0, 1_261_144, 0,
    80_416_363,
)  # fmt: skip


def rows(text: str | bytes) -> list[Row]:
    return [Row(*row) for row in opened(text).rows()]


def opened(text: str | bytes) -> PayoutReport:
    return PayoutReport(io.BytesIO(text.encode() if isinstance(text, str) else text))


def refused(text: str | bytes) -> UnreadableReport:
    with pytest.raises(UnreadableReport) as caught:
        rows(text)
    return caught.value


def with_cell(name: str, value: str) -> str:
    """The published row with another value in one column."""
    cells = dict(zip(HEADER.split(","), LINE.split(","), strict=True)) | {name: value}
    return f"{HEADER}\n" + ",".join(f'"{cell}"' if "," in cell else cell for cell in cells.values()) + "\n"


class TestWhatIsRead:
    def test_the_published_row(self) -> None:
        """As Wompi writes it: a comma, UTF-8; and neither the payer's document nor its kind is in what comes out."""
        assert rows(f"{HEADER}\n{LINE}\n") == [ROW]
        assert "1012345678" not in repr(ROW)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_encodings_and_separators(self, encoding: str, separator: str) -> None:
        """Whatever a spreadsheet makes of it."""
        text = f"{HEADER}\r\n{LINE}\r\n".replace(",", separator)
        assert rows(text.encode(encoding)) == [ROW]

    def test_other_orders_capitals_and_columns(self) -> None:
        """Columns are known by their names; a new one is named, and the payer's are not even that."""
        names, cells = HEADER.upper().split(",")[::-1], LINE.split(",")[::-1]
        report = opened(",".join([*names, "Franquicia"]) + "\n" + ",".join([*cells, "VISA"]) + "\n")
        assert list(report.rows()) == [ROW]
        assert report.unknown == ["Franquicia"]

    def test_columns_that_need_not_be_there(self) -> None:
        """Method, currency, and withholdings: what is missing is nothing."""
        header = "id de la transaccion,fecha,referencia,monto,comisión,iva comisión,total desembolsado"
        line = "a-1,03-11-2026 10:04,R,100.00,3.00,0.57,96.43"
        assert rows(f"{header}\n{line}\n") == [Row("a-1", "2026-11-03", "R", "", 10_000, 300, 57, 0, 0, 0, 0, 9_643)]

    def test_lines_around_the_rows(self) -> None:
        """A preamble, blank lines, empty cells behind a row's end, a quoted cell with a line break in it."""
        line = LINE.replace("INV1042", '"INV\n1042"')
        text = f"sep=,\n\n{HEADER}\n\n{line},,\n,,,,,,,,,,,,,,\n"
        assert rows(text) == [ROW._replace(reference="INV\n1042")]

    def test_no_rows(self) -> None:
        """A day without payouts."""
        assert rows(f"{HEADER}\n") == []

    @pytest.mark.parametrize(
        ("told", "cents"),
        [
            ("840763.00", 84_076_300), ("840763", 84_076_300), ("840763.5", 84_076_350), ("840763,50", 84_076_350),
            ("840.763,50", 84_076_350), ("840,763.50", 84_076_350), ("1.840.763", 184_076_300),
            ("$ 840.763,50", 84_076_350), ("-840763.00", -84_076_300), ("(840.763,50)", -84_076_350), ("0", 0),
            ("'840763.00", 84_076_300),
        ],
    )  # fmt: skip
    def test_amounts(self, told: str, cents: int) -> None:
        """In Wompi's form and in those of spreadsheets, Colombian and other."""
        assert rows(with_cell("monto", told))[0].gross == cents

    @pytest.mark.parametrize(
        ("told", "day"),
        [
            ("03-11-2026 10:04", "2026-11-03"), ("3/11/2026 10:04", "2026-11-03"), ("03/11/2026", "2026-11-03"),
            ("2026-11-03 10:04:05", "2026-11-03"), ("3/11/2026 10:04 a. m.", "2026-11-03"),
            # Five hours behind: 02:22 UTC of the 4th is still the 3rd.
            ("2026-11-04T02:22:00Z", "2026-11-03"),
        ],
    )  # fmt: skip
    def test_days(self, told: str, day: str) -> None:
        """Day first, as Colombia writes it, or ISO 8601."""
        assert rows(with_cell("fecha", told))[0].day == day

    def test_an_empty_withholding_is_none(self) -> None:
        """An empty amount or net is no zero."""
        assert rows(with_cell("reteica", ""))[0].reteica == 0
        assert refused(with_cell("monto", "")).why == Unreadable.AMOUNT


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("name", "value", "why"),
        [
            # Eight hundred and forty pesos and 763 thousandths, or eight hundred thousand?
            ("monto", "840.763", Unreadable.AMOUNT),
            ("monto", "840,763", Unreadable.AMOUNT),
            ("monto", "1_000.00", Unreadable.AMOUNT),
            ("monto", "\u0661\u0662\u0663.00", Unreadable.AMOUNT),
            ("comisión", "3 %", Unreadable.AMOUNT),
            ("total desembolsado", "nan", Unreadable.AMOUNT),
            ("fecha", "31-02-2026 10:04", Unreadable.DAY),
            ("fecha", "Nov 3, 2026", Unreadable.DAY),
            ("fecha", "", Unreadable.DAY),
            # The id says 3 November; this is the American way to write it.
            ("fecha", "11-03-2026 10:04", Unreadable.SWAPPED),
            ("id de la transaccion", "1.2E+10", Unreadable.TRANSACTION),
            ("id de la transaccion", "../x", Unreadable.TRANSACTION),
            ("moneda", "USD", Unreadable.CURRENCY),
        ],
    )
    def test_a_cell_names_its_line(self, name: str, value: str, why: Unreadable) -> None:
        """The line as an editor counts it, and what stands there."""
        error = refused(f"sep=,\n{with_cell(name, value)}")
        assert (error.why, error.line) == (why, 3)
        assert value in error.told

    @pytest.mark.parametrize(
        ("text", "why", "line"),
        [
            (b"PK\x03\x04 and so on", Unreadable.WORKBOOK, None),
            (b"\xd0\xcf\x11\xe0", Unreadable.WORKBOOK, None),
            (f"{HEADER}\n{LINE}".encode() + b"\x81", Unreadable.ENCODING, None),
            (b"", Unreadable.HEADER, None),
            (b"a,b,c\n1,2,3\n", Unreadable.HEADER, None),
            (HEADER.replace("total desembolsado", "total").encode(), Unreadable.HEADER, None),
            (f"{HEADER},monto\n".encode(), Unreadable.TWICE, 1),
            (f"{HEADER}\n{LINE}\n1,2\n".encode(), Unreadable.CELLS, 3),
            (f"{HEADER}\n{LINE},3\n".encode(), Unreadable.CELLS, 2),
            (f'{HEADER}\n{LINE}\n"a"b\n'.encode(), Unreadable.QUOTES, 3),
        ],
    )
    def test_files(self, text: bytes, why: Unreadable, line: int | None) -> None:
        """Not a report, or not whole."""
        error = refused(text)
        assert (error.why, error.line) == (why, line)

    def test_the_header_says_what_is_missing(self) -> None:
        """By name."""
        assert refused(HEADER.replace("total desembolsado", "total")).told == "total desembolsado"

    @given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode()))
    def test_any_bytes_are_rows_or_a_reason(self, content: bytes) -> None:
        """Nothing else leaves the parser."""
        with contextlib.suppress(UnreadableReport):
            rows(content)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("03-11-2026-disbursement-report-rs-4242-abc.csv", date(2026, 11, 3)),
        ("copia de 03-11-2026-disbursement-report (1).csv", date(2026, 11, 3)),
        ("31-02-2026-disbursement-report.csv", None),
        ("report.csv", None),
        ("103-11-20260.csv", None),
    ],
)
def test_the_day_of_the_payout_stands_in_the_name(name: str, day: date | None) -> None:
    """Day, month, year."""
    assert day_in_name(name) == day
