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
@pytest.mark.parametrize("value", [None, 5950000.0, True, [], {}, "x" * 300, -1])
def test_what_counts_is_strict(name: str, value: object) -> None:
    """Nothing is guessed, and nothing converted, in what money depends on. A reference may be as long as it likes."""
    if (name, value) == ("reference", "x" * 300):
        assert Transaction.model_validate(ROW | {name: value}).reference == value
        return
    with pytest.raises(ValidationError):
        Transaction.model_validate(ROW | {name: value})


@pytest.mark.parametrize("value", ["", "a/b", "../x", "a b", "a\n", "ñ", "a?b", "x" * 121])
def test_an_id_fits_into_an_address(value: str) -> None:
    """Nothing that could change the path when it is asked for again."""
    with pytest.raises(ValidationError):
        Transaction.model_validate(ROW | {"id": value})


@pytest.mark.parametrize("value", ["5950000", "5950000.00", 5950000.5])
def test_an_amount_is_a_whole_json_number(value: object) -> None:
    """Not a text that looks like one."""
    with pytest.raises(ValidationError):
        Transaction.model_validate(ROW | {"amount_in_cents": value})


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


@pytest.mark.parametrize(
    "method", [None, {}, {"extra": None}, {"extra": []}, {"extra": {"processor_response_code": 51}}]
)
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
    void = Void.model_validate(
        {"status": "ERROR", "status_message": "Original no Encontrado", "transaction": {"status": "APPROVED"}}
    )
    assert (void.status, void.status_message) == ("ERROR", "Original no Encontrado")


def test_half_a_character_in_a_reference_is_replaced() -> None:
    """JSON can write it and nothing else can: it is somebody's reference all the same, and not ours."""
    assert Transaction.model_validate(ROW | {"reference": "a\ud800b"}).reference == "a" + "\ufffd" * 3 + "b"
