"""Money: cents inside, decimal text at the borders, and never a float between."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whmcs_bridge.money.pesos import (
    MAXIMUM_IN_CENTS,
    MINIMUM_IN_CENTS,
    NO_BREAK_SPACE,
    cents,
    decimal_text,
    format_cop,
    whole_pesos_up,
)

amounts = st.integers(-(10**14), 10**14)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("59500.00", 5950000),
        ("0.00", 0),
        ("0", 0),
        ("59500", 5950000),
        ("59500.5", 5950050),
        ("15.95", 1595),
        ("19.99", 1999),  # 1998.9999999999998 as a float
        ("4.35", 435),  # 434.99999999999994 as a float
        ("-15.95", -1595),
        ("-0.00", 0),
        (" 10.00\n", 1000),
        (1042, 104200),
        ("0.005", 1),
        ("0.0049", 0),
        ("-0.005", -1),
        ("1.000000", 100),
        ("999999999999999.99", 99999999999999999),
    ],
)
def test_reading_decimal_text(text: object, amount: int) -> None:
    """As WHMCS writes it; more decimals than two are rounded half up, away from zero."""
    assert cents(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", " ", "1,000.00", "1.000,00", "$5", "5 COP", "nan", "Infinity", "1e3", "+5", "--5", "5.", ".5", "0x10", "1_000",
     "٣", "５", "1.0000000", "1" * 16, None, True, False, [], {}, "5\n6", "59500.00\x00"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: object) -> None:
    """Nothing is guessed: not a thousands separator, not a sign of currency, not an empty field."""
    with pytest.raises(ValueError, match="not an amount of money"):
        cents(text)


@given(amounts)
def test_there_and_back(amount: int) -> None:
    """What is written is read again as itself, with exactly two decimals, as Decimal says too."""
    text = decimal_text(amount)
    assert cents(text) == amount
    assert Decimal(text) == Decimal(amount) / 100
    assert text[-3] == "."


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=4))
def test_rounding_never_moves_more_than_half_a_cent(value: Decimal) -> None:
    """Rounding is to the nearest cent, whatever the sign."""
    assert abs(Decimal(cents(f"{value:f}")) - value * 100) <= Decimal("0.5")


@given(st.text())
def test_any_text_is_an_amount_or_a_value_error(text: str) -> None:
    """Nothing else ever comes out."""
    with contextlib.suppress(ValueError):
        assert isinstance(cents(text), int)


@given(amounts)
def test_whole_pesos(amount: int) -> None:
    """Up to the next whole peso and no further: a cent short would leave the invoice unpaid."""
    up = whole_pesos_up(amount)
    assert up % 100 == 0
    assert 0 <= up - amount < 100


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (5950000, "59500.00"),
        (1, "0.01"),
        (0, "0.00"),
        (-1, "-0.01"),
        (-5950050, "-59500.50"),
        (10**12, "10000000000.00"),
    ],
)
def test_writing_decimal_text(amount: int, text: str) -> None:
    """As ``AddInvoicePayment`` takes it: a point, two decimals, no separators."""
    assert decimal_text(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (5950000, "$ 59.500"),
        (5950050, "$ 59.500,50"),
        (5950005, "$ 59.500,05"),
        (0, "$ 0"),
        (99900, "$ 999"),
        (123456789000, "$ 1.234.567.890"),
        (-5950000, "-$ 59.500"),
    ],
)
def test_pesos_as_colombians_write_them(amount: int, text: str) -> None:
    """A point for thousands, a comma for cents where there are any, and no line break after the sign."""
    assert format_cop(amount) == text.replace(" ", NO_BREAK_SPACE)


def test_wompi_s_bounds() -> None:
    """COP 1.500 at least, and the largest number of Wompi's schema (OpenAPI 1.2.0)."""
    assert format_cop(MINIMUM_IN_CENTS) == f"${NO_BREAK_SPACE}1.500"
    assert MAXIMUM_IN_CENTS == 10**12
