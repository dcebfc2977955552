"""Signed links: what a payer's browser carries from WHMCS (or from an e-mail) to the bridge.

``purpose.invoice.client.expiry.signature``, ASCII. The amount is never in a link: it is read from WHMCS at each press.
The PHP side signs in ``hooks/modules/gateways/wompi/lib/Link.php``; ``tests/vectors/links.json`` keeps the two alike.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from unicodedata import category
from urllib.parse import unquote

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
    """The link was ours, and has expired. ``link`` is what it led to."""

    def __init__(self, link: Link) -> None:
        super().__init__("the link's time is over")
        self.link = link


class RevokedLink(BadLink):
    """The link was ours, and was revoked."""


# Sizes that fit WHMCS's integer columns; a leading zero would give one link two spellings.
_NUMBER = r"(0|[1-9][0-9]{0,9})"
_LINK = re.compile(rf"(pay|mail|list|admin)\.{_NUMBER}\.{_NUMBER}\.([1-9][0-9]{{0,10}})\.([A-Za-z0-9_-]{{43}})\Z")

# What stands around a link in a sentence: a letter, a figure, "-" or "_" would be an altered link.
_AROUND = re.compile(r"\A[^A-Za-z0-9_-]+|[^A-Za-z0-9_-]+\Z")
# Quoted-printable, RFC 2045: of a link's characters only these are ever written so.
_QUOTED = re.compile(r"=(2D|2E|5F)", re.IGNORECASE)


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


def canonical(text: str) -> str:
    """The link within what a mail program or a person has made of it; the text itself where there is none.

    Blanks, line breaks, invisible characters, brackets and full stops come in or stand around it; quoted-printable and
    percent codes are left in it. What is returned is verified as any other link.
    """
    plain = unquote(unquote(html.unescape(text)))
    decoded = _QUOTED.sub(lambda match: chr(int(match[1], 16)), plain)
    for candidate in (plain, decoded):
        bare = "".join(each for each in candidate if each != "=" and not each.isspace() and category(each) != "Cf")
        bare = _AROUND.sub("", bare)
        if _LINK.match(bare):
            return bare
    return text


def read_link(text: str, secrets: Sequence[str], *, now: datetime) -> Link:
    """Verify a link against every secret that is still good. Raises ``BadLink`` or ``ExpiredLink``."""
    match = _LINK.match(text)
    if match is None:
        raise BadLink("not a link")
    purpose, invoice, client, expiry, signature = match.groups()
    if not verify(signature, text[: match.start(5) - 1].encode(), secrets, _base64url):
        raise BadLink("the signature is not ours")
    expires_at = datetime.fromtimestamp(int(expiry), UTC)
    link = Link(Purpose(purpose), int(invoice), int(client), expires_at)
    if now >= expires_at:
        raise ExpiredLink(link)
    return link


def signature_of(text: str) -> str:
    """The last part of a verified link: the ledger names a link by it, because it alone opens nothing."""
    return text.rpartition(".")[2]


def signatures_to_ask(text: str, link: Link, secrets: Sequence[str]) -> list[str]:
    """The signatures whose revocation ends a verified link: its own, and those of the lists that lead to it.

    A list's own links expire when the list does, so its signature can be computed from each of them.
    """
    return [signature_of(text), *_signatures(_lists_of(link), secrets)]


def signatures_of_invoice(invoice_id: int, client_id: int, expires_at: datetime, secrets: Sequence[str]) -> list[str]:
    """The signatures of every link that leads a client to pay an invoice, and expires at this time."""
    ways = [Link(purpose, invoice_id, client_id, expires_at) for purpose in (Purpose.PAY, Purpose.MAIL)]
    lists = [above for way in ways for above in _lists_of(way)]
    return _signatures([*ways, *lists], secrets)


def _lists_of(link: Link) -> list[Link]:
    if link.invoice_id == 0:
        return []
    match link.purpose:
        case Purpose.PAY:
            return [Link(Purpose.LIST, 0, link.client_id, link.expires_at)]
        case Purpose.MAIL:
            return [Link(Purpose.MAIL, 0, link.client_id, link.expires_at)]
        case Purpose.ADMIN:
            return [Link(Purpose.ADMIN, 0, 0, link.expires_at)]
    return []


def _signatures(links: Sequence[Link], secrets: Sequence[str]) -> list[str]:
    return [signature_of(link.signed(secret)) for link in links for secret in secrets]


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
