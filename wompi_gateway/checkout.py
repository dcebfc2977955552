"""The Web Checkout: Wompi's hosted page. Its address carries the signed payment.

https://docs.wompi.co/docs/colombia/widget-checkout-web/. The signature covers reference, amount, currency and expiry;
taxes, the payer's data and the return address are not signed, so nothing may be concluded from them later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from wompi_gateway.errors import CheckoutError
from wompi_gateway.keys import CHECKOUT_URL, Keys
from wompi_gateway.models import CURRENCY
from wompi_gateway.signatures import integrity_signature

# Letters, digits, hyphen and underscore are what the documentation recommends; the last one must be a letter here,
# since the signature joins reference and amount without a separator, and a closing digit could become the amount's.
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{0,254}[A-Za-z]\Z")


@dataclass(frozen=True, slots=True)
class Payer:
    """What the checkout may be prefilled with. A phone number travels only together with its prefix (``+57``)."""

    email: str | None = None
    full_name: str | None = None
    phone_number_prefix: str | None = None
    phone_number: str | None = None


def expiration_time(moment: datetime) -> str:
    """Write a moment as the checkout takes it, to the millisecond in UTC: ``2023-06-09T20:28:50.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def checkout_url(
    keys: Keys,
    *,
    reference: str,
    amount_in_cents: int,
    redirect_url: str,
    expires_at: datetime,
    vat_in_cents: int | None = None,
    payer: Payer | None = None,
    base_url: str = CHECKOUT_URL,
) -> str:
    """Build the address that the payer's browser is sent to. The amount is the total in cents of COP, taxes within.

    Raises ``CheckoutError`` for values that Wompi would refuse or that could be misread.
    """
    if not _REFERENCE.match(reference):
        raise CheckoutError("a reference is made of letters, digits and hyphens, and ends in a letter")
    if amount_in_cents <= 0:
        raise CheckoutError("an amount must be above zero")
    expires = expiration_time(expires_at)
    fields = {
        "public-key": keys.public,
        "currency": CURRENCY,
        "amount-in-cents": str(amount_in_cents),
        "reference": reference,
        "signature:integrity": integrity_signature(
            reference, amount_in_cents, CURRENCY, keys.integrity, expiration_time=expires
        ),
        "redirect-url": redirect_url,
        "expiration-time": expires,
    }
    if vat_in_cents:
        fields["tax-in-cents:vat"] = str(vat_in_cents)
    if payer and payer.email:
        fields["customer-data:email"] = payer.email
    if payer and payer.full_name:
        fields["customer-data:full-name"] = payer.full_name
    if payer and payer.phone_number and payer.phone_number_prefix:
        fields["customer-data:phone-number-prefix"] = payer.phone_number_prefix
        fields["customer-data:phone-number"] = payer.phone_number
    return f"{base_url}?{urlencode(fields)}"
