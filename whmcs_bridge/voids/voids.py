"""A void: WHMCS's refund button gives a whole card payment of the same day back, at Wompi, once.

Wompi's API voids nothing else (https://docs.wompi.co/docs/colombia/transacciones/), and answers 201 to a void that
failed as well; so ``data.status`` is judged, and then the transaction is read again until it says VOIDED. Nothing but
that is called a success. The guards:

1. *intent* - a row is committed before the call, and stays for ever: no second void of a transaction reaches Wompi;
2. *age* - who was paused between intent and call does not call any more: a person may have acted meanwhile;
3. *proof* - success is told only when Wompi says VOIDED;
4. *once* - it is told to one caller at a time, and not when WHMCS has recorded it: each one is a refund in WHMCS.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from whmcs_bridge.booking.places import places_of_booked
from whmcs_bridge.booking.reviews import where
from whmcs_bridge.clock import Clock, Stopwatch
from whmcs_bridge.ledger.records import AskedVoid, Payment, Seen, State, VoidState
from whmcs_bridge.ledger.voids import VoidTable
from whmcs_bridge.messages import BOGOTA
from whmcs_bridge.money.pesos import decimal_text, format_cop
from whmcs_bridge.voids.answers import (
    Answer,
    Told,
    accepted,
    by_hand,
    done,
    in_doubt,
    not_asked,
    recorded,
    refused,
    told_already,
    under_way,
    unread,
    voided_elsewhere,
)
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.proof import Found, Has, Proof
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import AccessRefused, ApiError, NotFound, RequestRejected
from wompi_gateway.models import CURRENCY, Status, Transaction, Void

logger = logging.getLogger(__name__)

# WHMCS's page waits 30 seconds for all of it; no call is begun that could end later than this.
BUDGET = 27.0
# The longest that one call may take, whatever the settings say, in seconds.
LONGEST_CALL = 8.0
# How long to pause before each reading of a void that Wompi has accepted, in seconds. VOIDED comes "moments later".
PAUSES = (0.0, 1.0, 2.0, 3.0)
# Within this time of its beginning a void may still be under way, in another process.
_UNDER_WAY = timedelta(seconds=45)
# WHMCS records the refund within moments of hearing of it; until then nobody else is told.
_RECORDED_WITHIN = timedelta(seconds=60)
# Afterwards the payment is looked at: either WHMCS has recorded it, or a person must.
FOLLOW_UP = timedelta(minutes=15)
# The words of a void that failed; any other word but APPROVED leaves it open.
_FAILED = ("ERROR", "DECLINED")


class Voids:
    """Voids payments, one call each. ``clock`` tells the day; ``pause`` waits so many seconds."""

    def __init__(
        self,
        store: VoidTable,
        wompi: WompiClient,
        whmcs: WhmcsClient,
        *,
        call_timeout: float,
        clock: Clock,
        stopwatch: Stopwatch,
        pause: Callable[[float], None],
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._proof = Proof(whmcs)
        self._call_timeout = call_timeout
        self._clock = clock
        self._stopwatch = stopwatch
        self._pause = pause

    def void(self, transaction_id: str, amount_in_cents: int) -> Answer:
        """Give a payment back, or say why not. Raises ``DatabaseUnavailable`` and nothing else."""
        started = self._stopwatch()
        answer = self._answer(transaction_id, amount_in_cents, started)
        payment = self._store.payment(transaction_id)
        level = logging.INFO if answer.told is Told.SUCCESS else logging.WARNING
        invoice = payment.invoice_id if payment else None
        logger.log(level, "void: transaction=%s invoice=%s %s: %s", transaction_id, invoice, answer.told, answer.en)
        return answer

    def _answer(self, transaction_id: str, amount_in_cents: int, started: float) -> Answer:
        payment, asked = self._store.payment(transaction_id), self._store.void(transaction_id)
        if payment is None or payment.posted_at is None or payment.invoice_id is None:
            return by_hand(
                "este pago no lo registró este puente",
                "this bridge did not book this payment",
            )
        if amount_in_cents != payment.amount_in_cents:
            whole = format_cop(payment.amount_in_cents or 0)
            return by_hand(
                f"por API solo se anula un pago entero, y este fue de {whole}",
                f"only a whole payment can be voided by API, and this one was of {whole}",
            )
        if asked is not None:
            return self._again(payment, asked)
        try:
            reason, fees = self._look(payment)
        except ApiError as error:
            return not_asked(f"Wompi no respondió ({error})", f"Wompi did not answer ({error})")
        except WhmcsError as error:
            return not_asked(
                f"la API de WHMCS no le respondió al puente ({error})",
                f"WHMCS's API did not answer the bridge ({error})",
            )
        if reason is not None:
            return reason
        if self._left(started) < self._call_timeout:
            return not_asked("Wompi y WHMCS respondieron muy despacio", "Wompi and WHMCS answered too slowly")
        note = f"{decimal_text(amount_in_cents)} by WHMCS's refund button"
        if not self._store.begin(transaction_id, note, under_way=_UNDER_WAY, follow_up=FOLLOW_UP):
            return under_way()
        if self._left(started) < self._call_timeout:
            self._store.end(transaction_id, VoidState.REFUSED, "this machine was paused; Wompi was not asked")
            return refused("este equipo estuvo detenido y a Wompi no se le pidió nada", "this machine was paused")
        return self._call(payment, started, fees)

    def _look(self, payment: Payment) -> tuple[Answer | None, int]:
        """Why it cannot be voided by API, or None; and the fee that WHMCS has for it. Raises what the clients raise."""
        transaction = self._wompi.transaction(payment.transaction_id)
        Seen.of(transaction, invoice_id=payment.invoice_id, client_id=payment.client_id)  # what cannot be kept is odd
        reason = self._not_voidable(transaction, payment)
        if reason is not None:
            return reason, 0
        found = self._found(payment)
        if found.has not in (Has.THIS, Has.ELSEWHERE):
            where_es, where_en = where(found)
            return by_hand(
                f"WHMCS no tiene este pago como se registró ({len(found.rows)} filas: {where_es or '-'})",
                f"WHMCS does not have this payment as it was booked ({len(found.rows)} rows: {where_en or '-'})",
            ), 0
        if self._proof.given_back(payment.transaction_id, found, payment.invoice_id or 0):
            return recorded(), 0
        return None, found.rows[0].fees

    def _found(self, payment: Payment) -> Found:
        """What WHMCS has of it: it was booked, so its row may have been moved since. Raises ``WhmcsError``."""
        return self._proof.of(payment.transaction_id, payment.amount_in_cents or 0, places_of_booked(payment))

    def _not_voidable(self, transaction: Transaction, payment: Payment) -> Answer | None:
        if transaction.state is Status.VOIDED:
            return voided_elsewhere(transaction.id)
        if transaction.state is not Status.APPROVED or payment.state is not State.POSTED:
            return by_hand(
                f"Wompi dice {transaction.status}, y el puente, {payment.state}",
                f"Wompi says {transaction.status}, and the bridge {payment.state}",
            )
        if transaction.payment_method_type != "CARD":
            method = transaction.payment_method_type or "?"
            return by_hand(
                f"por API solo se anulan pagos con tarjeta, y este fue por {method}",
                f"only card payments can be voided by API, and this one was by {method}",
            )
        whole = (transaction.amount_in_cents, transaction.currency) == (payment.amount_in_cents, CURRENCY)
        if not whole or not self._wompi.is_ours(transaction):
            return by_hand("el valor o el comercio en Wompi son otros", "amount or merchant at Wompi differ")
        if not _may_be_today(transaction, self._clock()):
            return by_hand(
                "por API solo se anula el mismo día del pago", "a payment can be voided by API only on its own day"
            )
        return None

    def _call(self, payment: Payment, started: float, fees: int) -> Answer:
        """Ask Wompi, the one time. Whatever happens now, no other call will."""
        name = payment.transaction_id
        try:
            void = self._wompi.void(name)
        except (AccessRefused, NotFound, RequestRejected) as error:
            return self._failed(name, str(error), fees)
        except Exception as error:  # noqa: BLE001 - whatever broke, the request may be on its way
            reason = str(error) if isinstance(error, ApiError) else type(error).__name__
            logger.warning("void: transaction=%s in doubt: %s", name, reason)
            return self._prove(name, fees, (0.0,), started) or in_doubt(reason)
        if void.status in _FAILED:
            return self._failed(name, f"{void.status} {_words(void)}".strip(), fees)
        proven = self._prove(name, fees, PAUSES, started)
        if proven is not None:
            return proven
        if void.status == Status.APPROVED:
            return accepted()
        return in_doubt(f"{void.status[:40]!r}")

    def _failed(self, name: str, reason: str, fees: int) -> Answer:
        # Read once more: a void that is refused because it had happened is one that happened.
        if self._reads_voided(name):
            self._store.end(name, VoidState.DONE, reason)
            return self._tell(name, fees)
        self._store.end(name, VoidState.REFUSED, reason)
        return refused(f"Wompi no lo anuló: {reason}", f"Wompi did not void it: {reason}")

    def _prove(self, name: str, fees: int, pauses: tuple[float, ...], started: float) -> Answer | None:
        """Read the transaction until it says VOIDED, a few times and not for long. None while it does not."""
        for pause in pauses:
            if self._left(started) < pause + self._call_timeout:
                return None
            if pause:
                self._pause(pause)
            if self._reads_voided(name):
                self._store.end(name, VoidState.DONE, "Wompi says VOIDED")
                return self._tell(name, fees)
        return None

    def _reads_voided(self, name: str) -> bool:
        try:
            return self._wompi.transaction(name).state is Status.VOIDED
        except ApiError as error:
            logger.warning("void: transaction=%s could not be read again: %s", name, error)
            return False

    def _again(self, payment: Payment, asked: AskedVoid) -> Answer:
        """A second press: Wompi is read, never asked; and WHMCS is not told twice."""
        name = payment.transaction_id
        try:
            transaction = self._wompi.transaction(name)
            if transaction.state is Status.VOIDED:
                found = self._found(payment)
                if self._proof.given_back(name, found, payment.invoice_id or 0):
                    return recorded()
                self._store.end(name, VoidState.DONE, "Wompi says VOIDED")
                return self._tell(name, sum(row.fees for row in found.rows))
        except ApiError as error:
            return unread(f"Wompi no respondió ({error})", f"Wompi did not answer ({error})")
        except WhmcsError as error:
            return unread(f"la API de WHMCS no respondió ({error})", f"WHMCS's API did not answer ({error})")
        if asked.state is VoidState.REFUSED:
            return refused(f"ya se intentó una vez: {asked.detail}", f"it was tried once: {asked.detail}")
        if self._store.is_under_way(asked, within=_UNDER_WAY):
            return under_way()
        return in_doubt(f"{transaction.status}, {asked.asked_at.astimezone(BOGOTA):%Y-%m-%d %H:%M}")

    def _tell(self, name: str, fees: int) -> Answer:
        if not self._store.tell(name, at_most_every=_RECORDED_WITHIN):
            return told_already()
        return done(fees)

    def _left(self, started: float) -> float:
        return BUDGET - (self._stopwatch() - started)


def _may_be_today(transaction: Transaction, now: datetime) -> bool:
    """Whether now may be the payment's day. Which zone Wompi's day is of is not documented: in doubt, Wompi decides."""
    times = [time for time in (transaction.created_at, transaction.finalized_at) if time is not None]
    zones = (BOGOTA, UTC)
    return not times or any(
        time.astimezone(zone).date() == now.astimezone(zone).date() for time in times for zone in zones
    )


def _words(void: Void) -> str:
    text = "".join(character if character.isprintable() else " " for character in void.status_message or "")
    return f"({text[:100].strip()})" if text.strip() else ""
