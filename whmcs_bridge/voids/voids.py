"""A void: WHMCS's refund button gives a whole card payment of the same day back, at Wompi, once.

Wompi's API voids nothing else (https://docs.wompi.co/docs/colombia/transacciones/). It answers 201 also to a void that
failed, so ``data.status`` is judged, and then the transaction is read until it says VOIDED. The guards:

1. *intent* - a row is committed before the call, and stays: no second void of a transaction reaches Wompi;
2. *age* - a process that was paused between intent and call, up to its bytes, does not call: a person may have acted
   meanwhile;
3. *proof* - success is told only when Wompi says VOIDED;
4. *once* - it is told to one caller at a time, and not when WHMCS has recorded it: each success is a refund in WHMCS.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from whmcs_bridge.booking.places import Worth, places_of_booked, worth_of
from whmcs_bridge.booking.reviews import where
from whmcs_bridge.clock import Clock, Stopwatch
from whmcs_bridge.ledger.records import AskedVoid, Payment, State, VoidState
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.voids import VoidTable
from whmcs_bridge.messages import BOGOTA, Text, bilingual
from whmcs_bridge.messages import voids as words
from whmcs_bridge.money.currencies import amount_text
from whmcs_bridge.money.pesos import decimal_text
from whmcs_bridge.voids.answers import Answer, Told, declined, done, unsure
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.proof import Found, Has, Proof
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import AccessRefused, ApiError, NotFound, RequestRejected
from wompi_gateway.models import CURRENCY, Status, Transaction, Void

logger = logging.getLogger(__name__)

# WHMCS's page waits 30 seconds in all: no call begins that could end later than this, in seconds.
BUDGET = 27.0
# The longest that one call may take, whatever the settings say, in seconds.
LONGEST_CALL = 8.0
# The pause before each reading of a void that Wompi has accepted, in seconds. VOIDED comes "moments later".
PAUSES = (0.0, 1.0, 2.0, 3.0)
# For so long after its beginning a void may be under way in another process.
_UNDER_WAY = timedelta(seconds=45)
# WHMCS records the refund within this time of hearing of success; until then no other caller is told.
_RECORDED_WITHIN = timedelta(seconds=60)
# Then the payment is looked at: either WHMCS has recorded the refund, or a person must.
FOLLOW_UP = timedelta(minutes=15)
# The words of a void that failed; any other but APPROVED leaves it in doubt.
_FAILED = ("ERROR", "DECLINED")


class _TooLate(Exception):
    """This machine was paused, and Wompi was not asked."""


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

    def void(self, transaction_id: str, amount_in_cents: int, currency: str = CURRENCY) -> Answer:
        """Give a payment back, or say why not; the amount is in WHMCS's currency of it. Raises only
        ``DatabaseUnavailable``."""
        started = self._stopwatch()
        answer = self._answer(transaction_id, amount_in_cents, currency, started)
        payment = self._store.payment(transaction_id)
        level = logging.INFO if answer.told is Told.SUCCESS else logging.WARNING
        invoice = payment.invoice_id if payment else None
        said = answer.sentence.en
        logger.log(level, "void: transaction=%s invoice=%s %s: %s", transaction_id, invoice, answer.told, said)
        return answer

    def _answer(self, transaction_id: str, amount_in_cents: int, currency: str, started: float) -> Answer:
        payment, asked = self._store.payment(transaction_id), self._store.void(transaction_id)
        if payment is not None and (payment.part_of is not None or payment.state is State.SPLIT):
            return declined(words.OF_SEVERAL)
        if payment is None or payment.posted_at is None or payment.invoice_id is None:
            return declined(words.NOT_BOOKED_HERE)
        worth = self._worth(payment)
        if (amount_in_cents, currency) != (worth.amount_in_cents, worth.currency):
            return declined(words.in_part(amount_text(worth.amount_in_cents, worth.currency)))
        if asked is not None:
            return self._again(payment, asked)
        try:
            reason, fees = self._look(payment)
        except (ApiError, WhmcsError) as error:
            return unsure(words.not_asked(_silence(error)))
        if reason is not None:
            return reason
        if self._left(started) < self._call_timeout:
            return unsure(words.TOO_SLOW)
        note = f"{decimal_text(amount_in_cents)} by WHMCS's refund button"
        if not self._store.begin(transaction_id, note, under_way=_UNDER_WAY, follow_up=FOLLOW_UP):
            return unsure(words.UNDER_WAY)
        return self._call(payment, started, fees)

    def _look(self, payment: Payment) -> tuple[Answer | None, int]:
        """Why it cannot be voided by API, or None; and WHMCS's fee of it. Raises what the clients raise."""
        transaction = self._wompi.transaction(payment.transaction_id)
        Seen.of(transaction, invoice_id=payment.invoice_id, client_id=payment.client_id)  # raises Unkeepable
        reason = self._not_voidable(transaction, payment)
        if reason is not None:
            return reason, 0
        found = self._found(payment)
        if found.has not in (Has.THIS, Has.ELSEWHERE):
            return declined(words.not_as_booked(len(found.rows), where(found))), 0
        if self._proof.given_back(payment.transaction_id, found, payment.invoice_id or 0):
            return declined(words.RECORDED), 0
        return None, found.rows[0].fees

    def _found(self, payment: Payment) -> Found:
        """Find its rows in WHMCS, also if they were moved since. Raises ``WhmcsError``."""
        worth = self._worth(payment)
        return self._proof.of(payment.transaction_id, worth.amount_in_cents, places_of_booked(payment, worth))

    def _worth(self, payment: Payment) -> Worth:
        return worth_of(payment, self._store.quoted(payment.reference, payment.invoice_id))

    def _not_voidable(self, transaction: Transaction, payment: Payment) -> Answer | None:
        if transaction.state is Status.VOIDED:
            return declined(words.voided_elsewhere(transaction.id))
        if transaction.state is not Status.APPROVED or payment.state is not State.POSTED:
            return declined(words.not_approved(transaction.status, payment.state))
        if transaction.payment_method_type != "CARD":
            return declined(words.not_by_card(transaction.payment_method_type or "?"))
        whole = (transaction.amount_in_cents, transaction.currency) == (payment.amount_in_cents, CURRENCY)
        if not whole or not self._wompi.is_ours(transaction):
            return declined(words.OTHER_AT_WOMPI)
        if not _may_be_today(transaction, self._clock()):
            return declined(words.OTHER_DAY)
        return None

    def _call(self, payment: Payment, started: float, fees: int) -> Answer:
        """Ask Wompi, once: whatever happens, no other call follows."""
        name = payment.transaction_id
        try:
            void = self._wompi.void(name, before_bytes=partial(self._refuse_if_late, started))
        except _TooLate:
            self._store.end(name, VoidState.REFUSED, bilingual(*words.WAS_PAUSED))
            return declined(words.PAUSED)
        except (AccessRefused, NotFound, RequestRejected) as error:
            return self._failed(name, str(error), fees)
        except Exception as error:  # noqa: BLE001 - whatever failed, the request may be on its way
            reason = str(error) if isinstance(error, ApiError) else type(error).__name__
            logger.warning("void: transaction=%s in doubt: %s", name, reason)
            return self._prove(name, fees, (0.0,), started) or unsure(words.in_doubt(reason))
        if void.status in _FAILED:
            return self._failed(name, f"{void.status} {_words(void)}".strip(), fees)
        proven = self._prove(name, fees, PAUSES, started)
        if proven is not None:
            return proven
        if void.status == Status.APPROVED:
            return unsure(words.ACCEPTED)
        return unsure(words.in_doubt(f"{void.status[:40]!r}"))

    def _failed(self, name: str, reason: str, fees: int) -> Answer:
        # Read once more: it may be refused because it is voided already.
        if self._reads_voided(name):
            self._store.end(name, VoidState.DONE, reason)
            return self._tell(name, fees)
        self._store.end(name, VoidState.REFUSED, reason)
        return declined(words.refused_by_wompi(reason))

    def _prove(self, name: str, fees: int, pauses: tuple[float, ...], started: float) -> Answer | None:
        """Read the transaction a few times, until it says VOIDED. None: it does not yet."""
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
        """A second press: Wompi is only read, and WHMCS is not told twice."""
        name = payment.transaction_id
        try:
            transaction = self._wompi.transaction(name)
            if transaction.state is Status.VOIDED:
                found = self._found(payment)
                if self._proof.given_back(name, found, payment.invoice_id or 0):
                    return declined(words.RECORDED)
                self._store.end(name, VoidState.DONE, "Wompi says VOIDED")
                return self._tell(name, sum(row.fees for row in found.rows))
        except (ApiError, WhmcsError) as error:
            return unsure(words.not_read_again(_silence(error)))
        if asked.state is VoidState.REFUSED:
            return declined(words.tried_before(asked.detail))
        if self._store.is_under_way(asked, within=_UNDER_WAY):
            return unsure(words.UNDER_WAY)
        return unsure(words.in_doubt(f"{transaction.status}, {asked.asked_at.astimezone(BOGOTA):%Y-%m-%d %H:%M}"))

    def _tell(self, name: str, fees: int) -> Answer:
        if not self._store.tell(name, at_most_every=_RECORDED_WITHIN):
            return unsure(words.TOLD_ALREADY)
        return done(words.DONE, fees)

    def _refuse_if_late(self, started: float) -> None:
        if self._left(started) < self._call_timeout:
            raise _TooLate

    def _left(self, started: float) -> float:
        return BUDGET - (self._stopwatch() - started)


def _silence(error: ApiError | WhmcsError) -> Text:
    return words.wompi_is_silent(error) if isinstance(error, ApiError) else words.whmcs_is_silent(error)


def _may_be_today(transaction: Transaction, now: datetime) -> bool:
    """Whether it may be the payment's day. The zone of Wompi's day is not documented: in doubt, Wompi decides."""
    times = [time for time in (transaction.created_at, transaction.finalized_at) if time is not None]
    zones = (BOGOTA, UTC)
    return not times or any(
        time.astimezone(zone).date() == now.astimezone(zone).date() for time in times for zone in zones
    )


def _words(void: Void) -> str:
    text = "".join(character if character.isprintable() else " " for character in void.status_message or "")
    return f"({text[:100].strip()})" if text.strip() else ""
