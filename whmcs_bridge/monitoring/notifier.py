"""Notifies the admins of an alarm, through WHMCS's own channels: the first of them that takes it.

The mail comes first: WHMCS sends it to every admin who receives system mails, while a notification reaches only those
for whom a rule was made, and WHMCS says "success" also when there is none.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from whmcs_bridge.messages import bilingual
from whmcs_bridge.whmcs.answers import AccessRefused, WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient

logger = logging.getLogger(__name__)

# What a notification rule in WHMCS is made for.
IDENTIFIER = "wompi-bridge.alarm"
# No payment has it: the answer is an empty list, by which WHMCS proves that it lets us in, with what the role has.
_NOBODYS = "wompi-bridge-probe"


class Severity(StrEnum):
    """What kind of message it is: the style of WHMCS's notification."""

    ALARM = "danger"
    RESOLVED = "info"


@dataclass(frozen=True, slots=True)
class Message:
    """One message: plain text, without braces, nothing of a person in it."""

    name: str
    title: str
    body: str
    severity: Severity


class NotDelivered(Exception):
    """No channel took it. ``refused``: WHMCS does not let us in at all."""

    def __init__(self, message: str, *, refused: bool) -> None:
        super().__init__(message)
        self.refused = refused


class Notifier:
    """Sends messages."""

    def __init__(self, whmcs: WhmcsClient, channels: Sequence[str], bridge_url: str) -> None:
        self._whmcs = whmcs
        self._channels = channels
        self._bridge_url = bridge_url
        self._ways: dict[str, Callable[[Message], None]] = {"email": self._email, "notification": self._notification}

    def notify(self, message: Message) -> str | None:
        """Send it once, and name the channel that took it. None: the admin wants no messages. Raises
        ``NotDelivered``."""
        if not self._channels:
            return None
        try:
            # Asked first, because a mail that times out may have been sent, and would be sent again.
            self._whmcs.payments(_NOBODYS)
        except WhmcsError as error:
            raise NotDelivered(str(error), refused=isinstance(error, AccessRefused)) from None
        problems = []
        for channel in self._channels:
            try:
                self._ways[channel](message)
            except WhmcsError as error:
                problems.append(f"{channel}: {error}")
            else:
                return channel
        raise NotDelivered("; ".join(problems), refused=True)

    def _email(self, message: Message) -> None:
        signature = bilingual(f"Lo envía el puente {self._bridge_url}", f"Sent by the bridge {self._bridge_url}")
        paragraphs = (message.body, f"{signature} ({message.name})")
        body = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
        self._whmcs.email_admins(subject=message.title, body=body)

    def _notification(self, message: Message) -> None:
        self._whmcs.notify(
            identifier=IDENTIFIER,
            title=message.title,
            message=message.body,
            status=message.name,
            style=message.severity,
        )
