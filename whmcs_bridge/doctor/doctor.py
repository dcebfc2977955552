"""All checks, in their order. A part is left out where it would only repeat what another part has told."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from whmcs_bridge.clock import Clock, utc_now
from whmcs_bridge.doctor import address, database, hooks, whmcs, wompi, work
from whmcs_bridge.doctor.check import Check, Status, fail
from whmcs_bridge.doctor.clocks import clock_checks, ledger_clock_check
from whmcs_bridge.doctor.configuration import Configuration, read_configuration
from whmcs_bridge.doctor.currencies import trm_checks
from whmcs_bridge.doctor.examination import Examination
from whmcs_bridge.doctor.network import TimingTransport
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.statistics import LedgerStatistics
from whmcs_bridge.messages import bilingual

_TO_ASK_WHMCS = ("WHMCS_URL", "WHMCS_API_URL", "WHMCS_API_IDENTIFIER", "WHMCS_API_SECRET", "WHMCS_API_ACCESS_KEY")
# A signed question is good for five minutes; less the time that it takes to arrive.
_SIGNATURES_HOLD = timedelta(seconds=290)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks. ``configured`` is False when a setting cannot be used."""

    checks: list[Check]
    configured: bool

    @property
    def exit_status(self) -> int:
        """The contract's: 0, 1 on any failure, 2 for an unusable configuration."""
        if not self.configured:
            return 2
        return 1 if any(check.status is Status.FAIL for check in self.checks) else 0


def examine(
    environ: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
    whmcs_dir: Path | None = None,
    clock: Clock | None = None,
    tell: Callable[[Sequence[Check]], None] = lambda _checks: None,
    keeps: bool = False,
) -> Diagnosis:
    """Run every check. Each question has a time limit. Nothing is changed but two rows of our own database: the nonce,
    and what was found where it ``keeps`` that, for the console.

    ``clock`` stands for all clocks, as in ``bridge.build``. ``tell`` is handed what was found so far, after each part.
    """
    configuration = read_configuration(os.environ if environ is None else environ, folder or Path.cwd())
    now = clock or utc_now
    first, began = configuration.checks, now()
    with closing(TimingTransport(now)) as transport:
        rest = _all_parts(configuration, transport, whmcs_dir, clock, now, lambda found: tell([*first, *found]))
    if keeps and any((check.id, check.status) == ("database.writable", Status.OK) for check in rest):
        database.keep(configuration.settings, Examination(began, now(), "", [*first, *rest]))
    return Diagnosis([*first, *rest], configured=not any(check.status is Status.FAIL for check in first))


def look(tell: Callable[[Sequence[Check]], None]) -> list[Check]:
    """Run every check on this process's own settings, and hand over what was found after each part."""
    return examine(tell=tell).checks


def _all_parts(
    configuration: Configuration,
    transport: TimingTransport,
    whmcs_dir: Path | None,
    clock: Clock | None,
    now: Clock,
    tell: Callable[[Sequence[Check]], None],
) -> list[Check]:
    settings = configuration.settings
    checks: list[Check] = []
    nonce = None
    if configuration.has("BRIDGE_DATABASE_URL"):
        found, nonce = _ledger(configuration, clock, now)
        checks += found
    tell(checks)
    some_key = configuration.has("WOMPI_PUBLIC_KEY") or configuration.has("WOMPI_PRIVATE_KEY")
    if some_key and configuration.has("WOMPI_API_URL"):
        checks += wompi.wompi_checks(configuration, transport, now)
    tell(checks)
    asked = configuration.has(*_TO_ASK_WHMCS)
    if asked:
        checks += whmcs.whmcs_checks(settings, transport)
    if configuration.has("BRIDGE_CURRENCIES", "BRIDGE_TRM_URL"):
        checks += trm_checks(settings, transport, now)
    tell(checks)
    if configuration.has("BRIDGE_URL"):
        checks += address.address_checks(configuration, transport, nonce, now)
    tell(checks)
    # Where the API does not answer, or the module is not active, its file does not answer either.
    silent = bool({"whmcs.reachable", "whmcs.gateway"} & _failed(checks))
    off_by = transport.off_by.get(urlsplit(settings.api_url).netloc) if asked else None
    # A server whose clock is wrong refuses the signature; then the clock is the cause.
    if asked and not silent and (off_by is None or abs(off_by) < _SIGNATURES_HOLD):
        well = configuration.has("BRIDGE_URL") and not any(name.startswith("address.") for name in _failed(checks))
        found, told = hooks.hooks_checks(configuration, transport, now, whmcs_dir=whmcs_dir, bridge_well=well)
        checks += found
        off_by = off_by if told is None else told
    wompi_url = settings.wompi_api_url or settings.keys.environment.api_url
    checks += clock_checks(transport.off_by.get(urlsplit(wompi_url).netloc), off_by)
    return _without_echoes(checks)


def _without_echoes(checks: list[Check]) -> list[Check]:
    """A bridge that is switched off neither answers nor books: one cause, told once."""
    off = any(check.id == "address.reachable" and check.fix == bilingual(*address.SWITCH_ON) for check in checks)
    return [check for check in checks if not (off and check.id == "worker.alive" and check.status is Status.FAIL)]


def _failed(checks: list[Check]) -> set[str]:
    return {check.id for check in checks if check.status is Status.FAIL}


def _ledger(configuration: Configuration, clock: Clock | None, now: Clock) -> tuple[list[Check], str | None]:
    nonce = secrets.token_hex(16)
    settings = configuration.settings
    checks, ledger = database.open_ledger(settings, clock, nonce)
    if ledger is None:
        return checks, None
    try:
        if (store := ledger.store) is not None:
            # Twice the wait of a booking in doubt.
            longest = timedelta(seconds=2 * (settings.bridge_recheck_after + settings.whmcs_post_timeout))
            statistics = LedgerStatistics(ledger.database, store.now)
            checks += work.work_checks(store, statistics, settings.bridge_url, longest)
            checks += ledger_clock_check(store.now() - now())
    except DatabaseUnavailable as error:
        if "database.writable" not in _failed(checks):
            checks.append(
                fail(
                    "database.open",
                    f"La base de datos dejó de contestar ({error}).",
                    f"The database stopped answering ({error}).",
                    "Revise el servidor de base de datos.",
                    "Look at the database server.",
                )
            )
    finally:
        ledger.database.close()
    return checks, nonce if ledger.store else None
