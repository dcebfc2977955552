"""One rule, and how it is taken out; and the files in which rules and their tests stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One rule, and how it is taken out: ``old``, which stands once in ``file``, becomes ``new``.

    ``also`` are further changes of the same kind, where a second line of defence stands behind the first.
    """

    rule: str
    without: str
    file: str
    old: str
    new: str
    tests: str
    also: tuple[tuple[str, str, str], ...] = ()

    @property
    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """All of them: file, old text, new text."""
        return ((self.file, self.old, self.new), *self.also)


EVENTS, STORE, POSTING = "wompi_gateway/events.py", "whmcs_bridge/ledger/store.py", "whmcs_bridge/booking/posting.py"
DECISION, CHECKOUT, WEBHOOK = (
    "whmcs_bridge/booking/decision.py",
    "whmcs_bridge/checkout/checkout.py",
    "whmcs_bridge/web/wompi/webhook.py",
)
QUOTES, PARTS, WHOLE = (
    "whmcs_bridge/checkout/quotes.py",
    "whmcs_bridge/ledger/parts.py",
    "whmcs_bridge/booking/whole.py",
)
FEES, SEVERAL, CHOOSING = "whmcs_bridge/money/fees.py", "tests/booking/test_parts.py", "tests/web/test_several.py"
CLIENT, PAYER, LINKS = "wompi_gateway/client.py", "whmcs_bridge/web/payer/routes.py", "whmcs_bridge/signed/links.py"
EVIDENCE, ORDERS, PROOF_FILE = (
    "whmcs_bridge/booking/evidence.py",
    "whmcs_bridge/booking/orders.py",
    "whmcs_bridge/whmcs/proof.py",
)
WHMCS, PROOF, CLIENTS = "whmcs_bridge/whmcs/client.py", "tests/whmcs/test_proof.py", "tests/whmcs/test_client.py"
TRANSPORT, RECONCILE = "wompi_gateway/transport.py", "whmcs_bridge/booking/reconcile.py"
LISTS = "tests/booking/test_wompi_lists.py"
CLAIMS = "whmcs_bridge/ledger/claims.py"
REFERENCES, DATABASE = "whmcs_bridge/signed/references.py", "whmcs_bridge/ledger/engine/database.py"
ERRORS = "whmcs_bridge/ledger/engine/errors.py"

WAITING, TIMES = "whmcs_bridge/ledger/waiting.py", "whmcs_bridge/ledger/impossible_times.py"
WAITED, STEPPED = "tests/ledger/test_waiting.py", "tests/booking/test_clock_steps.py"

FOUND = "tests/stateful/test_found.py::test_"
GUARDS = "tests/booking/test_guards.py"
BOOKING = "tests/booking/test_booking.py"
JUDGED = "tests/fuzz/test_judged_events.py"
HOOK = "tests/web/test_webhook.py"
FORM, SIGNATURE = "tests/wompi_gateway/test_events_form.py", "tests/wompi_gateway/test_events_signature.py"
CURRENCIES = "tests/booking/test_currencies.py"
INSTALMENTS = "whmcs_bridge/money/instalments.py"
OFFICIAL = "whmcs_bridge/checkout/official_rate.py"
CLICK = "tests/web/test_click.py"
VISITOR_LIMITS, STRANGERS = "whmcs_bridge/checkout/visitor_limits.py", "tests/web/test_strangers.py"
VOIDS, VOID_STORE, VOID_TESTS = "whmcs_bridge/voids/voids.py", "whmcs_bridge/ledger/voids.py", "tests/web/test_voids.py"
CALLS, PACING, PARALLEL = (
    "whmcs_bridge/signed/calls.py",
    "whmcs_bridge/booking/pacing.py",
    "tests/booking/test_parallel.py",
)
GROUP, GROUPED = "whmcs_bridge/ledger/engine/group_commit.py", "tests/ledger/engine/test_group_commit.py"
INTAKE, INTAKEN = "whmcs_bridge/web/wompi/intake.py", "tests/web/test_intake.py"
OUTCOMES, KEEPABLE, ROWS = (
    "whmcs_bridge/booking/outcomes.py",
    "tests/ledger/test_unkeepable.py",
    "whmcs_bridge/ledger/rows.py",
)
UNREADABLE = "tests/ledger/test_unreadable.py"
INBOX, TOGETHER = "whmcs_bridge/ledger/inbox.py", "tests/ledger/test_inbox.py"
