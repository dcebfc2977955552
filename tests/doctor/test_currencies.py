"""``doctor`` on the currencies that may be paid in pesos: WHMCS has them, its rate is exact, the TRM is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.doctor.patient import ill
from tests.doctor.room import Room
from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.doctor.currencies import currency_checks
from whmcs_bridge.messages import BOGOTA
from whmcs_bridge.money.currencies import parse_currencies


def by_id(room: Room, setting: str) -> dict[str, Check]:
    return {check.id: check for check in room.examine(BRIDGE_CURRENCIES=setting).checks}


def test_without_the_setting_nothing_is_looked_at(room: Room) -> None:
    """Nobody is asked for a rate, and no check is there."""
    room.patient.world.wompi.calls.clear()
    assert not [check.id for check in room.examine().checks if check.id.startswith("currencies")]
    assert not [call for call in room.patient.world.wompi.calls if call.path.startswith("/resource")]


def test_dollars_at_the_official_rate(room: Room) -> None:
    """WHMCS has the currency, and today's rate is told with the day on which it ends."""
    checks = by_id(room, "USD=trm")
    assert (checks["currencies.USD"].status, checks["currencies.trm"].status) == (Status.OK, Status.OK)
    today = room.patient.world.clock().astimezone(BOGOTA).date()
    assert f"La TRM de hoy es 4012.34, vigente hasta el {today}." in checks["currencies.trm"].message
    assert "currencies.precision" not in checks


def trm_away(room: Room) -> None:
    room.patient.world.wompi.faults.add("trm", "503", times=None)
    room.stack.callback(room.patient.world.wompi.faults.clear)


def trm_odd(room: Room) -> None:
    room.wompi(trm="no es un número")


@pytest.mark.parametrize(
    ("broken", "setting", "named"),
    [
        (lambda room: room.whmcs(currencies={"COP"}), "USD=trm", {"currencies.USD": "fail"}),
        (trm_away, "USD=trm", {"currencies.trm": "warn"}),
        (trm_odd, "USD=trm+2.5%", {"currencies.trm": "warn"}),
        (trm_away, "USD=whmcs", {"currencies.precision": "warn"}),
        (lambda _room: None, "EUR=whmcs", {"currencies.EUR": "fail"}),
        (lambda room: room.whmcs(currencies={"USD"}), "USD=whmcs", {"whmcs.currency": "fail"}),
        (lambda room: room.whmcs(currencies={"USD"}), "USD=trm", {}),
        (lambda room: room.whmcs(denied={"getcurrencies"}), "USD=trm", {"permission.GetCurrencies": "warn"}),
        (lambda room: room.whmcs(denied={"getcurrencies"}), "USD=whmcs", {"permission.GetCurrencies": "fail"}),
        (lambda room: room.fault("GetCurrencies", "500"), "USD=trm", {"permission.unknown": "warn"}),
    ],
)
def test_one_thing_is_wrong(room: Room, broken: Callable[[Room], None], setting: str, named: dict[str, str]) -> None:
    """It is named, with what to do, and nothing else is. WHMCS needs no pesos where the official rate is used."""
    broken(room)
    diagnosis = room.examine(BRIDGE_CURRENCIES=setting)
    assert ill(diagnosis) == named
    assert all(check.fix for check in diagnosis.checks if check.id in named)


def test_a_permission_that_is_missing_is_told_with_its_box(room: Room) -> None:
    """And which invoices cannot be paid without it."""
    room.whmcs(denied={"getcurrencies"})
    check = by_id(room, "USD=whmcs")["permission.GetCurrencies"]
    assert "no se pueden pagar los avisos en USD" in check.message
    assert "marque GetCurrencies y guarde" in check.fix


def test_a_rough_rate_is_told_with_what_it_may_cost(room: Room) -> None:
    """0.00025 may stand for 0.000245 to 0.000255: two percent."""
    check = by_id(room, "USD=whmcs")["currencies.precision"]
    assert "USD 0.00025 (± 2.00 %)" in check.message
    assert check.fix == "Escriba USD=trm en BRIDGE_CURRENCIES y reinicie el puente."


@pytest.mark.parametrize(
    ("cop", "usd", "status"),
    [
        ("1.00000", "0.00500", Status.OK),  # half a last digit is 0.1 %, and no more
        ("1.00000", "0.00499", Status.WARN),
        ("4012.34000", "1.00000", Status.OK),
        ("4361.23914", "1.08695", Status.OK),
        ("1.00000", "0.00000", Status.WARN),
        ("1.00000", "", Status.WARN),
    ],
)
def test_how_rough_is_too_rough(cop: str, usd: str, status: Status) -> None:
    """More than 0.1 %, or no rate at all; where the dollar is WHMCS's own currency it never is."""
    (check,) = [
        check
        for check in currency_checks(parse_currencies("USD=whmcs"), {"COP": cop, "USD": usd})
        if check.id == "currencies.precision"
    ]
    assert (check.status, bool(check.fix)) == (status, status is Status.WARN)


def test_of_several_each_is_named() -> None:
    """One sentence for all, and what to do where there is no official rate."""
    rates = {"COP": "1.00000", "USD": "0.00025", "EUR": "0.00022"}
    (check,) = [
        check
        for check in currency_checks(parse_currencies("USD=whmcs,EUR=whmcs"), rates)
        if check.id == "currencies.precision"
    ]
    assert all(part in check.message for part in ("USD 0.00025 (± 2.00 %)", "EUR 0.00022 (± 2.27 %)"))
    assert "USD=trm" in check.fix
    assert "Para EUR no hay tasa oficial" in check.fix
