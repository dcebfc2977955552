"""Everything that can go wrong with Wompi: one class for each thing that the caller does next."""

from __future__ import annotations


class WompiError(Exception):
    """Root of everything this package raises."""


class KeysError(WompiError):
    """The merchant's keys cannot be used as configured: mend the settings."""


class CheckoutError(WompiError):
    """The Web Checkout would refuse these values: a fault of the caller."""


class EventError(WompiError):
    """An event was refused: answer ``http_status`` and store nothing."""

    http_status = 400


class EventMalformed(EventError):
    """The bytes are not an event that Wompi writes."""

    http_status = 400


class EventNotAuthentic(EventError):
    """The event is not signed with one of our events secrets, in the way that Wompi signs."""

    http_status = 401


class ApiError(WompiError):
    """A call to the API failed. ``trace_id`` is what Wompi's support asks for, where the answer has one."""

    def __init__(self, message: str, *, trace_id: str | None = None) -> None:
        super().__init__(message)
        self.trace_id = trace_id


class NoAnswer(ApiError):
    """Time-out, 5xx, 429, not JSON: the outcome is unknown; ask again later, after ``retry_after`` seconds if given."""

    def __init__(self, message: str, *, trace_id: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, trace_id=trace_id)
        self.retry_after = retry_after


class OddAnswer(NoAnswer):
    """An answer that cannot be used: concerns this one record, Wompi itself is well. ``fields`` names what is wrong."""

    # Set for an ``OddRow``.
    transaction_id: str | None = None
    reference: str | None = None

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
    """401 or 403: our key is wrong here. Raise an alarm, change no payment."""


class NotFound(ApiError):
    """404: Wompi does not know this id, or not in this environment."""


class RequestRejected(ApiError):
    """422 and the like: Wompi will never accept this request as it is."""
