"""The sandbox Wompi's API and events, against docs.wompi.co and measured answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from whmcs_bridge.sandbox.wompi.server import WompiSandbox

from .conftest import Clock, Receiver

# Wompi's documentation prints these two as example secrets; the digests below were computed from its rule elsewhere.
DOCS_PROD = "prod_events_OcHnIzeBl5socpwByQ4hA52Em3USQ93Z"
DOCS_TEST = "test_events_EqCPDEn5x4lRatGPxLhyZd6YTgd6QSrr"


def get(wompi: WompiSandbox, path: str, *, key: str | None = "", **query: Any) -> requests.Response:
    key = wompi.private_key if key == "" else key
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return requests.get(f"{wompi.api_url}/{path}", params=query, headers=headers, timeout=5)


def void(wompi: WompiSandbox, transaction_id: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {wompi.private_key}"}
    return requests.post(f"{wompi.api_url}/transactions/{transaction_id}/void", headers=headers, timeout=5)


def test_a_transaction_has_the_documented_fields(wompi: WompiSandbox) -> None:
    """GET /transactions/{id} answers {data, meta} with every field of Wompi's OpenAPI, amounts as integers."""
    created = wompi.create_transaction("INV-1001-A1x", 4490000, method="PSE")
    body = get(wompi, f"transactions/{created['id']}").json()
    assert set(body) == {"data", "meta"}
    assert list(body["data"]) == [
        "id", "created_at", "finalized_at", "amount_in_cents", "reference", "customer_email", "currency",
        "payment_method_type", "payment_method", "status", "status_message", "billing_data", "shipping_address",
        "redirect_url", "payment_source_id", "payment_link_id", "customer_data", "bill_id", "taxes", "tip_in_cents",
        "merchant",
    ]  # fmt: skip
    assert body["data"]["id"] == "12022-1789996400-10001"
    assert body["data"]["created_at"] == "2026-09-21T13:13:20.000Z"
    assert body["data"]["amount_in_cents"] == 4490000
    assert body["data"]["finalized_at"] is None
    assert body["data"]["status"] == "PENDING"
    assert body["data"]["merchant"]["public_key"] == wompi.public_key


def test_a_settled_card_carries_the_processors_code(wompi: WompiSandbox, clock: Clock) -> None:
    """APPROVED has "00", DECLINED has "12" and the sandbox's sentence; finalized_at is the moment of settling."""
    one, two = (wompi.create_transaction(f"R-{n}-x", 200000) for n in (1, 2))
    clock.now += 2
    wompi.settle(one["id"], "APPROVED")
    wompi.settle(two["id"], "DECLINED")
    approved, declined = (get(wompi, f"transactions/{row['id']}").json()["data"] for row in (one, two))
    assert approved["payment_method"]["extra"]["processor_response_code"] == "00"
    assert approved["status_message"] is None
    assert approved["finalized_at"] == "2026-09-21T13:13:22.000Z"
    assert declined["payment_method"]["extra"]["processor_response_code"] == "12"
    assert declined["status_message"] == "La transacción fue rechazada (Sandbox)"


def test_the_merchant_may_be_missing(wompi: WompiSandbox) -> None:
    """Some answers name no merchant."""
    wompi.omit_merchant = True
    created = wompi.create_transaction("R-1-x", 200000)
    assert "merchant" not in get(wompi, f"transactions/{created['id']}").json()["data"]


@pytest.mark.parametrize("path", ["transactions/12022-1-1", "transactions"])
@pytest.mark.parametrize(
    ("key", "status", "reason"),
    [
        (None, 401, "Se esperaba una llave pública o privada pero no se recibió ninguna"),
        ("nonsense", 401, "Llave no válida"),
        ("prv_prod_0123456789abcdef", 401, "La llave proporcionada no corresponde a este ambiente."),
        ("prv_test_0123456789abcdef", 403, "El token no tiene suficientes permisos"),
    ],
)
def test_a_wrong_key_is_refused_in_wompis_words(
    wompi: WompiSandbox, path: str, key: str | None, status: int, reason: str
) -> None:
    """401 without, with a malformed or a foreign key; 403 with a private key that does not exist."""
    answer = get(wompi, path, key=key)
    assert (answer.status_code, answer.json()["error"]) == (status, {"type": "INVALID_ACCESS_TOKEN", "reason": reason})


def test_the_public_key_reads_nothing(wompi: WompiSandbox) -> None:
    """With the public key a transaction is 404 and the list 401."""
    created = wompi.create_transaction("R-1-x", 200000)
    assert get(wompi, f"transactions/{created['id']}", key=wompi.public_key).status_code == 404
    assert get(wompi, "transactions", key=wompi.public_key).status_code == 401


def test_an_unknown_id_is_not_found(wompi: WompiSandbox) -> None:
    """404 NOT_FOUND_ERROR with a trace id."""
    answer = get(wompi, "transactions/12022-1-1")
    assert answer.status_code == 404
    assert answer.json()["error"] == {"type": "NOT_FOUND_ERROR", "reason": "La entidad solicitada no existe"}
    assert answer.json()["meta"]["trace_id"]


def test_the_list_by_reference(wompi: WompiSandbox) -> None:
    """All transactions of the reference, newest first; an unknown reference is 200 with an empty list."""
    first = wompi.create_transaction("INV-1-x", 200000, status="DECLINED")
    second = wompi.create_transaction("INV-1-x", 200000, status="APPROVED")
    wompi.create_transaction("inv-1-x", 200000)
    found = get(wompi, "transactions", reference="INV-1-x")
    assert [row["id"] for row in found.json()["data"]] == [second["id"], first["id"]]
    unknown = get(wompi, "transactions", reference="INV-2-x")
    assert (unknown.status_code, unknown.json()["data"]) == (200, [])


def test_the_list_filters_by_day_and_status_and_pages(wompi: WompiSandbox, clock: Clock) -> None:
    """from_date and until_date are whole days, both included; pages count from 1."""
    days = [wompi.create_transaction(f"R-{n}-x", 200000, created_at=clock.now + n * 86400) for n in range(4)]
    wompi.settle(days[2]["id"], "APPROVED")
    ids = [row["id"] for row in days]

    def found(**query: Any) -> list[int]:
        return [ids.index(row["id"]) for row in get(wompi, "transactions", **query).json()["data"]]

    assert found(from_date="2026-09-22", until_date="2026-09-23", order="ASC") == [1, 2]
    assert found(status="APPROVED") == [2]
    assert found(page=2, page_size=3) == [0]
    assert found(page=3, page_size=3) == []


def test_the_list_may_give_fewer_rows_than_were_asked_for(wompi: WompiSandbox) -> None:
    """`meta` says how many a page has and how many there are; it may be missing, and `page` may be passed over."""
    made = [wompi.create_transaction("R-1-x", 200000)["id"] for _ in range(5)]

    def found(page: int) -> tuple[list[str], dict[str, int]]:
        told = get(wompi, "transactions", reference="R-1-x", page=page, page_size=200, order="ASC").json()
        return [row["id"] for row in told["data"]], told["meta"]

    wompi.most_rows = 2
    assert found(1) == (made[:2], {"page": 1, "page_size": 2, "total_results": 5})
    assert found(3) == (made[4:], {"page": 3, "page_size": 2, "total_results": 5})
    wompi.ignore_page = True
    assert found(3)[0] == made[:2]
    wompi.omit_meta = True
    assert found(3) == (made[:2], {})


@pytest.mark.parametrize("query", [{"page": 0}, {"page_size": 201}, {"page": "x"}, {"from_date": "ayer"}])
def test_the_list_refuses_bad_filters(wompi: WompiSandbox, query: dict[str, Any]) -> None:
    """422 INPUT_VALIDATION_ERROR with messages."""
    answer = get(wompi, "transactions", **query)
    assert (answer.status_code, answer.json()["error"]["type"]) == (422, "INPUT_VALIDATION_ERROR")


def test_a_void_answers_approved_and_the_transaction_becomes_voided(wompi: WompiSandbox, receiver: Receiver) -> None:
    """201 with data.status APPROVED and the transaction still APPROVED inside; then VOIDED, and an event."""
    wompi.events_url = receiver.url
    created = wompi.create_transaction("R-1-x", 200000, status="APPROVED")
    answer = void(wompi, created["id"])
    assert answer.status_code == 201
    assert answer.json()["data"]["status"] == "APPROVED"
    assert answer.json()["data"]["transaction"]["status"] == "APPROVED"
    assert answer.json()["meta"]["trace_id"]
    assert get(wompi, f"transactions/{created['id']}").json()["data"]["status"] == "VOIDED"
    assert wompi.wait_for_deliveries()
    assert json.loads(receiver.bodies[0])["data"]["transaction"]["status"] == "VOIDED"


def test_a_void_may_take_its_time(wompi: WompiSandbox) -> None:
    """An accepted void leaves the transaction APPROVED for a while."""
    wompi.void_settles = False
    created = wompi.create_transaction("R-1-x", 200000, status="APPROVED")
    assert void(wompi, created["id"]).json()["data"]["status"] == "APPROVED"
    assert wompi.transaction(created["id"])["status"] == "APPROVED"


@pytest.mark.parametrize(
    ("status", "method", "age"),
    [("APPROVED", "PSE", 0), ("DECLINED", "CARD", 0), ("VOIDED", "CARD", 0), ("APPROVED", "CARD", 9 * 3600)],
)
def test_what_cannot_be_voided_is_201_with_error_inside(
    wompi: WompiSandbox, clock: Clock, status: str, method: str, age: int
) -> None:
    """Only an approved card payment of the same day in Bogotá can be voided; only data.status says that it was not."""
    created = wompi.create_transaction("R-1-x", 200000, status=status, method=method, created_at=clock.now - age)
    answer = void(wompi, created["id"])
    assert answer.status_code == 201
    assert answer.json()["data"]["status"] == "ERROR"
    assert answer.json()["data"]["status_message"] == "Original no Encontrado"
    assert wompi.transaction(created["id"])["status"] == status


def test_voiding_an_unknown_id_is_not_found(wompi: WompiSandbox) -> None:
    """404 with Wompi's envelope."""
    assert void(wompi, "12022-1-1").json()["error"]["type"] == "NOT_FOUND_ERROR"


def test_the_merchant_is_read_with_its_own_header(wompi: WompiSandbox) -> None:
    """GET /merchants/info takes x-merchant-public-key; an unknown key is 404 MERCHANT_NOT_FOUND."""
    address = f"{wompi.api_url}/merchants/info"
    known = requests.get(address, headers={"x-merchant-public-key": wompi.public_key}, timeout=5).json()["data"]
    assert known["name"] == "Hosting Andino S.A.S."
    assert known["accepted_currencies"] == ["COP"]
    assert known["presigned_acceptance"]["type"] == "END_USER_POLICY"
    unknown = requests.get(address, headers={"x-merchant-public-key": "pub_test_other"}, timeout=5)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "MERCHANT_NOT_FOUND")


def test_the_old_merchant_path_is_gone(wompi: WompiSandbox) -> None:
    """GET /merchants/<public key> was announced to end on 2026-10-31."""
    assert requests.get(f"{wompi.api_url}/merchants/{wompi.public_key}", timeout=5).status_code == 404


@pytest.mark.parametrize(
    ("secret", "status", "properties", "checksum"),
    [
        (DOCS_PROD, "APPROVED", None, "5a18ec5e8fdb7df463e9f94774cba8f583ba21bd04a09ceff2ea68a4bc0aefbe"),
        (DOCS_TEST, "APPROVED", None, "c7c03147429efbbcfab3cdf585041c871d577ca183b1387581535add1a061780"),
        (DOCS_PROD, "VOIDED", None, "5d5067a80ccfe9493b02501d24f268dfeb53c104bceaab3ba3d02ba62ec1c987"),
        (
            DOCS_PROD,
            "APPROVED",
            ["transaction.amount_in_cents", "transaction.id", "transaction.status"],
            "09c5cf8fcd5eaf619e12c97a14255515e23b4fe1a49b0cb2c13fc77dba5fbef4",
        ),
    ],
)
def test_events_are_signed_by_wompis_rule(
    wompi: WompiSandbox, secret: str, status: str, properties: list[str] | None, checksum: str
) -> None:
    """SHA-256 over the values in the event's own order, the timestamp and the whole secret, in lower-case hex."""
    wompi.events_secret = secret
    wompi.create_transaction("R-1-x", 4490000, id="1234-1610641025-49201", status=status)
    body = wompi.event_body("1234-1610641025-49201", properties=properties, timestamp=1530291411)
    assert json.loads(body)["signature"]["checksum"] == checksum


def test_an_event_has_the_captured_shape(wompi: WompiSandbox) -> None:
    """The key order of real bodies; timestamp at the top; the transaction without merchant, taxes and bill."""
    created = wompi.create_transaction("R-1-x", 4490000, status="APPROVED")
    event = json.loads(wompi.event_body(created["id"]))
    assert list(event) == ["event", "data", "sent_at", "timestamp", "signature", "environment"]
    assert list(event["signature"]) == ["checksum", "properties"]
    assert event["signature"]["properties"] == [
        "transaction.id", "transaction.status", "transaction.amount_in_cents",
    ]  # fmt: skip
    assert (event["event"], event["environment"], event["timestamp"]) == ("transaction.updated", "test", 1789996400)
    assert event["sent_at"] == "2026-09-21T13:13:20.000Z"
    assert not {"merchant", "taxes", "bill_id"} & set(event["data"]["transaction"])


def test_an_event_can_be_forged_for_tests(wompi: WompiSandbox) -> None:
    """Overrides reach the envelope or the transaction; a changed transaction is signed as it is sent."""
    created = wompi.create_transaction("R-1-x", 4490000, status="DECLINED")
    event = json.loads(wompi.event_body(created["id"], status="APPROVED", environment="prod", checksum="0" * 64))
    assert event["data"]["transaction"]["status"] == "APPROVED"
    assert (event["environment"], event["signature"]["checksum"]) == ("prod", "0" * 64)
    assert wompi.transaction(created["id"])["status"] == "DECLINED"


def test_settling_sends_an_event_with_its_checksum_in_the_header(wompi: WompiSandbox, receiver: Receiver) -> None:
    """One POST follows a final status by itself, and the header says the same as the body."""
    wompi.events_url = receiver.url
    created = wompi.create_transaction("R-1-x", 200000)
    wompi.settle(created["id"], "APPROVED")
    assert wompi.wait_for_deliveries()
    assert len(receiver.bodies) == 1
    assert receiver.checksums[0] == json.loads(receiver.bodies[0])["signature"]["checksum"]
    assert [(row.status, row.attempt, row.answer) for row in wompi.deliveries] == [("APPROVED", 1, 200)]


def test_auto_delivery_can_be_switched_off(wompi: WompiSandbox, receiver: Receiver) -> None:
    """Then events wait until somebody sends them, oldest first, and only once."""
    wompi.events_url, wompi.auto_deliver = receiver.url, False
    one, two = (wompi.create_transaction(f"R-{n}-x", 200000) for n in (1, 2))
    wompi.settle(one["id"], "APPROVED")
    wompi.settle(two["id"], "ERROR")
    assert receiver.bodies == []
    assert wompi.deliver_all() == [200, 200]
    assert wompi.deliver_all() == []
    assert [json.loads(body)["data"]["transaction"]["id"] for body in receiver.bodies] == [one["id"], two["id"]]


def test_wompi_retries_three_times_with_the_same_body(wompi: WompiSandbox, receiver: Receiver, clock: Clock) -> None:
    """Anything but 200 is a failure, 204 too; sent_at and timestamp stay those of the first try."""
    wompi.events_url, receiver.answer = receiver.url, 204
    created = wompi.create_transaction("R-1-x", 200000, status="APPROVED")
    assert wompi.deliver(created["id"]) == 204
    for wait in (1800, 10800, 86400):
        clock.now += wait
        assert wompi.redeliver(created["id"]) == 204
    with pytest.raises(LookupError):
        wompi.redeliver(created["id"])
    assert len(set(receiver.bodies)) == 1
    assert len(receiver.bodies) == 4


def test_an_accepted_event_is_not_retried_but_may_come_twice(wompi: WompiSandbox, receiver: Receiver) -> None:
    """After a 200 Wompi does not try again by itself; a duplicate delivery is the very same body."""
    wompi.events_url = receiver.url
    created = wompi.create_transaction("R-1-x", 200000, status="APPROVED")
    assert wompi.deliver(created["id"]) == 200
    with pytest.raises(LookupError):
        wompi.redeliver(created["id"])
    assert wompi.deliver(created["id"]) == 200
    assert receiver.bodies[0] == receiver.bodies[1]


def test_a_receiver_that_is_down_is_answer_zero(wompi: WompiSandbox, receiver: Receiver) -> None:
    """No answer is noted as 0, and the event stays owed."""
    created = wompi.create_transaction("R-1-x", 200000, status="APPROVED")
    assert wompi.deliver(created["id"]) == 0
    wompi.events_url = receiver.url
    assert wompi.deliver_all() == [200]
