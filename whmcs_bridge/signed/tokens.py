"""The token of ``/metrics``, where no setting names one. Who reads metrics must not be able to sign anything."""

from __future__ import annotations

from whmcs_bridge.signed.mac import METRICS, mac


def metrics_token(secret: str) -> str:
    """64 hex digits, from which the secret cannot be found. ``secret`` is the first ``BRIDGE_SECRET``."""
    return mac(METRICS, secret).hex()
