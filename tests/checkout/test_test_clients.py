"""``BRIDGE_TEST_CLIENTS``: between ``setup`` and ``go-live`` nobody pays a real invoice with a test card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.web.test_status import ask
from tests.world import BRIDGE_SECRET, World, make_world
from whmcs_bridge.bridge import build
from whmcs_bridge.settings import SettingsError, load_settings
from whmcs_bridge.signed.links import Purpose
from whmcs_bridge.signed.references import Reference, issue_reference

WHY = "El pago en línea todavía está en pruebas"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Client 77 tests; client 81 is a customer."""
    with make_world(tmp_path, BRIDGE_TEST_CLIENTS="77, 90") as made:
        made.whmcs.add_client(id=81)
        yield made


def test_a_test_client_pays_and_is_booked(world: World) -> None:
    """The whole way, as before."""
    paid = world.pay(world.invoice())
    world.event(paid)
    world.work()
    assert world.state(paid) == "posted"


@pytest.mark.parametrize("purpose", [Purpose.PAY, Purpose.MAIL])
def test_others_are_shown_why_not(world: World, purpose: Purpose) -> None:
    """The page and the press, from WHMCS or from an e-mail: 409, and no checkout is opened."""
    invoice = world.invoice(client=81)
    link = world.link(invoice, client=81, purpose=purpose)
    shown, pressed = world.http.get(f"/pay/{link}"), world.press(invoice, link=link)
    assert (shown.status_code, pressed.status_code) == (409, 409)
    assert WHY in shown.text
    assert WHY in pressed.text
    assert world.bridge.store.open_checkouts(invoice) == []


def test_a_forwarded_link_of_a_test_client_opens_no_other_clients_invoice(world: World) -> None:
    """Who may pay is the client of the link, whom WHMCS confirms as the owner."""
    invoice = world.invoice(client=81)
    assert world.press(invoice, link=world.link(invoice, client=77)).status_code == 403


def test_others_see_no_list_to_pay_from(world: World) -> None:
    """The page of all unpaid invoices says the same, and asks WHMCS nothing."""
    world.whmcs.calls.clear()
    shown = world.http.get(f"/invoices/{world.link(0, client=81, purpose=Purpose.LIST)}")
    assert (shown.status_code, world.whmcs.calls) == (409, [])
    assert WHY in shown.text
    assert world.http.get(f"/invoices/{world.link(0, client=77, purpose=Purpose.LIST)}").status_code == 200


def test_whmcs_is_told_for_whom_the_button_is(world: World) -> None:
    """The answer that the invoice's page waits for names them; without the setting there is no such field."""
    assert ask(world, {"invoice_id": world.invoice()}).get_json()["only_clients"] == [77, 90]


def test_a_payment_of_others_waits_for_a_person(world: World) -> None:
    """A checkout from before the setting came, paid with a test card: not booked, and the sentence says why."""
    promise = Reference(world.invoice(client=81), 81, 5_950_000)
    paid = world.transact(issue_reference(promise, BRIDGE_SECRET), promise.amount_in_cents)
    world.event(paid)
    world.work()
    assert world.state(paid) == "review"
    assert "el cliente 81 no está en BRIDGE_TEST_CLIENTS: no se registró nada" in world.reason(paid)
    assert f"wompi-bridge resolve {paid} --dismiss" in world.reason(paid)
    assert world.whmcs.booked(paid) == []


def test_what_was_booked_before_the_setting_came_stays_as_it_is(tmp_path: Path) -> None:
    """A restart with the setting makes no question of it."""
    with make_world(tmp_path) as before:
        paid = before.pay(before.invoice())
        before.event(paid)
        before.work()
        settings = load_settings(before.settings | {"BRIDGE_TEST_CLIENTS": "90"}, folder=tmp_path)
        with closing(build(settings, clock=before.clock, ticks=before.clock.ticks)) as after:
            after.store.touch(paid, why="test")
            after.worker.run_once()
            payment = after.store.payment(paid)
            assert payment is not None
            assert payment.state == "posted"


def test_production_keys_make_it_void(tmp_path: Path) -> None:
    """It is a bound on test money alone."""
    with make_world(tmp_path) as made:
        production = {
            name: value.replace("_test_", "_prod_").replace("test_", "prod_") if name.startswith("WOMPI_") else value
            for name, value in made.settings.items()
        }
        settings = load_settings(production | {"BRIDGE_TEST_CLIENTS": "77"}, folder=tmp_path)
        assert settings.only_clients is None
        settings = load_settings(made.settings | {"BRIDGE_TEST_CLIENTS": " 77,90 "}, folder=tmp_path)
        assert settings.only_clients == frozenset({77, 90})


@pytest.mark.parametrize("given", ["ana@ejemplo.test", "77;90", "0", "-1", "99999999999"])
def test_what_is_no_client_number_is_refused(tmp_path: Path, given: str) -> None:
    """A list that was misread would let everybody pay."""
    with make_world(tmp_path) as made, pytest.raises(SettingsError, match="client numbers"):
        load_settings(made.settings | {"BRIDGE_TEST_CLIENTS": given}, folder=tmp_path)
