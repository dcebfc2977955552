"""What may be paid of an invoice at a time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whmcs_bridge.money.instalments import BadMinimum, PartialMinimum, choice_of, parse_minimum, pesos_in


@pytest.mark.parametrize(
    ("text", "total", "least"),
    [
        ("50000", 10_000_000, 5_000_000),
        ("50.000", 10_000_000, 5_000_000),
        ("30%", 10_000_000, 3_000_000),
        ("33,3 %", 10_000_000, 3_330_000),
        ("33%", 5_950_000, 1_963_500),
        ("33%", 5_951_000, 1_963_900),  # 19,638.30 pesos
        ("1%", 5_950_000, 150_000),  # never under Wompi's minimum
    ],
)
def test_the_setting(text: str, total: int, least: int) -> None:
    """Pesos, or a share of the invoice's total, rounded up to whole pesos."""
    assert parse_minimum(text).of(total) == least


@pytest.mark.parametrize("text", ["0%", "100%", "150%", "mitad", "-5", "5.00", "1000", "$", ""])
def test_what_it_cannot_be(text: str) -> None:
    """Also less than Wompi takes, and pesos with decimals."""
    with pytest.raises(BadMinimum):
        parse_minimum(text)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("50000", 5_000_000),
        ("50.000", 5_000_000),
        (" $ 1.250.000 ", 125_000_000),
        ("1500", 150_000),
        ("50.00", None),
        ("50,000", None),
        ("50000.5", None),
        ("5e4", None),
        ("-50000", None),
        ("0", None),
        ("٥٠٠٠٠", None),
        ("50.000.00", None),
        ("9" * 13, None),
        ("", None),
    ],
)
def test_what_a_payer_types(typed: str, cents: int | None) -> None:
    """Digits, or groups of three with points; anything else could mean another sum."""
    assert pesos_in(typed) == cents


def test_the_rest_can_be_paid_as_well() -> None:
    """Of 59,500 at most 58,000: the rest must not fall under Wompi's 1,500. All of it may be paid at any time."""
    choice = choice_of(PartialMinimum(2_000_000), 5_950_000, 5_950_000)
    assert choice is not None
    assert (choice.least, choice.most, choice.whole) == (2_000_000, 5_800_000, 5_950_000)
    assert [choice.allows(cents) for cents in (1_999_900, 2_000_000, 5_800_000, 5_800_100, 5_950_000, 5_950_100)] == [
        False, True, True, False, True, False,
    ]  # fmt: skip


def test_a_small_rest_is_paid_whole() -> None:
    """Nothing can be chosen of 20,900 where 20,000 is the least and 1,500 must stay."""
    assert choice_of(PartialMinimum(2_000_000), 5_950_000, 2_090_000) is None


@given(st.integers(150_000, 10**10), st.integers(1, 99), st.data())
@settings(max_examples=500)
def test_whatever_may_be_paid_leaves_a_rest_that_may(balance: int, percent: int, data: st.DataObject) -> None:
    """Nothing, or at least Wompi's minimum; and what is paid is at least that."""
    choice = choice_of(parse_minimum(f"{percent}%"), balance, balance)
    if choice is None:
        return
    paid = data.draw(st.integers(choice.least // 100, choice.most // 100)) * 100
    assert choice.allows(paid)
    assert paid >= 150_000
    assert balance - paid >= 150_000
