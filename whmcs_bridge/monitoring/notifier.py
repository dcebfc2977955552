"""Notifies the admins of an alarm, through WHMCS's own channels: the first of them that takes it.

The mail comes first: WHMCS sends it to every admin who receives system mails. A notification reaches only those for
whom a rule was made, and WHMCS says "success" also when there is none.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from whmcs_bridge.ledger.alarms import Alarm
from whmcs_bridge.messages import alarms as words
from whmcs_bridge.messages import bilingual
from whmcs_bridge.whmcs.answers import AccessRefused, Unclear, WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient

logger = logging.getLogger(__name__)

# What a notification rule in WHMCS is made for.
IDENTIFIER = "wompi-bridge.alarm"
# No payment has this id: WHMCS answers with an empty list, which shows that it lets us in.
_PROBE = "wompi-bridge-probe"


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text without braces, with nothing of a person in it."""

    name: str
    title: str
    body: str
    style: Literal["danger", "info"] = "danger"
    """Of WHMCS's notification: ``info`` for an alarm that is over."""
    url: str | None = None
    """The page of the console that it is about; None while no addon has called."""


class NotDelivered(Exception):
    """No channel took it. ``refused``: WHMCS does not let us in at all."""

    def __init__(self, message: str, *, refused: bool) -> None:
        super().__init__(message)
        self.refused = refused


def message_about(alarm: Alarm, zone: ZoneInfo, url: str | None = None, *, late: bool) -> Message:
    """The message that is due about an alarm. ``late``: it could not be sent when the alarm began."""
    title, body = bilingual(*words.SUBJECTS[alarm.name]), alarm.sentence
    since = _local(alarm.since, zone)
    if alarm.ended_at is not None:
        until = _local(alarm.ended_at, zone)
        title, body = title + bilingual(*words.OVER), bilingual(*words.over(since, until, body))
        return Message(alarm.name, title, body, "info", url)
    if alarm.told_at is not None:
        title, body = title + bilingual(*words.STILL), bilingual(*words.still(since, body))
    elif late:
        body = bilingual(*words.late(since, body))
    return Message(alarm.name, title, body, url=url)


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


class Notifier:
    """Sends messages."""

    def __init__(self, whmcs: WhmcsClient, channels: Sequence[str], bridge_url: str) -> None:
        self._whmcs = whmcs
        self._channels = channels
        self._bridge_url = bridge_url
        self._ways: dict[str, Callable[[Message], None]] = {"email": self._email, "notification": self._notification}

    def notify(self, message: Message) -> str | None:
        """Send it once, by the channel that is returned. None: the admin wants no messages. Raises ``NotDelivered``.

        One whose sending is unclear counts as sent: WHMCS let us in just before, and the alarm is due again later.
        """
        if not self._channels:
            return None
        try:
            # Asked first: a mail that times out may have been sent, and would be sent again.
            self._whmcs.payments(_PROBE)
        except WhmcsError as error:
            raise NotDelivered(str(error), refused=isinstance(error, AccessRefused)) from None
        problems = []
        for channel in self._channels:
            try:
                self._ways[channel](message)
            except Unclear as error:
                # It may have been sent: sent again, by another channel or in a quarter of an hour, it would be a flood.
                logger.warning("alarm: %s by %s, and whether it was sent is unclear: %s", message.name, channel, error)
                return channel
            except WhmcsError as error:
                problems.append(f"{channel}: {error}")
            else:
                return channel
        raise NotDelivered("; ".join(problems), refused=True)

    def _email(self, message: Message) -> None:
        paragraphs = (message.body, f"{bilingual(*words.sent_by(self._bridge_url))} ({message.name})")
        body = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
        if message.url:
            address = html.escape(message.url)
            body = f'{body}<p><a href="{address}">{bilingual(*words.OPEN_IN_WHMCS)}</a></p>'
        self._whmcs.email_admins(subject=message.title, body=body)

    def _notification(self, message: Message) -> None:
        self._whmcs.notify(
            identifier=IDENTIFIER,
            title=message.title,
            message=message.body,
            status=message.name,
            style=message.style,
            url=message.url or "",
        )
