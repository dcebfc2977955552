"""Everything that can go wrong with Wompi, shaped by what the caller does next.

::

    WompiError
    ├── KeysError            the merchant's keys cannot be used: mend the settings
    ├── CheckoutError        no checkout can be built from these values: a fault of the caller
    ├── EventError           an event was refused: answer ``http_status`` and store nothing
    │   ├── EventMalformed       400: not an event that Wompi could have written
    │   └── EventNotAuthentic    401: well formed, but not signed by Wompi for us
    └── ApiError             a call to Wompi's API did not give what was asked
        ├── NoAnswer             time-out, 5xx, 429, not JSON: nothing is known; ask again later
        │   └── OddAnswer            an answer that cannot be used: concerns this one record, Wompi itself is well
        │       ├── OddRow               one row of a list: the others can be read
        │       └── IncompleteList       a list that ended short of its own count
        ├── AccessRefused        401 or 403: our key is wrong here; alarm, change no payment
        ├── NotFound             404: Wompi does not know this id (or not in this environment)
        └── RequestRejected      422 and the like: Wompi will never take this request as it is
"""

from __future__ import annotations


class WompiError(Exception):
    """Root of everything this package raises."""


class KeysError(WompiError):
    """The merchant's keys cannot be used as configured."""


class CheckoutError(WompiError):
    """The Web Checkout would refuse these values."""


class EventError(WompiError):
    """An event was refused. ``http_status`` is what Wompi is to be answered."""

    http_status = 400


class EventMalformed(EventError):
    """The bytes are not an event that Wompi writes."""

    http_status = 400


class EventNotAuthentic(EventError):
    """The event is not signed with one of our events secrets, in the way that Wompi signs."""

    http_status = 401


class ApiError(WompiError):
    """A call to the API failed; ``trace_id`` is what Wompi's support asks for, where the answer gave one."""

    def __init__(self, message: str, *, trace_id: str | None = None) -> None:
        super().__init__(message)
        self.trace_id = trace_id


class NoAnswer(ApiError):
    """Nothing is known about the outcome. ``retry_after`` is in seconds, where Wompi named a pause."""

    def __init__(self, message: str, *, trace_id: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, trace_id=trace_id)
        self.retry_after = retry_after


class OddAnswer(NoAnswer):
    """Wompi answered, but this one record cannot be used. ``fields`` names what is wrong, where that is known."""

    def __init__(self, message: str, *, fields: str = "") -> None:
        super().__init__(message)
        self.fields = fields


class OddRow(OddAnswer):
    """One row of a list cannot be read. ``transaction_id`` is None where not even that can be.

    ``reference`` is empty where the row says that it has none, and None where it cannot be read.
    """

    def __init__(self, message: str, *, transaction_id: str | None, reference: str | None) -> None:
        super().__init__(message)
        self.transaction_id = transaction_id
        self.reference = reference


class IncompleteList(OddAnswer):
    """A list ended after ``count`` rows, but by its own ``total`` (None where it tells none) it has more."""

    def __init__(self, count: int, total: int | None) -> None:
        super().__init__(f"Wompi's list ended after {count} of {'?' if total is None else total} transactions")
        self.count = count
        self.total = total


class AccessRefused(ApiError):
    """Wompi does not accept our key."""


class NotFound(ApiError):
    """Wompi knows no such thing."""


class RequestRejected(ApiError):
    """Wompi understood the request and refuses it."""
