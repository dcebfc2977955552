"""``/healthz``: the process lives. ``/readyz``: payments would be booked now; if not, why not. No figures of
business."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Response

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.database import DatabaseUnavailable
from whmcs_bridge.worker import alive

# A payment that has been due for this long says that nothing is being booked.
LONGEST_WAIT = timedelta(minutes=10)


def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


def readiness(bridge: Bridge) -> Callable[[], Response]:
    """Make the view of ``/readyz``."""

    def readyz() -> Response:
        reason = _why_not(bridge)
        return Response((reason or "ready") + "\n", 503 if reason else 200, mimetype="text/plain")

    return readyz


def _why_not(bridge: Bridge) -> str:
    try:
        now = bridge.store.now()
        if not alive(bridge.store, now):
            return "no worker has given a sign of life; start wompi-bridge serve, worker, or run-once from cron"
        oldest = bridge.store.backlog().oldest
    except DatabaseUnavailable:
        return "the database cannot be read"
    if oldest is not None and now - oldest > LONGEST_WAIT:
        return "payments have been waiting for more than ten minutes; see wompi-bridge payments --state due"
    return ""
