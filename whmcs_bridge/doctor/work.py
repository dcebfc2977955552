"""The work: a worker does it, nothing waits too long, and Wompi's events arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.ledger.heartbeat import alive
from whmcs_bridge.ledger.keepable import kept
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.statistics import LedgerStatistics
from whmcs_bridge.ledger.store import Store

# A payment that has been due for this long says that nothing is being booked.
_LONGEST_WAIT = timedelta(minutes=10)
# At most so many rows are named.
_MOST_NAMED = 5
# Wompi sends an event for the last time a day after the first: https://docs.wompi.co/docs/colombia/eventos/
_LAST_DELIVERY = timedelta(hours=24)


def work_checks(store: Store, statistics: LedgerStatistics, bridge_url: str, longest_doubt: timedelta) -> list[Check]:
    """Raises ``DatabaseUnavailable``. ``longest_doubt`` is how long a booking may be in doubt."""
    now = store.now()
    return [
        *_worker(store, now),
        *_in_doubt(statistics, longest_doubt),
        _ledger(statistics.unreadable(), statistics.impossible_times(now)),
        _review(store),
        *_events(store, now, bridge_url),
    ]


def _worker(store: Store, now: datetime) -> Iterator[Check]:
    if not alive(store, now):
        yield fail(
            "worker.alive",
            "Nadie está registrando los pagos: no hay señales de «serve», «worker» ni «run-once».",
            "Nobody is booking payments: there is no sign of 'serve', 'worker' or 'run-once'.",
            "Encienda el puente (systemctl start wompi-bridge) o, con cPanel, revise la tarea de cron que ejecuta"
            " «wompi-bridge run-once» cada minuto.",
            "Start the bridge (systemctl start wompi-bridge) or, with cPanel, look at the cron job that calls"
            " 'wompi-bridge run-once' every minute.",
        )
        return
    yield ok("worker.alive", "El puente está registrando los pagos.", "Payments are being booked.")
    backlog = store.backlog()
    if backlog.oldest is None or now - backlog.oldest <= _LONGEST_WAIT:
        yield ok("worker.backlog", "Ningún pago está demorado.", "No payment is late.")
        return
    minutes = _minutes(now - backlog.oldest)
    yield fail(
        "worker.backlog",
        f"{backlog.due} pagos esperan; el más antiguo, desde hace {minutes} minutos.",
        f"{backlog.due} payments wait, the oldest for {minutes} minutes.",
        "Corrija lo que aparezca en rojo aquí; luego vea «wompi-bridge payments --state due» y el registro del puente"
        " (journalctl -u wompi-bridge).",
        "Mend what is red here; then see 'wompi-bridge payments --state due' and the bridge's log (journalctl -u"
        " wompi-bridge).",
    )


def _in_doubt(statistics: LedgerStatistics, longest: timedelta) -> Iterator[Check]:
    if held := statistics.in_doubt(longest):
        yield warn(
            "payments.in_doubt",
            f"{len(held)} registro(s) en WHMCS siguen en duda desde hace más de {_minutes(longest)} minutos; el más"
            f" antiguo: {held[0].transaction_id}.",
            f"{len(held)} booking(s) in WHMCS have been in doubt for more than {_minutes(longest)} minutes; the"
            f" oldest: {held[0].transaction_id}.",
            "Vea qué responde WHMCS con «wompi-bridge show» y esa transacción; no la registre a mano sin buscarla"
            " antes en WHMCS.",
            "See what WHMCS answers with 'wompi-bridge show' and that transaction; do not book it by hand without"
            " looking for it in WHMCS first.",
        )


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _ledger(unreadable: Sequence[str], impossible: Sequence[str]) -> Check:
    if not unreadable and not impossible:
        return ok("ledger.rows", "Todos los registros en curso se pueden leer.", "All open records can be read.")
    es, en = [], []
    if unreadable:
        es.append(f"{len(unreadable)} registros no los puede leer esta versión: {_named(unreadable)}.")
        en.append(f"{len(unreadable)} records cannot be read by this version: {_named(unreadable)}.")
    if impossible:
        es.append(f"{len(impossible)} registros tienen una fecha imposible: {_named(impossible)}.")
        en.append(f"{len(impossible)} records carry an impossible time: {_named(impossible)}.")
    return warn(
        "ledger.rows",
        " ".join(es),
        " ".join(en),
        "El puente los deja quietos y sigue con los demás. Si volvió a una versión anterior, instale otra vez la nueva."
        " Si el reloj del servidor estuvo mal, corríjalo. Si no es ninguna de las dos, busque cada uno en"
        " comercios.wompi.co y en WHMCS.",
        "The bridge leaves them and goes on with the others. If you went back to an older version, install the newer"
        " one again. If the server's clock was wrong, mend it. If it is neither, look for each at comercios.wompi.co"
        " and in WHMCS.",
    )


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(kept, names[:_MOST_NAMED])) + ("..." if len(names) > _MOST_NAMED else "")


def _review(store: Store) -> Check:
    held = store.payments(state=State.REVIEW)
    if not held:
        return ok("payments.review", "Ningún pago espera a una persona.", "No payment waits for a person.")
    return warn(
        "payments.review",
        f"{len(held)} pago(s) esperan a una persona; el más reciente: {held[0].transaction_id}.",
        f"{len(held)} payment(s) wait for a person; the newest: {held[0].transaction_id}.",
        "Vea por qué con «wompi-bridge payments --state review»; cada uno dice el comando que lo resuelve.",
        "See why with 'wompi-bridge payments --state review'; each tells the command that settles it.",
    )


def _events(store: Store, now: datetime, bridge_url: str) -> Iterator[Check]:
    event, payment = store.newest()
    late = payment is not None and payment < now - timedelta(hours=1)
    if payment is not None and late and (event is None or event < payment - _LAST_DELIVERY):
        yield warn(
            "events.arrive",
            "Hay pagos recientes, pero los eventos de Wompi no llegan; el puente los encontró preguntando, más tarde.",
            "There are recent payments, but Wompi's events do not arrive; the bridge found them by asking, later.",
            "En comercios.wompi.co → Desarrolladores → URL de eventos (de este ambiente), escriba exactamente"
            f" {bridge_url}webhooks/wompi",
            "At comercios.wompi.co → Desarrolladores → URL de eventos (of this environment), enter exactly"
            f" {bridge_url}webhooks/wompi",
        )
    elif event is not None:
        at = f"{event:%Y-%m-%d %H:%M} UTC"
        yield ok("events.arrive", f"Los eventos de Wompi llegan; el último: {at}.", f"Events arrive; the last: {at}.")
