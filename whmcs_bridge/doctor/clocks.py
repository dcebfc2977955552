"""The clocks: a signature, a link and a date in WHMCS are only as good as the clock of who makes them."""

from __future__ import annotations

from datetime import timedelta

from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.messages import bilingual

_WARN, _FAIL = timedelta(seconds=30), timedelta(seconds=300)


def clock_checks(wompi: timedelta | None, whmcs: timedelta | None) -> list[Check]:
    """Each argument says how far that server is ahead of us. Wompi is taken to be right."""
    checks = []
    if wompi is not None:
        seen = _apart(wompi)
        checks.append(
            _judged(
                "clock.bridge",
                wompi,
                bilingual(
                    f"El reloj de este servidor difiere {seen} del de Wompi.",
                    f"This server's clock is {seen} off Wompi's.",
                ),
                bilingual("este servidor", "this server"),
            )
        )
    if whmcs is not None:
        # Where our own clock is wrong, that was told already; WHMCS's is measured against the right time.
        off = whmcs - (wompi or timedelta())
        seen = _apart(off)
        checks.append(
            _judged(
                "clock.whmcs",
                off,
                bilingual(
                    f"El reloj del servidor de WHMCS difiere {seen}.", f"The clock of WHMCS's server is {seen} off."
                ),
                bilingual("el servidor de WHMCS", "WHMCS's server"),
            )
        )
    return checks


def _apart(off: timedelta) -> str:
    return f"{abs(off.total_seconds()):.0f} s"


def _judged(check_id: str, off: timedelta, seen: str, where: str) -> Check:
    if abs(off) <= _WARN:
        return ok(
            check_id,
            bilingual(f"El reloj de {where} está bien.", f"The clock of {where} is right.").replace(" de el ", " del "),
        )
    fix = bilingual(
        f"Active la hora automática en {where}: timedatectl set-ntp true (en hosting compartido, pídaselo a su"
        " proveedor).",
        f"Switch automatic time on at {where}: timedatectl set-ntp true (on shared hosting ask your host).",
    )
    return fail(check_id, seen, fix) if abs(off) > _FAIL else warn(check_id, seen, fix)
