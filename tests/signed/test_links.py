"""Signed links: the same on both sides of the bridge, and good for nothing once anything is altered."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whmcs_bridge.signed.links import BadLink, ExpiredLink, Link, Purpose, read_link

# Written and checked by the PHP side as well.
VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors" / "links.json").read_text("utf-8"))

SECRET = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"
# printf %s pay.1042.77.1790000000 | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef -binary |
#   basenc --base64url
SIGNATURE = "vt9IuH_KFj9s3Ui6mmn4BCRFvXwOZoIjq0j3aiLtVk0"
LINK = f"pay.1042.77.1790000000.{SIGNATURE}"
EXPIRY = datetime.fromtimestamp(1790000000, UTC)
BEFORE = EXPIRY - timedelta(days=1)


def bad(text: str, *, now: datetime = BEFORE) -> None:
    with pytest.raises(BadLink) as refusal:
        read_link(text, [SECRET], now=now)
    assert not isinstance(refusal.value, ExpiredLink), "an altered link is bad, whatever its expiry"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["link"][:24])
def test_vectors(vector: dict[str, Any]) -> None:
    """Links that were signed elsewhere are read, and ours are the same to the letter."""
    expires_at = datetime.fromtimestamp(vector["expiry"], UTC)
    link = Link(Purpose(vector["purpose"]), vector["invoice"], vector["client"], expires_at)
    assert read_link(vector["link"], [vector["secret"]], now=expires_at - timedelta(seconds=1)) == link
    assert link.signed(vector["secret"]) == vector["link"]


def test_the_contract_s_example() -> None:
    """Computed with openssl, from the contract's own text."""
    assert Link(Purpose.PAY, 1042, 77, EXPIRY).signed(SECRET) == LINK
    assert read_link(LINK, [SECRET], now=BEFORE) == Link(Purpose.PAY, 1042, 77, EXPIRY)


@given(
    st.sampled_from(Purpose),
    st.integers(0, 9_999_999_999),
    st.integers(0, 9_999_999_999),
    st.integers(1, 99_999_999_999),
    st.text(min_size=1).filter(lambda secret: secret.isprintable()),
)
def test_every_link_is_read_again(purpose: Purpose, invoice: int, client: int, expiry: int, secret: str) -> None:
    """Every purpose, every number that WHMCS can have, ASCII throughout, and safe in an address as it is."""
    link = Link(purpose, invoice, client, datetime.fromtimestamp(expiry, UTC))
    text = link.signed(secret)
    assert read_link(text, [secret], now=link.expires_at - timedelta(seconds=1)) == link
    assert text.isascii()
    assert set(text.replace(".", "").replace("-", "").replace("_", "")) <= set(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    )


@given(st.integers(0, len(LINK) - 1), st.characters())
def test_A97_no_character_can_be_changed(position: int, character: str) -> None:
    """Not one, in any place, into any other."""
    text = LINK[:position] + character + LINK[position + 1 :]
    if text != LINK:
        bad(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"mail.1042.77.1790000000.{SIGNATURE}", id="purpose"),
        pytest.param(f"pay.1043.77.1790000000.{SIGNATURE}", id="invoice"),
        pytest.param(f"pay.1042.78.1790000000.{SIGNATURE}", id="client"),
        pytest.param(f"pay.1042.77.1890000000.{SIGNATURE}", id="expiry"),
        pytest.param(f"pay.10427.7.1790000000.{SIGNATURE}", id="digit-moved"),
        pytest.param(f"refund.1042.77.1790000000.{SIGNATURE}", id="no-such-purpose"),
        pytest.param(f"PAY.1042.77.1790000000.{SIGNATURE}", id="capitals"),
        pytest.param(f"pay.01042.77.1790000000.{SIGNATURE}", id="leading-zero-invoice"),
        pytest.param(f"pay.1042.077.1790000000.{SIGNATURE}", id="leading-zero-client"),
        pytest.param(f"pay.1042.77.01790000000.{SIGNATURE}", id="leading-zero-expiry"),
        pytest.param(f"pay.١٠٤٢.77.1790000000.{SIGNATURE}", id="unicode-digits"),
        pytest.param(f"pay.１０４２.77.1790000000.{SIGNATURE}", id="full-width-digits"),
        pytest.param(f"pay.+1042.77.1790000000.{SIGNATURE}", id="plus"),
        pytest.param(f"pay.-1042.77.1790000000.{SIGNATURE}", id="minus"),
        pytest.param(f"pay.1042.77.0.{SIGNATURE}", id="expiry-zero"),
        pytest.param(f"pay..77.1790000000.{SIGNATURE}", id="empty-part"),
        pytest.param(f"pay.99999999999.77.1790000000.{SIGNATURE}", id="too-many-digits"),
        pytest.param(LINK + "\n", id="newline"),
        pytest.param(" " + LINK, id="space"),
        pytest.param(LINK + "=", id="padding"),
        pytest.param(LINK + ".x", id="sixth-part"),
        pytest.param(LINK[:-1], id="cut"),
        pytest.param("pay.1042.77.1790000000.", id="no-signature"),
        pytest.param("pay.1042.77.1790000000", id="four-parts"),
        pytest.param("", id="empty"),
        pytest.param("." * 4, id="dots"),
        pytest.param("x" * 100_000, id="long"),
    ],
)
def test_A97_altered_and_malformed_links(text: str) -> None:
    """Refused before their expiry and after it alike."""
    bad(text)
    bad(text, now=EXPIRY + timedelta(days=1))


@pytest.mark.parametrize("text", ["pay.01042.77.1790000000", "pay.1042.77.01790000000", "pay.1042.77.1790000000 "])
def test_a_second_spelling_is_refused_even_when_it_is_signed(text: str) -> None:
    """One link has one spelling: our own signature over another one does not help."""
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
    bad(f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}")


@given(st.text())
def test_any_text_is_a_bad_link_and_nothing_else(text: str) -> None:
    """Whatever a browser sends, only ``BadLink`` comes out."""
    bad(text)


def test_it_expires_at_the_very_second() -> None:
    """Good until the second before, over at the second itself."""
    assert read_link(LINK, [SECRET], now=EXPIRY - timedelta(milliseconds=1)).invoice_id == 1042
    for later in (timedelta(0), timedelta(milliseconds=1), timedelta(days=999)):
        with pytest.raises(ExpiredLink):
            read_link(LINK, [SECRET], now=EXPIRY + later)


def test_rotation() -> None:
    """Every configured secret verifies, in any place of the list; without it, or without any, the link is bad."""
    assert read_link(LINK, [OTHER, SECRET], now=BEFORE) == read_link(LINK, [SECRET, OTHER], now=BEFORE)
    for secrets in ([OTHER], [SECRET.upper()], [SECRET + " "], []):
        with pytest.raises(BadLink):
            read_link(LINK, secrets, now=BEFORE)
