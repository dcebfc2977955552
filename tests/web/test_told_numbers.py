"""P18: "Ya pagué" takes a number of Wompi's or a CUS, shows the truth, or leaves a note that the admin sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.console.calls import ask
from tests.world import START, World
from whmcs_bridge.console.told_numbers import told_numbers
from whmcs_bridge.history.trail import find
from whmcs_bridge.ledger.payer_notes import MOST_OF_AN_INVOICE, PayerNote
from whmcs_bridge.signed.links import Purpose
from whmcs_bridge.web.payer.already_paid import plain_number

pytestmark = pytest.mark.slow

CUS = "2611211002"


def tell(world: World, number: str, *, peer: str = "127.0.0.1", status: int = 200, **link: Any) -> TestResponse:
    """A payer types a number."""
    signed = world.link(1042, **link)
    answer = world.http.post(f"/paid/{signed}", data={"number": number}, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == status
    return answer


def notes(world: World) -> list[PayerNote]:
    return world.bridge.payer_notes.since(START, limit=100)


def with_cus(world: World, status: str = "PENDING") -> str:
    """A PSE payment of invoice 1042 that nobody has told the bridge of."""
    extra = {"external_identifier": CUS, "ticket_id": 77, "is_three_ds": False}
    return world.pay(1042, status, method="PSE", payment_method={"type": "PSE", "extra": extra})


class TestWhatIsFound:
    @pytest.mark.parametrize("purpose", [Purpose.PAY, Purpose.MAIL])
    def test_P18_by_wompis_number(self, world: World, purpose: Purpose) -> None:
        """The way leads to the page of that payment, also for one that the bridge had not heard of."""
        world.invoice()
        transaction = world.pay(1042, "APPROVED")
        answer = tell(world, f" {transaction}. ", purpose=purpose, status=303)
        assert answer.headers["Location"] == f"http://127.0.0.1:9/return?id={transaction}"
        assert world.http.get(answer.headers["Location"]).status_code == 200
        assert world.state(transaction) == "due"
        assert notes(world) == []

    def test_P18_by_the_cus(self, sqlite_world: World) -> None:
        """PSE's number, among the checkouts of this invoice."""
        world = sqlite_world
        world.invoice()
        transaction = with_cus(world)
        assert tell(world, CUS, status=303).headers["Location"].endswith(f"/return?id={transaction}")
        assert notes(world) == []

    def test_P18_what_the_ledger_knows_costs_no_call(self, sqlite_world: World) -> None:
        """Also while Wompi does not answer."""
        world = sqlite_world
        world.invoice()
        transaction = world.pay(1042)
        world.event(transaction)
        world.work()
        calls = len(world.wompi.calls)
        tell(world, transaction, status=303)
        assert len(world.wompi.calls) == calls


class TestWhatIsNotOurs:
    def test_P18_another_shops_payment_is_not_shown(self, sqlite_world: World) -> None:
        """A number that Wompi knows, of a reference that is not ours: a note, and not a word about it."""
        world = sqlite_world
        world.invoice()
        foreign = world.transact("Pedido-123", 777_700, "APPROVED")
        shown = tell(world, foreign).text
        assert 'data-outcome="noted"' in shown
        assert "777" not in shown.replace(foreign, "")
        assert [note.number for note in notes(world)] == [foreign]

    def test_P18_the_cus_of_another_invoice_is_not_looked_for(self, sqlite_world: World) -> None:
        """Only this invoice's checkouts, and only its client's, are asked about."""
        world = sqlite_world
        world.invoice()
        with_cus(world)
        other = world.invoice()
        answer = world.http.post(f"/paid/{world.link(other)}", data={"number": CUS})
        assert 'data-outcome="noted"' in answer.text


class TestNotes:
    def test_P18_the_admin_sees_it(self, sqlite_world: World) -> None:
        """In the console, with the invoice, the client and the number; in the trail as well. Nothing is booked."""
        world = sqlite_world
        world.invoice()
        assert "Hosting Andino" in tell(world, CUS).text
        shown = ask(world, "trying").html
        assert CUS in shown
        assert "clientssummary.php?userid=77" in shown
        assert "dio el número de un pago que no se encontró" in ask(world, "today").text
        assert CUS in ask(world, "trail", of="1042").html
        trail = find(world.bridge.store, "1042", world.bridge.settings.bridge_secret)
        assert trail
        assert [line.detail for line in trail.notes] == [CUS]
        assert world.bridge.store.payments() == []

    def test_P18_once_the_invoice_is_paid_it_is_gone(self, sqlite_world: World) -> None:
        """What came in after it has answered it."""
        world = sqlite_world
        world.invoice()
        tell(world, CUS)
        world.clock.advance(minutes=5)
        world.event(world.pay(1042))
        world.work()
        assert CUS not in ask(world, "trying").html

    def test_P18_once_it_is_known_as_a_part_it_is_gone_as_well(self, sqlite_world: World) -> None:
        """Of a payment of several invoices the ledger has other keys; the payer tells Wompi's number. It is pending, so
        nothing was booked since."""
        world = sqlite_world
        first, second = world.invoice(), world.invoice("20000.00", tax="0.00")
        transaction = world.pay_several(first, second, status="PENDING")
        world.bridge.payer_notes.leave(second, 77, transaction)
        assert [one.number for one in told_numbers(world.bridge, timedelta(days=1))] == [transaction]
        world.event(transaction)
        world.work()
        assert told_numbers(world.bridge, timedelta(days=1)) == []

    def test_P18_while_wompi_does_not_answer(self, sqlite_world: World) -> None:
        """A note as well: the admin looks when it does."""
        world = sqlite_world
        world.invoice()
        transaction = world.pay(1042)
        world.wompi.faults.add("transaction", "503", times=None)
        tell(world, transaction)
        assert [note.number for note in notes(world)] == [transaction]

    def test_P18_of_one_invoice_there_are_five(self, world: World) -> None:
        """Whoever tells them; one that was told before is no other one."""
        world.invoice()
        for number in range(MOST_OF_AN_INVOICE):
            assert 'data-outcome="noted"' in tell(world, f"9000{number}", peer=f"203.0.113.{number}").text
        assert 'data-outcome="noted"' in tell(world, "90001", peer="203.0.113.9").text
        assert 'data-outcome="enough"' in tell(world, "90009", peer="203.0.113.10").text
        assert sorted(note.number for note in notes(world)) == [f"9000{number}" for number in range(5)]

    def test_P18_of_one_address_there_are_five_at_once(self, sqlite_world: World) -> None:
        """Over all invoices; then one in ten minutes."""
        world = sqlite_world
        links = [world.link(world.invoice()) for _ in range(7)]
        told = [world.http.post(f"/paid/{link}", data={"number": CUS}).text for link in links]
        assert ['data-outcome="noted"' in each for each in told] == [True] * 5 + [False] * 2
        world.clock.advance(minutes=10)
        assert 'data-outcome="noted"' in world.http.post(f"/paid/{links[6]}", data={"number": CUS}).text

    def test_P18_they_are_kept_for_ninety_days(self, world: World) -> None:
        """By the next note at the latest; the journal keeps its line."""
        world.invoice()
        tell(world, CUS)
        world.clock.advance(days=91)
        tell(world, "90001")
        assert [note.number for note in notes(world)] == ["90001"]
        lines = world.bridge.store.journal(invoice_id=1042)
        assert [line.detail for line in lines if line.what == "note"] == [CUS, "90001"]

    def test_P18_a_stranger_calls_wompi_thirty_times_at_most(self, sqlite_world: World) -> None:
        """The budget of ``/return``: new numbers by one address are asked about thirty times."""
        world = sqlite_world
        world.invoice()
        for number in range(40):
            tell(world, f"99999-1790000000-{number:05}")
        assert len([call for call in world.wompi.calls if "/transactions/99999" in call.path]) == 30


class TestTheForm:
    def test_P18_the_pay_page_leads_to_it(self, sqlite_world: World) -> None:
        """Under "Ya pagué"; beside a payment under way; and on a payment that WHMCS calls pending."""
        world = sqlite_world
        world.invoice()
        assert "/paid/" in world.http.get(f"/pay/{world.link(1042)}").text
        with_cus(world)
        assert "/paid/" in world.http.get(f"/pay/{world.link(1042)}").text
        world.whmcs.set_invoice(1042, status="Payment Pending")
        assert "/paid/" in world.http.get(f"/pay/{world.link(1042)}").text

    def test_P18_a_get_asks_and_changes_nothing(self, sqlite_world: World) -> None:
        """The form, in the language of the visitor."""
        world = sqlite_world
        world.invoice()
        link = world.link(1042)
        shown = world.http.get(f"/paid/{link}").text
        assert 'data-outcome="ask"' in shown
        assert f'action="http://127.0.0.1:9/paid/{link}"' in shown
        assert "Number of the payment" in world.http.get(f"/paid/{link}?lang=en").text
        assert notes(world) == []

    @pytest.mark.parametrize("told", ["", "hola", "12", "1" * 65, "<b>12345</b>", "123'45", "1234\N{BELL}5", "٣٤٥٦٧٨"])
    def test_P18_what_is_no_number_is_not_kept(self, sqlite_world: World, told: str) -> None:
        """400, and the form says what a number looks like. Nothing of it comes back on the page."""
        world = sqlite_world
        world.invoice()
        shown = tell(world, told, status=400).text
        assert 'data-outcome="unclear"' in shown
        assert notes(world) == []

    @pytest.mark.parametrize("purpose", [Purpose.LIST, Purpose.ADMIN])
    def test_P18_only_with_a_link_to_an_invoice(self, sqlite_world: World, purpose: Purpose) -> None:
        """403 by another, and by one that has expired."""
        world = sqlite_world
        world.invoice()
        invoice = 0 if purpose is Purpose.LIST else 1042
        answer = world.http.post(f"/paid/{world.link(invoice, purpose=purpose)}", data={"number": CUS})
        assert answer.status_code == 403
        tell(world, CUS, hours=-1, status=403)
        assert notes(world) == []


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("2611211002", "2611211002"),
        (" 12022-1790000000-1 ", "12022-1790000000-1"),
        ("2611 2110 02", "2611211002"),
        ("\N{ZERO WIDTH SPACE}ab-12\n", "ab-12"),
        ("sin número", None),
    ],
)
def test_P18_a_number_as_it_is_pasted(told: str, number: str | None) -> None:
    """Blanks and what programs add go; what is left is letters, figures and hyphens, with a figure among them."""
    assert plain_number(told) == number
