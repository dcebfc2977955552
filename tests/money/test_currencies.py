"""Rates and amounts in other currencies: read, and reckoned to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whmcs_bridge.messages import settings as words
from whmcs_bridge.money.currencies import (
    BadCurrencies,
    RateRule,
    Source,
    amount_text,
    imprecision,
    parse_currencies,
    pesos_of,
    rate_of,
    units_of,
)


class TestTheSetting:
    @pytest.mark.parametrize(
        ("text", "rules"),
        [
            ("USD=whmcs", {"USD": RateRule(Source.WHMCS)}),
            ("USD=trm", {"USD": RateRule(Source.TRM)}),
            (" usd = TRM + 2,5 % ", {"USD": RateRule(Source.TRM, Decimal("2.5"))}),
            ("USD=trm+2.5%,EUR=whmcs", {"USD": RateRule(Source.TRM, Decimal("2.5")), "EUR": RateRule(Source.WHMCS)}),
            ("USD=trm+2,5%, EUR=whmcs,", {"USD": RateRule(Source.TRM, Decimal("2.5")), "EUR": RateRule(Source.WHMCS)}),
            ("", {}),
        ],
    )
    def test_is_read(self, text: str, rules: dict[str, RateRule]) -> None:
        """A list, each currency with the source of its rate; decimals with a point or a comma."""
        assert parse_currencies(text) == rules

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("USD", "no se entiende"),
            ("USD=4000", "no se entiende"),
            ("USD=trm-2%", "no se entiende"),
            ("USD=trm+2", "no se entiende"),
            ("DOLAR=trm", "no se entiende"),
            ("EUR=trm", "la TRM es la tasa oficial del dólar"),
            ("USD=whmcs+2%", "el margen va solo con la TRM"),
            ("COP=whmcs", "los pesos siempre se pueden pagar"),
            ("USD=trm,USD=whmcs", "dos veces"),
        ],
    )
    def test_says_what_is_wrong(self, text: str, why: str) -> None:
        """Nothing is guessed: a wrong rate is money."""
        with pytest.raises(BadCurrencies) as error:
            parse_currencies(text)
        assert why in words.bad_currencies(error.value.why, error.value.part).es


class TestArithmetic:
    @pytest.mark.parametrize(
        ("rate", "cents", "pesos"),
        [
            ("4000", 1450, 5_800_000),
            ("4123.45", 1450, 5_979_100),  # 59,790.025 pesos
            ("4226.53625", 1450, 6_128_500),  # 4,123.45 and 2.5 %: 61,284.775625
            ("4000", 1, 4_000),
            ("0.25", 10_000, 2_500),
            ("12.345678", 99_999, 1_234_600),  # 12,345.5545
        ],
    )
    def test_pesos_are_whole_and_rounded_up(self, rate: str, cents: int, pesos: int) -> None:
        """Computed by hand."""
        assert pesos_of(cents, Decimal(rate)) == pesos

    def test_the_margin_is_on_top(self) -> None:
        """2.5 % on 4,123.45 is 4,226.53625, exactly."""
        assert rate_of(Fraction("4123.45"), Decimal("2.5")) == Decimal("4226.53625")

    def test_a_rate_is_a_decimal_that_can_be_shown(self) -> None:
        """One divided by 0.00024 has no end: six decimals of it are the rate, for the page and for the sum."""
        rate = rate_of(1 / Fraction("0.00024"))
        assert str(rate) == "4166.666667"

    @pytest.mark.parametrize("pesos", [Fraction(0), Fraction(-4000), Fraction(10**8), Fraction(1, 10**9)])
    def test_what_is_no_rate(self, pesos: Fraction) -> None:
        """Zero, a negative one, or one beyond any currency."""
        with pytest.raises(ValueError, match="no rate"):
            rate_of(pesos)

    @given(st.integers(1, 10**9), st.decimals("0.01", "50000", places=6))
    @settings(max_examples=500)
    def test_never_less_than_the_amount_is_worth_and_less_than_a_peso_more(self, cents: int, rate: Decimal) -> None:
        """In exact arithmetic of another kind: whole hundredths of a millionth."""
        exact = cents * int(rate * 10**6)  # in units of 10**-8 pesos
        pesos = pesos_of(cents, rate)
        assert pesos % 100 == 0
        assert 0 <= pesos // 100 * 10**8 - exact < 10**8

    @pytest.mark.parametrize(
        ("pesos", "rate", "units"),
        [(270_933, "4000", 67), (399_999, "4000", 99), (400_000, "4000", 100), (1, "4000", 0)],
    )
    def test_a_fee_is_rounded_down(self, pesos: int, rate: str, units: int) -> None:
        """2,709.33 pesos are 0.677 dollars: 0.67."""
        assert units_of(pesos, Decimal(rate)) == units

    def test_how_far_whmcs_may_be_off(self) -> None:
        """Half a last digit of 0.00025 is 2 %; of 4000.00000 nothing to speak of."""
        assert imprecision({"COP": "1.00000", "USD": "0.00025"}, "USD") == Fraction(2, 100)
        assert imprecision({"COP": "4000.00000", "USD": "1.00000"}, "USD") < Fraction(1, 10**8)

    def test_an_amount_says_its_currency(self) -> None:
        """Nobody takes dollars for pesos."""
        assert amount_text(1450, "USD") == "USD 14.50"
        assert amount_text(5_950_000, "COP") == "$\xa059.500"
