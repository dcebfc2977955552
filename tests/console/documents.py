"""The documents behind signed links, drawn from views that hold every state and every step of a payment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tests.history.test_attempts import NOW, payment
from whmcs_bridge.console.drawing import Drawing
from whmcs_bridge.console.review import ReviewView, Waiting
from whmcs_bridge.history import trail
from whmcs_bridge.ledger.records import Checkout, JournalLine, Payment, Settled, State
from whmcs_bridge.messages import Language
from whmcs_bridge.signed.links import Purpose

DRAWING = Drawing()


def journal(what: str, detail: str = "") -> JournalLine:
    return JournalLine(NOW, "1-1", None, 1042, what, detail)


# Of a payout that Wompi's list tells, without its report.
PAID_OUT = Settled("1-1", "2026-11-20", "700001", 1, "INV1042-77-5950000-A", "CARD", 5_950_000)
JOURNAL = [
    *(journal(what, "x") for what in ("touch", "posting", "posted", "due", "closed", "review", "void", "resolve")),
    *(journal("touch", why) for why in ("event APPROVED", "the payer came back: APPROVED")),
    *(journal(what) for what in ("posting", "posting", "clock", "a word of a newer version")),
]


def waiting(payment: Payment) -> Waiting | None:
    return Waiting(trail.as_held(payment), (), "") if payment.state is State.REVIEW else None


def draw_trail(attempts: Sequence[trail.Attempt], language: Language) -> str:
    seen = trail.Trail(1042, attempts, [journal("note", "2611211002")] if attempts else [])
    return DRAWING.document("trail", language, "1042", trail=seen, of=1042, as_waiting=waiting)


def draw_review(rows: Sequence[Waiting], count: int, language: Language) -> str:
    view = ReviewView(rows, count)
    return DRAWING.document(
        "review", language, "x", view=view, trail_at=lambda each: "/trail/x" if each.invoice_id else None
    )


def documents() -> dict[str, Callable[[Language], str]]:
    """Every state and every step of a payment; made anew, because their words are chosen as they are made."""

    def attempt(
        state: str, status: str, lines: Sequence[JournalLine] = (), settled: Settled | None = None, **changes: Any
    ) -> trail.Attempt:
        purpose = Purpose.PAY if lines else Purpose.MAIL
        checkout = Checkout("INV1042-77-5950000-A", 1042, 77, 5_950_000, purpose, "https://x.example/", NOW, NOW, None)
        paid = dataclasses.replace(payment(state, status), **changes)
        steps = trail.steps_of(paid, checkout, lines, settled)
        return trail.Attempt(checkout.reference, 5_950_000, paid, steps, events=1)

    unread = payment("due", "", amount_in_cents=None, finalized_at=None, invoice_id=None)
    seen = [
        attempt("review", "APPROVED", JOURNAL),
        attempt("posting", "APPROVED"),
        attempt("posted", "APPROVED", posted_at=NOW),
        attempt("posted", "APPROVED", surplus_in_cents=5_950_000),
        *(attempt("closed", status) for status in ("DECLINED", "VOIDED", "APPROVED")),
        trail.Attempt(None, None, unread, trail.steps_of(unread, None, [])),
        dataclasses.replace(attempt("due", ""), payment=None),
    ]
    paid_out = [
        attempt("posted", "APPROVED", settled=PAID_OUT),
        attempt("posted", "APPROVED", settled=PAID_OUT._replace(net=5_500_000, fee=227_675, fee_iva=43_258)),
        attempt("posted", "APPROVED", settled=PAID_OUT._replace(net=5_500_000), part_of="1-1"),
    ]
    waits = [Waiting(trail.as_held(each), (), "") for each in (payment("review", "APPROVED"), unread)]
    return {
        "trail": partial(draw_trail, seen),
        "trail, paid out": partial(draw_trail, paid_out),
        "trail, nothing": partial(draw_trail, ()),
        "review": partial(draw_review, waits, 102),
        "review, nothing": partial(draw_review, (), 0),
    }
