"""``/healthz``: the process answers. ``/readyz``: payments would be booked now; if not, why not. Neither says anything
about the business."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Response

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.heartbeat import alive
from whmcs_bridge.monitoring.alarms import LONGEST_WAIT
from whmcs_bridge.monitoring.monitor import not_booking

# Anybody may ask, and the proof that the database takes writes is a write: one proof serves for so long.
_PROOF_LASTS = timedelta(seconds=10)
_PROOF = "readyz"


def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


def readiness(bridge: Bridge) -> Callable[[], Response]:
    """Make the view of ``/readyz``."""
    lock = threading.Lock()
    proven_at: datetime | None = None

    def prove(now: datetime) -> None:
        nonlocal proven_at
        with lock:
            if proven_at is None or not timedelta(0) <= now - proven_at < _PROOF_LASTS:
                bridge.store.remember(_PROOF, now.isoformat())
                proven_at = now

    def readyz() -> Response:
        reason, notes = _state(bridge, prove)
        lines = [reason or "ready", *notes, ""]
        return Response("\n".join(lines), 503 if reason else 200, mimetype="text/plain")

    return readyz


def _state(bridge: Bridge, prove: Callable[[datetime], None]) -> tuple[str, list[str]]:
    """Why payments are not booked now, or nothing; and what else somebody should look at although it stops nobody."""
    statistics = bridge.statistics
    try:
        now = bridge.store.now()
        if not alive(bridge.store, now):
            return "no worker has given a sign of life; start wompi-bridge serve, worker, or run-once from cron", []
        overdue, unbooked = statistics.overdue_since(), statistics.unbooked_since()
        alarms = not_booking(bridge.alarms.alarms(), now)
        unreadable, impossible = statistics.unreadable(), statistics.impossible_times(now)
    except DatabaseUnavailable:
        return "the database cannot be read", []
    notes = []
    if unreadable:
        notes.append(f"{len(unreadable)} records cannot be read by this version; see wompi-bridge doctor")
    if impossible:
        notes.append(f"{len(impossible)} records carry an impossible time; see wompi-bridge doctor")
    try:
        prove(now)
    except DatabaseUnavailable:
        return "the database cannot be written", notes
    if overdue is not None and now - overdue > LONGEST_WAIT:
        return "payments have been waiting for more than ten minutes; see wompi-bridge payments --state due", notes
    if unbooked is not None and now - unbooked >= bridge.monitor.patience:
        return "approved payments have been waiting for too long; see wompi-bridge doctor", notes
    if alarms:
        return f"payments are not being booked ({', '.join(alarms)}); see wompi-bridge doctor", notes
    return "", notes
