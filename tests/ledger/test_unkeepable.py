"""Values that the ledger cannot hold: refused at the border, told by name, and nobody else is held up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy import Connection, insert, select, text, update

from tests.world import World
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable, ValueRefused
from whmcs_bridge.ledger.inbox import Received
from whmcs_bridge.ledger.keepable import kept
from whmcs_bridge.ledger.records import VoidState
from whmcs_bridge.ledger.schema import meta, payments
from whmcs_bridge.ledger.voids import VoidTable
from whmcs_bridge.ledger.waiting import Timer
from whmcs_bridge.whmcs.answers import OddAnswer

pytestmark = pytest.mark.slow

RECHECK_AFTER = 300
RECHECK = timedelta(seconds=RECHECK_AFTER)

# What Wompi says, which field it is, and how the field is named in the sentence.
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "T9 the year one": ({"finalized_at": "0001-01-01T00:00:00Z"}, "finalized_at"),
    "T9 the year one, created": ({"created_at": "0001-01-01T00:00:00Z"}, "created_at"),
    "T9 the year one, and never finalised": (
        {"created_at": "0001-01-01T00:00:00Z", "finalized_at": None},
        "created_at",
    ),
    "T9 the year one, east": ({"finalized_at": "0001-01-01T00:00:00+23:59"}, "finalized_at"),
    "T9 before 2000": ({"finalized_at": "1999-12-31T23:59:59.999Z"}, "finalized_at"),
    "T10 the year 9999, west": ({"finalized_at": "9999-12-31T23:59:59-12:00"}, "finalized_at"),
    "T10 the year 9999, created": ({"created_at": "9999-12-31T23:59:59-12:00"}, "created_at"),
    "T10 2100": ({"finalized_at": "2100-01-01T00:00:00Z"}, "finalized_at"),
    "T11 a status with an accent": ({"status": "APROBADÓ"}, "status"),
    "T11 a status of forty letters": ({"status": "É" * 40}, "status"),
    "T11 a status that is too long": ({"status": "A" * 41}, "status"),
    "T11 a status with NUL": ({"status": "APPROVED\x00"}, "status"),
    "T11 a status with a line break": ({"status": "APPROVED\n\x1b[2J"}, "status"),
    "T11 a status with half a character": ({"status": "\ud800"}, "status"),
    "T11 a method with an accent": ({"payment_method_type": "CARÉ"}, "payment_method_type"),
    "T11 a method with an emoji": ({"payment_method_type": "\U0001f4b3"}, "payment_method_type"),
    "T11 a method with NUL": ({"payment_method_type": "CARD\x00"}, "payment_method_type"),
    "T11 a method with a line break": ({"payment_method_type": "CARD\n"}, "payment_method_type"),
    "T11 a method with half a character": ({"payment_method_type": "CARD\udfff"}, "payment_method_type"),
    "T11 a wide currency": ({"currency": "\uff23\uff2f\uff30"}, "currency"),
    "T11 a currency with NUL": ({"currency": "COP\x00"}, "currency"),
    "T11 a currency that is too long": ({"currency": "C" * 11}, "currency"),
    "T12 ten to the 25th": ({"amount_in_cents": 10**25}, "amount_in_cents"),
    "T12 one more than 64 bits": ({"amount_in_cents": 2**63}, "amount_in_cents"),
    "T12 below nothing": ({"amount_in_cents": -1}, "amount_in_cents"),
    "T12 no whole number": ({"amount_in_cents": 5950000.5}, "amount_in_cents"),
}


def looked_at(world: World, *, times: int = 3) -> None:
    """So many rounds of the worker, each after the pause."""
    for _ in range(times):
        world.work()
        world.clock.advance(seconds=RECHECK_AFTER)


def row(world: World, transaction: str) -> Any:
    """What the table has of a payment."""
    query = select(payments).where(payments.c.transaction_id == transaction)
    return world.bridge.database.read(lambda connection: connection.execute(query).one())


class TestWhatWompiSays:
    @pytest.mark.parametrize("name", BAD)
    def test_T9_T10_T11_T12_what_cannot_be_kept_ends_with_a_person(self, world: World, name: str) -> None:
        """Looked at again, then held with a sentence that names the field; the payment behind it is booked at once."""
        changes, field = BAD[name]
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, **changes)
        world.bridge.store.touch(bad, "event")
        good = world.pay(world.invoice())
        world.event(good)
        world.work()
        assert (world.state(bad), world.state(good)) == ("due", "posted")
        assert world.http.get("/readyz").status_code == 200
        world.clock.advance(seconds=RECHECK_AFTER)
        looked_at(world, times=2)
        assert world.state(bad) == "review"
        assert field in world.reason(bad)
        assert "comercios.wompi.co" in world.reason(bad)
        assert world.whmcs.booked(bad) == []
        world.work()
        assert world.http.get("/readyz").status_code == 200

    def test_T12_the_largest_amount_that_can_be_kept_is_a_mismatch(self, world: World) -> None:
        """It fits, and is another amount than was asked for: a person, at the first look."""
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, amount_in_cents=2**63 - 1)
        world.bridge.store.touch(bad, "event")
        world.work()
        assert (world.state(bad), row(world, bad).amount_in_cents) == ("review", 2**63 - 1)

    @pytest.mark.parametrize("time", ["2026-11-21T23:59:60Z", "2026-11-21T15:04:05.123456789Z", "tomorrow", None])
    def test_a_time_that_the_booking_can_do_without_holds_no_money_back(self, world: World, time: str | None) -> None:
        """A leap second, more digits than are kept, or no time at all: the other time is taken."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, finalized_at=time)
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "posted"

    @pytest.mark.parametrize(
        "reference", ["a\x00b", "a\ud800b", "INV1042\n", "pedido ñ \U0001f4b3", "x" * 300, "\u2028", ""]
    )
    def test_T11_a_reference_that_cannot_be_kept_cannot_be_ours(self, world: World, reference: str) -> None:
        """Somebody else's payment, whatever else it says: closed, not with a person."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, reference=reference, finalized_at="0001-01-01T00:00:00Z", amount_in_cents=10**25)
        world.bridge.store.touch(transaction, "event")
        world.work()
        assert world.state(transaction) == "closed"
        assert "no es nuestro" in world.reason(transaction)

    def test_a_reference_that_was_ours_and_is_not_any_more_is_odd(self, world: World) -> None:
        """It was read as ours: an answer that says otherwise closes nothing."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        world.work()
        world.wompi.settle(transaction, "APPROVED", reference="a\x00b")
        world.bridge.store.touch(transaction, "event")
        looked_at(world)
        assert (world.state(transaction), "reference" in world.reason(transaction)) == ("review", True)

    def test_T9_its_invoice_is_not_paid_twice_meanwhile(self, world: World) -> None:
        """Approved, and not to be kept: whose it is is known all the same, so the next press says "under way"."""
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, finalized_at="0001-01-01T00:00:00Z")
        world.event(bad)
        world.work()
        assert (row(world, bad).invoice_id, row(world, bad).status) == (1042, "APPROVED")
        assert world.press(1042).status_code == 409
        world.clock.advance(seconds=RECHECK_AFTER)
        looked_at(world)
        assert (world.state(bad), world.press(1042).status_code) == ("review", 409)

    def test_T11_nor_when_nobody_can_tell_how_it_stands(self, world: World) -> None:
        """A status that cannot be kept may be an approval."""
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, status="APROBADÓ")
        world.bridge.store.touch(bad, "event")
        looked_at(world)
        assert (world.state(bad), world.press(1042).status_code) == ("review", 409)

    def test_T12_reconcile_names_it_and_goes_on(self, world: World) -> None:
        """Both lists: no traceback, a problem that names the transaction, and the one behind it is found."""
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, amount_in_cents=10**25)
        good = world.pay(world.invoice())
        report = world.bridge.reconcile.run(since=datetime(2026, 11, 20, tzinfo=UTC).date(), dry_run=False)
        assert {bad, good} <= set(report.touched)
        assert [bad in problem and "amount_in_cents" in problem for problem in report.problems] == [True]
        world.work()
        assert (world.state(bad), world.state(good)) == ("due", "posted")

    def test_T12_the_timer_goes_on(self, world: World) -> None:
        """The worker asks by reference ten minutes after the click, and finds it: it is put to work."""
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, amount_in_cents=10**25)
        world.clock.advance(minutes=10)
        world.work()
        world.clock.advance(seconds=RECHECK_AFTER)
        looked_at(world)
        assert world.state(bad) == "review"

    def test_T9_the_payer_who_comes_back_reads_that_it_is_being_verified(self, world: World) -> None:
        """No error page; and the worker knows of it."""
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, finalized_at="9999-12-31T23:59:59-12:00")
        page = world.http.get(f"/return?id={bad}")
        assert (page.status_code, world.state(bad), len(world.woken)) == (200, "due", 1)
        world.work()
        world.clock.advance(seconds=3)
        assert world.http.get(f"/return?id={bad}").status_code == 200

    def test_a_payer_comes_back_with_somebody_elses_reference_without_a_merchant(self, world: World) -> None:
        """Half a character in it: 404, as for whatever is not ours."""
        world.wompi.omit_merchant = True
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, reference="a\ud800b")
        assert world.http.get(f"/return?id={transaction}").status_code == 404

    def test_a_void_of_a_payment_with_an_odd_time_asks_nothing_of_wompi(self, world: World) -> None:
        """Booked well, odd now: the refund button says that it can be tried again."""
        transaction = world.pay(world.invoice(), method="CARD")
        world.event(transaction)
        world.work()
        world.wompi.amend(transaction, created_at="0001-01-01T00:00:00Z")
        answer = world.bridge.voids.void(transaction, 5_950_000)
        assert (answer.told, "created_at" in answer.sentence.en) == ("error", True)


class TestOddAnswers:
    def test_the_looks_come_after_the_pause_and_the_third_is_a_person(self, sqlite_world: World) -> None:
        """At once, after BRIDGE_RECHECK_AFTER, and after it again."""
        world = sqlite_world
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, amount_in_cents=-1)
        world.bridge.store.touch(bad, "event")
        assert (world.work(), row(world, bad).odd_looks) == (1, 1)
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        assert world.work() == 0
        world.clock.advance(seconds=1)
        assert (world.work(), row(world, bad).odd_looks, world.state(bad)) == (1, 2, "due")
        world.clock.advance(seconds=RECHECK_AFTER)
        world.work()
        assert (row(world, bad).odd_looks, world.state(bad)) == (3, "review")

    def test_a_payer_who_reloads_makes_no_three_looks_of_one(self, sqlite_world: World) -> None:
        """A touch brings the look forward, and it does not count."""
        world = sqlite_world
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, amount_in_cents=-1)
        for _ in range(5):
            world.bridge.store.touch(bad, "event")
            assert world.work() == 1
            world.clock.advance(seconds=2)
        assert (row(world, bad).odd_looks, world.state(bad)) == (1, "due")

    def test_a_good_answer_between_begins_the_count_anew(self, sqlite_world: World) -> None:
        """Two odd ones, a good one, two odd ones: nobody is asked."""
        world = sqlite_world
        transaction = world.pay(world.invoice(), "PENDING")
        good = {"finalized_at": None}
        bad = {"finalized_at": "0001-01-01T00:00:00Z"}
        for changes in (bad, bad, good, bad, bad):
            world.wompi.amend(transaction, **changes)
            world.bridge.store.touch(transaction, "event")
            world.work()
            world.clock.advance(seconds=RECHECK_AFTER)
        assert (world.state(transaction), row(world, transaction).odd_looks) == ("due", 2)

    def test_wompi_that_is_down_between_counts_for_nothing(self, sqlite_world: World) -> None:
        """An outage is waited for without end; after a day a second odd answer is enough."""
        world = sqlite_world
        bad = world.pay(world.invoice())
        world.wompi.amend(bad, amount_in_cents=-1)
        world.bridge.store.touch(bad, "event")
        looked_at(world, times=1)
        world.wompi.faults.add("transaction", "503", times=None)
        looked_at(world, times=5)
        assert (row(world, bad).odd_looks, world.state(bad)) == (1, "due")
        world.clock.advance(hours=24)
        world.work()
        assert world.state(bad) == "due"
        world.wompi.faults.clear()
        world.clock.advance(hours=1)
        world.work()
        assert (world.state(bad), row(world, bad).odd_looks) == ("review", 2)

    def test_a_booking_in_doubt_says_that_it_may_be_in_whmcs(self, sqlite_world: World) -> None:
        """It goes to a person too, who is told to look there first."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.whmcs.faults.add("AddInvoicePayment", "500")
        world.work()
        assert world.state(transaction) == "posting"
        world.wompi.amend(transaction, amount_in_cents=-1)
        world.clock.advance(seconds=RECHECK_AFTER)
        looked_at(world, times=2)
        assert world.state(transaction) == "posting"
        looked_at(world, times=1)
        assert world.state(transaction) == "review"
        assert "puede estar en WHMCS" in world.reason(transaction)

    def test_a_booked_payment_stays_booked_until_a_person_is_asked(self, sqlite_world: World) -> None:
        """And comes back by itself when Wompi is well again."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        world.wompi.amend(transaction, amount_in_cents=-1)
        world.bridge.store.touch(transaction, "event")
        looked_at(world, times=2)
        assert world.state(transaction) == "posted"
        looked_at(world, times=1)
        assert (world.state(transaction), "lo tenía" in world.reason(transaction)) == ("review", True)
        world.wompi.amend(transaction, amount_in_cents=5_950_000)
        world.clock.advance(hours=1)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_a_payment_with_a_person_keeps_its_sentence(self, sqlite_world: World) -> None:
        """What a person is to read is not replaced by what Wompi says oddly now."""
        world = sqlite_world
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.whmcs.set_invoice(invoice, status="Cancelled")
        world.event(transaction)
        world.work()
        told = world.reason(transaction)
        world.wompi.amend(transaction, amount_in_cents=-1)
        for _ in range(4):
            world.clock.advance(days=1)
            world.work()
        assert (world.state(transaction), world.reason(transaction)) == ("review", told)

    def test_T4_whmcs_that_answers_oddly_ends_with_a_person_too(
        self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It counts transactions and names none, three times: the sentence names the command that books it later."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.event(transaction)

        def odd(_: str) -> NoReturn:
            raise OddAnswer("WHMCS counts transactions and names none")

        monkeypatch.setattr(world.bridge.whmcs, "payments", odd)
        looked_at(world)
        assert world.state(transaction) == "review"
        assert f"resolve {transaction} --book" in world.reason(transaction)


# What each table is asked to take, on every database, past the border: statements as the store makes them.
REFUSED: dict[str, dict[str, Any]] = {
    "NUL in a reference": {"reference": "a\x00b"},
    "half a character": {"reference": "a\ud800b"},
    "a letter that is not ASCII": {"method": "CARÉ"},
    "a wide letter": {"currency": "\uff23\uff2f\uff30"},
    "more than 64 bits": {"amount_in_cents": 2**63},
    "ten to the 25th": {"amount_in_cents": 10**25},
    "a status that is too long": {"status": "A" * 41},
    "a time that could not be read again": {"finalized_at": datetime(1, 1, 1, tzinfo=UTC)},
    "a thing that is no value": {"amount_in_cents": object()},
}
# What this database takes, although another one refuses it.
TAKEN = {
    "sqlite": {
        "NUL in a reference", "a letter that is not ASCII", "a wide letter", "a status that is too long",
    },
    "mysql": {"NUL in a reference"},
    "postgresql": {"a letter that is not ASCII", "a wide letter"},
}  # fmt: skip


class TestARefusedValue:
    @pytest.mark.parametrize("name", REFUSED)
    def test_T11_is_no_database_that_is_down(self, world: World, name: str) -> None:
        """It has a name of its own, and the database is asked on as if nothing had been."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        change = update(payments).values(**REFUSED[name])
        database = world.bridge.database
        if name in TAKEN[database.engine.dialect.name]:
            database.write(lambda connection: connection.execute(change))
            return
        with pytest.raises(ValueRefused):
            database.write(lambda connection: connection.execute(change))
        assert world.state(transaction) == "due"

    def test_T11_is_told_apart_while_reading_too(self, world: World) -> None:
        """A question can hold what the driver does not take."""
        asked = select(payments.c.state).where(payments.c.reference == "a\ud800b")
        with pytest.raises(ValueRefused):
            world.bridge.database.read(lambda connection: connection.execute(asked).all())

    def test_T11_a_table_that_is_missing_is_no_refused_value(self, world: World) -> None:
        """What is wrong with the database stays what it was."""
        with pytest.raises(DatabaseUnavailable):
            world.bridge.database.read(lambda connection: connection.execute(text("SELECT 1 FROM no_such_table")))

    def test_T11_of_one_work_does_not_fail_the_others(self, world: World) -> None:
        """Those that share a transaction with it are kept, and it alone hears of it."""

        def fact(name: str, value: object) -> Any:
            def work(connection: Connection) -> str:
                connection.execute(insert(meta).values(name=name, value=value))
                return name

            return work

        def bad(connection: Connection) -> object:
            return connection.execute(update(payments).values(amount_in_cents=2**63))

        world.event(world.pay(world.invoice()))
        first, refused, last = world.bridge.database.write_each([fact("a", "1"), bad, fact("b", "2")])
        assert (first, isinstance(refused, ValueRefused), last) == ("a", True, "b")
        assert (world.bridge.store.recall("a"), world.bridge.store.recall("b")) == ("1", "2")

    def test_T11_of_one_payment_is_a_payment_that_broke(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever slips through the border: the others are booked, and after a few tries a person is asked."""
        bad, good = world.pay(world.invoice()), world.pay(world.invoice())
        decided = world.bridge.posting.outcomes.ended

        def refused(claim: Any, *arguments: Any, **options: Any) -> Any:
            if claim.payment.transaction_id == bad:
                raise ValueRefused("a value")
            return decided(claim, *arguments, **options)

        monkeypatch.setattr(world.bridge.posting.outcomes, "ended", refused)
        world.whmcs.add_payment(1042, bad)
        world.event(bad)
        world.event(good)
        looked_at(world, times=8)
        assert (world.state(bad), world.state(good)) == ("review", "posted")
        assert "ValueRefused" in world.reason(bad)

    def test_T11_is_a_fault_of_one_page(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """500, not 503: to come back helps nothing."""

        def refused(*_: object) -> NoReturn:
            raise ValueRefused("a value")

        monkeypatch.setattr(world.bridge.store, "open_checkouts", refused)
        assert world.http.get(f"/pay/{world.link(world.invoice())}").status_code == 500

    def test_T11_of_one_event_does_not_turn_the_others_away(self, world: World) -> None:
        """They are stored. (Nothing of an event can be refused: its id is ASCII, its body bytes.)"""
        good = Received("1" * 64, "1-1", b"{}", "event APPROVED")
        bad = Received("2" * 64, "1-\ud800", b"{}", "event APPROVED")
        stored = world.bridge.store.receive([good, bad])
        assert (stored[0], isinstance(stored[1], ValueRefused)) == (True, True)

    def test_T11_an_event_full_of_monsters_is_stored_as_it_came(self, world: World) -> None:
        """Its id is fine; whatever else it holds is bytes."""
        transaction = world.pay(world.invoice())
        event = json.loads(world.wompi.event_body(transaction))
        event["data"]["transaction"] |= {
            "customer_email": "\x00\ud800",
            "payment_method_type": "\U0001f4b3\x00",
            "finalized_at": "9999-12-31T23:59:59-12:00",
            "status_message": "\ud800" * 200,
            "customer_data": {"full_name": 10**60},
        }
        answer = world.post_event(json.dumps(event).encode())
        assert (answer.status_code, answer.text) == (200, "stored\n")


class TestTextsOfOthers:
    def test_what_cannot_be_kept_is_replaced(self) -> None:
        """Control characters, NUL and halves of characters; line breaks are blanks; letters of any language stay."""
        assert kept("a\x00b\x1b[2J\ud800\udfff\x7f\x9f") == "a\ufffdb\ufffd[2J\ufffd\ufffd\ufffd\ufffd"
        assert kept("uno\r\ndos\ttres") == "uno dos tres"
        assert kept("ñandú \U0001f4b3 $\xa059.500") == "ñandú \U0001f4b3 $\xa059.500"
        assert len(kept("x" * 100_000)) == 10_000

    def test_a_person_who_types_monsters(self, world: World) -> None:
        """The reason of ``resolve`` ends in the journal and in the row."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.whmcs.set_invoice(invoice, status="Cancelled")
        world.event(transaction)
        world.work()
        outcome = world.bridge.orders.resolve(transaction, Settle.DISMISS, "ana: \x00 \udce9 fin")
        assert outcome is not None
        assert (world.state(transaction), world.reason(transaction)) == ("closed", "ana: \ufffd \ufffd fin")

    def test_whmcs_refuses_with_monsters(self, world: World) -> None:
        """Its message is the reason of the payment."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.whmcs.faults.add("AddInvoicePayment", "error", message="no\x00\ud800 \x1b[31m fin")
        world.work()
        assert world.state(transaction) == "review"
        assert "\x00" not in world.reason(transaction)

    def test_wompis_words_about_a_void(self, world: World) -> None:
        """NUL in them: kept without."""
        timer = Timer("this boot", world.clock.ticks, RECHECK)
        store = VoidTable(world.bridge.database, world.clock, timer)
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        store.begin(transaction, "59500.00 by\x00 hand", under_way=RECHECK, follow_up=RECHECK)
        store.end(transaction, VoidState.REFUSED, "ERROR (Original\x00 no \ud800)")
        asked = store.void(transaction)
        assert asked is not None
        assert asked.detail == "ERROR (Original\ufffd no \ufffd)"

    def test_the_merchants_name(self, world: World) -> None:
        """Heads the pages; a name with NUL does not keep the bridge from starting."""
        world.bridge.store.remember("merchant_name", "Hosting\x00 Andino \ud800")
        assert world.bridge.store.recall("merchant_name") == "Hosting\ufffd Andino \ufffd"

    def test_an_alarms_sentence(self, world: World) -> None:
        """It may repeat what WHMCS said."""
        assert world.bridge.alarms.ring("worker", "a\x00b\ud800", ())
        assert world.bridge.alarms.alarms()["worker"].sentence == "a\ufffdb\ufffd"

    @pytest.mark.parametrize("name", ["ñ", "a\x00", "\udce9", "x" * 200, "💳", ""])
    def test_a_name_that_nobody_gave_is_nobodys(self, world: World, name: str) -> None:
        """Whoever asks for it is told that there is none, on every database."""
        store = world.bridge.store
        assert (store.payment(name), store.checkout(name), store.void(name)) == (None, None, None)
