"""Signed links: what a payer's browser carries from WHMCS (or from an e-mail) to the bridge.

``purpose.invoice.client.expiry.signature``, ASCII. The amount is never in a link: it is read from WHMCS at each press.
The PHP side signs in ``hooks/modules/gateways/wompi/lib/Link.php``; ``tests/vectors/links.json`` keeps the two alike.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from whmcs_bridge.signed.mac import mac, verify


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
    """The link was ours, and has expired."""


class RevokedLink(BadLink):
    """The link was ours, and was revoked."""


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
        return f"{told}.{_base64url(mac(told.encode('ascii'), secret))}"


def read_link(text: str, secrets: Sequence[str], *, now: datetime) -> Link:
    """Verify a link against every secret that is still good. Raises ``BadLink`` or ``ExpiredLink``."""
    match = _LINK.match(text)
    if match is None:
        raise BadLink("not a link")
    purpose, invoice, client, expiry, signature = match.groups()
    if not verify(signature, text[: match.start(5) - 1].encode(), secrets, _base64url):
        raise BadLink("the signature is not ours")
    expires_at = datetime.fromtimestamp(int(expiry), UTC)
    if now >= expires_at:
        raise ExpiredLink("the link's time is over")
    return Link(Purpose(purpose), int(invoice), int(client), expires_at)


def signature_of(text: str) -> str:
    """The last part of a verified link: the ledger names a link by it, because it alone opens nothing."""
    return text.rpartition(".")[2]


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
