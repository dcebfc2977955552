"""T19: strangers do not slow the worker. What a visitor's page may cost at Wompi and WHMCS, and whose budget pays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Response
from werkzeug.test import TestResponse

from tests.world import World, fields_of, make_world
from whmcs_bridge.ledger.records import Checkout
from whmcs_bridge.sandbox.faults import Kind
from whmcs_bridge.signed.links import Purpose

pytestmark = pytest.mark.slow

VERIFYING = 'data-kind="verifying"'
BRIDGE = "http://127.0.0.1:9"


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[World]:
    """A world whose proxy is at 192.0.2.1, and not on this machine."""
    with make_world(tmp_path, BRIDGE_TRUSTED_PROXIES="192.0.2.1, 2001:db8:ffff::/48") as made:
        yield made


def ask(world: World, transaction: str, *, mark: str = "", peer: str = "127.0.0.1", via: str = "") -> TestResponse:
    """Somebody opens the return address."""
    headers = {"X-Forwarded-For": via} if via else {}
    path = f"/return/{mark}" if mark else "/return"
    return world.http.get(f"{path}?id={transaction}", headers=headers, environ_base={"REMOTE_ADDR": peer})


def flood(world: World, count: int, *, first: int = 0, **who: str) -> list[int]:
    """New ids, one after the other; how each was answered: 404 unknown to Wompi, 200 in verification."""
    statuses = []
    for number in range(first, first + count):
        answer = ask(world, f"99999-1790000000-{number:05}", **who)
        assert answer.status_code == 404 or VERIFYING in answer.text
        statuses.append(answer.status_code)
    return statuses


def brake_after(world: World, most: int) -> None:
    """Make Wompi brake the account: after so many calls each one is answered 429, whoever made it."""

    def braked() -> Response | None:
        calls = sum(call.path.startswith("/v1/transactions") for call in world.wompi.calls)
        return Response('{"error": {"type": "TOO_MANY_REQUESTS"}}', 429) if calls >= most else None

    world.wompi.app.before_request_funcs.setdefault(None, []).append(braked)


class TestAFloodOfNewIds:
    def test_T19_an_approved_payment_is_booked_meanwhile(self, world: World) -> None:
        """Wompi brakes the account after 45 calls. A stranger's 400 new ids cost 30 of them, and the worker books."""
        transaction = world.pay(world.invoice())
        brake_after(world, 45)
        assert flood(world, 400) == [404] * 30 + [200] * 370
        assert len(world.wompi.calls) == 30
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "posted"

    def test_T19_thirty_at_once_and_then_one_a_second(self, sqlite_world: World) -> None:
        """An address that goes on asking: nothing is recorded, and each page refreshes itself."""
        world = sqlite_world
        assert flood(world, 40) == [404] * 30 + [200] * 10
        world.clock.advance(seconds=1)
        assert flood(world, 3, first=40) == [404, 200, 200]
        answer = ask(world, "99999-1790000000-00042")
        assert answer.headers["Refresh"] == f"3; url={BRIDGE}/return?id=99999-1790000000-00042&n=1"
        assert world.bridge.store.payments() == []

    def test_T19_over_many_addresses_is_bounded_as_well(self, sqlite_world: World) -> None:
        """2,000 addresses through the trusted proxy, one id each: 60 calls at once, five more in a second."""
        world = sqlite_world
        for number in range(1000):
            flood(world, 1, first=number, via=f"198.51.{number // 250}.{number % 250}")
        assert len(world.wompi.calls) == 60
        world.clock.advance(seconds=1)
        for number in range(1000, 2000):
            flood(world, 1, first=number, via=f"198.51.{number // 250}.{number % 250}")
        assert len(world.wompi.calls) == 65

    def test_T19_behind_the_proxy_each_address_has_its_own(self, sqlite_world: World) -> None:
        """One is out of budget; another one, forwarded by the same proxy, is told the truth."""
        assert flood(sqlite_world, 31, via="198.51.100.1")[-1] == 200
        assert flood(sqlite_world, 1, first=31, via="198.51.100.2") == [404]

    def test_T19_without_a_forwarded_address_a_proxy_is_one_client(self, sqlite_world: World) -> None:
        """What comes from this machine and names nobody."""
        assert flood(sqlite_world, 31)[-1] == 200

    def test_T19_a_forged_address_moves_nobody(self, proxied: World) -> None:
        """An untrusted peer names another address each time: 30 calls, as if it named none. Loopback is not trusted."""
        for number in range(50):
            flood(proxied, 1, first=number, peer="203.0.113.5", via=f"198.51.100.{number}")
        assert len(proxied.wompi.calls) == 30
        for number in range(50, 90):
            flood(proxied, 1, first=number, peer="127.0.0.1", via=f"198.51.100.{number}")
        assert len(proxied.wompi.calls) == 60

    def test_T19_only_the_last_hop_is_believed(self, proxied: World) -> None:
        """A client behind the trusted proxy writes hops of his own before it."""
        for number in range(50):
            flood(proxied, 1, first=number, peer="192.0.2.1", via=f"198.51.100.{number}, 203.0.113.5")
        assert len(proxied.wompi.calls) == 30

    def test_T19_a_whole_64_is_one_client(self, sqlite_world: World) -> None:
        """A subscriber of IPv6 calls from a new address each time; the next /64 is somebody else."""
        for number in range(50):
            flood(sqlite_world, 1, first=number, peer=f"2001:db8:1:2::{number:x}")
        assert len(sqlite_world.wompi.calls) == 30
        assert flood(sqlite_world, 1, first=50, peer="2001:db8:1:3::1") == [404]

    def test_T19_the_same_id_again_and_again_costs_one_call(self, sqlite_world: World) -> None:
        """And nothing of the budget: what Wompi does not know is remembered for two seconds."""
        for _ in range(100):
            assert ask(sqlite_world, "99999-1790000000-00000").status_code == 404
        assert len(sqlite_world.wompi.calls) == 1

    def test_T19_a_payment_of_another_shop_costs_what_is_called(self, sqlite_world: World) -> None:
        """Where Wompi's answer names no merchant, a second call is made, and paid for."""
        world = sqlite_world
        made = [world.transact(f"S{number:05}-1a", 12_345_600) for number in range(40)]
        for transaction in made:
            world.wompi.amend(transaction, merchant=None)
            ask(world, transaction)
        assert len(world.wompi.calls) == 30

    def test_T19_what_is_malformed_costs_nothing(self, sqlite_world: World) -> None:
        """400 as ever, however often."""
        for _ in range(100):
            assert ask(sqlite_world, "a/../b").status_code == 400
        assert flood(sqlite_world, 30) == [404] * 30


class TestAPayer:
    def test_T19_is_told_the_truth_amid_a_flood(self, sqlite_world: World) -> None:
        """The checkout's return address has a budget of its own: also before any event has come."""
        world = sqlite_world
        fields = world.checkout(world.invoice())
        transaction = world.transact(fields["reference"], 5_950_000, "DECLINED")
        flood(world, 100)
        for number in range(100):
            flood(world, 1, first=number, via=f"198.51.100.{number}")
        address = fields["redirect-url"].removeprefix(BRIDGE)
        assert 'data-kind="declined"' in world.http.get(f"{address}?id={transaction}&env=test").text

    def test_T19_a_known_payment_needs_no_mark(self, sqlite_world: World) -> None:
        """A link from WHMCS or of 0.1, to a payment that the ledger knows: its invoice pays."""
        world = sqlite_world
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        world.work()
        flood(world, 100)
        world.wompi.amend(transaction, status="APPROVED")
        assert 'data-kind="booking"' in ask(world, transaction).text

    def test_T19_who_reloads_for_ever_is_shown_what_the_ledger_knows(self, sqlite_world: World) -> None:
        """Every three seconds for two minutes is within the budget; and while Wompi is silent the ledger tells."""
        world = sqlite_world
        transaction = world.pay(world.invoice(), "DECLINED")
        reference = str(world.wompi.transaction(transaction)["reference"])
        before = len(world.wompi.calls)
        for _ in range(40):
            world.clock.advance(seconds=3)
            assert 'data-kind="declined"' in ask(world, transaction, mark=reference).text
        assert len(world.wompi.calls) == before + 40
        world.wompi.faults.add("transaction", "503", times=None)
        world.event(transaction)
        world.work()
        for _ in range(100):
            world.clock.advance(milliseconds=1)
            assert 'data-kind="declined"' in ask(world, transaction).text

    def test_T19_a_mark_pays_for_its_own_share_only(self, sqlite_world: World) -> None:
        """Thousands of ids with one good mark: its 20, then what its address has, 30; another payer's is whole."""
        world = sqlite_world
        marks = [world.checkout(world.invoice())["reference"] for _ in range(2)]
        flood(world, 2000, mark=marks[0])
        assert len(world.wompi.calls) == 50
        assert flood(world, 1, first=2000, mark=marks[1]) == [404]

    def test_T19_new_marks_of_one_invoice_have_one_budget(self, sqlite_world: World) -> None:
        """Whoever presses again and again gets new references, and no second budget."""
        world = sqlite_world
        invoice = world.invoice()
        marks = []
        for _ in range(4):
            marks.append(world.checkout(invoice)["reference"])
            world.transact(marks[-1], 5_950_000, "DECLINED")
        assert len(set(marks)) == 4
        world.wompi.calls.clear()
        for number, mark in enumerate(marks):
            flood(world, 100, first=100 * number, mark=mark)
        assert len(world.wompi.calls) == 50

    @pytest.mark.parametrize("mark", ["INV1042-77-5950000-AAAAAAAAAAAAAAAAAAAAAAAAA", "x", "..", "%00", "a/b/c", "ñ"])
    def test_T19_a_made_up_mark_counts_as_none(self, sqlite_world: World, mark: str) -> None:
        """It is no error, and buys nothing."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        assert 'data-kind="booking"' in ask(world, transaction, mark=mark).text
        assert flood(world, 40, mark=mark) == [404] * 29 + [200] * 11

    def test_T19_a_mark_says_nothing_about_the_transaction(self, sqlite_world: World) -> None:
        """The mark of one invoice, the id of another's payment: the truth about that payment. A foreign one is 404."""
        world = sqlite_world
        mark = world.checkout(world.invoice())["reference"]
        other = world.pay(world.invoice("20000.00", tax="0.00"), "DECLINED")
        page = ask(world, other, mark=mark).text
        assert ('data-kind="declined"' in page, 'data-invoice="1043"' in page) == (True, True)
        assert ask(world, world.transact("S00042-1a", 12_345_600), mark=mark).status_code == 404

    def test_T19_the_page_in_verification_keeps_the_mark(self, sqlite_world: World) -> None:
        """It refreshes itself at the same budget's cost, and leads back to the invoice."""
        world = sqlite_world
        mark = world.checkout(world.invoice())["reference"]
        world.wompi.faults.add("transaction", "503", times=None)
        answer = ask(world, "12022-1-1", mark=mark)
        assert answer.headers["Refresh"] == f"3; url={BRIDGE}/return/{mark}?id=12022-1-1&n=1"
        assert f'href="{world.whmcs.url}viewinvoice.php?id=1042"' in answer.text


class TestWithoutAnId:
    def test_P1_who_cancelled_is_led_back_to_the_invoice(self, world: World) -> None:
        """200, the invoice, and a way to try again that shows nothing personal and works. Nobody was called for it."""
        fields = world.checkout(world.invoice())
        calls = len(world.whmcs.calls)
        answer = world.http.get(fields["redirect-url"].removeprefix(BRIDGE))
        assert (answer.status_code, "Volvió sin hacer el pago" in answer.text) == (200, True)
        assert f'href="{world.whmcs.url}viewinvoice.php?id=1042"' in answer.text
        link = re.search(rf'href="{BRIDGE}/pay/(mail\.1042\.77\.[^"]+)"', answer.text)
        assert link is not None
        assert (len(world.wompi.calls), len(world.whmcs.calls)) == (0, calls)
        assert fields_of(world.press(1042, link=link[1]))["reference"] == fields["reference"]

    @pytest.mark.parametrize("path", ["/return", "/return/", "/return?id=", "/return?env=test", "/return/made-up"])
    def test_P1_without_a_mark_back_to_the_client_area(self, sqlite_world: World, path: str) -> None:
        """200: nothing is wrong with the address; nobody's invoice is named."""
        answer = sqlite_world.http.get(path)
        assert (answer.status_code, "Volvió sin hacer el pago" in answer.text) == (200, True)
        assert f'href="{sqlite_world.whmcs.url}"' in answer.text
        assert "/pay/" not in answer.text

    @pytest.mark.parametrize("status", ["PENDING", "APPROVED"])
    def test_P1_no_second_payment_is_offered_beside_another(self, sqlite_world: World, status: str) -> None:
        """The invoice has a payment under way, or one that was booked: "do not pay again", and what is known of it."""
        world = sqlite_world
        transaction = world.pay(world.invoice(), status)
        world.event(transaction)
        world.work()
        answer = world.http.get(f"/return/{world.wompi.transaction(transaction)['reference']}")
        assert (answer.status_code, "no pague de nuevo" in answer.text) == (200, True)
        assert f"/return?id={transaction}" in answer.text
        assert "/pay/" not in answer.text

    def test_P1_speaks_the_payer_s_language(self, sqlite_world: World) -> None:
        """That of whoever pressed, whatever browser comes back."""
        client = sqlite_world.whmcs.add_client(id=79, language="english")
        invoice = sqlite_world.invoice(client=client)
        fields = fields_of(sqlite_world.press(invoice, link=sqlite_world.link(invoice, client=client)))
        address = fields["redirect-url"].removeprefix(BRIDGE)
        answer = sqlite_world.http.get(address, headers={"Accept-Language": "es"})
        assert "You came back without a payment" in answer.text

    def test_P1_tells_nothing_of_another_client_s_payments(self, sqlite_world: World) -> None:
        """The invoice has gone to another client since: the mark's holder sees none of theirs."""
        world = sqlite_world
        mark = world.checkout(world.invoice())["reference"]
        world.forget("checkouts")
        world.whmcs.add_client(id=78)
        world.whmcs.set_invoice(1042, client_id=78)
        transaction = world.transact(
            fields_of(world.press(1042, link=world.link(1042, client=78)))["reference"], 5_950_000, "DECLINED"
        )
        world.event(transaction)
        world.work()
        assert transaction not in world.http.get(f"/return/{mark}").text


class TestBrakesApart:
    def test_T19_a_braked_flood_leaves_worker_and_payer_alone(self, sqlite_world: World) -> None:
        """Wompi answers 429 to strange ids: two calls, then strangers wait. A booking and a payer's page go through."""
        world = sqlite_world
        fields = world.checkout(world.invoice())
        transaction = world.transact(fields["reference"], 5_950_000)
        world.wompi.faults.add("transaction", "429", times=2)
        assert flood(world, 50) == [200] * 50
        assert len(world.wompi.calls) == 2
        assert 'data-kind="booking"' in ask(world, transaction, mark=fields["reference"]).text
        world.work()
        assert world.state(transaction) == "posted"

    def test_T19_the_worker_s_pause_makes_no_page_fail(self, sqlite_world: World) -> None:
        """The worker has met two failures and pauses; a payer's page asks, and tells."""
        world = sqlite_world
        known, new = world.pay(world.invoice()), world.pay(world.invoice(), "DECLINED")
        world.event(known)
        world.wompi.faults.add("transaction", "503", times=2)
        world.work()
        world.clock.advance(minutes=2)
        world.work()
        assert world.bridge.worker._breaker.paused()
        assert 'data-kind="declined"' in ask(world, new).text

    def test_T19_pages_do_not_pile_up_on_a_wompi_that_is_down(self, sqlite_world: World) -> None:
        """Two payers' calls, then the pages answer at once; five seconds later one finds out that Wompi is back."""
        world = sqlite_world
        references = [world.checkout(world.invoice())["reference"] for _ in range(5)]
        made = [world.transact(reference, 5_950_000, "DECLINED") for reference in references]
        world.wompi.faults.add("transaction", "503", times=None)
        for transaction, mark in zip(made, references, strict=True):
            assert VERIFYING in ask(world, transaction, mark=mark).text
        assert len(world.wompi.calls) == 2
        world.wompi.faults.clear()
        world.clock.advance(seconds=5)
        assert 'data-kind="declined"' in ask(world, made[0], mark=references[0]).text

    @pytest.mark.parametrize("status", [401, 403])
    def test_T19_a_stranger_raises_no_alarm_about_the_key(self, sqlite_world: World, status: int) -> None:
        """A firewall of Wompi's answers 403 to his flood: the worker's own calls say whether our key is refused."""
        sqlite_world.wompi.faults.add("transaction", "error", status=status, times=None)
        flood(sqlite_world, 3)
        assert sqlite_world.bridge.counters.trouble("wompi") == (False, None)

    def test_T19_nor_does_he_end_it(self, sqlite_world: World) -> None:
        """Wompi refuses our key to the worker, and says "unknown" to whoever asks for a made-up id."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.wompi.faults.add("transaction", "error", status=401)
        world.work()
        assert world.bridge.counters.trouble("wompi")[1] is not None
        flood(world, 3)
        assert world.bridge.counters.trouble("wompi")[1] is not None


class TestPressesWhileWompiBrakes:
    @pytest.mark.parametrize("kind", ["429", "500", "html"])
    def test_T19_open_one_checkout(self, world: World, kind: Kind) -> None:
        """Thirty presses on one link: they collide at Wompi instead of paying thirty times."""
        invoice = world.invoice()
        first = world.checkout(invoice)
        world.wompi.faults.add("transactions", kind, times=None)
        assert {world.checkout(invoice)["reference"] for _ in range(30)} == {first["reference"]}
        assert len(world.wompi.calls) == 2
        assert len(world.bridge.store.open_checkouts(invoice)) == 1

    def test_T19_after_half_of_its_time_one_more(self, sqlite_world: World) -> None:
        """An hour of presses, one a minute, while Wompi is down: a new checkout each half an hour."""
        world = sqlite_world
        invoice = world.invoice()
        world.wompi.faults.add("transactions", "503", times=None)
        seen = set()
        for _ in range(60):
            seen.add(world.checkout(invoice)["reference"])
            world.clock.advance(minutes=1)
        assert len(seen) == 2

    def test_T19_a_known_decline_gets_one_new_reference(self, sqlite_world: World) -> None:
        """Wompi takes a used reference no more: one new checkout, which the next presses use again."""
        world = sqlite_world
        invoice = world.invoice()
        first = world.pay(invoice, "DECLINED")
        world.event(first)
        world.work()
        world.wompi.faults.add("transactions", "503", times=None)
        seen = {world.checkout(invoice)["reference"] for _ in range(10)}
        assert len(seen) == 1
        assert world.wompi.transaction(first)["reference"] not in seen

    def test_T19_whoever_insists_as_well(self, sqlite_world: World) -> None:
        """ "Pay anyway" beside a payment that is known to be under way: one checkout more, not one each press."""
        world = sqlite_world
        invoice = world.invoice()
        first = world.pay(invoice, "PENDING")
        world.event(first)
        world.work()
        world.wompi.faults.add("transactions", "503", times=None)
        assert world.press(invoice).status_code == 409
        seen = {world.checkout(invoice, anyway="yes")["reference"] for _ in range(10)}
        assert (len(seen), world.wompi.transaction(first)["reference"] in seen) == (1, False)

    def test_T19_an_amount_that_comes_and_goes_leads_back(self, sqlite_world: World) -> None:
        """Two amounts in turn: two checkouts, not one for each press."""
        world = sqlite_world
        invoice = world.invoice()
        world.wompi.faults.add("transactions", "503", times=None)
        seen = set()
        for number in range(10):
            world.whmcs.set_invoice(invoice, total="59500.00" if number % 2 else "50000.00")
            seen.add(world.checkout(invoice)["reference"])
        assert len(seen) == 2

    def test_T19_a_payer_does_not_wait_once_for_each_checkout(self, sqlite_world: World) -> None:
        """Five open checkouts and a silent Wompi: one call a page, and after two pages none."""
        world = sqlite_world
        invoice = world.invoice()
        for _ in range(5):
            world.pay(invoice, "DECLINED")
        world.wompi.faults.add("transactions", "503", times=None)
        world.wompi.calls.clear()
        calls = []
        for _ in range(4):
            assert world.http.get(f"/pay/{world.link(invoice)}").status_code == 200
            calls.append(len(world.wompi.calls))
        assert calls == [1, 2, 2, 2]

    def test_T19_an_answer_that_cannot_be_read_gets_a_new_reference(self, sqlite_world: World) -> None:
        """Something stands at Wompi for it: to use it again would lock the payer out."""
        world = sqlite_world
        invoice = world.invoice()
        first = world.checkout(invoice)
        made = world.transact(first["reference"], 5_950_000, "DECLINED")
        world.wompi.amend(made, amount_in_cents="much")
        assert world.checkout(invoice)["reference"] != first["reference"]


class TestALinkThatIsPressedForEver:
    @pytest.mark.parametrize("purpose", [Purpose.PAY, Purpose.MAIL])
    def test_T19_is_asked_to_wait(self, sqlite_world: World, purpose: Purpose) -> None:
        """500 presses: 503 with the seconds to wait, no checkout, and a bounded number of calls; then it goes on."""
        world = sqlite_world
        invoice = world.invoice()
        link = world.link(invoice, purpose=purpose)
        statuses = [world.press(invoice, link=link).status_code for _ in range(500)]
        assert set(statuses) == {303, 503}
        assert len(world.bridge.store.open_checkouts(invoice)) == 1
        assert len(world.whmcs.calls) + len(world.wompi.calls) <= 120
        refused = world.press(invoice, link=link)
        assert "demasiadas veces" in refused.text
        world.clock.advance(seconds=int(refused.headers["Retry-After"]))
        assert world.press(invoice, link=link).status_code == 303

    def test_T19_its_page_as_well(self, sqlite_world: World) -> None:
        """Reading the page costs as much as pressing; another invoice's page is there."""
        world = sqlite_world
        links = [world.link(world.invoice()) for _ in range(2)]
        statuses = [world.http.get(f"/pay/{links[0]}").status_code for _ in range(200)]
        assert (statuses[0], statuses[-1]) == (200, 503)
        assert len(world.whmcs.calls) <= 120
        assert world.http.get(f"/pay/{links[1]}").status_code == 200

    def test_T19_new_links_to_one_invoice_have_one_budget(self, sqlite_world: World) -> None:
        """Each page after a declined payment hands out a new link."""
        world = sqlite_world
        invoice = world.invoice()
        links = [world.link(invoice, minutes=minutes) for minutes in range(1, 201)]
        statuses = [world.http.get(f"/pay/{link}").status_code for link in links]
        assert (statuses[0], statuses[-1]) == (200, 503)

    def test_T19_a_forwarded_e_mail_keeps_no_signed_in_payer_out(self, sqlite_world: World) -> None:
        """The link of an e-mail and that of the invoice page have a budget each."""
        world = sqlite_world
        invoice = world.invoice()
        for _ in range(200):
            world.http.get(f"/pay/{world.link(invoice, purpose=Purpose.MAIL)}")
        assert world.http.get(f"/pay/{world.link(invoice)}").status_code == 200

    def test_T19_the_list_of_invoices_as_well(self, sqlite_world: World) -> None:
        """`/invoices` asks WHMCS twice each time, and once for each invoice."""
        world = sqlite_world
        world.invoice()
        link = world.link(0, purpose=Purpose.LIST)
        statuses = [world.http.get(f"/invoices/{link}").status_code for _ in range(200)]
        assert (statuses[0], statuses[-1], len(world.whmcs.calls) <= 120) == (200, 503, True)

    def test_T19_a_bad_link_costs_nothing(self, sqlite_world: World) -> None:
        """403, and nobody's budget."""
        world = sqlite_world
        link = world.link(world.invoice())
        for _ in range(200):
            assert world.http.get(f"/pay/{link}x").status_code == 403
        assert world.http.get(f"/pay/{link}").status_code == 200


def test_T19_a_page_asks_about_each_open_checkout_within_the_budget(sqlite_world: World) -> None:
    """Two calls to WHMCS and five to Wompi a page: 17 pages at once, and never one that does not ask."""
    world = sqlite_world
    invoice = world.invoice()
    promised = world.bridge.store.checkout(world.checkout(invoice)["reference"])
    assert isinstance(promised, Checkout)
    for number in range(4):
        twin = replace(promised, reference=f"INV1042-77-5950000-TWIN{number}A", amount_in_cents=5_950_100 + number)
        world.bridge.store.open_checkout(twin, unless_newer_than=None)
    world.bridge.visitor_limits._links._left.clear()
    statuses = [world.http.get(f"/pay/{world.link(invoice)}").status_code for _ in range(20)]
    assert statuses == [200] * 17 + [503] * 3
    assert len(world.wompi.calls) == 17 * 5
    with closing(world.http.get(f"/pay/{world.link(invoice)}")) as refused:
        # Seven calls at two a second.
        assert refused.headers["Retry-After"] == "3"
