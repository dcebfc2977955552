"""The machine of ``machine``, for payments of several invoices, of a part of one, and in dollars.

What is promised of each must hold in any order of events. Payers choose invoices and pay them at once, pay one in
instalments, or are billed in dollars; events come twice or never; WHMCS fails and is late; processes die at named
steps; invoices are cancelled; a person gives orders; the database is lost, or an older one is restored.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from tests.stateful.machine import BROKEN
from tests.stateful.shop import Promise, Rows, Shop
from tests.world import START, fields_of
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.ledger.records import State
from whmcs_bridge.signed.links import Link, Purpose

STEPS = ("claim", "begin_posting", "add_invoice_payment", "settle", "receive", "touch", "open_checkout", "split")
# A client who is billed in dollars, at the sandbox's rate: 4,000 pesos.
ABROAD, RATE = 78, 4_000
CRASHES = [f"{when} {step}" for step in STEPS for when in ("before", "after")]


class SeveralShop(Shop):
    """A shop that knows of each part what was promised: (invoice, cents), by what WHMCS knows the part by."""

    def __init__(self, database_url: str | None = None) -> None:
        self.parts: dict[str, tuple[str, int, int]] = {}
        self.several: dict[str, dict[int, int]] = {}
        self.worth: dict[str, int] = {}
        """What WHMCS is to have of each transaction, all parts together, in cents of the client's currency."""
        super().__init__(database_url)
        self.restart(BRIDGE_CURRENCIES="USD=whmcs", BRIDGE_PARTIAL_MINIMUM="1500")
        self.world.whmcs.books.clients[ABROAD]["currency_code"] = "USD"

    def choose(self, invoices: list[int], *, anyway: bool, client: int = 77) -> str | None:
        """Choose, press, and go to Wompi if the bridge says so. Returns the reference."""
        link = Link(Purpose.LIST, 0, client, self.world.clock() + timedelta(hours=1)).signed(self.secrets[0])
        response = self.world.choose(*invoices, link=link, anyway="yes" if anyway else "")
        assert response.status_code in (303, 403, 409, 503), response.status
        if response.status_code != 303:
            return None
        fields = fields_of(response)
        reference, total = fields["reference"], int(fields["amount-in-cents"])
        owed = {invoice: int(self.world.whmcs.balance(invoice) * 100) for invoice in invoices}
        rate = RATE if client == ABROAD else 1
        assert sum(owed.values()) * rate == total, "I3: the checkout asks for another sum than WHMCS"
        assert self.several.setdefault(reference, owed) == owed, "I3: one reference, two promises"
        self.promises[reference] = Promise(reference, invoices[0], total, client)
        return reference

    def press_for(self, invoice: int, cents: int, *, anyway: bool) -> str | None:
        """Ask to pay a part of one invoice, and go to Wompi if the bridge says so. Returns the reference."""
        expires_at = self.world.clock() + timedelta(hours=1)
        link = Link(Purpose.PAY, invoice, 77, expires_at).signed(self.secrets[0])
        form = {"anyway": "yes"} if anyway else {}
        response = self.world.press(invoice, link=link, amount=str(cents // 100), **form)
        assert response.status_code in (303, 400, 403, 409, 503), response.status
        if response.status_code != 303:
            return None
        fields = fields_of(response)
        reference = fields["reference"]
        assert int(fields["amount-in-cents"]) == cents, "I3: the checkout asks for another part"
        assert self.several.setdefault(reference, {invoice: cents}) == {invoice: cents}, "I3: two promises"
        self.promises[reference] = Promise(reference, invoice, cents)
        return reference

    def pay_parts(self, reference: str, status: str) -> str:
        """Pay at Wompi; its event is made, and not delivered."""
        transaction = self.pay(reference, self.promises[reference].amount_in_cents, status)
        owed = self.several[reference]
        for invoice, cents in owed.items():
            key = f"{transaction}-{invoice}" if len(owed) > 1 else transaction
            self.parts[key] = (transaction, invoice, cents)
        self.worth[transaction] = sum(owed.values())
        return transaction

    def _watch(self) -> None:
        super()._watch()
        self._put_points_around(self.world.bridge.store, "split")

    def _check_before_booking(self, transid: str, invoice_id: int) -> None:
        if self.world.whmcs.booked(transid):
            self.violations.append(f"I2: asked WHMCS to book {transid}, which it has")
        if transid not in self.parts or self.parts[transid][1] != invoice_id:
            self.violations.append(f"I3: asked WHMCS to book {transid} on {invoice_id}")

    def _check_before_posted(self, transid: str) -> None:
        rows = self.world.whmcs.booked(transid)
        if len(rows) != 1 or self.parts[transid][2] != rows[0].amountin * 100:
            self.violations.append(f"I3: {transid} is to be posted, and WHMCS has {rows}")


class SeveralAtOnce(RuleBasedStateMachine):
    """Everything that can happen to payments of several invoices."""

    database_url: str | None = None
    invoices = Bundle("invoices")
    abroad = Bundle("abroad")
    checkouts = Bundle("checkouts")
    transactions = Bundle("transactions")
    backups = Bundle("backups")

    def __init__(self) -> None:
        super().__init__()
        self.shop = SeveralShop(self.database_url)
        self.world = self.shop.world
        self.orders = 0

    @initialize(target=invoices)
    def first_invoices(self) -> Any:
        return multiple(*(self.world.invoice(total, tax="0.00") for total in ("59500.00", "20000.00", "1500.00")))

    @initialize(target=abroad)
    def first_invoices_abroad(self) -> Any:
        return multiple(*(self.world.invoice(total, tax="0.00", client=ABROAD) for total in ("14.50", "3.33", "0.50")))

    @rule(target=invoices, total=st.sampled_from(["1500.00", "59500.00", "178499.00"]))
    def new_invoice(self, total: str) -> int:
        return self.world.invoice(total, tax="0.00")

    @rule(
        target=transactions,
        chosen=st.lists(invoices, min_size=2, max_size=4, unique=True),
        anyway=st.booleans(),
        status=st.sampled_from(["APPROVED", "APPROVED", "APPROVED", "PENDING", "DECLINED"]),
        told=st.booleans(),
    )
    def pay(self, chosen: list[int], anyway: bool, status: str, told: bool) -> Any:
        with self.shop.surviving():
            reference = self.shop.choose(chosen, anyway=anyway)
            if reference is None:
                return multiple()
            transaction = self.shop.pay_parts(reference, status)
            if told:
                self.event(transaction)
            return transaction
        return multiple()

    @rule(
        target=transactions,
        chosen=st.lists(abroad, min_size=1, max_size=3, unique=True),
        anyway=st.booleans(),
        status=st.sampled_from(["APPROVED", "APPROVED", "PENDING"]),
    )
    def pay_in_pesos_what_is_in_dollars(self, chosen: list[int], anyway: bool, status: str) -> Any:
        with self.shop.surviving():
            reference = self.shop.choose(chosen, anyway=anyway, client=ABROAD)
            return multiple() if reference is None else self.shop.pay_parts(reference, status)
        return multiple()

    @rule(
        target=transactions,
        invoice=invoices,
        pesos=st.sampled_from([1_500, 20_000, 58_000]),
        anyway=st.booleans(),
        status=st.sampled_from(["APPROVED", "APPROVED", "PENDING", "DECLINED"]),
    )
    def pay_a_part(self, invoice: int, pesos: int, anyway: bool, status: str) -> Any:
        with self.shop.surviving():
            reference = self.shop.press_for(invoice, pesos * 100, anyway=anyway)
            return multiple() if reference is None else self.shop.pay_parts(reference, status)
        return multiple()

    @rule(code=st.sampled_from(["USD", "USD", "COP"]))
    def an_admin_changes_the_currency(self, code: str) -> None:
        """Of the client abroad: from then on WHMCS reads other money."""
        self.world.whmcs.books.clients[ABROAD]["currency_code"] = code

    @rule(transaction=transactions)
    def event(self, transaction: str) -> None:
        """In any order, any number of times, or never."""
        with self.shop.surviving():
            self.world.post_event(self.world.wompi.event_body(transaction))

    @rule(transaction=transactions)
    def payer_returns(self, transaction: str) -> None:
        with self.shop.surviving():
            assert self.world.http.get(f"/return?id={transaction}").status_code in (200, 404)

    @rule(transaction=transactions, status=st.sampled_from(["APPROVED", "DECLINED"]))
    def wompi_decides(self, transaction: str, status: str) -> None:
        if self.world.wompi.transaction(transaction)["status"] == "PENDING":
            self.shop.settle(transaction, status)

    @rule(minutes=st.sampled_from([0, 0, 6, 20, 200]))
    def work(self, minutes: int) -> None:
        self.shop.pass_time(timedelta(minutes=minutes))
        with self.shop.surviving():
            self.world.work()

    @rule(since=st.booleans())
    def reconcile(self, since: bool) -> None:
        with self.shop.surviving():
            self.world.bridge.reconcile.run(since=START.date() if since else None, dry_run=False)

    @rule(kind=st.sampled_from(BROKEN), when=st.sampled_from(["before", "after", "late"]))
    def an_answer_to_a_booking_is_lost(self, kind: Any, when: Any) -> None:
        self.world.whmcs.faults.add("AddInvoicePayment", kind, when=when)

    @rule(action=st.sampled_from(["GetTransactions", "GetInvoice"]), kind=st.sampled_from(["500", "partial", "cut"]))
    def whmcs_cannot_be_read(self, action: str, kind: Any) -> None:
        self.world.whmcs.faults.add(action, kind)

    @rule(step=st.sampled_from(CRASHES))
    def a_process_dies_at(self, step: str) -> None:
        self.shop.at(step, self.shop.crash)

    @rule(invoice=invoices, status=st.sampled_from(["Cancelled", "Unpaid"]))
    def an_admin_changes(self, invoice: int, status: str) -> None:
        if self.world.whmcs.invoice(invoice).status in ("Unpaid", "Cancelled"):
            self.world.whmcs.set_invoice(invoice, status=status)

    @rule(transaction=transactions, place=st.integers(0, 3))
    def a_person_orders(self, transaction: str, place: int) -> None:
        """What is in review is booked on its invoice, as the command that is named there does."""
        held = [one for one in self.world.bridge.store.of_transaction(transaction) if one.state is State.REVIEW]
        if held:
            one = held[place % len(held)]
            with self.shop.surviving():
                invoices = [part[1] for part in self.shop.parts.values() if part[0] == transaction]
                where = invoices[place % len(invoices)] if one.part_of is None else None
                self.world.bridge.orders.resolve(one.transaction_id, Settle.BOOK, "luz", invoice_id=where)

    @rule(target=backups)
    def back_up(self) -> Rows:
        return self.shop.remembered()

    @rule(backup=backups)
    def restore(self, backup: Rows) -> None:
        self.shop.forget_plans()
        self.shop.restore(backup)

    @rule()
    def lose_everything(self) -> None:
        self.shop.forget_plans()
        self.shop.restore({})

    # What must hold

    @invariant()
    def each_part_once_and_as_promised(self) -> None:
        """I2, I3: a row of the bridge is an approved transaction's part; no part has two; they never exceed it."""
        assert not self.shop.violations
        rows = self.shop.rows_of_the_bridge()
        assert max(Counter(row.transid for row in rows).values(), default=1) == 1, "I2"
        paid: Counter[str] = Counter()
        for row in rows:
            if row.transid in self.shop.parts:
                transaction, invoice, _ = self.shop.parts[row.transid]
                assert row.invoice_id == invoice, "I3"
                assert transaction in self.shop.ever_approved, "I3"
                paid[transaction] += int(row.amountin * 100)
        for transaction, cents in paid.items():
            assert cents <= self.shop.worth[transaction], "I3: more than was paid"

    def teardown(self) -> None:
        try:
            self.shop.let_everything_finish()
            self.each_part_once_and_as_promised()
            self.nothing_is_lost()
        finally:
            self.shop.close()

    def nothing_is_lost(self) -> None:
        """I1: what was paid is in WHMCS, to the cent, or a person is asked about what is not."""
        for paid in self.world.wompi.transactions:
            if paid["status"] != "APPROVED":
                continue
            rows = [row for row in self.shop.rows_of_the_bridge() if self._is_of(row.transid, paid["id"])]
            booked = sum(int(row.amountin * 100) for row in rows)
            known = self.world.bridge.store.of_transaction(paid["id"])
            held = [one for one in known if one.state is State.REVIEW and one.reason]
            assert booked == self.shop.worth[paid["id"]] or held, f"I1: {booked} of {paid}"
            assert {one.state for one in known} <= {State.POSTED, State.REVIEW}

    def _is_of(self, transid: str, transaction: str) -> bool:
        part = self.shop.parts.get(transid)
        return part is not None and part[0] == transaction
