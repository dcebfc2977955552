"""Whether WHMCS and Wompi take the answers: doctor's own checks, before anything is written. They only read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from whmcs_bridge.clock import utc_now
from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.doctor.configuration import Configuration
from whmcs_bridge.doctor.currencies import IMPRECISE
from whmcs_bridge.doctor.hooks import hooks_checks
from whmcs_bridge.doctor.network import TimingTransport
from whmcs_bridge.doctor.whmcs import Api, whmcs_checks
from whmcs_bridge.doctor.wompi import wompi_checks
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import working
from whmcs_bridge.settings import Settings, load_settings

# An installation without any of these would not book a payment. The rest can be mended after it is written.
_FIRST = ("whmcs.reachable", "whmcs.ip", "whmcs.credential", "permission.", "wompi.", IMPRECISE)
_NOWHERE = Path("/dev/null/no-folder")


def settings_from(values: Mapping[str, str]) -> Settings:
    """Read the settings out of answers alone. Raises ``SettingsError``."""
    return load_settings(values, folder=_NOWHERE)


def prove(settings: Settings, *, whmcs: bool = True, wompi: bool = True) -> list[Check]:
    """Ask both with what was answered. Whether the gateway is active is not asked: setup sees to it later."""
    checks: list[Check] = []
    with closing(TimingTransport(utc_now)) as transport, working(_what_is_tried):
        if whmcs:
            checks += [check for check in whmcs_checks(settings, transport) if check.id != "whmcs.gateway"]
        if wompi:
            checks += wompi_checks(Configuration(settings, frozenset(), ()), transport, utc_now)
    return checks


def _what_is_tried() -> str:
    return bilingual("Pruebo las respuestas", "Trying the answers")


def refused(check: Check) -> Check:
    """What a running bridge is only warned of, and a new one is not to begin with: WHMCS's rate is too rough."""
    return replace(check, status=Status.FAIL) if check.id == IMPRECISE and check.status is Status.WARN else check


def stops(check: Check) -> bool:
    """Nothing may be written while this stands so."""
    return check.status is Status.FAIL and check.id.startswith(_FIRST)


def gateway_stands(settings: Settings) -> bool:
    """WHMCS signs with this installation's secret, and leads payers to its address: somebody has saved both there."""
    known = Configuration(settings, frozenset(), ())
    with closing(TimingTransport(utc_now)) as transport:
        checks, _ = hooks_checks(known, transport, utc_now, whmcs_dir=None, bridge_well=False)
    well = {check.id for check in checks if check.status is Status.OK}
    return {"hooks.secret", "hooks.address"} <= well


def asking(settings: Settings, work: Callable[[Api], None]) -> None:
    """Call WHMCS's API with what was answered."""
    with closing(TimingTransport(utc_now)) as transport:
        work(Api(settings, transport))
