"""Where a process of the bridge can be hit: named steps, found by wrapping the product's functions from outside.

The product knows nothing of this. A step is a function and a moment, ``before`` it is called or ``after`` it has
returned; where one function serves several purposes, ``within`` names the one that must be under way in the same
thread. ``COMMIT`` is the database driver's own.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Moment = Literal["before", "after"]
Action = Literal["kill", "stop", "raise", "unplug"]
Report = Callable[[str], None]

COMMIT = "sqlalchemy.engine.default:DefaultDialect.do_commit"
_STORE = "whmcs_bridge.ledger.store:Store."
_CLAIMS = "whmcs_bridge.ledger.claims:Claims."
_VOIDS = "whmcs_bridge.ledger.voids:VoidTable."
_ALARMS = "whmcs_bridge.ledger.alarms:AlarmTable."
_WOMPI = "wompi_gateway.client:WompiClient."
_WHMCS = "whmcs_bridge.whmcs.client:WhmcsClient."
_PROOF = "whmcs_bridge.whmcs.proof:Proof."
_BOOK = _WHMCS + "add_invoice_payment"


class Broken(Exception):
    """What the action ``raise`` throws into the bridge: an error that nobody expects."""


@dataclass(frozen=True, slots=True)
class Failpoint:
    """One step. ``passes`` is which pass hits, where the first one belongs to something else."""

    target: str
    moment: Moment
    within: str = ""
    passes: int = 1


def _around(prefix: str, method: str, store: str = _STORE) -> dict[str, Failpoint]:
    """The four moments of one short transaction."""
    whole = store + method
    return {
        f"{prefix}: before the transaction": Failpoint(whole, "before"),
        **_commit(prefix, whole),
        f"{prefix}: after the transaction": Failpoint(whole, "after"),
    }


def _commit(prefix: str, whole: str) -> dict[str, Failpoint]:
    """The two that matter, where nothing but the database is touched."""
    return {
        f"{prefix}: before COMMIT": Failpoint(COMMIT, "before", whole),
        f"{prefix}: after COMMIT": Failpoint(COMMIT, "after", whole),
    }


def _call(prefix: str, whole: str) -> dict[str, Failpoint]:
    """The moments of one request that changes something elsewhere."""
    return {
        f"{prefix}: before the request": Failpoint(whole, "before"),
        f"{prefix}: amid the request": Failpoint("http.client:HTTPConnection.send", "after", whole),
        f"{prefix}: after the request, before an answer": Failpoint(
            "http.client:HTTPConnection.getresponse", "before", whole
        ),
        f"{prefix}: before the answer is read": Failpoint("wompi_gateway.transport:_read", "before", whole),
        f"{prefix}: after the answer is read": Failpoint(whole, "after"),
    }


# Where every answer leaves: its head in one piece, its body, if it has one, in another.
_SEND = "asyncio.selector_events:_SelectorSocketTransport.write"
_PARSE = "whmcs_bridge.web.wompi.webhook:parse_event"
_INSERT = "whmcs_bridge.ledger.store:insert_new"

CLICK = {
    "click: before the invoice is read": Failpoint(_WHMCS + "invoice", "before"),
    **_around("click", "open_checkout"),
    "click: before the redirect is sent": Failpoint(_SEND, "before"),
    "click: after the redirect is sent": Failpoint(_SEND, "after"),
}

WEBHOOK = {
    "webhook: before the event is parsed": Failpoint(_PARSE, "before"),
    "webhook: after the event is verified": Failpoint(_PARSE, "after"),
    **_around("webhook", "receive"),
    "webhook: before the event's row": Failpoint(_INSERT, "before", _STORE + "receive"),
    "webhook: after the event's row": Failpoint(_INSERT, "after", _STORE + "receive"),
    "webhook: after the payment's row": Failpoint(_INSERT, "after", _STORE + "receive", passes=2),
    "webhook: before the 200 is made": Failpoint("whmcs_bridge.web.wompi.webhook:_answer_stored", "before"),
    "webhook: before the 200 is sent": Failpoint(_SEND, "before"),
    "webhook: after the 200 is sent": Failpoint(_SEND, "after", passes=2),
}

RETURN = {
    "return: before Wompi is asked": Failpoint(_WOMPI + "transaction", "before"),
    **_around("return", "touch"),
}

BOOKING = {
    **_around("heartbeat", "remember"),
    **_around("claim", "claim", _CLAIMS),
    "booking: before Wompi is asked": Failpoint(_WOMPI + "transaction", "before"),
    "booking: after Wompi has answered": Failpoint(_WOMPI + "transaction", "after"),
    "booking: after the invoice is read": Failpoint(_WHMCS + "invoice", "after"),
    "booking: after the client is read": Failpoint(_WHMCS + "client", "after"),
    "booking: before the look": Failpoint(_WHMCS + "payments", "before"),
    "booking: after the look": Failpoint(_WHMCS + "payments", "after"),
    **_around("intent", "begin_posting", _CLAIMS),
    **_call("booking", _BOOK),
    # The head went in one piece; without its body it is no request.
    "booking: before the last bytes": Failpoint("http.client:HTTPConnection.send", "before", _BOOK, passes=2),
    "booking: before the proof": Failpoint(_WHMCS + "payments", "before", passes=2),
    "booking: after the proof": Failpoint(_WHMCS + "payments", "after", passes=2),
    **_around("settle", "settle", _CLAIMS),
}

_PART_ROW = "whmcs_bridge.ledger.parts:insert_new"
PARTS = {
    **_around("parts", "split"),
    "parts: before the second one's row": Failpoint(_PART_ROW, "before", passes=2),
    "parts: after the last one's row": Failpoint(_PART_ROW, "after", passes=3),
    "parts: before the second one's intent": Failpoint(_CLAIMS + "begin_posting", "before", passes=2),
    "parts: before the second one's request": Failpoint(_BOOK, "before", passes=2),
    "parts: after the second one's answer": Failpoint(_BOOK, "after", passes=2),
    "parts: before the last one's outcome": Failpoint(_CLAIMS + "settle", "before", passes=3),
    "parts: after the last one's outcome": Failpoint(_CLAIMS + "settle", "after", passes=3),
}

TIMER = {
    "timer: before Wompi is asked": Failpoint(_WOMPI + "transactions_by_reference", "before"),
    "timer: after Wompi has answered": Failpoint(_WOMPI + "transactions_by_reference", "after"),
    **_around("timer's touch", "touch"),
    **_around("timer's note", "checkout_asked"),
}

RECONCILE = {
    "reconcile: before Wompi is asked": Failpoint(_WOMPI + "transactions_by_reference", "before"),
    "reconcile: after Wompi has answered": Failpoint(_WOMPI + "transactions_by_reference", "after"),
    "reconcile: before the list is walked": Failpoint(_WOMPI + "transactions_between", "before"),
    "reconcile: before WHMCS's rows are counted": Failpoint(_STORE + "posted_since", "before"),
    **_around("reconcile's touch", "touch"),
    **_around("reconcile's due rows", "make_due", _CLAIMS),
}

RESOLVE = {
    **_around("resolve's claim", "claim_in_review", _CLAIMS),
    "resolve: before the request": Failpoint(_BOOK, "before"),
    "resolve: after the answer is read": Failpoint(_BOOK, "after"),
}

CREDIT = {
    **_around("credit's intent", "begin_posting", _CLAIMS),
    **_call("credit", _WHMCS + "add_credit"),
    "credit: before the proof": Failpoint(_PROOF + "of", "before", passes=2),
    "credit: after the proof": Failpoint(_PROOF + "of", "after", passes=2),
    **_around("credit's outcome", "settle", _CLAIMS),
}

VOID = {
    "void: before the call is checked": Failpoint("whmcs_bridge.web.host.routes:read_call", "before"),
    "void: after the call is checked": Failpoint("whmcs_bridge.web.host.routes:read_call", "after"),
    **_commit("void's nonce", "whmcs_bridge.ledger.call_nonces:CallNonceTable.take"),
    "void: before Wompi is read": Failpoint(_WOMPI + "transaction", "before"),
    "void: after Wompi is read": Failpoint(_WOMPI + "transaction", "after"),
    "void: after WHMCS is read": Failpoint(_PROOF + "given_back", "after"),
    **_around("void's intent", "begin", _VOIDS),
    **_call("void", _WOMPI + "void"),
    "void: before the proof is read": Failpoint(_WOMPI + "transaction", "before", passes=2),
    "void: after the proof is read": Failpoint(_WOMPI + "transaction", "after", passes=2),
    **_around("void's outcome", "end", _VOIDS),
    **_around("void's telling", "tell", _VOIDS),
    "void: before the answer is made": Failpoint("whmcs_bridge.web.host.routes:jsonify", "before"),
    "void: before the answer is sent": Failpoint(_SEND, "before"),
    "void: after the answer is sent": Failpoint(_SEND, "after", passes=2),
}

RECORD_VOID = {
    **_around("record-void's claim", "claim_in_review", _CLAIMS),
    "record-void: before Wompi is read": Failpoint(_WOMPI + "transaction", "before"),
    "record-void: after WHMCS is read": Failpoint(_PROOF + "taken_back", "after"),
    **_around("record-void's intent", "begin_posting", _CLAIMS),
    **_call("record-void", _WHMCS + "record_refund"),
    "record-void: before the record is looked for": Failpoint(_PROOF + "taken_back", "before", passes=2),
    **_around("record-void's outcome", "settle", _CLAIMS),
}

RINGS = {
    **_commit("alarm rings", _ALARMS + "ring"),
    **_commit("alarm is taken", _ALARMS + "take"),
    "alarm: before it is told": Failpoint(_WHMCS + "email_admins", "before"),
    "alarm: after it is told": Failpoint(_WHMCS + "email_admins", "after"),
    **_commit("alarm was told", _ALARMS + "told"),
}

GOES_ON = _commit("alarm goes on", _ALARMS + "still")

IS_OVER = _commit("alarm is over", _ALARMS + "end")

CANNOT_BE_TOLD = _commit("alarm is put off", _ALARMS + "put_off")

PRUNE = _around("prune", "prune", "whmcs_bridge.ledger.retention:Retention.")

REVOKE = _around("revoke", "revoke", "whmcs_bridge.ledger.revocations:RevocationTable.")

TOLD = _commit("a told number is kept", "whmcs_bridge.ledger.payer_notes:PayerNoteTable.leave")

SIGNATURES = _commit("refused events are counted", "whmcs_bridge.ledger.refused_signatures:RefusedSignatureTable.add")

_MEND = "whmcs_bridge.ledger.impossible_times:ImpossibleTimes.mend"
# The first COMMIT within is the one of the look.
MENDS = {
    "times are mended: before COMMIT": Failpoint(COMMIT, "before", _MEND, passes=2),
    "times are mended: after COMMIT": Failpoint(COMMIT, "after", _MEND, passes=2),
}

_SETTLED = "whmcs_bridge.ledger.settlements:SettlementTable."
IMPORTS = _commit("a report is kept", _SETTLED + "keep")
PULLS = _commit("payouts are kept", _SETTLED + "keep_payouts")
PULLS_DAILY = _commit("a pull begins", _SETTLED + "begin_pull")
SHOWS = _commit("what is not paid out is put down", _SETTLED + "look_through")
AGREES = _commit("books agree", _SETTLED + "agree")

OF_MONEY = CLICK | WEBHOOK | RETURN | BOOKING | PARTS | TIMER | RECONCILE | RESOLVE | CREDIT
SETTLEMENTS = IMPORTS | PULLS | PULLS_DAILY | SHOWS | AGREES
BACK_AND_BESIDE = (
    VOID
    | RECORD_VOID
    | RINGS
    | GOES_ON
    | IS_OVER
    | CANNOT_BE_TOLD
    | PRUNE
    | REVOKE
    | TOLD
    | SIGNATURES
    | MENDS
    | SETTLEMENTS
)
FAILPOINTS = OF_MONEY | BACK_AND_BESIDE


def resolve(target: str) -> tuple[Any, str]:
    """The object that holds ``module:name`` or ``module:Class.name``, and the last name."""
    module, _, path = target.partition(":")
    holder: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for part in classes:
        holder = getattr(holder, part)
    return holder, name


def replace(target: str, value: Any) -> None:
    """Give a name of the product another value."""
    setattr(*resolve(target), value)


def wrap(target: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put what ``make`` returns around a function of the product."""
    original = getattr(*resolve(target))
    replace(target, functools.wraps(original)(make(original)))


def install(point: Failpoint, act: Callable[[], None]) -> None:
    """Call ``act`` at the pass that the failpoint names, and at no other."""
    inside = threading.local()
    lock = threading.Lock()
    passed = 0

    def hit(moment: Moment) -> None:
        nonlocal passed
        if moment != point.moment or (point.within and not getattr(inside, "yes", False)):
            return
        with lock:
            passed += 1
            mine = passed == point.passes
        if mine:
            act()

    def enclosing(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            inside.yes = True
            try:
                return original(*args, **options)
            finally:
                inside.yes = False

        return call

    def step(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            hit("before")
            result = original(*args, **options)
            hit("after")
            return result

        return call

    wrap(point.target, step)
    if point.within:
        wrap(point.within, enclosing)


def actor(action: Action, report: Report, unplug: Callable[[], None]) -> Callable[[], None]:
    """What happens at the step, after it was reported: the test on the other side waits for that report."""

    def act() -> None:
        if action == "unplug":
            unplug()
        report("hit")
        match action:
            case "kill" | "unplug":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "raise":
                raise Broken

    return act
