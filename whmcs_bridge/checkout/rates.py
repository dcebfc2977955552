"""The rate of a currency now, by the setting ``BRIDGE_CURRENCIES``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from whmcs_bridge.checkout.official_rate import NoTrm, OfficialRate
from whmcs_bridge.clock import Clock
from whmcs_bridge.messages import BOGOTA, midnight
from whmcs_bridge.money.currencies import RateRule, Source, rate_of
from whmcs_bridge.whmcs.answers import OddAnswer
from whmcs_bridge.whmcs.client import WhmcsClient


class NoRate(Exception):
    """There is no rate of this currency now: nothing can be paid in it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Pesos for one unit of a currency, exact; ``source`` as in the setting, ``day`` is Colombian."""

    currency: str
    pesos: Decimal
    source: str
    day: date

    @property
    def ends_at(self) -> datetime:
        """Until when it may be quoted: the end of its day in Bogota."""
        return midnight(self.day + timedelta(days=1))


class Rates:
    """Finds them. Nothing is asked of anybody for a currency that the setting does not name."""

    def __init__(
        self, rules: Mapping[str, RateRule], whmcs: WhmcsClient, official: OfficialRate, *, clock: Clock
    ) -> None:
        self.rules = rules
        self._whmcs = whmcs
        self._official = official
        self._clock = clock

    def of(self, currency: str) -> Rate | None:
        """Find the rate of a currency; None: it cannot be paid here, by the setting.

        Raises ``NoRate``, or ``WhmcsError`` where WHMCS does not tell its own.
        """
        rule = self.rules.get(currency)
        if rule is None:
            return None
        day = self._clock().astimezone(BOGOTA).date()
        if rule.source is Source.TRM:
            try:
                pesos = Fraction(self._official.of(day).pesos)
            except NoTrm as error:
                raise NoRate(str(error)) from None
        else:
            pesos = self._of_whmcs(currency)
        try:
            return Rate(currency, rate_of(pesos, rule.margin), str(rule), day)
        except ValueError as error:
            raise NoRate(str(error)) from None

    def _of_whmcs(self, currency: str) -> Fraction:
        """Both rates are relative to WHMCS's default currency."""
        rates = self._whmcs.currency_rates()
        try:
            return Fraction(rates["COP"]) / Fraction(rates[currency])
        except KeyError as missing:
            raise NoRate(f"WHMCS has no currency {missing}") from None
        except (ValueError, ZeroDivisionError):
            raise OddAnswer("WHMCS's rates of its currencies cannot be read") from None
