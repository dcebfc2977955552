"""The clocks: a signature, a link and a date in WHMCS are only as good as the clock of who makes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.messages import Text

_WARN, _FAIL = timedelta(seconds=30), timedelta(seconds=300)


def clock_checks(wompi: timedelta | None, whmcs: timedelta | None) -> Iterator[Check]:
    """Each argument says how far that server is ahead of us; None where it is not known. Wompi is taken to be right."""
    if wompi is not None:
        seen = _apart(wompi)
        yield _judged(
            "clock.bridge",
            wompi,
            Text(
                f"El reloj de este servidor difiere {seen} del de Wompi.", f"This server's clock is {seen} off Wompi's."
            ),
            Text("este servidor", "this server"),
        )
    if whmcs is not None:
        # An error of our own clock was reported above; WHMCS's is measured against the right time.
        off = whmcs - (wompi or timedelta())
        seen = _apart(off)
        yield _judged(
            "clock.whmcs",
            off,
            Text(f"El reloj del servidor de WHMCS difiere {seen}.", f"The clock of WHMCS's server is {seen} off."),
            Text("el servidor de WHMCS", "WHMCS's server"),
        )


def ledger_clock_check(off: timedelta) -> Iterator[Check]:
    """The clock that booking goes by; ``off`` is how far it is from this machine's."""
    if abs(off) >= timedelta(seconds=60):
        yield warn(
            "clock.ledger",
            f"El reloj del registro de pagos difiere {_apart(off)} del de este servidor.",
            f"The ledger's clock differs from this server's by {_apart(off)}.",
            "Active la hora automática (timedatectl set-ntp true) en el servidor de la base de datos y en este."
            " Mientras tanto se cobra y se registra igual.",
            "Switch automatic time on (timedatectl set-ntp true) on the database server and on this one. Until then"
            " payments are booked all the same.",
        )


def _apart(off: timedelta) -> str:
    return f"{abs(off.total_seconds()):.0f} s"


def _judged(check_id: str, off: timedelta, seen: Text, where: Text) -> Check:
    es, en = where
    if abs(off) <= _WARN:
        return ok(check_id, f"El reloj de {es} está bien.".replace(" de el ", " del "), f"The clock of {en} is right.")
    return (fail if abs(off) > _FAIL else warn)(
        check_id,
        *seen,
        f"Active la hora automática en {es}: timedatectl set-ntp true (en hosting compartido, pídaselo a su"
        " proveedor).",
        f"Switch automatic time on at {en}: timedatectl set-ntp true (on shared hosting ask your host).",
    )
