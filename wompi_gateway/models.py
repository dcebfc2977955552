"""What Wompi's API answers, as far as the bridge needs it. Unknown fields and unknown words are no errors.

https://docs.wompi.co/docs/colombia/transacciones/ and https://docs.wompi.co/docs/colombia/tokens-de-aceptacion/
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

# An opaque id that goes into an address: nothing that could change the path.
TRANSACTION_ID = r"\A[A-Za-z0-9_-]{1,120}\z"

CURRENCY = "COP"

TransactionId = Annotated[str, StringConstraints(strict=True, pattern=TRANSACTION_ID)]


class Status(StrEnum):
    """The states of a transaction. https://docs.wompi.co/docs/colombia/seguimiento-de-transacciones/"""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    VOIDED = "VOIDED"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"
    """A word that Wompi had not published when this was written: asked about again, never final."""

    @classmethod
    def of(cls, word: str) -> Status:
        """Read Wompi's word; one that is not known becomes ``UNKNOWN``, never an exception."""
        return cls(word) if word in cls.__members__ else cls.UNKNOWN


def _whole_characters(value: object) -> object:
    """Replace halves of surrogate pairs, which JSON can hold and UTF-8 cannot, so that the reference stays readable."""
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if isinstance(value, str) else value


def _as_word(value: object) -> object:
    """A payout's id is a number. It is kept as text, as every id."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def wrong_fields(error: ValidationError, whole: str = "") -> str:
    """Name the fields that cannot be read, in at most 200 characters. Never their values: these may be personal.

    ``whole`` names the value itself, where that is no object.
    """
    return ", ".join(sorted({".".join(map(str, detail["loc"])) or whole for detail in error.errors()}))[:200]


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValueError:
        return None


# A field that booking can do without must not hold money back: another date is used, and a merchant that cannot be read
# is looked up in our own list.
_OrNone = WrapValidator(_or_none)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Merchant(_Answer):
    """The merchant. ``name`` is the name that payers see."""

    public_key: str | None = None
    name: str | None = None
    legal_name: str | None = None
    active: bool | None = None
    logo_url: str | None = None


class Disbursement(_Answer):
    """A payout to the merchant's bank account. ``amount_in_cents`` is the whole payout's net, in cents.

    Wompi documents neither the list of payouts nor this field of a transaction; both were seen in production. The bank
    account's number and kind come with it, and are left out here.
    """

    id: Annotated[str, BeforeValidator(_as_word), StringConstraints(strict=True, pattern=TRANSACTION_ID, max_length=40)]
    amount_in_cents: Annotated[int, Field(strict=True, ge=0)]
    status: Annotated[str, StringConstraints(strict=True, max_length=40)] | None = None
    created_at: AwareDatetime


class Transaction(_Answer):
    """One attempt to pay. Times carry their zone. ``amount_in_cents`` is the total in cents, with taxes. ``reference``
    is whatever the merchant wrote there."""

    id: TransactionId
    status: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=40)]
    amount_in_cents: Annotated[int, Field(strict=True, ge=0)]
    currency: Annotated[str, StringConstraints(strict=True, max_length=10)]
    reference: Annotated[str, BeforeValidator(_whole_characters), StringConstraints(strict=True)]
    created_at: Annotated[AwareDatetime | None, _OrNone] = None
    finalized_at: Annotated[AwareDatetime | None, _OrNone] = None
    payment_method_type: Annotated[str | None, _OrNone] = None
    payment_method: Annotated[dict[str, Any] | None, _OrNone] = None
    status_message: Annotated[str | None, _OrNone] = None
    merchant: Annotated[Merchant | None, _OrNone] = None
    disbursement: Annotated[Disbursement | None, _OrNone] = None
    """The payout that it was part of; only in lists, and None before there is one."""

    @property
    def state(self) -> Status:
        """The status as one of the known states."""
        return Status.of(self.status)

    @property
    def processor_code(self) -> str | None:
        """The card processor's answer (``"51"``: not enough funds), where there is one."""
        extra = (self.payment_method or {}).get("extra")
        code = extra.get("processor_response_code") if isinstance(extra, dict) else None
        return code if isinstance(code, str) else None


class Void(_Answer):
    """The answer to a void. Only ``status`` counts: Wompi answers 201 also when the void failed."""

    status: str
    status_message: str | None = None
