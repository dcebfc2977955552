"""The trail and what waits for a person, each as a document of its own: what a signed link shows where the addon is not
active. The console's templates and style sheet, with the command in place of the buttons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.drawing import Drawing
from whmcs_bridge.console.review import as_waiting, see_waiting
from whmcs_bridge.console.words import word
from whmcs_bridge.history.trail import trail_of
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.messages import Language


class Documents:
    """Draws them. Both raise ``DatabaseUnavailable``."""

    def __init__(self, bridge: Bridge, drawing: Drawing) -> None:
        self._bridge = bridge
        self._drawing = drawing

    @property
    def style(self) -> str:
        """The style sheet that each carries."""
        return self._drawing.style

    def trail(self, language: Language, invoice_id: int) -> str:
        """The payments of one invoice, step by step."""
        trail, waiting = trail_of(self._bridge.store, invoice_id), partial(as_waiting, self._bridge)
        title = word(language, "trail.title", name=invoice_id)
        return self._drawing.document("trail", language, title, trail=trail, of=invoice_id, as_waiting=waiting)

    def review(self, language: Language, trail_at: Callable[[Payment], str | None]) -> str:
        """What waits. ``trail_at`` tells where the trail of a payment is."""
        view, title = see_waiting(self._bridge), word(language, "review.title")
        return self._drawing.document("review", language, title, view=view, trail_at=trail_at)
