"""From a call to its answer: which page, and what a press does. A GET changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.addresses import at
from whmcs_bridge.console.calls import Answer, Call
from whmcs_bridge.console.checkup import Checkup, Examine
from whmcs_bridge.console.drawing import Drawing
from whmcs_bridge.console.health import examine_now, see_health
from whmcs_bridge.console.payments import make_sheet, see_payments
from whmcs_bridge.console.review import as_waiting, see_review, settle
from whmcs_bridge.console.settlements import look_for, make_month_sheet, see_settlements, take_reports
from whmcs_bridge.console.today import TodayView, see_today
from whmcs_bridge.console.trying import Sending, see_sending, see_trying
from whmcs_bridge.console.words import word
from whmcs_bridge.history.trail import Attempt, find
from whmcs_bridge.ledger.console_address import remember_console
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.whmcs.models import CREDIT_NOTES_SINCE, generation_of
from wompi_gateway.keys import Environment

logger = logging.getLogger(__name__)

# Seconds between two looks at a run of doctor that goes on.
_LOOK_AGAIN = 3


class Console:
    """Answers calls, each for itself. ``wake`` is called when a payment may have become due."""

    def __init__(
        self, bridge: Bridge, drawing: Drawing, examine: Examine, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._bridge = bridge
        self._wake = wake
        self._drawing = drawing
        self._checkup = Checkup(bridge.store, examine, bridge.store.now)
        self._pages: dict[str, Callable[[Call], Answer]] = {
            "today": self._today,
            "payments": self._payments,
            "trail": self._trail,
            "review": self._review,
            "trying": self._trying,
            "send": self._send,
            "settlements": self._settlements,
            "health": self._health,
        }
        self._presses: dict[str, Callable[[Call], Answer]] = {
            "review": self._settle,
            "settlements": self._take_reports,
            "health": self._examine,
        }

    def answer(self, call: Call) -> Answer:
        """Draw the page, or do what was pressed. A database that cannot be used is told on the page."""
        try:
            remember_console(self._bridge.store, call.addon)
            known = self._pages if call.method == "GET" else self._presses
            view = known.get(call.page or "today")
            return view(call) if view else self._refusal(call, "not_here", 404 if call.method == "GET" else 405)
        except DatabaseUnavailable as error:
            logger.error("console: the database cannot be used: %s", error)
            return self._refusal(call, "no_database", 503)

    # Pages

    def _today(self, call: Call) -> Answer:
        view = see_today(self._bridge, self._checkup)
        return Answer(self._drawn("today", call, view=view), known=_known(view, call))

    def _payments(self, call: Call) -> Answer:
        if call.field("sheet"):
            file = make_sheet(self._bridge, call)
            return Answer(file=file) if file else self._refusal(call, "which_days", 400)
        return Answer(self._drawn("payments", call, view=see_payments(self._bridge, call)))

    def _trail(self, call: Call) -> Answer:
        name = call.field("of")
        trail = find(self._bridge.store, name, self._bridge.settings.bridge_secret) if name else None
        if trail is None:
            return self._refusal(call, "no_trail", 404)
        return Answer(self._drawn("trail", call, trail=trail, of=name))

    def _review(self, call: Call) -> Answer:
        return Answer(self._drawn("review", call, view=see_review(self._bridge, call)))

    def _trying(self, call: Call) -> Answer:
        return Answer(self._drawn("trying", call, view=see_trying(self._bridge, call)))

    def _send(self, call: Call) -> Answer:
        view = see_sending(self._bridge, call)
        if view is None:
            return self._refusal(call, "which_invoice", 400)
        return Answer(self._drawn("send", call, view=view, ready=isinstance(view, Sending)))

    def _settlements(self, call: Call) -> Answer:
        if call.field("sheet"):
            file = make_month_sheet(self._bridge, call)
            return Answer(file=file) if file else self._refusal(call, "long_sheet", 400)
        return Answer(self._drawn("settlements", call, view=see_settlements(self._bridge, call)))

    def _health(self, call: Call) -> Answer:
        view = see_health(self._bridge, self._checkup, call)
        return Answer(self._drawn("health", call, view=view), refresh=_LOOK_AGAIN if view.goes_on else None)

    # Presses

    def _settle(self, call: Call) -> Answer:
        answer = settle(self._bridge, call)
        self._wake()
        return answer

    def _take_reports(self, call: Call) -> Answer:
        if call.field("look"):
            answer = look_for(self._bridge, call)
            self._wake()
            return answer
        uploaded, month = take_reports(self._bridge, call)
        view = see_settlements(self._bridge, call, uploaded, month)
        return Answer(self._drawn("settlements", call, view=view))

    def _examine(self, call: Call) -> Answer:
        return examine_now(self._checkup, call)

    # Drawing

    def _drawn(self, name: str, call: Call, **view: object) -> str:
        frame = {
            "waiting": self._bridge.store.count(State.REVIEW),
            "testing": self._bridge.keys.environment is Environment.SANDBOX,
            "may": call.admin.may_move_money,
            "label": lambda payment: _label(payment, call),
            "trail_at": lambda payment: at("trail", of=payment.transaction_id),
            "as_waiting": partial(as_waiting, self._bridge),
            "makes_notes": (generation_of(call.versions.get("whmcs")) or 0) >= CREDIT_NOTES_SINCE,
        }
        return self._drawing.page(name, call.language, frame, **view)

    def _refusal(self, call: Call, why: str, status: int) -> Answer:
        frame = {"waiting": 0, "testing": False, "may": False}
        return Answer(self._drawing.page("refusal", call.language, frame, why=why), status=status)


def _label(payment: Payment, call: Call) -> tuple[str, str]:
    text, tone = Attempt(payment.reference, payment.amount_in_cents, payment, ()).label
    return text.in_(call.language), tone


def _known(view: TodayView, call: Call) -> list[str]:
    return [
        word(call.language, f"known.{name}", count=each.count, amount=format_cop(each.amount_in_cents))
        for name, each in (("today", view.today), ("month", view.month))
    ] + [word(call.language, "known.waiting", count=view.waiting)]
