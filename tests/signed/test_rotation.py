"""Keys are changed step by step as ``docs/deploy/README.md`` tells, while people pay: no event is lost meanwhile."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from tests.world import BRIDGE_SECRET, World, fields_of
from whmcs_bridge.bridge import build
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.web.app import create_app

OLD, NEW = BRIDGE_SECRET, "another-secret-of-the-tests-0123456789"
OLD_EVENTS, NEW_EVENTS = "test_events_SandboxEvents000000000000000000", "test_events_Chang3d"


@pytest.fixture
def world(sqlite_world: World) -> World:
    """Which database it is does not matter here."""
    return sqlite_world


def restart(world: World, **changes: str) -> None:
    """The bridge again, on the same database, with other settings: what an admin does between two steps."""
    world.bridge.close()
    world.settings |= changes
    world.bridge = build(
        load_settings(world.settings, folder=Path("/nowhere")), clock=world.clock, ticks=world.clock.ticks
    )
    world.http = create_app(world.bridge).test_client()


def link(world: World, secret: str, invoice_id: int, purpose: Purpose = Purpose.PAY) -> str:
    """A link as WHMCS signs it, for a month."""
    return Link(purpose, invoice_id, 77, world.clock() + timedelta(days=30)).signed(secret)


def paid(world: World, pressed: str) -> str:
    """Press a link and pay at Wompi; the event is on its way."""
    fields = fields_of(world.press(0, link=pressed))
    return world.transact(fields["reference"], int(fields["amount-in-cents"]))


def booked(world: World, *transactions: str) -> list[int]:
    """Let the worker work; how often WHMCS has each."""
    world.work()
    return [len(world.whmcs.booked(transaction)) for transaction in transactions]


class TestTheSecretBetweenWhmcsAndTheBridge:
    def test_each_step_leaves_every_link_and_every_payment_good(self, world: World) -> None:
        """Bridge first (new, old), then WHMCS, and after a month the old one goes: at each step somebody is in the
        middle of paying, with a link or a reference of the step before."""
        mailed = link(world, OLD, world.invoice(), Purpose.MAIL)
        shown = link(world, OLD, world.invoice())
        checkouts = paid(world, link(world, OLD, world.invoice()))

        restart(world, BRIDGE_SECRET=f"{NEW},{OLD}")  # step 1: the bridge knows both
        assert world.event(checkouts).status_code == 200
        first = paid(world, shown)
        old_page = link(world, OLD, world.invoice())
        assert world.event(first).status_code == 200
        assert booked(world, checkouts, first) == [1, 1]

        second = paid(world, link(world, NEW, world.invoice()))  # step 2: WHMCS signs with the new one
        third = paid(world, old_page)
        assert [world.event(transaction).status_code for transaction in (second, third)] == [200, 200]
        assert booked(world, second, third) == [1, 1]
        world.clock.advance(days=29)
        fourth = paid(world, mailed)

        restart(world, BRIDGE_SECRET=NEW)  # step 3: a month later
        assert world.event(fourth).status_code == 200
        fifth = paid(world, link(world, NEW, world.invoice()))
        assert world.event(fifth).status_code == 200
        assert booked(world, fourth, fifth) == [1, 1]
        assert world.press(0, link=link(world, OLD, world.invoice())).status_code == 403

    def test_a_reference_of_the_old_secret_proves_itself_for_as_long_as_it_is_listed(self, world: World) -> None:
        """The database was lost between the steps: the payment is still known to be ours."""
        checkouts = paid(world, link(world, OLD, world.invoice()))
        restart(world, BRIDGE_SECRET=f"{NEW},{OLD}")
        world.forget("checkouts")
        assert world.event(checkouts).status_code == 200
        assert booked(world, checkouts) == [1]

    def test_whmcs_first_would_turn_people_away(self, world: World) -> None:
        """The order matters: a link that the bridge cannot check yet is refused, and nothing is opened."""
        assert world.press(0, link=link(world, NEW, world.invoice())).status_code == 403


class TestTheSecretOfTheEvents:
    def test_A79_F31_no_event_is_lost_at_any_step(self, world: World) -> None:
        """Wompi signs with the new one from one moment to the next; until the bridge has it, Wompi is told to come
        again. Two days later the old one goes."""
        before, late = world.pay(world.invoice()), world.pay(world.invoice())
        on_its_way = world.wompi.event_body(late)
        assert world.event(before).status_code == 200

        world.wompi.events_secret = NEW_EVENTS  # step 1: a new secret at Wompi
        between = world.pay(world.invoice())
        retried = world.wompi.event_body(between)
        assert world.post_event(retried).status_code == 401
        assert world.state(between) == "-"

        restart(world, WOMPI_EVENTS_SECRET=f"{NEW_EVENTS},{OLD_EVENTS}")  # step 2: the bridge knows both
        after = world.pay(world.invoice())
        assert world.event(after).status_code == 200
        assert world.post_event(retried).status_code == 200  # half an hour later, as Wompi does
        assert world.post_event(on_its_way).status_code == 200  # signed before step 1
        assert booked(world, before, late, between, after) == [1, 1, 1, 1]

        world.clock.advance(days=2)
        last = world.pay(world.invoice())
        forged = world.wompi.event_body(last, secret=OLD_EVENTS)
        restart(world, WOMPI_EVENTS_SECRET=NEW_EVENTS)  # step 3: the old one is worth nothing any more
        assert world.post_event(forged).status_code == 401
        assert world.event(last).status_code == 200
        assert booked(world, last) == [1]

    def test_F31_an_admin_who_forgets_the_bridge_loses_time_and_no_payment(self, world: World) -> None:
        """All four deliveries are refused; ten minutes after the click the bridge has asked by itself."""
        world.wompi.events_secret = NEW_EVENTS
        transaction = world.pay(world.invoice())
        assert [world.event(transaction).status_code for _ in range(4)] == [401] * 4
        world.clock.advance(minutes=10)
        assert booked(world, transaction) == [1]


class TestTheOtherKeysOfWompi:
    def test_the_private_key_may_be_old_for_a_while(self, world: World) -> None:
        """Wompi refuses the old one: events are acknowledged and wait; with the new one all are booked, once."""
        checkouts = [world.pay(world.invoice()) for _ in range(2)]
        world.wompi.private_key = "prv_test_Chang3d"
        assert [world.event(transaction).status_code for transaction in checkouts] == [200, 200]
        assert booked(world, *checkouts) == [0, 0]
        restart(world, WOMPI_PRIVATE_KEY="prv_test_Chang3d")
        world.bridge.reconcile.run(since=None, dry_run=False)
        assert booked(world, *checkouts) == [1, 1]

    def test_the_integrity_secret_counts_from_the_next_press_on(self, world: World) -> None:
        """Who was at Wompi already has paid; the next one's checkout carries the new signature."""
        checkouts = world.pay(world.invoice())
        first = world.checkout(world.invoice())["signature:integrity"]
        restart(world, WOMPI_INTEGRITY_SECRET="test_integrity_Chang3d")
        fields = world.checkout(world.invoice())
        told = f"{fields['reference']}{fields['amount-in-cents']}COP{fields['expiration-time']}test_integrity_Chang3d"
        assert fields["signature:integrity"] == sha256(told.encode()).hexdigest() != first
        assert world.event(checkouts).status_code == 200
        assert booked(world, checkouts) == [1]
