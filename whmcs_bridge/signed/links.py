"""Signed links: what a payer's browser carries from WHMCS (or from an e-mail) to the bridge.

``purpose.invoice.client.expiry.signature``, ASCII; the amount is never in a link, it is read from WHMCS at each press.
The PHP side signs the same way (``hooks/modules/gateways/wompi/lib/Link.php``); ``tests/vectors/links.json`` binds the
two.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What a link is good for."""

    PAY = "pay"
    """From the invoice's page: the visitor is signed in at WHMCS."""
    MAIL = "mail"
    """From an e-mail: may be forwarded, so its page shows and prefills nothing personal."""
    LIST = "list"
    """A client's unpaid invoices; the invoice is 0."""
    ADMIN = "admin"
    """Read-only trail of one invoice; with invoice 0 and client 0, everything that waits for a person."""


class BadLink(Exception):
    """The link was not signed with one of our secrets, or is not a link at all."""


class ExpiredLink(BadLink):
    """The link was ours, and its time is over."""


class RevokedLink(BadLink):
    """The link was ours, and has been taken back."""


# Sizes that fit WHMCS's integer columns; a leading zero would give one link two spellings.
_NUMBER = r"(0|[1-9][0-9]{0,9})"
_LINK = re.compile(rf"(pay|mail|list|admin)\.{_NUMBER}\.{_NUMBER}\.([1-9][0-9]{{0,10}})\.([A-Za-z0-9_-]{{43}})\Z")


@dataclass(frozen=True, slots=True)
class Link:
    """A verified link, or one about to be signed."""

    purpose: Purpose
    invoice_id: int
    client_id: int
    expires_at: datetime

    def signed(self, secret: str) -> str:
        """Write the link, signed with the newest secret."""
        told = f"{self.purpose}.{self.invoice_id}.{self.client_id}.{int(self.expires_at.timestamp())}"
        return f"{told}.{_signature(told, secret)}"


def read_link(text: str, secrets: Sequence[str], *, now: datetime) -> Link:
    """Verify a link against every secret that is still good. Raises ``BadLink`` or ``ExpiredLink``."""
    match = _LINK.match(text)
    if match is None:
        raise BadLink("not a link")
    purpose, invoice, client, expiry, signature = match.groups()
    told = text[: match.start(5) - 1]
    matches = [hmac.compare_digest(signature, _signature(told, secret)) for secret in secrets]
    if not any(matches):
        raise BadLink("the signature is not ours")
    expires_at = datetime.fromtimestamp(int(expiry), UTC)
    if now >= expires_at:
        raise ExpiredLink("the link's time is over")
    return Link(Purpose(purpose), int(invoice), int(client), expires_at)


def signature_of(text: str) -> str:
    """The last part of a link that was read: it names the link where nobody may learn to use it."""
    return text.rpartition(".")[2]


def _signature(told: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), told.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
