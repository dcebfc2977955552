"""The sandbox's Web Checkout, against docs.wompi.co/docs/colombia/widget-checkout-web and the sandbox's test data."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

import pytest
import requests

from whmcs_bridge.sandbox.wompi.server import WompiSandbox

from .conftest import Clock, Receiver

DOCS_INTEGRITY = "prod_integrity_Z5mMke9x0k8gpErbDqwrJXMqsI6SFli6"  # the documentation's public example secret
DOCS_DIGEST = "37c8407747e595535433ef8f6a811d853cd943046624a0ec04662b17bbf33bf5"
DOCS_DIGEST_WITH_EXPIRATION = "e972f58e7de36b283fbb93d9318d39a54ffdff4e8e917b534f30d63c9d7bb89c"


def address_of(wompi: WompiSandbox, **changes: str | None) -> dict[str, str]:
    """A good checkout address's query, signed after the changes; a None leaves a parameter out."""
    query = {
        "public-key": wompi.public_key,
        "currency": "COP",
        "amount-in-cents": "5950000",
        "reference": "INV-1042-x",
        "redirect-url": "http://127.0.0.1:9/return?lang=es",
    } | {name.replace("__", ":").replace("_", "-"): value for name, value in changes.items()}
    given = {name: value for name, value in query.items() if value is not None}
    signed = [given.get(name, "") for name in ("reference", "amount-in-cents", "currency", "expiration-time")]
    digest = hashlib.sha256("".join([*signed, wompi.integrity_secret]).encode()).hexdigest()
    return {"signature:integrity": digest} | given


def open_page(wompi: WompiSandbox, query: dict[str, str]) -> requests.Response:
    return requests.get(wompi.checkout_url, params=query, timeout=5)


def open_checkout(wompi: WompiSandbox, **changes: str | None) -> str:
    """The address that the page's form posts to."""
    page = open_page(wompi, address_of(wompi, **changes))
    assert page.status_code == 200, page.text
    found = re.search(r'action="/(p/[^"]+)"', page.text)
    assert found
    return f"{wompi.url}{found[1]}"


def pay(checkout: str, **form: str) -> requests.Response:
    return requests.post(checkout, data={"method": "CARD"} | form, allow_redirects=False, timeout=5)


APPROVES, DECLINES = {"card": "4242 4242 4242 4242"}, {"card": "4111 1111 1111 1111"}


def test_the_documents_own_signature_opens_the_page(wompi: WompiSandbox) -> None:
    """The digest that Wompi's documentation prints, for its reference, amount and secret."""
    wompi.integrity_secret = DOCS_INTEGRITY
    query = address_of(wompi, reference="sk8-438k4-xmxm392-sn2m", amount_in_cents="2490000")
    assert open_page(wompi, query | {"signature:integrity": DOCS_DIGEST}).status_code == 200


def test_the_expiration_joins_the_signature(wompi: WompiSandbox, clock: Clock) -> None:
    """Byte for byte as it is sent; the digest without it is refused."""
    wompi.integrity_secret = DOCS_INTEGRITY
    expiration = "2023-06-09T20:28:50.000Z"
    clock.now = datetime.fromisoformat(expiration).timestamp() - 60
    query = address_of(wompi, reference="sk8-438k4-xmxm392-sn2m", amount_in_cents="2490000", expiration_time=expiration)
    assert open_page(wompi, query | {"signature:integrity": DOCS_DIGEST_WITH_EXPIRATION}).status_code == 200
    assert "La firma es inválida" in open_page(wompi, query | {"signature:integrity": DOCS_DIGEST}).text


@pytest.mark.parametrize(
    "signature",
    [
        DOCS_DIGEST.upper(),
        "887304f1fcff1c0576d4c481d26d3da55179cc0f1ca8dadab998c8bea2a874ba",  # with a newline after the secret
    ],
)
def test_other_spellings_of_the_signature_are_refused(wompi: WompiSandbox, signature: str) -> None:
    """Upper-case hex is refused, and so is a secret that was copied with its newline."""
    wompi.integrity_secret = DOCS_INTEGRITY
    query = address_of(wompi, reference="sk8-438k4-xmxm392-sn2m", amount_in_cents="2490000")
    page = open_page(wompi, query | {"signature:integrity": signature})
    assert (page.status_code, "La firma es inválida" in page.text) == (422, True)


def test_digits_may_slide_from_amount_to_reference(wompi: WompiSandbox) -> None:
    """Nothing separates the signed values: the reason why a reference must end in a letter."""
    wompi.integrity_secret = DOCS_INTEGRITY
    query = address_of(wompi, reference="sk8-438k4-xmxm392-sn2m2", amount_in_cents="490000")
    assert query["signature:integrity"] == DOCS_DIGEST
    assert open_page(wompi, query).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"public_key": "pub_test_other"}, 404, "Comercio con llave pub_test_other no encontrado"),
        ({"currency": "USD"}, 422, "Debe ser igual a COP"),
        ({"amount_in_cents": "59500.00"}, 422, "está en un formato incorrecto"),
        ({"amount_in_cents": "0"}, 422, "está en un formato incorrecto"),
        ({"amount_in_cents": "149999"}, 422, "El monto mínimo de una transacción es $1,500 exceptuando impuestos"),
        ({"amount_in_cents": "178499", "tax_in_cents__vat": "28500"}, 422, "exceptuando impuestos"),
        ({"tax_in_cents__vat": "9.5"}, 422, "está en un formato incorrecto"),
        ({"tax_in_cents__vat": "5950000"}, 422, "está en un formato incorrecto"),
        ({"reference": None}, 422, "No está presente"),
        ({"reference": "x" * 256}, 422, "está en un formato incorrecto"),
        ({"signature__integrity": None}, 422, "Firma de integridad requerida no enviada"),
        ({"signature__integrity": "0" * 64}, 422, "La firma es inválida"),
        ({"expiration_time": "mañana"}, 422, "está en un formato incorrecto"),
        ({"expiration_time": "2026-09-21T13:13:20.000Z"}, 422, "ha expirado"),
        ({"customer_data__email": "ana"}, 422, "Email inválido"),
        ({"customer_data__phone_number": "3001234567"}, 422, "No está presente"),
        ({"customer_data__legal_id": "123"}, 422, "No está presente"),
        ({"customer_data__legal_id": "123", "customer_data__legal_id_type": "XX"}, 422, "Debe ser uno de estos"),
        ({"redirect_url": "/return"}, 422, "está en un formato incorrecto"),
    ],
)
def test_a_bad_address_is_refused_in_wompis_words(
    wompi: WompiSandbox, changes: dict[str, str | None], status: int, message: str
) -> None:
    """An HTTP error, a page with the vendor's text, and no transaction."""
    query = address_of(wompi, **changes)
    if "signature__integrity" in changes and changes["signature__integrity"] is None:
        del query["signature:integrity"]
    page = open_page(wompi, query)
    assert page.status_code == status
    assert message in page.text
    assert wompi.transactions == []


def test_the_page_shows_what_is_paid_and_to_whom(wompi: WompiSandbox) -> None:
    """Merchant, amount in pesos, reference, VAT, expiry, and the payer's data prefilled."""
    page = open_page(
        wompi,
        address_of(
            wompi,
            tax_in_cents__vat="950000",
            expiration_time="2026-09-21T14:13:20.000Z",
            customer_data__email="ana@ejemplo.test",
            customer_data__full_name="Ana <Ruiz>",
            customer_data__phone_number="3001234567",
            customer_data__phone_number_prefix="+57",
        ),
    ).text
    for text in ("Hosting Andino S.A.S.", "$ 59.500", "INV-1042-x", "$ 9.500", "21/09/2026, 09:13", "en 60 min"):
        assert text in page
    assert 'value="ana@ejemplo.test"' in page
    assert 'value="Ana &lt;Ruiz&gt;"' in page
    assert 'value="3001234567"' in page


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"card": "4242424242424242"}, "APPROVED", None),
        ({"card": "4111 1111 1111 1111"}, "DECLINED", "La transacción fue rechazada (Sandbox)"),
        ({"card": "5555555555554444"}, "ERROR", "La tarjeta usada no es admitida para el ambiente Sandbox"),
        ({"method": "NEQUI", "phone": "3991111111"}, "APPROVED", None),
        ({"method": "NEQUI", "phone": "3992222222"}, "DECLINED", "La transacción fue rechazada (Sandbox)"),
        ({"method": "NEQUI", "phone": "3001234567"}, "ERROR", "Número no válido en Sandbox"),
        ({"method": "PSE", "bank": "1"}, "APPROVED", None),
        ({"method": "PSE", "bank": "2"}, "DECLINED", "Transacción RECHAZADA en Sandbox"),
        ({"method": "PSE", "bank": "3"}, "ERROR", "Transacción con ERROR en Sandbox"),
        ({"card": "4242424242424242", "forced": "pending"}, "PENDING", None),
        ({"method": "PSE", "bank": "1", "forced": "pending"}, "PENDING", None),
        ({"method": "NEQUI", "phone": "3991111111", "forced": "fail"}, "ERROR", "El servicio del medio de pago falló"),
    ],
)
def test_the_test_data_decide_the_outcome(
    wompi: WompiSandbox, form: dict[str, str], status: str, message: str | None
) -> None:
    """Wompi's own test data, and two choices of ours: leave it pending, let the service fail."""
    pay(open_checkout(wompi), **form)
    (row,) = wompi.transactions
    assert row["status"] == status
    assert (row["status_message"] or "").startswith(message or "")
    assert bool(row["status_message"]) == bool(message)
    assert row["payment_method_type"] == form.get("method", "CARD")


def test_the_transaction_carries_what_the_merchant_sent(wompi: WompiSandbox) -> None:
    """Amount, reference, taxes, redirect and the payer's data as typed."""
    checkout = open_checkout(
        wompi,
        tax_in_cents__vat="950000",
        customer_data__phone_number="3001234567",
        customer_data__phone_number_prefix="+57",
        customer_data__legal_id="123",
        customer_data__legal_id_type="CC",
    )
    pay(checkout, email="otra@ejemplo.test", full_name="Luz Gil", **APPROVES)
    (row,) = wompi.transactions
    assert (row["reference"], row["amount_in_cents"], row["currency"]) == ("INV-1042-x", 5950000, "COP")
    assert row["taxes"] == [{"type": "VAT", "amount_in_cents": 950000}]
    assert row["redirect_url"] == "http://127.0.0.1:9/return?lang=es"
    assert row["customer_email"] == "otra@ejemplo.test"
    assert row["customer_data"] == {
        "full_name": "Luz Gil", "phone_number": "+573001234567", "legal_id": "123", "legal_id_type": "CC",
    }  # fmt: skip
    assert row["payment_method"]["extra"]["last_four"] == "4242"


@pytest.mark.parametrize("forced", ["", "pending"])
def test_the_payer_is_sent_back_with_the_id(wompi: WompiSandbox, forced: str) -> None:
    """303 to redirect-url with id and env joined to its own query, after an approval and after a pending."""
    answer = pay(open_checkout(wompi), forced=forced, **APPROVES)
    (row,) = wompi.transactions
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:9/return?lang=es&id={row['id']}&env=test"


def test_without_a_redirect_the_page_says_how_it_ended(wompi: WompiSandbox) -> None:
    """redirect-url is optional."""
    checkout = open_checkout(wompi, redirect_url=None)
    answer = requests.post(checkout, data={"method": "CARD"} | APPROVES, timeout=5)
    assert "Pago aprobado" in answer.text


def test_a_failed_payer_may_try_again_with_the_same_reference(wompi: WompiSandbox) -> None:
    """After a decline the page offers another try: the same reference, another transaction."""
    checkout = open_checkout(wompi)
    declined = requests.post(checkout, data={"method": "CARD"} | DECLINES, timeout=5)
    assert "Pago rechazado" in declined.text
    assert "Intente de nuevo" in declined.text
    assert f"id={wompi.transactions[0]['id']}&amp;env=test" in declined.text  # the way back to the merchant
    assert pay(checkout, **APPROVES).status_code == 303
    assert [(row["reference"], row["status"]) for row in wompi.transactions] == [
        ("INV-1042-x", "DECLINED"),
        ("INV-1042-x", "APPROVED"),
    ]


def test_the_second_try_must_come_within_three_minutes(wompi: WompiSandbox, clock: Clock) -> None:
    """Counted from the first failure."""
    checkout = open_checkout(wompi)
    pay(checkout, **DECLINES)
    clock.now += 179
    pay(checkout, **DECLINES)
    clock.now += 2
    assert pay(checkout, **APPROVES).status_code == 422
    assert [row["status"] for row in wompi.transactions] == ["DECLINED", "DECLINED"]


@pytest.mark.parametrize("first", [APPROVES, DECLINES, APPROVES | {"forced": "pending"}])
def test_a_used_reference_opens_no_new_checkout(wompi: WompiSandbox, first: dict[str, str]) -> None:
    """Used means: a transaction exists, whatever became of it. Opening a page and leaving uses nothing."""
    open_checkout(wompi)
    pay(open_checkout(wompi), **first)
    page = open_page(wompi, address_of(wompi))
    assert (page.status_code, "La referencia ya ha sido usada" in page.text) == (422, True)


@pytest.mark.parametrize("forced", ["", "pending"])
def test_two_tabs_collide_instead_of_paying_twice(wompi: WompiSandbox, forced: str) -> None:
    """Both pages were open before the first payment; the second payer is refused."""
    one, two = open_checkout(wompi), open_checkout(wompi)
    assert pay(one, forced=forced, **APPROVES).status_code == 303
    refused = pay(two, **APPROVES)
    assert (refused.status_code, "La referencia ya ha sido usada" in refused.text) == (422, True)
    assert len(wompi.transactions) == 1


def test_a_second_press_makes_no_second_transaction(wompi: WompiSandbox) -> None:
    """The same page again leads to where the first press led."""
    checkout = open_checkout(wompi)
    first, second = pay(checkout, **APPROVES), pay(checkout, **APPROVES)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(wompi.transactions) == 1


def test_an_open_page_expires(wompi: WompiSandbox, clock: Clock) -> None:
    """The expiration bounds the start of a payment; one that was started before it may still be approved."""
    late, started = (
        open_checkout(wompi, reference=name, expiration_time="2026-09-21T13:14:20.000Z") for name in ("A-x", "B-x")
    )
    pay(started, forced="pending", **APPROVES)
    clock.now += 61
    assert pay(late, **APPROVES).status_code == 422
    (row,) = wompi.transactions
    assert wompi.settle(row["id"], "APPROVED")["status"] == "APPROVED"


def test_a_payment_sends_its_event(wompi: WompiSandbox, receiver: Receiver) -> None:
    """By itself, unless auto_deliver is off; a pending payment sends none."""
    wompi.events_url = receiver.url
    pay(open_checkout(wompi), **APPROVES)
    pay(open_checkout(wompi, reference="B-x"), forced="pending", **APPROVES)
    wompi.auto_deliver = False
    pay(open_checkout(wompi, reference="C-x"), **APPROVES)
    assert wompi.wait_for_deliveries()
    assert len(receiver.bodies) == 1


def test_the_panel_settles_what_is_pending(wompi: WompiSandbox, receiver: Receiver) -> None:
    """Approve, void, send the event again; a change that Wompi does not know is 409."""
    wompi.events_url = receiver.url
    created = wompi.create_transaction("R-1-x", 200000)
    button = f"{wompi.url}panel/{created['id']}"
    assert "Aprobar" in requests.get(wompi.url, timeout=5).text
    for status in ("APPROVED", "VOIDED"):
        requests.post(button, data={"status": status}, timeout=5)
        assert wompi.transaction(created["id"])["status"] == status
    assert requests.post(button, data={"status": "APPROVED"}, timeout=5).status_code == 409
    assert wompi.wait_for_deliveries()
    requests.post(button, data={"status": "event"}, timeout=5)
    assert [row.status for row in wompi.deliveries[-1:]] == ["VOIDED"]
    assert requests.post(f"{wompi.url}panel/12022-1-1", timeout=5).status_code == 404
