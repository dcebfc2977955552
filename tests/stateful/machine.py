"""Everything that can happen to the bridge, in any order. What must hold meanwhile stands in ``invariants``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    multiple,
    precondition,
    rule,
)

from tests.stateful.invariants import Promises
from tests.stateful.shop import Promise, Rows
from tests.world import START
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.signed.references import Reference, issue_reference

FINAL = ("APPROVED", "DECLINED", "ERROR", "VOIDED")
BROKEN = ["500", "503", "html", "truncate", "cut", "empty", "reset", "redirect", "429"]
NOT_ALLOWED = {"status": 403, "message": 'Invalid Permissions: API action "addinvoicepayment" is not allowed'}
ODD_WORDS = {"message": "The moon is in the wrong house"}

OF_VOIDS = ("begin", "void", "end", "tell")
STEPS = (
    "claim",
    "begin_posting",
    "add_invoice_payment",
    "settle",
    "receive",
    "claim_in_review",
    "touch",
    "open_checkout",
    *OF_VOIDS,
)
CRASHES = [f"{when} {step}" for step in STEPS for when in ("before", "after")]
CRASHES_OF_VOIDS = [f"{when} {step}" for step in OF_VOIDS for when in ("before", "after")]
# Not ``before add_invoice_payment``: between the look at the clock and the booking lies a moment that no guard covers.
MEETINGS = ["after claim", "before begin_posting", "after begin_posting", "after add_invoice_payment", "before settle"]
# Where another admin may press Refund while the first one's void is under way.
PRESSES = ["before begin", "after begin", "before void", "after void", "before end", "before tell"]

approved_or_not = st.sampled_from(["APPROVED", "APPROVED", "APPROVED", "PENDING", "DECLINED"])
often = st.sampled_from([True, True, True, False])
a_few = st.integers(1, 4)
bookings = st.sampled_from(["AddInvoicePayment", "AddInvoicePayment", "AddTransaction"])
how_it_breaks = st.sampled_from(BROKEN)


class Bridging(Promises):
    """Customers, Wompi, WHMCS, the admin and the machines, each doing what they do."""

    invoices = Bundle("invoices")
    checkouts = Bundle("checkouts")
    transactions = Bundle("transactions")
    events = Bundle("events")
    backups = Bundle("backups")

    # The payer

    @initialize(target=invoices)
    def first_invoice(self) -> int:
        return self.world.invoice()

    @initialize(target=transactions, told=st.booleans())
    def first_payment(self, told: bool) -> Any:
        return self.a_customer_pays(told=told, works=False)

    @initialize(dies=st.sampled_from(["", *CRASHES_OF_VOIDS]), wanted=st.booleans())
    def first_refund(self, dies: str, wanted: bool) -> None:
        if wanted:
            self.a_customer_pays_and_wants_it_back(told=True, heard=True, dies=dies)

    @rule(target=invoices, total=st.sampled_from(["1500.00", "59500.00", "178499.50"]))
    def new_invoice(self, total: str) -> int:
        return self.world.invoice(total, tax="0.00")

    @rule(target=checkouts, invoice=invoices, anyway=st.booleans())
    def click(self, invoice: int, anyway: bool) -> Any:
        with self.shop.surviving():
            return self.shop.click(invoice, anyway=anyway) or multiple()
        return multiple()

    @rule(target=transactions, checkout=checkouts, status=approved_or_not, told=st.booleans())
    def pay(self, checkout: Promise, status: str, told: bool) -> str:
        transaction = self.shop.pay(checkout.reference, checkout.amount_in_cents, status)
        if told:
            self.event_arrives(self.world.wompi.event_body(transaction))
        return transaction

    @rule(target=transactions, told=st.booleans(), works=st.booleans())
    def a_customer_pays(self, told: bool, works: bool) -> Any:
        """The whole road at once."""
        checkout = self.click(self.new_invoice("59500.00"), anyway=False)
        if not isinstance(checkout, Promise):
            return multiple()
        transaction = self.pay(checkout, "APPROVED", told)
        if works:
            self.work()
        return transaction

    @rule(transaction=transactions)
    def payer_returns(self, transaction: str) -> None:
        with self.shop.surviving():
            page = self.world.http.get(f"/return?id={transaction}")
            assert page.status_code in (200, 404)

    # Wompi

    @rule(transaction=transactions, status=st.sampled_from(FINAL))
    def wompi_decides(self, transaction: str, status: str) -> None:
        """Also anew: that a decision is final is not documented. What was voided stays voided."""
        if self.world.wompi.transaction(transaction)["status"] != "VOIDED":
            self.shop.settle(transaction, status)

    @rule(target=events, transaction=transactions)
    def wompi_writes_an_event(self, transaction: str) -> bytes:
        return self.world.wompi.event_body(transaction)

    @rule(body=events, works=often)
    def event_arrives(self, body: bytes, works: bool = False) -> None:
        """In any order, any number of times, or never."""
        with self.shop.surviving():
            assert self.world.post_event(body).status_code == 200
            self.shop.acknowledge(body)
        if works:
            self.work()

    @rule(transaction=transactions, told=st.booleans(), works=st.booleans())
    def merchant_voids_at_the_dashboard(self, transaction: str, told: bool, works: bool) -> None:
        """Nobody asked the bridge; its event says VOIDED, and comes or does not."""
        if self.world.wompi.transaction(transaction)["status"] == "APPROVED":
            self.shop.settle(transaction, "VOIDED")
            if told:
                self.event_arrives(self.world.wompi.event_body(transaction))
        if works:
            self.work()

    @rule(kind=how_it_breaks, when=st.sampled_from(["before", "after"]))
    def an_answer_to_a_void_is_lost(self, kind: Any, when: Any) -> None:
        self.world.wompi.faults.add("void", kind, when=when)

    @rule(at_once=st.booleans())
    def wompi_shows_voids(self, at_once: bool) -> None:
        """Or it accepts them, and goes on saying APPROVED."""
        self.world.wompi.void_settles = at_once

    @rule(call=st.sampled_from(["transaction", "transactions", "*"]), kind=how_it_breaks, times=a_few)
    def wompi_fails(self, call: str, kind: Any, times: int) -> None:
        self.world.wompi.faults.add(call, kind, times=times)

    # Strangers

    @rule(target=transactions, checkout=checkouts, differs=st.sampled_from(["amount", "currency", "merchant"]))
    def pay_something_else(self, checkout: Promise, differs: str) -> str:
        """Our reference, and not what was asked for."""
        amount, changes = checkout.amount_in_cents, dict[str, Any]()
        match differs:
            case "amount":
                amount += 100
            case "currency":
                changes = {"currency": "USD"}
            case _:
                changes = {"merchant": self.world.wompi.merchant() | {"public_key": "pub_test_AnotherShop00000000"}}
        return self.shop.pay(checkout.reference, amount, "APPROVED", **changes)

    @rule(target=transactions, invoice=invoices, forged=st.booleans())
    def pay_with_a_reference_that_is_not_ours(self, invoice: int, forged: bool) -> str:
        """Forged, or of another shop on the same Wompi account."""
        made_up = issue_reference(Reference(invoice, 77, 150_000), "a-secret-of-somebody-else-0123456789")
        return self.shop.pay(made_up if forged else "ORDER-1042", 150_000, "APPROVED")

    @rule(transaction=transactions, how=st.sampled_from(["secret", "checksum", "status", "garbage", "link", "void"]))
    def forge(self, transaction: str, how: str) -> None:
        """I5: what nobody has signed changes nothing."""
        before = self.shop.remembered()
        body = self.world.wompi.event_body(transaction)
        match how:
            case "secret":
                body = self.world.wompi.event_body(transaction, secret="test_events_OfSomebodyElse")
            case "checksum":
                body = self.world.wompi.event_body(transaction, checksum="0" * 64)
            case "status":
                body = body.replace(b'"status":"', b'"status":"UN', 1)
            case "garbage":
                body = body[:-7]
            case "void":
                self.shop.forge_a_void(transaction)
                body = b"{}"
            case _:
                link = self.world.link(1042)
                assert self.world.press(1042, link=link.replace("pay.1042", "pay.1043")).status_code == 403
                body = b"{}"
        assert self.world.post_event(body).status_code in (400, 401)
        assert self.shop.remembered() == before, "I5"

    # WHMCS, and its admin

    @rule(call=st.sampled_from(["GetInvoice", "GetTransactions", "*"]), kind=how_it_breaks, times=a_few)
    def whmcs_does_not_tell(self, call: str, kind: Any, times: int) -> None:
        self.world.whmcs.faults.add(call, kind, times=times)

    @rule(kind=st.sampled_from(["partial", "foreign"]), times=a_few)
    def whmcs_answers_about_something_else(self, kind: Any, times: int) -> None:
        """Or leaves rows out: that is no answer, least of all "absent"."""
        self.world.whmcs.faults.add("GetTransactions", kind, times=times)

    @rule(call=bookings, word=st.sampled_from(["success", "status"]), when=st.sampled_from(["before", "late"]))
    def whmcs_says_that_it_is_done(self, call: str, word: Any, when: Any) -> None:
        """And has written nothing, for good or for now."""
        self.world.whmcs.faults.add(call, word, when=when)

    @rule(call=bookings, kind=how_it_breaks, when=st.sampled_from(["before", "after", "late"]), times=st.integers(1, 2))
    def an_answer_to_a_booking_is_lost(self, call: str, kind: Any, when: Any, times: int) -> None:
        """The booking never took effect, or it did, or it does when nobody waits any more."""
        self.world.whmcs.faults.add(call, kind, when=when, times=times)

    @rule(call=bookings, refusal=st.sampled_from([NOT_ALLOWED, ODD_WORDS]), times=a_few)
    def whmcs_refuses_to_book(self, call: str, refusal: dict[str, Any], times: int) -> None:
        self.world.whmcs.faults.add(call, "error", times=times, **refusal)

    @rule(late=st.booleans())
    def upstreams_recover(self, late: bool) -> None:
        self.world.whmcs.faults.clear()
        self.world.wompi.faults.clear()
        if late:
            self.shop.let_late_requests_take_effect()

    @rule(invoice=invoices, how=st.sampled_from([{"status": "Cancelled"}, {"status": "Unpaid"}, {"total": "70000.00"}]))
    def admin_changes_invoice(self, invoice: int, how: dict[str, Any]) -> None:
        self.world.whmcs.set_invoice(invoice, **how)

    @rule(invoice=invoices, client=st.sampled_from([78, 78, 77]))
    def invoice_changes_hands(self, invoice: int, client: int) -> None:
        self.world.whmcs.set_invoice(invoice, client_id=client)

    @rule(client=st.sampled_from([77, 78]), currency=st.sampled_from(["USD", "COP"]))
    def client_is_billed_in(self, client: int, currency: str) -> None:
        self.world.whmcs.books.clients[client]["currency_code"] = currency

    @rule(transaction=transactions, invoice=invoices, amount=st.sampled_from(["59500.00", "1.00"]))
    def admin_types_a_payment_at_the_wrong_place(self, transaction: str, invoice: int, amount: str) -> None:
        self.shop.book_by_mistake(transaction, invoice, amount)

    @rule(invoice=invoices)
    def invoice_is_paid_by_bank_transfer(self, invoice: int) -> None:
        self.shop.bank_transfer(invoice)

    @rule(invoice=consumes(invoices))
    def admin_deletes_invoice(self, invoice: int) -> None:
        self.world.whmcs.delete_invoice(invoice)

    @rule(transaction=transactions, does=st.sampled_from(["book_by_hand", "delete_row", "record_refund"]))
    def admin(self, transaction: str, does: str) -> None:
        getattr(self.shop, does)(transaction)

    @rule(transaction=transactions, how=st.sampled_from(Settle), owner=st.sampled_from([None, None, 77, 78]))
    def admin_resolves(self, transaction: str, how: Settle, owner: int | None) -> None:
        with self.shop.surviving():
            self.shop.resolve(transaction, how, owner)

    @rule(transaction=transactions, part=st.sampled_from([False, False, True]), heard=often)
    def admin_presses_refund(self, transaction: str, part: bool, heard: bool) -> None:
        """WHMCS records a refund when it hears of success, and it may die before it does."""
        with self.shop.surviving():
            self.shop.press_refund(transaction, part=part, heard=heard)

    @rule(told=st.booleans(), heard=often, dies=st.sampled_from(["", "", *CRASHES_OF_VOIDS]))
    def a_customer_pays_and_wants_it_back(self, told: bool, heard: bool, dies: str) -> None:
        """The whole road of a void at once; where the process dies, the button is pressed again."""
        transaction = self.a_customer_pays(told=True, works=True)
        if isinstance(transaction, str):
            if dies:
                self.shop.at(dies, self.shop.crash)
                self.admin_presses_refund(transaction, part=False, heard=True)
            self.admin_presses_refund(transaction, part=False, heard=heard)
            if told:
                self.event_arrives(self.world.wompi.event_body(transaction), works=True)

    @rule(transaction=transactions, point=st.sampled_from(PRESSES))
    def two_admins_will_press_refund(self, transaction: str, point: str) -> None:
        self.shop.at(point, lambda: self.shop.press_refund(transaction, part=False, heard=True))
        self.admin_presses_refund(transaction, part=False, heard=True)

    # The bridge

    @rule()
    def work(self) -> None:
        with self.shop.surviving():
            self.world.work()

    @rule()
    def work_on_one(self) -> None:
        with self.shop.surviving():
            self.world.bridge.posting.post_one()

    @rule(since=st.booleans())
    def reconcile(self, since: bool) -> None:
        with self.shop.surviving():
            self.world.bridge.reconcile.run(since=START.date() if since else None, dry_run=False)
            self.world.work()

    @rule(point=st.sampled_from(CRASHES))
    def a_process_will_die(self, point: str) -> None:
        self.shop.at(point, self.shop.crash)

    @rule(point=st.sampled_from(MEETINGS), asleep=st.booleans())
    def two_workers_will_meet(self, point: str, asleep: bool) -> None:
        self.shop.at(point, self.shop.sleep_while_another_works if asleep else self.shop.another_worker)

    @rule(seconds=st.sampled_from([1, 11, 61, 299, 300, 306, 901, 3600, 90_000, 300_000]), works=often)
    def time_passes(self, seconds: int, works: bool) -> None:
        self.shop.pass_time(timedelta(seconds=seconds))
        if works:
            self.work()

    @precondition(lambda self: len(self.shop.secrets) < 4)
    @rule()
    def secret_is_rotated(self) -> None:
        self.shop.rotate_secret()

    # Memory

    @rule(target=backups)
    def back_up(self) -> Rows:
        return self.shop.remembered()

    @precondition(lambda self: self.shop.losses < 3)
    @rule(backup=backups)
    def restore_backup(self, backup: Rows) -> None:
        self.shop.restore(backup)

    @precondition(lambda self: self.shop.losses < 3)
    @rule()
    def database_is_lost(self) -> None:
        """An empty one heals itself from Wompi's list."""
        self.shop.restore({})
        self.reconcile(since=True)
