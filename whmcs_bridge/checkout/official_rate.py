"""The TRM, Colombia's official rate of the dollar: read from the government's open data, kept for as long as it holds.

https://www.datos.gov.co/Econom-a-y-Finanzas/Tasa-de-Cambio-Representativa-del-Mercado-TRM/32sa-8pi3 has a row for each
rate, with the first and the last day on which it holds: a weekend's is one row. Tomorrow's is published in the evening.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from whmcs_bridge.clock import Stopwatch
from whmcs_bridge.ledger.store import Store
from wompi_gateway.transport import Transport, TransportError

logger = logging.getLogger(__name__)

_NEWEST = {"$order": "vigenciadesde DESC", "$limit": "7"}
# Under this name the last rate is remembered, so that a start or an outage of the data set does not lose it.
_REMEMBERED = "trm"
_TIMEOUT = 8.0
# After a failure nobody asks for so long, in seconds: every payer would wait for it.
_PAUSE = 60.0
# Far from anything that the dollar has ever cost: what is outside is an error of the data.
_PLAUSIBLE = (Decimal(500), Decimal(50_000))


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    valor: Decimal
    unidad: str
    vigenciadesde: Annotated[date, BeforeValidator(_day)]
    vigenciahasta: Annotated[date, BeforeValidator(_day)]


_ROWS = TypeAdapter(list[dict[str, Any]])


@dataclass(frozen=True, slots=True)
class Trm:
    """One rate: pesos for a dollar, as text, and the days on which it holds, both included."""

    pesos: str
    first: str
    last: str

    def holds(self, day: date) -> bool:
        """Tell whether it is the rate of this day."""
        return self.first <= day.isoformat() <= self.last


class NoTrm(Exception):
    """The official rate of today is not known now."""


class OfficialRate:
    """Finds the TRM of a day. Safe from any thread."""

    def __init__(self, store: Store, transport: Transport, url: str, ticks: Stopwatch) -> None:
        self._store = store
        self._transport = transport
        self._url = url
        self._ticks = ticks
        self._known: Trm | None = None
        self._failed_at: float | None = None
        self._lock = threading.Lock()

    def of(self, day: date) -> Trm:
        """Return the rate that holds on a day; it is asked for once. Raises ``NoTrm`` or ``DatabaseUnavailable``."""
        # One asks, the others wait for the answer.
        with self._lock:
            known = self._known or self._recalled()
            if known is None or not known.holds(day):
                known = self._asked(day)
                self._store.remember(_REMEMBERED, json.dumps(asdict(known)))
            self._known = known
            return known

    def _recalled(self) -> Trm | None:
        try:
            told = json.loads(self._store.recall(_REMEMBERED) or "null")
            return Trm(**told) if told else None
        except (ValueError, TypeError):
            return None

    def _asked(self, day: date) -> Trm:
        if self._failed_at is not None and self._ticks() - self._failed_at < _PAUSE:
            raise NoTrm("the official rate could not be read a moment ago")
        try:
            found = read_trm(self._transport, self._url, day)
        except NoTrm as error:
            self._failed_at = self._ticks()
            logger.warning("rates: %s", error)
            raise
        self._failed_at = None
        return found


def read_trm(transport: Transport, url: str, day: date) -> Trm:
    """Ask the data set for the rate that holds on a day. Raises ``NoTrm``."""
    try:
        reply = transport.read("GET", url, params=_NEWEST, timeout=_TIMEOUT)
        told = _ROWS.validate_json(reply.body) if reply.status == 200 else []
    except (TransportError, ValidationError) as error:
        raise NoTrm(f"the official rate cannot be read ({type(error).__name__})") from None
    for trm in _rates(told):
        if trm.holds(day):
            return trm
    raise NoTrm(f"the official rate's data set (status {reply.status}) has no rate of {day}")


def _rates(rows: Iterable[dict[str, Any]]) -> Iterable[Trm]:
    """The rows that are rates; one that is none hides no other."""
    for told in rows:
        try:
            row = _Row.model_validate(told)
        except ValidationError:
            continue
        if row.unidad == "COP" and _PLAUSIBLE[0] <= row.valor <= _PLAUSIBLE[1]:
            yield Trm(str(row.valor), row.vigenciadesde.isoformat(), row.vigenciahasta.isoformat())
