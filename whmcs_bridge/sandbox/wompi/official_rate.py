"""A stand-in for the public data set of the TRM, Colombia's official rate of the dollar, on the same port as Wompi.

https://www.datos.gov.co/resource/32sa-8pi3.json answers with a list of rates, the newest first as it is asked. Here
each day has a row of its own, all with the rate `trm`; the last one is today's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Response, request

from whmcs_bridge.sandbox.sandbox import json_answer
from whmcs_bridge.sandbox.wompi.merchant import Json, Merchant

PATH = "resource/32sa-8pi3.json"

_BOGOTA = timedelta(hours=-5)
_DAYS = 30


def add_routes(wompi: Merchant) -> None:
    """`GET /resource/32sa-8pi3.json`; faults know it as `trm`."""

    @wompi.app.get(f"/{PATH}")
    def official_rate() -> Response:
        limit = request.args.get("$limit", _DAYS, type=int)
        return wompi.faults.play("trm", lambda: json_answer(_rows(wompi)[:limit]))


def _rows(wompi: Merchant) -> list[Json]:
    today = (datetime.fromtimestamp(wompi.clock(), UTC) + _BOGOTA).date()
    days = [f"{today - timedelta(days=back)}T00:00:00.000" for back in range(_DAYS)]
    return [{"valor": wompi.trm, "unidad": "COP", "vigenciadesde": day, "vigenciahasta": day} for day in days]
