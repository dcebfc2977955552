"""Wompi's REST API, always with the private key and a time-out. Reads may be repeated; a void never is.

https://docs.wompi.co/docs/colombia/transacciones/ and https://docs.wompi.co/docs/colombia/errores/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, NotFound, OddAnswer, OddRow, RequestRejected
from wompi_gateway.keys import Keys
from wompi_gateway.lists import walk
from wompi_gateway.models import Disbursement, Merchant, Transaction, TransactionId, Void, wrong_fields
from wompi_gateway.observing import CallOutcome, Observe, nobody, observed
from wompi_gateway.transport import BeforeBytes, Reply, Transport, TransportError

Answer = TypeVar("Answer", bound=BaseModel)

# A row of a list, or why it cannot be read; last of all, that the list ended too soon.
Listed = Transaction | OddAnswer

# Far more than the attempts of one reference: if Wompi ignores the filter, its whole list is not read.
_MOST_PAGES = 20
# The longest pause in seconds that Wompi may ask for: approved payments are booked within minutes.
LONGEST_PAUSE = 300.0
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?\Z")
_ID = TypeAdapter(TransactionId)
# More digits than any number of Wompi's, and fewer than Python refuses to read.
_MOST_DIGITS = 100


class WompiClient:
    """The API with one merchant's keys. ``timeout`` is in seconds, for a whole call."""

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
        answer = self._read("transaction", f"/transactions/{quote(transaction_id, safe='')}")
        transaction = _model(Transaction, answer["data"])
        if transaction.id != transaction_id:
            raise OddAnswer("Wompi answered with another transaction than was asked for", fields="id")
        return transaction

    def transactions_by_reference(self, reference: str) -> list[Listed]:
        """List every transaction of one reference: a payer may have tried several times. Empty when there is none.

        That a transaction is absent is certain only when no row is an ``OddAnswer``.
        """
        return list(self._of_reference(reference))

    def transactions_between(
        self, first: date, last: date, *, before_page: Callable[[], None] = lambda: None
    ) -> Iterator[Listed]:
        """Walk the merchant's transactions by day, both included, oldest first, one page at a time.

        The time zone of Wompi's days is not documented: overlap a day on each side. ``before_page`` is called before
        each call, and may wait.
        """
        days = {"from_date": first.isoformat(), "until_date": last.isoformat()}
        return self._list("transactions_between", days, before_page=before_page)

    def disbursements(
        self, first: date, last: date, *, before_page: Callable[[], None] = lambda: None
    ) -> Iterator[Disbursement | OddAnswer]:
        """Walk the payouts to the merchant's bank account by day, both included.

        Wompi does not document this list: whatever is odd about it is an ``OddAnswer``, in its row's place or, last of
        all, as the ``IncompleteList`` of a list that ended short of its own count. Raises ``NotFound`` where there is
        no such list.
        """

        def read(page: int, size: int) -> tuple[list[Any], int | None]:
            before_page()
            query = {"from_date": first.isoformat(), "until_date": last.isoformat(), **_paging(page, size)}
            answer = self._read("disbursements", "/disbursements", query)
            return _rows(answer["data"]), _total(answer.get("meta"))

        for row in walk(read):
            yield row if isinstance(row, OddAnswer) else _payout(row)

    def is_ours(self, transaction: Transaction) -> bool:
        """Tell whether the transaction was paid to this merchant.

        A read by id may return any merchant's transaction; the list has only our own. So where the answer names no
        merchant, the id must be in our list by reference, which costs a second call. Raises ``OddAnswer`` where the id
        is not found and the list is incomplete or has unreadable rows.
        """
        if transaction.merchant is not None and transaction.merchant.public_key:
            return transaction.merchant.public_key == self._keys.public
        doubt: OddAnswer | None = None
        for row in self._of_reference(transaction.reference):
            name = row.id if isinstance(row, Transaction) else row.transaction_id
            if name == transaction.id:
                return True
            if name is None and isinstance(row, OddAnswer):
                doubt = row
        if doubt is not None:
            raise doubt
        return False

    def merchant(self) -> Merchant:
        """Read the merchant that the public key belongs to."""
        headers = {"x-merchant-public-key": self._keys.public}
        return _model(Merchant, self._read("merchant", "/merchants/info", headers=headers)["data"])

    def void(self, transaction_id: str, *, before_bytes: BeforeBytes = None) -> Void:
        """Ask once to void a card payment of the same day. Read ``status``, then read the transaction again.

        After a ``NoAnswer`` the void may have happened: read the transaction, do not call again. ``before_bytes``: see
        ``Transport.send``.
        """
        url = f"{self._api_url}/transactions/{quote(transaction_id, safe='')}/void"
        try:
            with observed("void", self._observe, _outcome_of):
                reply = self._transport.send(
                    "POST", url, headers=self._headers, timeout=self._timeout, before_bytes=before_bytes
                )
                answer = _answer(reply)
        except TransportError as error:
            raise NoAnswer(str(error)) from None
        return _model(Void, answer["data"])

    def _of_reference(self, reference: str) -> Iterator[Listed]:
        """Drop other references, in case Wompi ignores the filter. A row whose reference cannot be read is kept."""
        for row in self._list("transactions_by_reference", {"reference": reference}, most_pages=_MOST_PAGES):
            named = row.reference if isinstance(row, Transaction) else row.reference or reference
            if named == reference:
                yield row

    def _list(
        self,
        call: str,
        query: Mapping[str, str],
        *,
        most_pages: int | None = None,
        before_page: Callable[[], None] = lambda: None,
    ) -> Iterator[Listed]:
        def read(page: int, size: int) -> tuple[list[Any], int | None]:
            before_page()
            # Oldest first: new rows come at the end, and move no other row to another page.
            order = {"order_by": "created_at", "order": "ASC"}
            answer = self._read(call, "/transactions", {**query, **order, **_paging(page, size)})
            return _rows(answer["data"]), _total(answer.get("meta"))

        for row in walk(read, most_pages=most_pages):
            yield row if isinstance(row, OddAnswer) else _listed(row)

    def _read(
        self,
        call: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        url, headers = self._api_url + path, headers or self._headers
        try:
            with observed(call, self._observe, _outcome_of):
                return _answer(self._transport.read("GET", url, params=query, headers=headers, timeout=self._timeout))
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


def _answer(reply: Reply) -> dict[str, Any]:
    """Return a good answer, which has ``data``, or raise what the status means for the caller."""
    try:
        # A letter in another encoding makes one value unreadable, not the whole answer.
        text = reply.body.decode("utf-8-sig", "replace")
        document = json.loads(text, parse_int=_integer, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise NoAnswer(f"Wompi answered {reply.status} without JSON", retry_after=_retry_after(reply))
    if reply.status in (200, 201):
        if "data" not in document:
            raise NoAnswer("Wompi answered without data")
        return document
    raise _refusal(reply, document)


def _integer(digits: str) -> int | None:
    """A number of thousands of digits makes one value unreadable, not the whole answer."""
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | None:
    # An object with a key twice is unreadable: nobody knows which of two amounts was paid.
    told = dict(pairs)
    return told if len(told) == len(pairs) else None


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
    """The pause that was asked for, within bounds: in seconds, or until a time (RFC 9110, 10.2.3)."""
    told = reply.headers.get("Retry-After", "").strip()
    try:
        named = float(told) if _SECONDS.match(told) else _seconds_until(parsedate_to_datetime(told))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(named, 0.0), LONGEST_PAUSE)


def _seconds_until(time: datetime) -> float:
    # HTTP's times are GMT, also in the old form that does not say so.
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()


def _rows(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise NoAnswer("Wompi answered with something that is not a list")
    return data


def _total(meta: Any) -> int | None:
    total = meta.get("total_results") if isinstance(meta, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None


def _paging(page: int, size: int) -> dict[str, str]:
    return {"page": str(page), "page_size": str(size)}


def _payout(row: Any) -> Disbursement | OddAnswer:
    try:
        return _model(Disbursement, row)
    except OddAnswer as error:
        return error


def _listed(row: Any) -> Transaction | OddRow:
    try:
        return _model(Transaction, row)
    except OddAnswer as error:
        told: dict[str, Any] = row if isinstance(row, dict) else {}
        reference = "" if told.get("reference", ...) is None else told.get("reference")
        return OddRow(
            str(error),
            transaction_id=_readable_id(told.get("id")),
            reference=reference if isinstance(reference, str) else None,
        )


def _readable_id(told: Any) -> str | None:
    try:
        return _ID.validate_python(told)
    except ValidationError:
        return None


def _model(model: type[Answer], data: Any) -> Answer:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = wrong_fields(error)
        raise OddAnswer(f"Wompi's answer has another shape than documented ({fields})", fields=fields) from None
