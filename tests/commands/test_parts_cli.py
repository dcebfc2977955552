"""The commands, for payments of several invoices."""

from __future__ import annotations

import json
from pathlib import Path

from tests.processes import call
from tests.world import World, make_world


def held(world: World) -> tuple[str, int, int]:
    """A payment of two invoices, which were both cancelled: each part waits for a person."""
    first, second = world.invoice("59500.00"), world.invoice("20000.00", tax="0.00")
    transaction = world.pay_several(first, second)
    for invoice in (first, second):
        world.whmcs.set_invoice(invoice, status="Cancelled")
    world.event(transaction)
    world.work()
    return transaction, first, second


def test_parts_are_listed_resolved_and_shown(tmp_path: Path) -> None:
    """One object a part, with Wompi's id, WHMCS's, the whole and the share; an order without a part is refused."""
    with make_world(tmp_path) as world:
        transaction, first, second = held(world)
        listed = json.loads(call("payments", "--json", folder=tmp_path, **world.settings).stdout)
        assert sorted((one["transid"], one["part_amount_in_cents"]) for one in listed) == [
            (f"{transaction}-{first}", 5_950_000),
            (f"{transaction}-{second}", 2_000_000),
        ]
        assert {(one["transaction_id"], one["amount_in_cents"]) for one in listed} == {(transaction, 7_950_000)}
        order = ("resolve", transaction, "--credit", "--reason", "luz")
        refused = call(*order, folder=tmp_path, **world.settings)
        assert (refused.returncode, "diga cuál con --invoice" in refused.stderr) == (1, True)
        credited = call(*order, "--invoice", str(second), folder=tmp_path, **world.settings)
        assert (credited.returncode, str(world.whmcs.credit_of(77))) == (0, "20000.00")
        shown = call("show", transaction, folder=tmp_path, **world.settings)
        assert (shown.returncode, shown.stdout.count(f"{transaction}-{first}") > 0) == (0, True)


def test_a_link_to_all_that_a_client_owes(tmp_path: Path) -> None:
    """From an e-mail by default; a client that is not there, or both an invoice and a client, are refused."""
    with make_world(tmp_path) as world:
        invoice = world.invoice()
        made = call("link", "--client", "77", folder=tmp_path, **world.settings)
        assert made.stdout.startswith("http://127.0.0.1:9/invoices/mail.0.77.")
        assert call("link", "--client", "999", folder=tmp_path, **world.settings).returncode == 1
        assert call("link", str(invoice), "--client", "77", folder=tmp_path, **world.settings).returncode == 2
