"""``/return``: the truth after paying."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.world import World, fields_of

pytestmark = pytest.mark.one_elsewhere


def back(world: World, transaction: str, query: str = "") -> str:
    """The text of the page that the payer comes back to."""
    response = world.http.get(f"/return?id={transaction}{query}")
    assert response.status_code == 200
    return response.text


class TestWhatIsShown:
    def test_approved_and_booked_is_a_receipt(self, world: World) -> None:
        """Amount, invoice, transaction and method; it does not refresh itself any more."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        page = back(world, transaction)
        for part in ("¡Pago realizado con éxito!", "$\N{NO-BREAK SPACE}59.500", "1042", transaction):
            assert part in page
        assert "http-equiv" not in page

    def test_approved_and_not_yet_booked_is_success_as_well(self, world: World) -> None:
        """The money was taken: the payer is done, whatever WHMCS does."""
        assert "¡Pago realizado con éxito!" in back(world, world.pay(world.invoice()))

    def test_approved_and_with_a_person_asks_for_no_second_payment(self, world: World) -> None:
        """A held payment is told as received and being checked."""
        transaction = world.pay(world.invoice())
        world.whmcs.set_invoice(1042, status="Cancelled")
        world.event(transaction)
        world.work()
        page = back(world, transaction)
        assert 'data-kind="review"' in page
        assert "/pay/" not in page

    def test_pending_refreshes_itself_with_growing_pauses(self, world: World) -> None:
        """3 s, 5 s, 5 s, 10 s ... and in the end it stops; a payer can stop it before."""
        transaction = world.pay(world.invoice(), "PENDING")
        pauses = []
        for count in range(20):
            told = world.http.get(f"/return?id={transaction}&n={count}").headers.get("Refresh")
            pause, _, address = (told or "0").partition("; url=")
            assert address in ("", f"http://127.0.0.1:9/return?id={transaction}&n={count + 1}")
            pauses.append(int(pause))
        assert pauses[:6] == [3, 5, 5, 10, 10, 20]
        assert pauses == [*sorted(pauses[:14]), *[0] * 6]
        assert "Refresh" not in world.http.get(f"/return?id={transaction}&quiet=1").headers

    def test_declined_gives_advice_and_a_way_to_try_again(self, world: World) -> None:
        """The way leads to the same invoice, by a link that shows nothing personal and works."""
        transaction = world.pay(world.invoice(), "DECLINED")
        page = back(world, transaction)
        link = re.search(r'href="http://127.0.0.1:9/pay/(mail\.1042\.77\.[^"]+)"', page)
        assert link is not None
        fields = fields_of(world.press(1042, link=link[1]))
        assert fields["reference"] != world.wompi.transaction(transaction)["reference"]
        assert "customer-data:email" not in fields

    @pytest.mark.parametrize(("status", "kind"), [("ERROR", "error"), ("VOIDED", "voided"), ("NEW_WORD", "verifying")])
    def test_every_other_status_has_its_page(self, world: World, status: str, kind: str) -> None:
        """An unknown word is "in verification", never final."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, status=status)
        assert f'data-kind="{kind}"' in back(world, transaction)

    def test_in_verification_while_wompi_does_not_answer(self, world: World) -> None:
        """Nothing is known, and nothing is claimed: 200, "in verification"; what we know of a booked one is shown."""
        unknown, booked = world.pay(world.invoice()), world.pay(world.invoice("20000.00", tax="0.00"))
        world.event(booked)
        world.work()
        world.wompi.faults.add("transaction", "503", times=None)
        assert 'data-kind="verifying"' in back(world, unknown)
        assert 'data-kind="approved"' in back(world, booked)

    def test_a_known_decline_can_be_tried_again_while_wompi_does_not_answer(self, world: World) -> None:
        """A decline is final: the advice by its method and the way to try again need nobody's answer."""
        transaction = world.pay(world.invoice(), "DECLINED", method="NEQUI")
        world.event(transaction)
        world.work()
        world.wompi.faults.add("transaction", "503", times=None)
        page = back(world, transaction)
        assert 'data-kind="declined"' in page
        assert "Abra la aplicación de Nequi" in page
        assert re.search(r'href="http://127.0.0.1:9/pay/mail\.1042\.77\.', page)

    def test_shows_nothing_personal(self, world: World) -> None:
        """Whoever holds a transaction's id sees no name, no e-mail, no phone."""
        page = back(world, world.pay(world.invoice()))
        assert not [part for part in ("Ruiz", "ana@ejemplo.test", "3001234567") if part in page]


class TestWhatIsRecorded:
    def test_what_was_seen_is_recorded_before_it_is_shown(self, world: World) -> None:
        """A pending payment that nobody has told us of is known from now on."""
        transaction = world.pay(world.invoice(), "PENDING")
        back(world, transaction)
        payment = world.bridge.store.payment(transaction)
        assert payment is not None
        assert (payment.state, payment.status, payment.invoice_id) == ("due", "PENDING", 1042)
        assert len(world.woken) == 1

    def test_nothing_is_recorded_twice(self, world: World) -> None:
        """Reloading the page says nothing new, so nobody is woken."""
        transaction = world.pay(world.invoice(), "PENDING")
        for _ in range(10):
            back(world, transaction)
        assert len(world.woken) == 1

    def test_A108_reloading_costs_one_call_in_a_short_while(self, world: World) -> None:
        """A payer who hammers the page does not hammer Wompi."""
        transaction = world.pay(world.invoice(), "PENDING")
        for _ in range(50):
            back(world, transaction)
        assert len(world.wompi.calls) == 1
        world.clock.advance(seconds=3)
        back(world, transaction)
        assert len(world.wompi.calls) == 2
        # A clock that is set back prolongs nothing.
        world.clock.advance(hours=-1)
        back(world, transaction)
        assert len(world.wompi.calls) == 3


class TestTheStory:
    def test_tells_of_the_payment_its_checkout_and_the_others(self, world: World) -> None:
        """The payment apart from the others, which are those of its invoice alone, the newest first."""
        store, invoice = world.bridge.store, world.invoice()
        ids = []
        for number in (invoice, invoice, invoice, world.invoice()):
            ids.append(world.pay(number, "DECLINED"))
            back(world, ids[-1])
            world.clock.advance(seconds=3)
        reference = str(world.wompi.transaction(ids[1])["reference"])
        story = store.story(ids[1], reference, invoice)
        assert story.payment == store.payment(ids[1])
        assert [other.transaction_id for other in story.others] == [ids[2], ids[0]]
        assert story.checkout == store.checkout(reference)
        assert story.checkout is not None
        assert (story.checkout.invoice_id, story.checkout.language) == (invoice, "es")

    def test_finds_a_payment_that_was_only_heard_of(self, world: World) -> None:
        """An event came, and nobody has read yet which invoice it is for; and nothing is no error."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        story = world.bridge.store.story(transaction, None, 1042)
        assert story.payment is not None
        assert (story.payment.transaction_id, story.payment.invoice_id) == (transaction, None)
        assert (story.checkout, story.others) == (None, [])
        unheard = world.bridge.store.story("12022-1-1", "INV1-1-1-A", 7)
        assert (unheard.payment, unheard.checkout, unheard.others) == (None, None, [])

    def test_a_page_begins_few_transactions(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """One to read and one to write where something new is seen; reloading reads once: this is what a page costs.
        Without the checkout's mark one more, which tells a stranger's id from a known one before Wompi is called."""
        database = sqlite_world.bridge.database
        begun: list[str] = []

        def counted(name: str, real: Callable[[Any], Any]) -> Callable[[Any], Any]:
            def begin(work: Any) -> Any:
                begun.append(name)
                return real(work)

            return begin

        for name in ("read", "write"):
            monkeypatch.setattr(database, name, counted(name, getattr(database, name)))
        transaction = sqlite_world.pay(sqlite_world.invoice(), "PENDING")
        address = f"/return/{sqlite_world.wompi.transaction(transaction)['reference']}?id={transaction}"
        begun.clear()
        assert sqlite_world.http.get(address).status_code == 200
        assert begun == ["read", "write"]
        assert sqlite_world.http.get(address).status_code == 200
        assert begun == ["read", "write", "read"]
        sqlite_world.clock.advance(seconds=3)
        back(sqlite_world, transaction)
        assert begun == ["read", "write", "read", "read", "read"]


class TestWhatIsNotShown:
    @pytest.mark.parametrize("bad", ["?id=a/../b", "?id=" + "a" * 121, "?id=%0a", "?id=1%20OR%201", "?id=%F0%9F"])
    def test_an_id_that_is_none(self, world: World, bad: str) -> None:
        """400, and Wompi is not asked."""
        assert world.http.get(f"/return{bad}").status_code == 400
        assert world.wompi.calls == []

    def test_an_id_that_wompi_does_not_know(self, world: World) -> None:
        """404, and nothing is stored."""
        assert world.http.get("/return?id=12022-1-1").status_code == 404
        assert world.bridge.store.payments() == []

    def test_A104_a_payment_of_another_shop(self, world: World) -> None:
        """404: not a word about it, nothing stored, nobody credited."""
        world.invoice()
        foreign = world.transact("S00042-1a", 12_345_600)
        stolen = world.pay(1042)
        world.wompi.amend(stolen, merchant={"public_key": "pub_test_another0000"})
        for transaction in (foreign, stolen):
            response = world.http.get(f"/return?id={transaction}")
            assert (response.status_code, "123.456" in response.text, "59.500" in response.text) == (404, False, False)
        assert world.bridge.store.payments() == []

    def test_A106_A107_A109_other_parameters_have_no_effect(self, world: World) -> None:
        """Neither an environment, nor an address to go to, nor markup is taken from the query."""
        transaction = world.pay(world.invoice())
        query = (
            "&env=prod&next=https://evil.example&url=//evil.example&reference=<script>alert(1)</script>&n=<b>&n=9999"
        )
        page = back(world, transaction, query)
        assert not [part for part in ("evil.example", "<script", "<b>") if part in page]
