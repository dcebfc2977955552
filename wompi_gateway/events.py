"""Events: bytes in, a verified ``Event`` out, or an ``EventError`` that says what to answer. No I/O.

https://docs.wompi.co/docs/colombia/eventos/. The checksum signs only what the event itself names in ``properties``,
joined without separators, and never reference, currency or environment. So a verified event only says that
something happened to a transaction; what happened is read from the API. Strictness here keeps noise and forgeries out
of the inbox.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from wompi_gateway.errors import EventMalformed, EventNotAuthentic
from wompi_gateway.keys import Environment
from wompi_gateway.models import Status, TransactionId, wrong_fields
from wompi_gateway.signatures import event_checksum, same_checksum

# Real events are about 2 kB. Wompi publishes no bound.
MAX_BYTES = 64 * 1024
MAX_DEPTH = 32

TRANSACTION_UPDATED = "transaction.updated"

# Unix seconds with ten digits, 2001 to 2286. With a fixed width no digit of the timestamp can be moved into the value
# before it in the checksum, and the milliseconds of the payouts product, which has the same event name, are refused.
_FIRST_TIMESTAMP, _LAST_TIMESTAMP = 1_000_000_000, 9_999_999_999

Model = TypeVar("Model", bound=BaseModel)

# Wompi's bound of an amount of ours. Other programs' events may carry any whole number that fits into 64 bits.
_MOST_IN_CENTS = 1_000_000_000_000
_REFERENCE = re.compile(r"[A-Za-z0-9_.:/#-]{1,255}\Z")

_CHECKSUM = re.compile(r"[0-9A-Fa-f]{64}\Z")
_MAX_PROPERTIES = 20
_PATH = re.compile(r"[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63}){1,5}\Z")
_PATH_ELSEWHERE = re.compile(r"[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,5}\Z")
_ALWAYS_SIGNED = frozenset({"transaction.id", "transaction.status", "transaction.amount_in_cents"})


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event. ``transaction_id`` is set for a ``transaction.updated`` that may be ours; nothing else needs an
    action.

    ``type`` may be any text of another program's: it is not fit for a log as it is.
    """

    type: str
    transaction_id: str | None
    status: str | None
    reference: str | None
    amount_in_cents: int | None
    timestamp: int
    checksum: str

    @property
    def digest(self) -> str:
        """Identifies the event: unlike the checksum it has separators. The same on redelivery."""
        told = (self.type, self.transaction_id, self.status, self.amount_in_cents, self.timestamp, self.checksum)
        return hashlib.sha256("|".join(map(str, told)).encode()).hexdigest()


def _encodable(value: Any) -> Any:
    """Refuse a text with halves of surrogate pairs: no encoding holds it. Raises ``ValueError``."""
    if isinstance(value, str):
        value.encode()
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Envelope(_Strict):
    event: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    data: dict[str, Any]
    environment: Literal["test", "prod"]
    timestamp: Annotated[int, Field(ge=_FIRST_TIMESTAMP, le=_LAST_TIMESTAMP)]


class _Transaction(_Strict):
    id: TransactionId
    status: Annotated[str, StringConstraints(pattern=r"\A[A-Z][A-Z_]{0,39}\z")]
    amount_in_cents: Annotated[int, Field(ge=-(2**63), lt=2**63)]
    currency: Annotated[str, StringConstraints(pattern=r"\A[A-Z]{3}\z")]
    reference: Annotated[Any, AfterValidator(_encodable)] = None  # of a shop that is not ours: anything

    @property
    def amount_is_possible(self) -> bool:
        """Tell whether a checkout of ours could have this amount."""
        return 0 < self.amount_in_cents <= _MOST_IN_CENTS


def _any_reference(_: str) -> bool:
    return True


def parse_event(
    body: bytes,
    *,
    environment: Environment,
    secrets: Sequence[str],
    header_checksum: str | None = None,
    ours: Callable[[str], bool] = _any_reference,
) -> Event:
    """Read and verify one event.

    ``secrets`` are all events secrets that still verify, ``header_checksum`` the ``X-Event-Checksum`` header, if sent.
    ``ours`` tells whether a reference is of this program's making. One Wompi account may serve other programs too:
    a verified event about a reference or an amount that no checkout of ours has comes back without a transaction.
    Raises ``EventMalformed`` (answer 400) or ``EventNotAuthentic`` (answer 401), and nothing else, whatever the bytes.
    """
    document = _read_json(body)
    signature = document.get("signature")
    if "timestamp" not in document and isinstance(signature, dict) and "timestamp" in signature:
        # The English page of the documentation draws it there.
        document = {**document, "timestamp": signature["timestamp"]}
    envelope = _validated(_Envelope, document)
    if envelope.event != TRANSACTION_UPDATED and envelope.event.strip().casefold() == TRANSACTION_UPDATED:
        raise EventMalformed("the type of the event is not as Wompi writes it")
    transaction = None
    if envelope.event == TRANSACTION_UPDATED:
        transaction = _validated(_Transaction, envelope.data.get("transaction"))
    if envelope.environment != environment:
        raise EventNotAuthentic(f"the event is of the other environment ({envelope.environment})")
    checksum = _verify(signature, envelope, transaction, secrets, header_checksum)
    if transaction and _is_foreign(transaction, ours):
        transaction = None
    return Event(
        type=envelope.event,
        transaction_id=transaction.id if transaction else None,
        status=transaction.status if transaction else None,
        reference=transaction.reference if transaction else None,
        amount_in_cents=transaction.amount_in_cents if transaction else None,
        timestamp=envelope.timestamp,
        checksum=checksum,
    )


def reference_if_approved(body: bytes) -> str | None:
    """The reference that an event names, if the event says APPROVED: of bytes that ``parse_event`` has verified before.
    A hint, and no more: what holds is what Wompi's API says."""
    try:
        transaction = json.loads(body)["data"]["transaction"]
        reference = transaction["reference"] if transaction["status"] == Status.APPROVED else None
    except (ValueError, LookupError, TypeError):
        return None
    return reference if isinstance(reference, str) else None


def _is_foreign(transaction: _Transaction, ours: Callable[[str], bool]) -> bool:
    reference = transaction.reference
    if not isinstance(reference, str) or not _REFERENCE.match(reference):
        return True
    if transaction.amount_is_possible:
        return False  # what becomes of it is decided by what the API says
    if ours(reference):
        raise EventMalformed("missing or not as Wompi writes it: amount_in_cents")
    return True


def _read_json(body: bytes) -> dict[str, Any]:
    if not body:
        raise EventMalformed("the body is empty")
    if len(body) > MAX_BYTES:
        raise EventMalformed(f"the body is longer than {MAX_BYTES} bytes")
    try:
        document = _STRICT_JSON.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        # ValueError covers UnicodeDecodeError, JSONDecodeError and integers of thousands of digits.
        raise EventMalformed(f"the body is not strict JSON in UTF-8 ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise EventMalformed("the body is not a JSON object")
    # With so few brackets it cannot be nested deeper, so it need not be walked.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _deeper_than(document, MAX_DEPTH):
        raise EventMalformed(f"the body is nested deeper than {MAX_DEPTH} levels")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        # Two parsers could read two different values.
        raise ValueError("a key stands twice in one object")
    return members


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is out of range")
    return number


_STRICT_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite)


def _deeper_than(value: object, levels: int) -> bool:
    layer: list[object] = [value]
    for _ in range(levels):
        layer = [
            child
            for node in layer
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not layer:
            return False
    return any(isinstance(node, (dict, list)) for node in layer)


def _validated(model: type[Model], value: object) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise EventMalformed(f"missing or not as Wompi writes it: {wrong_fields(error, 'transaction')}") from None
    except (ValueError, RecursionError):
        raise EventMalformed("holds values that cannot be read") from None


def _verify(
    signature: object,
    envelope: _Envelope,
    transaction: _Transaction | None,
    secrets: Sequence[str],
    header_checksum: str | None,
) -> str:
    if not isinstance(signature, dict):
        raise EventNotAuthentic("the event carries no signature")
    checksum, properties = signature.get("checksum"), signature.get("properties")
    if not isinstance(checksum, str) or not _CHECKSUM.match(checksum):
        raise EventNotAuthentic("the checksum is not 64 hexadecimal digits")
    if header_checksum is not None and header_checksum.strip().lower() != checksum.lower():
        raise EventNotAuthentic("the header X-Event-Checksum is not the body's checksum")
    values = [_value_at(path, envelope.data) for path in _signed_paths(properties, transaction)]
    if transaction and _could_be_split_otherwise(transaction):
        raise EventNotAuthentic("id and status could be split in another place")
    try:
        expected = [event_checksum(values, envelope.timestamp, secret) for secret in secrets if secret]
    except UnicodeEncodeError:
        raise EventNotAuthentic("a signed value is not text") from None
    matches = [same_checksum(candidate, checksum) for candidate in expected]
    if not any(matches):
        raise EventNotAuthentic("the checksum is not made with our events secret")
    return checksum.lower()


def _signed_paths(properties: object, transaction: _Transaction | None) -> list[str]:
    if not isinstance(properties, list) or not 0 < len(properties) <= _MAX_PROPERTIES:
        raise EventNotAuthentic("signature.properties is not a short list")
    form = _PATH if transaction else _PATH_ELSEWHERE
    paths = [path for path in properties if isinstance(path, str) and form.match(path)]
    if len(paths) != len(properties) or len(set(paths)) != len(paths):
        raise EventNotAuthentic("signature.properties holds something that is not a path, or one path twice")
    if transaction is not None:
        if not all(path.startswith("transaction.") for path in paths):
            raise EventNotAuthentic("signature.properties names something outside of the transaction")
        if not _ALWAYS_SIGNED.issubset(paths):
            raise EventNotAuthentic("id, status or amount are not signed: did Wompi change its list of properties?")
    return paths


def _value_at(path: str, data: dict[str, Any]) -> str:
    value: Any = data
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise EventNotAuthentic("a signed property is missing, or is neither a text nor a whole number")
    return str(value)


def _could_be_split_otherwise(transaction: _Transaction) -> bool:
    """Tell whether letters of a known status may have slid into the id (``...49201A`` + ``PPROVED``).

    Wompi's ids end in a digit, so an id that ends in a letter beside a status that nobody knows is such a slide.
    """
    return Status.of(transaction.status) is Status.UNKNOWN and not transaction.id[-1].isdigit()
