"""Each guard and each rule, and how it is taken out: what ``make mutants`` tries. See ``mutants``."""

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
VOIDS, VOID_STORE, VOID_TESTS = "whmcs_bridge/voids.py", "whmcs_bridge/void_store.py", "tests/web/test_voids.py"
CALLS, PACE, PARALLEL = "whmcs_bridge/calls.py", "whmcs_bridge/pace.py", "tests/test_parallel.py"
GROUP, GROUPED = "whmcs_bridge/group_commit.py", "tests/test_group_commit.py"
INTAKE, INTAKEN = "whmcs_bridge/intake.py", "tests/test_intake.py"

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
           "if transaction.currency != CURRENCY:\n            return other", "if False:\n            return other",
           BOOKING),
    Mutant("R8: merchant", "another merchant", POSTING,
           "if not self._wompi.is_ours(transaction):\n            return other_merchant()",
           "if False:\n            return other_merchant()", BOOKING),
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
           "if not insert_new(connection, events, row):\n            return False",
           "if not insert_new(connection, events, row):\n            pass",
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
    # Voids
    Mutant("void", "a second call reaches Wompi", VOID_STORE,
           "if not insert_new(connection, voids, row):\n                return False",
           "if not insert_new(connection, voids, row):\n                return True", VOID_TESTS),
    Mutant("void", "a second press does not read what became of the first", VOIDS, "if asked is not None:", "if False:",
           VOID_TESTS),
    Mutant("void", "a part of a payment is voided", VOIDS,
           "if amount_in_cents != payment.amount_in_cents:", "if False:", VOID_TESTS),
    Mutant("void", "of another day", VOIDS, "if not _may_be_today(transaction, self._clock()):", "if False:",
           VOID_TESTS),
    Mutant("void", "of another method than card", VOIDS, 'if transaction.payment_method_type != "CARD":', "if False:",
           VOID_TESTS),
    Mutant("void", "of what this bridge did not book", VOIDS,
           "if payment is None or payment.posted_at is None or payment.invoice_id is None:", "if payment is None:",
           VOID_TESTS, also=((VOIDS, "Status.APPROVED or payment.state is not State.POSTED:", "Status.APPROVED:"),)),
    Mutant("void", "of what WHMCS has twice", VOIDS, "if len(rows) != 1:", "if not rows:", VOID_TESTS),
    Mutant("void", "of what WHMCS has taken back", VOIDS,
           "if self._whmcs.taken_back(payment.transaction_id, payment.invoice_id or 0):", "if False:", VOID_TESTS),
    Mutant("void", "a machine that was paused asks", VOIDS,
           "if self._left(started) < self._call_timeout:\n            self._store.end",
           "if False:\n            self._store.end", VOID_TESTS),
    Mutant("void", "accepted counts as VOIDED", VOIDS,
           "            return accepted()", "            return self._tell(name, fees) and done(fees)", VOID_TESTS),
    Mutant("void", "two callers are told of success", VOID_STORE,
           "voids.c.state == VoidState.DONE, long_ago", "voids.c.state == VoidState.DONE", VOID_TESTS),
    Mutant("void", "nobody looks afterwards whether WHMCS has recorded it", VOID_STORE,
           ".values(due_at=now + follow_up, looks=0)", ".values(looks=0)", VOID_TESTS),
    Mutant("void", "the command does not look for its own record", POSTING,
           "if self._booked(name) == 1 and not self._whmcs.taken_back(name, invoice_id):",
           "if self._booked(name) == 1:", VOID_TESTS),
    Mutant("void", "the command records a void that is none", POSTING,
           "promise is not None and transaction.state is Status.VOIDED and", "promise is not None and", VOID_TESTS),
    Mutant("signed call", "any signature", CALLS, "if not any(matches):", "if False:",
           f"{VOID_TESTS} tests/test_calls.py"),
    Mutant("signed call", "of any age", CALLS, "if abs(now.timestamp() - int(stamp)) > TOLERANCE:", "if False:",
           f"{VOID_TESTS} tests/test_calls.py"),
    # Several at a time
    Mutant("pace", "everybody probes while WHMCS is down", PACE,
           "if self.paused() or (self._failures and self._under_way):", "if self.paused():", PARALLEL),
    Mutant("pace", "no pause", PACE,
           "return self._paused_until is not None and self._clock() < self._paused_until", "return False", PARALLEL),
    Mutant("pace", "each of those that failed together counts", PACE,
           "if upstream is None or number != self._round:", "if upstream is None:", PARALLEL),
    Mutant("pace", "a refusal is taken for a hiccup", PACE, "if upstream is Upstream.REFUSES:", "if False:", PARALLEL),
    Mutant("one for each invoice", "two payments of one invoice are booked at once", STORE,
           "    if other is not None:\n        in_doubt", "    if False:\n        in_doubt", PARALLEL),
    Mutant("one for each invoice", "another one's doubt is not waited for", STORE,
           "in_doubt = other.claimed_until is None or other.claimed_until <= now\n        raise",
           "in_doubt = False\n        if other.claimed_until is None or other.claimed_until <= now:\n"
           "            return\n        raise", PARALLEL),
    # Group commit, and the events' own way in
    Mutant("group commit", "who waits returns before the commit", GROUP,
           "            self._wait(job, patience)\n        if job.leads:",
           "            job.outcomes, job.done = [None] * len(job.works), True\n            return True\n"
           "        if job.leads:", GROUPED),
    Mutant("group commit", "one that fails fails the others", DATABASE,
           "            outcomes = [self._outcome(work) for work in works]\n        except Exception",
           '            outcomes = [DatabaseUnavailable("one failed")] * len(works)\n        except Exception',
           GROUPED),
    Mutant("group commit", "a commit that failed is told as done", DATABASE,
           "outcomes = [error] * len(works)", "outcomes = [None] * len(works)", GROUPED),
    Mutant("group commit", "what was refused is done later", GROUP,
           "                if job in self._waiting:\n                    self._waiting.remove(job)\n"
           "                    return",
           "                if job in self._waiting:\n                    return", GROUPED),
    Mutant("intake", "200 before the commit", INTAKE,
           "        for channel, answer in zip(timely, self._receiver.receive([c.delivery() for c in timely]), "
           "strict=True):\n            channel.reply(answer, self._headers)\n",
           "        wanted = [c.delivery() for c in timely]\n"
           "        for channel in timely:\n"
           '            channel.reply(Answer(200, "stored"), self._headers)\n'
           "        self._receiver.receive(wanted)\n", INTAKEN),
    Mutant("intake", "200 although the commit failed", WEBHOOK,
           "if isinstance(stored, DatabaseUnavailable):\n        log", "if False:\n        log", INTAKEN,
           also=((WEBHOOK, "if isinstance(stored, Exception):\n        # The", "if False:\n        # The"),)),
    Mutant("intake", "an event that has waited too long is stored and nobody hears of it", INTAKE,
           "oldest = time.monotonic() - _TOO_LATE", "oldest = 0.0", INTAKEN),
    Mutant("intake", "a fault ends the receiver", INTAKE,
           "            except Exception as error:  # noqa: BLE001 - a receiver",
           "            except ArithmeticError as error:  # noqa: BLE001 - a receiver", INTAKEN),
)  # fmt: skip
