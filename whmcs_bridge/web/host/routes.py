"""Signed calls: WHMCS's PHP asks by ``POST /status``, ``/transaction``, ``/voids``, ``/review`` and ``/qr``, and
``wompi-bridge doctor`` by ``POST /proof``.

Each but ``/voids`` is answered from the database alone, without anything personal: WHMCS waits for it while it shows a
page, and gives up after a second. Without a signature there is no answer.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Response, jsonify, request

from whmcs_bridge import __version__
from whmcs_bridge.bridge import Bridge
from whmcs_bridge.clock import stopwatch
from whmcs_bridge.history.attempts import Attempt, attempts_of
from whmcs_bridge.history.trail import clock, trail_of_payment
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.records import State
from whmcs_bridge.messages import Language, known_language, terminal_language
from whmcs_bridge.money.pesos import cents, decimal_text
from whmcs_bridge.signed.calls import HEADER, BadCall, OddCall, RepeatedCall, read_call
from whmcs_bridge.signed.links import BadLink, Purpose, read_link
from whmcs_bridge.signed.proofs import NONCE, proof_of
from whmcs_bridge.signed.qr import qr_path
from whmcs_bridge.web.refusals import Refusals
from wompi_gateway.models import CURRENCY, TRANSACTION_ID

Call = dict[str, Any]

_ID = re.compile(TRANSACTION_ID.replace(r"\z", r"\Z"))
_NONCE = re.compile(r"[0-9a-f]{16,64}\Z")
_MOST_INVOICES = 500
_OF_MANY = ("invoice_id", "under_way", "hold_cancellation")
# WHMCS's window is small: the last steps of a transaction say most.
_MOST_STEPS = 12


def signed(bridge: Bridge, answer: Callable[[Call], Response], *, changes: bool = False) -> Callable[[], Response]:
    """Make the view of WHMCS's signed call. ``answer`` may raise ``OddCall``; one that ``changes`` is given once."""
    refusals = Refusals(stopwatch, "signed calls")

    def view() -> Response:
        try:
            return answer(_read(bridge, changes=changes))
        except BadCall as error:
            refusals.log(f"{request.path[1:]}: refused with {error.http_status}: {error}")
            response = jsonify(error=str(error), repeated=isinstance(error, RepeatedCall))
            response.status_code = error.http_status
            return response

    return view


class HostCalls:
    """The answers."""

    def __init__(self, bridge: Bridge, wake: Callable[[], None]) -> None:
        self._bridge = bridge
        self._wake = wake

    def status(self, call: Call) -> Response:
        """How the payments of an invoice stand, or of many: of these without the single attempts."""
        many, language = call.get("invoice_ids"), _language(call)
        ids = [call.get("invoice_id")] if many is None else many
        if not isinstance(ids, list) or len(ids) > _MOST_INVOICES or not all(map(_is_id, ids)) or language is None:
            raise OddCall(
                "invoice_id is to be a positive number, or invoice_ids a list of at most 500, and language es or en"
            )
        store = self._bridge.store
        payments, unreadable, now = store.payments_of(ids), store.unreadable_of(ids), store.now()
        answers = []
        for number in ids:
            found = attempts_of(payments.get(number, []), language, now=now, unreadable=unreadable.get(number))
            answers.append(
                {
                    "invoice_id": number,
                    "under_way": found.under_way,
                    "hold_cancellation": found.hold_cancellation,
                    "attempts": [_as_json(attempt) for attempt in found.latest],
                }
            )
        only = self._bridge.settings.only_clients
        # Who alone sees the button while the keys are test keys; without the field, everybody does.
        only_clients = {} if only is None else {"only_clients": sorted(only)}
        # Besides the peso; without the field, none.
        rules = self._bridge.settings.bridge_currencies
        currencies = {"currencies": sorted(rules)} if rules else {}
        if many is None:
            # Less than the balance may be paid; without the field, it may not.
            parts = {"parts": True} if self._bridge.settings.bridge_partial_minimum else {}
            return jsonify(**answers[0], **only_clients, **currencies, **parts)
        return jsonify(invoices=[{name: answer[name] for name in _OF_MANY} for answer in answers], **currencies)

    def transaction(self, call: Call) -> Response:
        """What is known of one transaction, for the admin's window."""
        transid, language = call.get("transid"), _language(call)
        if not isinstance(transid, str) or not 0 < len(transid) <= 120 or language is None:
            raise OddCall("transid is to be the id of a transaction, and language es or en")
        # An id that is no plain word is none that Wompi gave.
        payment = self._bridge.store.payment(transid) if transid.isascii() and transid.isprintable() else None
        if payment is None:
            return jsonify(transid=transid, known=False)
        attempt = trail_of_payment(self._bridge.store, payment).attempts[0]
        # What WHMCS has of it, where the invoice is in another currency than the pesos that were paid.
        quoted = self._bridge.store.quoted(payment.reference, payment.invoice_id)
        booked = {"booked_in_cents": quoted.amount_in_cents, "booked_currency": quoted.currency} if quoted else {}
        return jsonify(
            transid=transid,
            known=True,
            invoice_id=payment.invoice_id,
            reference=payment.reference,
            amount_in_cents=payment.amount_in_cents,
            currency=payment.currency,
            method=payment.method,
            status=payment.status,
            state=payment.state,
            label=attempt.label[0].in_(language),
            reason=payment.reason,
            finalized_at=_iso(payment.finalized_at),
            **booked,
            steps=[f"{clock(step.at)} {step.text.in_(language)}" for step in attempt.steps[-_MOST_STEPS:]],
        )

    def void(self, call: Call) -> Response:
        """WHMCS's refund button: give a payment back."""
        transid, amount_in_cents = call.get("transid"), _cents(call.get("amount"))
        if not isinstance(transid, str) or not _ID.match(transid):
            raise OddCall("transid is to be the id of a transaction")
        currency = call.get("currency")
        currency = currency if isinstance(currency, str) and currency else CURRENCY
        answer = self._bridge.voids.void(transid, amount_in_cents, currency)
        self._wake()
        sentence = answer.sentence.in_(known_language(call.get("language")) or terminal_language())
        fees = {"fees": decimal_text(answer.fees_in_cents)} if answer.fees_in_cents else {}
        return jsonify(status=answer.told, transid=transid, rawdata=sentence, **fees)

    def review(self, _call: Call) -> Response:
        """How many payments wait for a person."""
        return jsonify(waiting=self._bridge.store.count(State.REVIEW))

    def qr(self, call: Call) -> Response:
        """Draw the QR code of a pay link for WHMCS's invoice page: ``path`` is an SVG path on ``size`` units a side."""
        link = call.get("link")
        if not isinstance(link, str) or not self._is_mail_link(link):
            raise OddCall("link is to be the address of an e-mail's pay link of this bridge")
        path, size = qr_path(link)
        return jsonify(path=path, size=size)

    def _is_mail_link(self, address: str) -> bool:
        """Whether it is one of this bridge's that may be seen by anybody: another would show what a client sees."""
        settings = self._bridge.settings
        beginning = f"{settings.bridge_url}pay/"
        try:
            read = read_link(address.removeprefix(beginning), settings.bridge_secret, now=self._bridge.clock())
        except BadLink:
            return False
        return address.startswith(beginning) and read.purpose is Purpose.MAIL

    def proof(self) -> Response:
        """Which bridge answers at the public address: it holds the secret, and works on the caller's database.

        The version and the environment show a process that was not restarted.
        """
        try:
            nonce = _read(self._bridge).get("nonce")
            if not isinstance(nonce, str) or not _NONCE.match(nonce):
                raise OddCall("a nonce is required")
        except BadCall as error:
            return Response(f"{error}\n", error.http_status, mimetype="text/plain")
        try:
            same_database: bool | None = hmac.compare_digest(self._bridge.store.recall(NONCE) or "", nonce)
        except DatabaseUnavailable:
            same_database = None
        return jsonify(
            proof=proof_of(nonce, self._bridge.settings.bridge_secret[0], who="bridge"),
            same_database=same_database,
            environment=self._bridge.keys.environment,
            version=__version__,
        )


def _read(bridge: Bridge, *, changes: bool = False) -> Call:
    body, signature, secrets = request.get_data(cache=False), request.headers.get(HEADER), bridge.settings.bridge_secret
    call = read_call(request.path, body, signature, secrets, now=bridge.clock(), changes=changes)
    if changes and call.nonce is not None and not bridge.call_nonces.take(call.nonce):
        raise RepeatedCall
    return call.document


def _is_id(value: object) -> bool:
    # ``type`` and not ``isinstance``: JSON's true is an int to Python.
    return type(value) is int and 0 < value < 2**63


def _language(call: Call) -> Language | None:
    return known_language(call.get("language", "es"))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _as_json(attempt: Attempt) -> dict[str, Any]:
    fields = asdict(attempt) | {"at": _iso(attempt.at)}
    return {name: value for name, value in fields.items() if name not in ("label", "what")}


def _cents(amount: object) -> int:
    # As text: a number would have been a float on the other side.
    try:
        found = cents(amount) if isinstance(amount, str) else 0
    except ValueError:
        found = 0
    if found <= 0:
        raise OddCall('amount is to be decimal text, such as "59500.00"')
    return found
