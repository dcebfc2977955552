"""The decisions where a look at a payment or a booking failed: a person must look."""

from __future__ import annotations

from whmcs_bridge.booking.reviews import Decision, Settle, review
from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.messages import NO_WORDS, Text
from whmcs_bridge.messages import failures as words


def remedy(payment: Payment, settle: Settle | None) -> Text:
    """Name the command that usually settles the payment; nothing where none does."""
    if settle is None:
        return NO_WORDS
    return words.to_settle_it(f'wompi-bridge resolve {payment.transaction_id} {settle} --reason "..."')


def whmcs_stays_odd(payment: Payment, error: Exception, settle: Settle) -> Decision:
    """WHMCS's answers about this payment could not be used, several times."""
    return review(words.whmcs_stays_odd(error, _where_it_stands(payment)), settle)


def wompi_stays_odd(payment: Payment, what: str) -> Decision:
    """Wompi's answers about this payment could not be used, several times."""
    return review(words.wompi_stays_odd(what, _where_it_stands(payment)), Settle.DISMISS)


def unknown_at_wompi(payment: Payment, error: Exception) -> Decision:
    """Wompi has not known the id for a day."""
    return review(words.unknown_at_wompi(error, _where_it_stands(payment)), Settle.DISMISS)


def bridge_broke(payment: Payment, what: str) -> Decision:
    """This code failed on the payment, several times."""
    return review(words.bridge_broke(what, _where_it_stands(payment)), Settle.DISMISS)


def booking_refused(error: Exception) -> Decision:
    """WHMCS refused ``AddInvoicePayment``."""
    return review(words.booking_refused(error), Settle.BOOK)


def _where_it_stands(payment: Payment) -> Text:
    if payment.posted_at is not None:
        return words.HAD_IT_BOOKED
    return words.BOOKING_HAD_BEGUN if payment.state is State.POSTING else words.NOTHING_BOOKED
