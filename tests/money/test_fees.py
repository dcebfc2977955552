"""The estimate of Wompi's fee. Each sum was worked out by hand from what Wompi publishes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import World, make_world
from whmcs_bridge.messages import settings as words
from whmcs_bridge.money.fees import BadFees, parse_fees, share
from whmcs_bridge.settings import SettingsError, load_settings

PUBLISHED = "2.65%+700"


@pytest.mark.parametrize(
    ("pesos", "cents"),
    [
        # Wompi's own example: 2.650 + 700 = 3.350; 19 % of it are 636,50.
        (100_000, 398_650),
        # 1.576,75 + 700 = 2.276,75; 19 % of it are 432,5825.
        (59_500, 270_933),
        # 39,75 + 700 = 739,75; 19 % of it are 140,5525.
        (1_500, 88_030),
    ],
)
def test_what_wompi_publishes(pesos: int, cents: int) -> None:
    """2.65 % + COP 700, and 19 % of IVA over both."""
    assert parse_fees(PUBLISHED).estimate(pesos * 100, "CARD") == cents


@pytest.mark.parametrize(
    ("amount_in_cents", "commission", "iva"),
    [(84_076_300, 2_015_793, 383_000), (31_754_900, 786_240, 149_385)],
)
def test_the_published_rows_of_a_payout_report(amount_in_cents: int, commission: int, iva: int) -> None:
    """Two rows of a production merchant with 2.35 % + 400: 20157.93 + 3830.00, and 7862.40 + 1493.85."""
    assert parse_fees("2.35%+400").estimate(amount_in_cents, "CARD") == commission + iva


def test_each_is_cut_off_at_the_cent_for_itself() -> None:
    """0.0999 % of 526,37 is 0,5258, its IVA 0,0999: 52 and 9 cents, where their sum 0,6257 would be 62 or 63."""
    assert parse_fees("0.0999%").estimate(52_637, None) == 61
    assert parse_fees("1%,IVA=0%").estimate(99, None) == 0


def test_the_iva_is_taken_of_what_was_not_cut_off() -> None:
    """1 % of 526,99 is 5,2699, and 19 % of it 1,0013; of the 5,26 that are charged it would have been 0,9994."""
    assert parse_fees("1%").estimate(52_699, None) == 526 + 100


def test_by_method() -> None:
    """Each by Wompi's own word; the star is for all others; without it, the others have none."""
    fees = parse_fees("CARD=2.65%+700, pse=1000 ,*=1%")
    assert fees.estimate(10_000_000, "CARD") == 398_650
    assert fees.estimate(10_000_000, "PSE") == 119_000
    assert fees.estimate(10_000_000, "NEQUI") == 119_000
    assert fees.estimate(10_000_000, None) == 119_000
    assert parse_fees("CARD=1%").estimate(10_000_000, "PSE") is None


def test_iva_is_a_setting_as_well() -> None:
    """3.350 and nothing over it; 3.350 by 1,05."""
    assert parse_fees("2.65%+700,IVA=0%").estimate(10_000_000, "CARD") == 335_000
    assert parse_fees("2.65%+700,IVA=5%").estimate(10_000_000, "CARD") == 351_750


def test_never_more_than_was_paid() -> None:
    """What WHMCS makes of a fee above its payment is not documented."""
    assert parse_fees("5000").estimate(150_000, "CARD") == 150_000


@pytest.mark.parametrize(
    "text",
    [
        "2,65%+700", "2.65", "700%", "100%", "%", "+700", "2.65%+", "2.65%700", "$700", "700+2.65%", "-1%", "1e3",
        "nan", "CARD=", "=1%", "CARD", "C-ARD=1%", "CARD=1%=2%", "CARD=1%,card=2%", "IVA=19%", "1%,IVA=19",
        "1%,IVA=101%", "1%,", "1%,2%", "1%,IVA=1%,IVA=2%", "\u0661%", "1%\n+\n",
    ],
)  # fmt: skip
def test_a_bad_formula_is_told_in_one_sentence(text: str) -> None:
    """In both languages, quoting what is meant."""
    if text == "2.65":  # a fixed fee of 2,65 pesos
        assert parse_fees(text).estimate(100_000, None) == 315
        return
    with pytest.raises(BadFees) as caught:
        parse_fees(text)
    for sentence in words.bad_fees(caught.value.why, caught.value.part):
        assert sentence
        assert "\n" not in sentence


@given(st.text(max_size=30))
def test_any_text_is_a_formula_or_a_sentence(text: str) -> None:
    """Nothing else leaves the parser."""
    try:
        fees = parse_fees(text)
    except BadFees:
        return
    assert 0 <= (fees.estimate(5_950_000, "CARD") or 0) <= 5_950_000


def test_the_setting_says_what_is_wrong(sqlite_world: World) -> None:
    """By its name, as every setting does; and a good one is used."""
    settings = sqlite_world.settings
    with pytest.raises(SettingsError) as caught:
        load_settings(settings | {"BRIDGE_FEES": "2,65%"})
    (problem,) = caught.value.problems
    assert problem.name == "BRIDGE_FEES"
    assert problem.es.startswith("'2,65%': los decimales llevan punto")
    fees = load_settings(settings | {"BRIDGE_FEES": PUBLISHED}).bridge_fees
    assert fees is not None
    assert fees.estimate(10_000_000, "PSE") == 398_650
    assert load_settings(settings | {"BRIDGE_FEES": "  "}).bridge_fees is None


@pytest.mark.parametrize(("setting", "fees"), [({}, "0.00"), ({"BRIDGE_FEES": "CARD=2.65%+700"}, "2709.33")])
def test_what_whmcs_is_told(tmp_path: Path, setting: dict[str, str], fees: str) -> None:
    """1.576,75 + 700, by 1,19, as decimal text; where nothing is set, or nothing for the method, no fee is named."""
    with make_world(tmp_path, **setting) as world:
        by_card, by_pse = world.pay(world.invoice()), world.pay(world.invoice(), method="PSE")
        for transaction in (by_card, by_pse):
            world.event(transaction)
        world.work()
        calls = {call.fields["transid"]: call.fields for call in world.whmcs.calls_to("AddInvoicePayment")}
        assert str(world.whmcs.booked(by_card)[0].fees) == fees
        assert calls[by_card].get("fees") == (fees if setting else None)
        assert "fees" not in calls[by_pse]


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**12), min_size=1, max_size=99))
def test_the_shares_of_a_fee_add_up(total: int, amounts: list[int]) -> None:
    """To the cent, whatever the amounts; none is negative, and none but the last exceeds its part of the sum."""
    shares = [share(total, amounts, place) for place in range(len(amounts))]
    assert sum(shares) == total
    assert min(shares) >= 0
    assert all(one * sum(amounts) <= total * amount for one, amount in zip(shares[:-1], amounts, strict=False))
