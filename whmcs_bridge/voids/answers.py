"""What WHMCS is told of a void."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from whmcs_bridge.messages import Text


class Told(StrEnum):
    """What WHMCS is told: https://developers.whmcs.com/payment-gateways/refunds."""

    SUCCESS = "success"
    DECLINED = "declined"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, its sentence, and the estimate of the fee that is not charged any more."""

    told: Told
    sentence: Text
    fees_in_cents: int = 0


def declined(sentence: Text) -> Answer:
    """Nothing was given back; it cannot be done this way."""
    return Answer(Told.DECLINED, sentence)


def unsure(sentence: Text) -> Answer:
    """Nothing is sure yet, or it can be tried again."""
    return Answer(Told.ERROR, sentence)


def done(sentence: Text, fees_in_cents: int) -> Answer:
    """The money goes back."""
    return Answer(Told.SUCCESS, sentence, fees_in_cents)
