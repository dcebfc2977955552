"""Turns the bytes that WHMCS answered into a document, or into the error that says what the caller does next.

WHMCS answers with HTTP 200 and ``result=error``, with ``name=value;`` text before authentication, with text of others
before and after the JSON, with HTML from a proxy, a maintenance page or a broken hook, and with nothing at all. None of
these may ever be taken for "unpaid" or "declined". https://developers.whmcs.com/api/response-types/
"""

from __future__ import annotations

import re
from typing import Any

from whmcs_bridge.whmcs.embedded import Embedded, find_object, readable
from wompi_gateway.observing import CallOutcome
from wompi_gateway.transport import Reply, TransportError


class WhmcsError(Exception):
    """Root of everything that the WHMCS client raises. The text is fit for logs: it holds no names and no secrets."""


class Unclear(WhmcsError):
    """Time-out, 5xx, HTML, redirect, truncated: the call may have taken effect. Look, then decide."""


class OddAnswer(Unclear):
    """A success of another shape than documented: this one record cannot be read, WHMCS itself is well."""


class NotDone(WhmcsError):
    """The call surely took no effect."""


class Unreachable(NotDone):
    """No connection was made: try again later."""


class AccessRefused(NotDone):
    """Address, credential or permission is refused: raise an alarm, and try again slowly until it is mended."""


class Refused(NotDone):
    """WHMCS understood the call and refuses it."""


class InvoiceNotFound(Refused):
    """There is no invoice of this id."""


class InvoiceCancelled(Refused):
    """A cancelled invoice takes no payment."""


class ClientNotFound(Refused):
    """There is no client of this id."""


# Collected from maintained open clients; WHMCS documents no list.
_ACCESS = re.compile(
    r"Invalid IP|Authentication Failed|Invalid or missing credentials|Invalid Permissions|Access Denied"
    r"|Administrator Account Disabled|Invalid password",
    re.IGNORECASE,
)
_REFUSALS: tuple[tuple[str, type[Refused]], ...] = (
    ("invoice id not found", InvoiceNotFound),
    ("invoice that is cancelled", InvoiceCancelled),
    ("client not found", ClientNotFound),
    ("client id not found", ClientNotFound),
)
_NAME_VALUE = re.compile(
    r"(?:\A|[\n>\ufeff])[ \t]*result=(?P<result>\w+);(?:.*?\bmessage=(?P<message>[^;\n]*))?", re.DOTALL
)


def read_answer(reply: Reply) -> dict[str, Any]:
    """Return the document of a success, or raise the error that fits."""
    document = _document(reply.body)
    if document is None:
        raise Unclear(f"WHMCS answered {reply.status} with something that is not its API's answer")
    result = str(document["result"]).lower()
    message = str(document.get("message", ""))
    if result == "error" and _ACCESS.search(message):
        raise AccessRefused(f"WHMCS refuses the bridge: {_printable(message)}")
    if reply.status >= 500 or reply.status in (408, 425, 429):
        raise Unclear(f"WHMCS answered {reply.status}")
    if result == "success" and reply.status == 200:
        return document
    if result == "error":
        raise _refusal(message)
    raise Unclear(f"WHMCS answered {reply.status} without saying success or error")


def outcome_of(error: Exception) -> CallOutcome:
    """Tell what an error says about WHMCS's health."""
    match error:
        case AccessRefused():
            return CallOutcome.ACCESS
        case Refused():
            return CallOutcome.REJECTED
        case TransportError(certificate=problem) if problem:
            return CallOutcome.UNTRUSTED
        case _:
            return CallOutcome.SILENT


def _refusal(message: str) -> Refused:
    for part, kind in _REFUSALS:
        if part in message.lower():
            return kind(_printable(message))
    return Refused(_printable(message))


def _printable(message: str) -> str:
    return "".join(character if character.isprintable() else " " for character in message)[:200]


def find_answer(body: bytes) -> Embedded | None:
    """Return WHMCS's answer, with what was printed around it; None where there is no whole one.

    A few actions say "status" in place of "result". None of them is used here, so without "result" it is no answer.
    """
    return find_object(body, lambda document: "result" in document)


def _document(body: bytes) -> dict[str, Any] | None:
    if answer := find_answer(body):
        return answer.document
    # A page, or JSON of somebody else's, is no answer in this form either.
    text = readable(body)
    match = None if "{" in text or "</html" in text.lower() else _NAME_VALUE.search(text)
    if match:
        return {"result": match["result"], "message": (match["message"] or "").strip()}
    return None
