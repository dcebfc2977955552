"""Wompi's REST API, always with the private key and a time-out. Reads may be repeated; a void never is.

https://docs.wompi.co/docs/colombia/transacciones/ and https://docs.wompi.co/docs/colombia/errores/
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, NotFound, OddAnswer, RequestRejected
from wompi_gateway.keys import Keys
from wompi_gateway.models import Merchant, Transaction, Void
from wompi_gateway.observing import CallOutcome, Observe, nobody, observed
from wompi_gateway.transport import Reply, Transport, TransportError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)

# The largest page that the list takes (OpenAPI 1.2.0).
PAGE_SIZE = 200
# More than any number that Wompi has a use for, and less than Python refuses to read.
_MOST_DIGITS = 100


class WompiClient:
    """One merchant's view of the API. ``timeout`` is in seconds, for a whole call."""

    def __init__(
        self,
        keys: Keys,
        *,
        api_url: str | None = None,
        timeout: float = 10.0,
        transport: Transport | None = None,
        observe: Observe = nobody,
    ) -> None:
        self._keys = keys
        self._api_url = (api_url or keys.environment.api_url).rstrip("/")
        self._timeout = timeout
        self._transport = transport or Transport()
        self._observe = observe
        self._headers = {"Accept": "application/json", "Authorization": f"Bearer {keys.private}"}

    def transaction(self, transaction_id: str) -> Transaction:
        """Read one transaction. Raises ``NotFound`` when Wompi does not know it in this environment."""
        data = self._read("transaction", f"/transactions/{quote(transaction_id, safe='')}")
        transaction = _model(Transaction, data)
        if transaction.id != transaction_id:
            raise OddAnswer("Wompi answered with another transaction than was asked for", fields="id")
        return transaction

    def transactions_by_reference(self, reference: str) -> list[Transaction]:
        """List every transaction of one reference: a payer may have tried several times. Empty when none has begun."""
        data = self._read("transactions_by_reference", "/transactions", {"reference": reference})
        found = [_model(Transaction, row) for row in _rows(data)]
        return [transaction for transaction in found if transaction.reference == reference]

    def transactions_between(
        self, first: date, last: date, *, before_page: Callable[[], None] = lambda: None
    ) -> Iterator[Transaction]:
        """Walk the merchant's transactions by day, both included, oldest first, one page at a time.

        The time zone of Wompi's days is not documented: overlap a day on each side. ``before_page`` is called before
        each call, and may take its time.
        """
        query = {"from_date": first.isoformat(), "until_date": last.isoformat(), "page_size": str(PAGE_SIZE)}
        seen_first: object = None
        page = 1
        while True:
            before_page()
            ordered = {"order_by": "created_at", "order": "ASC", "page": str(page)}
            rows = _rows(self._read("transactions_between", "/transactions", query | ordered))
            if not rows or rows[0] == seen_first:  # an empty page, or a server that does not know about pages
                return
            for row in rows:
                try:
                    yield _model(Transaction, row)
                except NoAnswer:
                    # One row that cannot be read must not hide all the others.
                    logger.warning("wompi: one row of the list of transactions could not be read and was left out")
            if len(rows) < PAGE_SIZE:
                return
            seen_first, page = rows[0], page + 1

    def is_ours(self, transaction: Transaction) -> bool:
        """Tell whether the transaction was paid to this merchant.

        Reading by id may answer for any merchant's transaction; the list answers for our own only. So where the answer
        does not name the merchant, the id must stand in our list by reference: this costs a second call.
        """
        if transaction.merchant is not None and transaction.merchant.public_key:
            return transaction.merchant.public_key == self._keys.public
        return any(row.id == transaction.id for row in self.transactions_by_reference(transaction.reference))

    def merchant(self) -> Merchant:
        """Read the merchant that the public key belongs to."""
        headers = {"x-merchant-public-key": self._keys.public}
        return _model(Merchant, self._read("merchant", "/merchants/info", headers=headers))

    def void(self, transaction_id: str) -> Void:
        """Ask once to annul a card payment of the same day. Read ``status``, then read the transaction again.

        After a ``NoAnswer`` the void may have happened: read the transaction, never call again blindly.
        """
        url = f"{self._api_url}/transactions/{quote(transaction_id, safe='')}/void"
        try:
            with observed("void", self._observe, _outcome_of):
                reply = self._transport.send("POST", url, headers=self._headers, timeout=self._timeout)
                data = _data(reply)
        except TransportError as error:
            raise NoAnswer(str(error)) from None
        return _model(Void, data)

    def _read(
        self,
        call: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        url, headers = self._api_url + path, headers or self._headers
        try:
            with observed(call, self._observe, _outcome_of):
                return _data(self._transport.read("GET", url, params=query, headers=headers, timeout=self._timeout))
        except TransportError as error:
            raise NoAnswer(str(error)) from None


def _outcome_of(error: Exception) -> CallOutcome:
    match error:
        case AccessRefused():
            return CallOutcome.ACCESS
        case NotFound() | RequestRejected():
            return CallOutcome.REJECTED
        case TransportError(certificate=problem) if problem:
            return CallOutcome.UNTRUSTED
        case _:
            return CallOutcome.SILENT


def _data(reply: Reply) -> Any:
    """Return ``data`` of a good answer, or raise what the status means for the caller."""
    try:
        # One letter in another encoding is one value that cannot be read, not an answer that is no JSON.
        document = json.loads(reply.body.decode("utf-8-sig", "replace"), parse_int=_whole)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise NoAnswer(f"Wompi answered {reply.status} without JSON", retry_after=_retry_after(reply))
    if reply.status in (200, 201):
        if "data" not in document:
            raise NoAnswer("Wompi answered without data")
        return document["data"]
    raise _refusal(reply, document)


def _whole(digits: str) -> int | None:
    """A number of thousands of digits is one value that cannot be read, not an answer that is no JSON."""
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def _refusal(reply: Reply, document: dict[str, Any]) -> ApiError:
    error = document.get("error")
    kind = error.get("type") if isinstance(error, dict) else None
    meta = document.get("meta")
    trace = meta.get("trace_id") if isinstance(meta, dict) else None
    trace_id = trace if isinstance(trace, str) else None
    # The kind is Wompi's own constant; its other texts may repeat what was sent.
    told = f"Wompi answered {reply.status} {kind if isinstance(kind, str) else ''}".strip()
    if reply.status in (401, 403):
        return AccessRefused(told, trace_id=trace_id)
    if reply.status == 404:
        return NotFound(told, trace_id=trace_id)
    if 400 <= reply.status < 500 and reply.status not in (408, 425, 429):
        return RequestRejected(told, trace_id=trace_id)
    return NoAnswer(told, trace_id=trace_id, retry_after=_retry_after(reply))


def _retry_after(reply: Reply) -> float | None:
    value = reply.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def _rows(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise NoAnswer("Wompi answered with something that is not a list")
    return data


def _model(model: type[Answer], data: Any) -> Answer:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, detail["loc"])) for detail in error.errors()}))[:200]
        raise OddAnswer(f"Wompi's answer has another shape than documented ({fields})", fields=fields) from None
