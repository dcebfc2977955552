"""The address of the Web Checkout: parsed back as a browser's server would, and refused where it could be misread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from wompi_gateway.checkout import Payer, checkout_url, expiration_time
from wompi_gateway.errors import CheckoutError
from wompi_gateway.keys import Keys

REFERENCE = "INV1042-77-5950000-ABCDEFGHA"
EXPIRES = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
# printf %s 'INV1042-77-5950000-ABCDEFGHA5950000COP2026-09-21T14:13:20.000Zprod_integrity_...' | sha256sum
SIGNATURE = "277215e00915ee64f235179deb126824f8afc07e9733c4213c16fa7a7f3b743a"
HOSTILE = "a&amount-in-cents=1#x?+ñ%00\n\"'<script>/../=;,"


def url(keys: Keys, **changes: Any) -> str:
    values: dict[str, Any] = {
        "reference": REFERENCE,
        "amount_in_cents": 5950000,
        "redirect_url": "https://pay.example.com/return",
        "expires_at": EXPIRES,
    }
    return checkout_url(keys, **(values | changes))


def fields(address: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), "a parameter stands twice"
    return dict(pairs)


def test_the_plain_checkout(keys: Keys) -> None:
    """Exactly the documented parameters, by their documented names, and the signature over them."""
    address = url(keys)
    assert address.startswith("https://checkout.wompi.co/p/?")
    assert fields(address) == {
        "public-key": "pub_prod_Kw4aC0rZVgLZQn209NbEKPuXLzBD28Zx",
        "currency": "COP",
        "amount-in-cents": "5950000",
        "reference": REFERENCE,
        "signature:integrity": SIGNATURE,
        "redirect-url": "https://pay.example.com/return",
        "expiration-time": "2026-09-21T14:13:20.000Z",
    }


def test_no_secret_is_in_the_address(keys: Keys) -> None:
    """The private key and both secrets stay here."""
    address = url(keys, payer=Payer("ana@example.com", "Ana Ruiz", "+57", "3001234567"))
    for secret in (keys.private, keys.integrity, *keys.events):
        assert secret not in address


def test_taxes_and_payer_travel_when_given(keys: Keys) -> None:
    """VAT as a part of the total; the payer's data to prefill."""
    found = fields(url(keys, vat_in_cents=950000, payer=Payer("ana@example.com", "Ana Ruiz", "+57", "3001234567")))
    assert found["tax-in-cents:vat"] == "950000"
    assert found["customer-data:email"] == "ana@example.com"
    assert found["customer-data:full-name"] == "Ana Ruiz"
    assert found["customer-data:phone-number-prefix"] == "+57"
    assert found["customer-data:phone-number"] == "3001234567"
    assert found["amount-in-cents"] == "5950000"
    assert found["signature:integrity"] == SIGNATURE  # neither is signed


@pytest.mark.parametrize(
    "payer", [None, Payer(), Payer("", "", "", ""), Payer(phone_number="3001234567"), Payer(phone_number_prefix="+57")]
)
def test_a_phone_travels_only_with_its_prefix(keys: Keys, payer: Payer | None) -> None:
    """Half a phone number, and what is not known, is left out: an empty parameter would be refused."""
    assert not [name for name in fields(url(keys, payer=payer)) if name.startswith("customer-data")]


@pytest.mark.parametrize("vat", [None, 0])
def test_no_tax_no_parameter(keys: Keys, vat: int | None) -> None:
    """A tax of zero is not sent."""
    assert "tax-in-cents:vat" not in fields(url(keys, vat_in_cents=vat))


def test_A102_hostile_values_are_encoded_once(keys: Keys) -> None:
    """A name full of separators comes back as itself, and adds no parameter."""
    found = fields(
        url(keys, payer=Payer(email=HOSTILE, full_name=HOSTILE), redirect_url=f"https://x.example/?q={HOSTILE}")
    )
    assert found["customer-data:full-name"] == HOSTILE
    assert found["customer-data:email"] == HOSTILE
    assert found["redirect-url"] == f"https://x.example/?q={HOSTILE}"
    assert found["amount-in-cents"] == "5950000"


@pytest.mark.parametrize(
    "reference",
    ["INV-10", "INV-1042-7", "", "A-", "A_", "-", "INV 1A", "INV.1A", "INV/1A", "ÑA", "INV1A\n", "INV1٣", "A" * 256],
)
def test_references_that_could_be_misread_are_refused(keys: Keys, reference: str) -> None:
    """A reference that ends in a digit, or holds anything but letters, digits, hyphen and underscore, is refused."""
    with pytest.raises(CheckoutError):
        url(keys, reference=reference)


@pytest.mark.parametrize("reference", ["A", "z", "1A", "a_b-C", "9" * 254 + "A"])
def test_good_references(keys: Keys, reference: str) -> None:
    """One letter is enough, 255 characters are the most that Wompi takes."""
    assert fields(url(keys, reference=reference))["reference"] == reference


@pytest.mark.parametrize("amount", [0, -1, -5950000])
def test_an_amount_is_above_zero(keys: Keys, amount: int) -> None:
    """There is nothing to pay with zero or less."""
    with pytest.raises(CheckoutError):
        url(keys, amount_in_cents=amount)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2023, 6, 9, 20, 28, 50, tzinfo=UTC), "2023-06-09T20:28:50.000Z"),
        (datetime(2023, 6, 9, 15, 28, 50, 7999, tzinfo=timezone(timedelta(hours=-5))), "2023-06-09T20:28:50.007Z"),
        (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "2026-12-31T23:59:59.999Z"),
    ],
)
def test_expiration_times_are_utc_to_the_millisecond(moment: datetime, text: str) -> None:
    """Any zone comes out as UTC with a Z, and always with three decimals."""
    assert expiration_time(moment) == text


def test_another_page_for_tests(keys: Keys) -> None:
    """The page's address can be set; everything else stays."""
    assert url(keys, base_url="http://127.0.0.1:8002/p/").startswith("http://127.0.0.1:8002/p/?public-key=")
