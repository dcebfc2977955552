"""What Wompi answers, read: strict where it counts, forgiving everywhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wompi_gateway.models import Status, Transaction, Void

# As GET /transactions/{id} answers, shortened (https://docs.wompi.co/docs/colombia/transacciones/).
ROW: dict[str, Any] = {
    "id": "1234-1610641025-49201",
    "created_at": "2026-09-21T14:00:00.000Z",
    "finalized_at": "2026-09-21T14:02:05.123Z",
    "amount_in_cents": 5950000,
    "reference": "INV1042-77-5950000-ABCDEFGHA",
    "customer_email": "ana@example.com",
    "currency": "COP",
    "payment_method_type": "CARD",
    "payment_method": {"type": "CARD", "extra": {"processor_response_code": "51"}},
    "status": "APPROVED",
    "status_message": None,
    "merchant": {"public_key": "pub_prod_Kw4aC0rZ", "name": "Tienda", "legal_id": "900"},
    "taxes": [],
}


def test_a_whole_transaction() -> None:
    """Amounts stay whole numbers, times are aware, and what is not needed is left behind."""
    transaction = Transaction.model_validate(ROW)
    assert transaction.amount_in_cents == 5950000
    assert transaction.finalized_at == datetime(2026, 9, 21, 14, 2, 5, 123000, tzinfo=UTC)
    assert transaction.state is Status.APPROVED
    assert transaction.processor_code == "51"
    assert transaction.merchant is not None
    assert transaction.merchant.public_key == "pub_prod_Kw4aC0rZ"
    assert "ana@example.com" not in repr(transaction)


@pytest.mark.parametrize("name", ["id", "status", "amount_in_cents", "currency", "reference"])
@pytest.mark.parametrize("value", [None, "", 5950000.0, True, [], {}, "5950000", -1, "a/b", "x" * 300])
def test_what_counts_is_strict(name: str, value: object) -> None:
    """Nothing is guessed in what money depends on; texts of good form are left to the comparison with the checkout."""
    if isinstance(value, str) and (name == "reference" and len(value) <= 255 or name == "currency" and len(value) <= 10):
        assert getattr(Transaction.model_validate(ROW | {name: value}), name) == value
    elif isinstance(value, str) and name in ("id", "status") and value in ("5950000", "a/b") and (name, value) != ("id", "a/b"):
        assert getattr(Transaction.model_validate(ROW | {name: value}), name) == value
    else:
        with pytest.raises(ValidationError):
            Transaction.model_validate(ROW | {name: value})


@pytest.mark.parametrize("value", [None, "", "yesterday", "2026-13-45T00:00:00Z", "2026-09-21T14:00:00", [], {}])
def test_a_date_that_cannot_be_read_holds_nothing_back(value: object) -> None:
    """No zone, no date, no such month: none, and the transaction is there all the same."""
    transaction = Transaction.model_validate(ROW | {"finalized_at": value})
    assert transaction.finalized_at is None
    assert transaction.created_at is not None


def test_only_five_fields_are_needed() -> None:
    """The list of transactions may leave out whatever it likes beside them."""
    needed = {name: ROW[name] for name in ("id", "status", "amount_in_cents", "currency", "reference")}
    transaction = Transaction.model_validate(needed)
    assert (transaction.merchant, transaction.finalized_at, transaction.processor_code) == (None, None, None)


@pytest.mark.parametrize("method", [None, {}, {"extra": None}, {"extra": []}, {"extra": {"processor_response_code": 51}}])
def test_no_processor_code(method: object) -> None:
    """Other methods have none, and a number is not the documented text."""
    assert Transaction.model_validate(ROW | {"payment_method": method}).processor_code is None


@given(st.text())
def test_every_word_is_a_state(word: str) -> None:
    """The five published words are themselves, every other one is UNKNOWN, and none is an error."""
    published = {"PENDING", "APPROVED", "DECLINED", "VOIDED", "ERROR"}
    assert Status.of(word) == (word if word in published else "UNKNOWN")


@pytest.mark.parametrize("word", ["PENDING", "APPROVED", "DECLINED", "VOIDED", "ERROR"])
def test_the_published_states(word: str) -> None:
    """https://docs.wompi.co/docs/colombia/seguimiento-de-transacciones/"""
    assert Status.of(word).value == word
    assert Status.of(word.lower()) is Status.UNKNOWN


def test_a_void_is_read_by_its_status() -> None:
    """Only ``status`` counts; whatever else stands there may change."""
    void = Void.model_validate({"status": "ERROR", "status_message": "Original no Encontrado", "transaction": {"status": "APPROVED"}})
    assert (void.status, void.status_message) == ("ERROR", "Original no Encontrado")
