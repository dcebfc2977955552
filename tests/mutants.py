"""``make mutants``: take each guard and each receiving rule out, one at a time, and see which test goes red.

``python -m tests.mutants [--markdown FILE] [WORD ...]``: only those whose rule or change holds one of the words. Each
change is made in a copy of the tree, where the tests named beside it are run. Ends with 1 when a change survives, that
is, when nothing notices that the rule is gone; with 2 when a change does not fit the code any more.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("wompi_gateway", "whmcs_bridge", "hooks", "tests", "pyproject.toml", "setup.cfg")
# A change that makes the tests wait for ever is noticed as well, after this time in seconds.
PATIENCE = 180


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


EVENTS, STORE, POSTING = "wompi_gateway/events.py", "whmcs_bridge/store.py", "whmcs_bridge/posting.py"
DECISION, PAYING, WEBHOOK = "whmcs_bridge/decision.py", "whmcs_bridge/paying.py", "whmcs_bridge/web/webhook.py"
CLIENT, PAYER, LINKS = "wompi_gateway/client.py", "whmcs_bridge/web/payer.py", "whmcs_bridge/links.py"
REFERENCES, DATABASE = "whmcs_bridge/references.py", "whmcs_bridge/database.py"

FOUND = "tests/stateful/test_found.py::test_"
GUARDS = "tests/test_guards.py"
BOOKING = "tests/test_booking.py"
JUDGED = "tests/fuzz/test_judged_events.py"
HOOK = "tests/web/test_webhook.py"
FORM, SIGNATURE = "tests/wompi_gateway/test_events_form.py", "tests/wompi_gateway/test_events_signature.py"
CLICK = "tests/web/test_click.py"

MUTANTS = (
    # The four guards
    Mutant("claim", "a claimed row may be claimed", STORE,
           "due = and_(payments.c.due_at <= now, _unclaimed(now))", "due = payments.c.due_at <= now", GUARDS),
    Mutant("claim", "who lost the claim may begin to book", STORE,
           ".where(_held(claim), payments.c.claimed_until > now)",
           ".where(payments.c.transaction_id == claim.payment.transaction_id)",
           FOUND + "claim_who_lost_it_cannot_begin_to_book"),
    Mutant("claim", "who lost the claim may settle", STORE,
           "return and_(mine, payments.c.claimed_by == claim.token)", "return and_(mine)", GUARDS),
    Mutant("claim", "a lease never ends", STORE,
           "return or_(payments.c.claimed_until.is_(None), payments.c.claimed_until <= now)",
           "return payments.c.claimed_until.is_(None)", GUARDS),
    Mutant("claim", "a touch during the claim is lost", STORE,
           "again = row.touched and state is not State.POSTING", "again = False", GUARDS),
    Mutant("look", "WHMCS is not asked before the booking", POSTING,
           "return sum(1 for row in self._whmcs.payments(transaction_id) if row.amount_in > 0)", "return 0", GUARDS),
    Mutant("look", "ids are compared as WHMCS compares them", "whmcs_bridge/whmcs.py",
           "mine = [row for row in found if not isinstance(row, dict) or str(row.get(\"transid\", \"\")) == transid]",
           "mine = found", FOUND + "look_an_id_of_another_case_is_another_payment"),
    Mutant("look", "a refund's row counts as a payment", POSTING,
           "for row in self._whmcs.payments(transaction_id) if row.amount_in > 0)",
           "for row in self._whmcs.payments(transaction_id))",
           FOUND + "look_a_refund_under_the_same_id_is_not_a_second_payment"),
    Mutant("wait", "no wait after an unclear answer", POSTING,
           "reason, delay=rules.recheck_after,", "reason, delay=0,", GUARDS),
    Mutant("wait", "no wait after a crash", POSTING,
           "in_doubt_until = now + timedelta(seconds=rules.post_timeout + rules.recheck_after)",
           "in_doubt_until = now", FOUND + "wait_after_a_crash_within_the_booking"),
    Mutant("wait", "a touch shortens it", STORE,
           "and_(payments.c.state != State.POSTING, waiting, _unclaimed(now))", "and_(waiting, _unclaimed(now))",
           GUARDS),
    Mutant("wait", "a touch during the claim shortens it", STORE,
           "again = row.touched and state is not State.POSTING", "again = row.touched",
           FOUND + "wait_an_event_that_comes_while_whmcs_is_booking_does_not_shorten_it"),
    Mutant("wait", "reconcile shortens it", STORE,
           "waiting = and_(payments.c.state.in_((State.DUE, State.REVIEW)), payments.c.due_at > now)",
           "waiting = and_(payments.c.due_at > now)", GUARDS),
    Mutant("wait", "every broken connection counts as never sent", "wompi_gateway/transport.py",
           "return not (isinstance(error, unsent) or isinstance(_root(error), NewConnectionError))", "return False",
           GUARDS),
    Mutant("wait", "an answer that is not understood counts as a refusal", POSTING,
           "except Refused as error:\n            refused", "except (Refused, Unclear) as error:\n            refused",
           GUARDS),
    Mutant("age", "an old claim books", POSTING,
           "if look.age(self._clock(), self._stopwatch()) > rules.lease - rules.post_timeout - _AIR:", "if False:",
           GUARDS),
    Mutant("age", "only the clock on the wall counts", POSTING,
           "return max((now - self.at).total_seconds(), ticks - self.ticks)",
           "return (now - self.at).total_seconds()", GUARDS),
    # R1 to R8
    Mutant("R1", "any method", "whmcs_bridge/web/app.py",
           'webhook.receiver(bridge, wake), ["POST"]', 'webhook.receiver(bridge, wake), ["GET", "PUT", "POST"]', HOOK),
    Mutant("R1", "any media type", WEBHOOK,
           'delivery.length > 0 and _media_type(delivery.content_type) != "application/json"', "False", HOOK),
    Mutant("R1", "any length, by the header", WEBHOOK, "if delivery.length > MAX_BYTES:", "if False:", HOOK,
           also=(("whmcs_bridge/web/app.py", "MAX_CONTENT_LENGTH=MAX_BODY, ", ""),)),
    Mutant("R1", "any length, by the bytes", EVENTS, "if len(body) > MAX_BYTES:", "if False:", FORM),
    Mutant("R1", "no length", WEBHOOK,
           'if delivery.length is None or delivery.transfer_encoding is not None:',
           "if delivery.length is None:\n        return None\n    if False:", HOOK),
    Mutant("R1", "compressed bodies", WEBHOOK,
           '(delivery.content_encoding or "identity").strip().lower() != "identity"', "False", HOOK),
    Mutant("R2", "bytes that are not UTF-8", EVENTS, 'body.decode("utf-8")', 'body.decode("utf-8", "replace")', FORM),
    Mutant("R2", "a key may stand twice", EVENTS, "if len(members) != len(pairs):", "if False:", FORM),
    Mutant("R2", "NaN and Infinity", EVENTS, "            parse_constant=_refuse_constant,\n", "", FORM),
    Mutant("R2", "numbers without end", EVENTS, 'if number in (float("inf"), float("-inf")):', "if False:", FORM),
    Mutant("R2", "any depth", EVENTS, "if _deeper_than(document, MAX_DEPTH):", "if False:", FORM),
    Mutant("R2", "a parser's own error gets out", EVENTS,
           "except (ValueError, RecursionError) as error:", "except UnicodeDecodeError as error:", FORM),
    Mutant("R2", "a document that is no object", EVENTS, "if not isinstance(document, dict):", "if False:", FORM),
    Mutant("R3", "types are converted", EVENTS, "ConfigDict(strict=True,", "ConfigDict(strict=False,", FORM),
    Mutant("R3", "any status", EVENTS, r'pattern=r"\A[A-Z][A-Z_]{0,39}\z"', 'pattern=r"[A-Z]"', FORM),
    Mutant("R3", "any reference", EVENTS, r'pattern=r"\A[A-Za-z0-9_.:/#-]{1,255}\z"', 'pattern=r"."', FORM),
    Mutant("R3", "any currency", EVENTS, r'pattern=r"\A[A-Z]{3}\z"', 'pattern=r"[A-Z]{3}"', FORM),
    Mutant("R3", "any id", "wompi_gateway/models.py", r'r"\A[A-Za-z0-9_-]{1,120}\z"', 'r"[A-Za-z0-9_-]"', FORM),
    Mutant("R3", "amounts of zero and less", EVENTS, "Field(gt=0, le=1_000_000_000_000)",
           "Field(le=1_000_000_000_000)", FORM),
    Mutant("R3", "any large amount", EVENTS, "Field(gt=0, le=1_000_000_000_000)", "Field(gt=0)", FORM),
    Mutant("R3", "timestamps of any width", EVENTS, "Field(ge=_FIRST_TIMESTAMP, le=_LAST_TIMESTAMP)", "Field(ge=0)",
           f"{FORM} {SIGNATURE}"),
    Mutant("R4", "a part of the list", EVENTS, "if not _ALWAYS_SIGNED.issubset(paths):", "if False:", SIGNATURE),
    Mutant("R4", "paths outside of the transaction", EVENTS,
           'if not all(path.startswith("transaction.") for path in paths):', "if False:", JUDGED),
    Mutant("R4", "one path twice", EVENTS, " or len(set(paths)) != len(paths)", "", JUDGED),
    Mutant("R4", "any path", EVENTS, "if isinstance(path, str) and _PATH.match(path)]", "if isinstance(path, str)]",
           JUDGED),
    Mutant("R4", "any number of paths", EVENTS, "not 0 < len(properties) <= _MAX_PROPERTIES", "not properties",
           SIGNATURE),
    Mutant("R4", "signed values of any kind", EVENTS,
           "if isinstance(value, bool) or not isinstance(value, (str, int)):", "if value is None:", SIGNATURE),
    Mutant("R4", "letters may slide from status to id", EVENTS,
           "if transaction and _could_be_split_otherwise(transaction):", "if False:", SIGNATURE),
    Mutant("R5", "any checksum", EVENTS, "if not any(matches):", "if False:", SIGNATURE),
    Mutant("R5", "the case of the checksum counts", "wompi_gateway/signatures.py",
           "one.lower().encode(), other.lower().encode()", "one.encode(), other.encode()", SIGNATURE),
    Mutant("R5", "compared letter by letter", "wompi_gateway/signatures.py",
           "hmac.compare_digest(one.lower().encode(), other.lower().encode())", "one.lower() == other.lower()",
           "tests/test_hostile_cases.py::TestReceiving::test_A82_every_secret_is_compared_in_constant_time"),
    Mutant("R5", "only the newest secret verifies", EVENTS, "for secret in secrets if secret]",
           "for secret in secrets[:1] if secret]", SIGNATURE),
    Mutant("R5", "an empty secret verifies", EVENTS, "for secret in secrets if secret]", "for secret in secrets]",
           SIGNATURE),
    Mutant("R5", "the header may contradict the body", EVENTS,
           "header_checksum is not None and header_checksum.strip().lower() != checksum.lower()", "False", SIGNATURE),
    Mutant("R6", "events of the other environment", EVENTS, "if envelope.environment != environment:", "if False:",
           SIGNATURE),
    Mutant("R6", "other types of events are refused", EVENTS, "if envelope.event == TRANSACTION_UPDATED:", "if True:",
           HOOK),
    Mutant("R7", "old events are refused", EVENTS, "_FIRST_TIMESTAMP, _LAST_TIMESTAMP = 1_000_000_000,",
           "_FIRST_TIMESTAMP, _LAST_TIMESTAMP = 1_700_000_000,", f"{SIGNATURE} {HOOK}"),
    Mutant("R8: id", "the answer may be about another transaction", CLIENT,
           "if transaction.id != transaction_id:", "if False:", "tests/wompi_gateway/test_client.py"),
    Mutant("R8: reference", "the list may hold other references", CLIENT,
           "for transaction in found if transaction.reference == reference]", "for transaction in found]",
           "tests/wompi_gateway/test_client.py"),
    Mutant("R8: reference", "any MAC", REFERENCES, "if not any(matches):", "if False:",
           f"tests/test_references.py {BOOKING}"),
    Mutant("R8: reference", "what is not ours is booked", DECISION,
           "def _approved(facts: Facts) -> Decision:\n    if not facts.ours:",
           "def _approved(facts: Facts) -> Decision:\n    if False:", "tests/test_decision.py"),
    Mutant("R8: amount", "another amount", POSTING,
           "if transaction.amount_in_cents != promise.amount_in_cents:", "if False:", BOOKING),
    Mutant("R8: currency", "another currency", POSTING,
           'if transaction.currency != CURRENCY:\n            other', 'if False:\n            other', BOOKING),
    Mutant("R8: merchant", "another merchant", POSTING,
           "if not self._wompi.is_ours(transaction):\n            return Decision",
           "if False:\n            return Decision", BOOKING),
    Mutant("R8: merchant", "no merchant named, and not in our list", CLIENT,
           "return any(row.id == transaction.id for row in self.transactions_by_reference(transaction.reference))",
           "return True", BOOKING),
    Mutant("R8: status", "a word that nobody knows is approved", "wompi_gateway/models.py",
           "else cls.UNKNOWN", "else cls.APPROVED", BOOKING),
    # What is never booked again by itself
    Mutant("held in review", "booked behind the back of the person who was asked", DECISION,
           "    if held:\n", "    if False:\n", "tests/test_decision.py"),
    Mutant("posted before", "booked again when it vanished from WHMCS", DECISION,
           "    if facts.posted_before:\n", "    if False:\n", "tests/test_decision.py tests/test_reconcile.py"),
    Mutant("dismissed", "booked or asked again after a person dismissed it", DECISION,
           "        return Decision(Action.DONE)\n    if facts.dismissed:\n",
           "        return Decision(Action.DONE)\n    if False:\n", "tests/test_decision.py tests/test_resolve.py"),
    Mutant("doubled", "two rows in WHMCS count as one", DECISION,
           "    if facts.whmcs.booked == 1:\n        return Decision(Action.DONE)",
           "    if facts.whmcs.booked >= 1:\n        return Decision(Action.DONE)",
           "tests/test_decision.py tests/test_reconcile.py"),
    Mutant("cancelled", "booked on a cancelled invoice", DECISION,
           'or facts.whmcs.invoice_status.lower() == "cancelled"', "", "tests/test_decision.py"),
    Mutant("resolve", "a person can book what was not paid to us", POSTING,
           "if promise is None or not approved or not self._wompi.is_ours(transaction):", "if promise is None:",
           "tests/test_resolve.py"),
    Mutant("resolve", "a person books without a look", POSTING,
           "if self._booked(transaction.id):", "if False:", "tests/test_resolve.py"),
    # Receiving and storing
    Mutant("dedup", "a duplicate event touches again", STORE,
           "if not insert_new(connection, events, row):\n                return False",
           "if not insert_new(connection, events, row):\n                pass",
           FOUND + "dedup_a_repeated_event_makes_nothing_due"),
    Mutant("dedup", "the digest knows the checksum only", EVENTS,
           "told = (self.type, self.transaction_id, self.status, self.amount_in_cents, self.timestamp, self.checksum)",
           "told = (self.checksum,)", SIGNATURE),
    Mutant("200 after the commit", "200 although it cannot be stored", WEBHOOK,
           'return _answer(503, "cannot store now")', 'return _answer(200, "cannot store now")', HOOK),
    Mutant("200 after the commit", "a commit does not wait for the disk", DATABASE,
           '"synchronous=FULL"', '"synchronous=NORMAL"', "tests/test_store.py"),
    Mutant("journal", "a change of state leaves no line", STORE,
           "if (state, reason) != ", "if False and (state, reason) != ", "tests/test_store.py tests/test_booking.py"),
    Mutant("intent first", "the intent to book is not written down", POSTING,
           "if not self._store.begin_posting(claim, seen, look_again_at=in_doubt_until):",
           "if in_doubt_until < now:", GUARDS),
    # The click
    Mutant("terms", "no terms accepted", PAYER, 'if request.form.get("terms") != "accepted":', "if False:", CLICK),
    Mutant("owner", "an invoice of another client", PAYING, "if invoice.client_id != link.client_id:", "if False:",
           CLICK),
    Mutant("payable", "any status", PAYING, 'if invoice.status not in ("Unpaid", "Overdue"):', "if False:", CLICK),
    Mutant("payable", "any gateway", PAYING,
           "if invoice.payment_method and invoice.payment_method != self._terms.gateway:", "if False:", CLICK),
    Mutant("payable", "any currency", PAYING, "if client.currency != CURRENCY:", "if False:", CLICK),
    Mutant("payable", "less than Wompi's minimum", PAYING, "if amount < MINIMUM_IN_CENTS:", "if False:", CLICK),
    Mutant("link", "any signature", LINKS, "if not any(matches):", "if False:", "tests/test_links.py"),
    Mutant("link", "for ever", LINKS, "if now >= expires_at:", "if False:", "tests/test_links.py"),
    Mutant("link", "for any purpose", PAYER, "if read.purpose not in purposes:", "if False:",
           f"{CLICK} tests/web/test_invoices.py"),
    Mutant("under way", "a second payment beside one that is under way", PAYING,
           "if not anyway and (True in answers or self._pays_already(invoice_id)):", "if False:", CLICK),
    Mutant("double click", "two presses at once open two checkouts", STORE,
           "if newest and newest.reference != unless_newer_than and newest", "if False and newest", CLICK),
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What became of one change: the test that went red, or none."""

    mutant: Mutant
    red: str
    fits: bool = True


def main(arguments: list[str]) -> int:
    """Try the changes, print the table, and tell by the exit status whether one survived."""
    parser = argparse.ArgumentParser(description="Take each rule out, one at a time, and see which test goes red.")
    parser.add_argument("words", nargs="*", help="only rules or changes that hold one of these words")
    parser.add_argument("--markdown", type=Path, help="write the table there, too")
    given = parser.parse_args(arguments)
    wanted = [
        one for one in MUTANTS if not given.words or any(word in f"{one.rule} {one.without}" for word in given.words)
    ]
    with trees(os.cpu_count() or 1) as free, ThreadPoolExecutor(free.qsize()) as pool:
        if red := first_red(free.queue[0], sorted({test for mutant in wanted for test in mutant.tests.split()})):
            sys.stdout.write(f"red before anything was taken out: {red}\n")
            return 2
        results = list(pool.map(lambda mutant: told(try_one(mutant, free)), wanted))
    if given.markdown:
        given.markdown.write_text(table(results), encoding="utf-8")
    if not all(result.fits for result in results):
        return 2
    return 0 if all(result.red for result in results) else 1


@contextmanager
def trees(count: int) -> Iterator[Queue[Path]]:
    """Copies of the tree, to be taken and given back."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        free: Queue[Path] = Queue()
        for number in range(count):
            tree = Path(folder) / str(number)
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, tree / name)
            free.put(tree)
        yield free


def try_one(mutant: Mutant, free: Queue[Path]) -> Result:
    """Make one change in a copy, run its tests there, and undo the change."""
    tree = free.get()
    files = {tree / name: (tree / name).read_text(encoding="utf-8") for name, _, _ in mutant.changes}
    try:
        for name, old, new in mutant.changes:
            text = (tree / name).read_text(encoding="utf-8")
            if text.count(old) != 1:
                return Result(mutant, f"what is to be changed stands {text.count(old)} times in {name}", fits=False)
            (tree / name).write_text(text.replace(old, new), encoding="utf-8")
        return Result(mutant, first_red(tree, mutant.tests.split()))
    finally:
        for file, text in files.items():
            file.write_text(text, encoding="utf-8")
        free.put(tree)


def first_red(tree: Path, tests: list[str]) -> str:
    """The first test that fails; empty when none does. SQLite is enough: no rule is another one elsewhere."""
    quiet = ["-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not mariadb and not postgresql"]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("REFUSE_SKIPS", None)
    command = [sys.executable, "-m", "pytest", *quiet, *tests]
    try:
        ended = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"{tests[0]} (waits for ever)"
    if red := re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ended.stdout, re.MULTILINE):
        return red.group(1)
    if ended.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ""


def told(result: Result) -> Result:
    """Print one line at once."""
    outcome = "SURVIVED" if not result.red else "" if result.fits else "DOES NOT FIT"
    line = f"{result.mutant.rule:<16} {result.mutant.without:<58} {outcome} {result.red}"
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()
    return result


def table(results: list[Result]) -> str:
    """The results in Markdown."""
    lines = ["| rule | taken out | the test that goes red |", "|---|---|---|"]
    for result in results:
        red = f"`{result.red.removeprefix('tests/')}`" if result.red and result.fits else f"**none** {result.red}"
        lines.append(f"| {result.mutant.rule} | {result.mutant.without} | {red.strip()} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
