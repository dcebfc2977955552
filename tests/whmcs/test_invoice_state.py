"""What is remembered of an invoice before a booking is tried: enough to see a change, and to name what was there."""

from __future__ import annotations

from typing import Any

from tests.world import World
from whmcs_bridge.whmcs.invoice_state import InvoiceState, other_rows
from whmcs_bridge.whmcs.models import Invoice


def state(*payments: dict[str, Any], **changes: Any) -> InvoiceState:
    """Invoice 1042 of client 77 with these payments."""
    told: dict[str, Any] = {
        "invoiceid": 1042,
        "userid": 77,
        "total": "59500.00",
        "balance": "59500.00",
        "status": "Unpaid",
    }
    return InvoiceState(
        Invoice.model_validate(told | {"transactions": {"transaction": list(payments)}} | changes), None
    )


BANK = {"id": "10", "transid": "bank-1", "gateway": "banktransfer", "amountin": "1.00"}


def test_T3_a_change_is_seen() -> None:
    """Of the status, of the balance, and of any row; the order of rows is none."""
    other = BANK | {"id": "11"}
    assert state(BANK, other).snapshot() == state(other, BANK).snapshot()
    seen = {
        state().snapshot(),
        state(BANK).snapshot(),
        state(other).snapshot(),
        state(status="Paid").snapshot(),
        state(balance="59400.00").snapshot(),
        state(BANK | {"amountin": "2.00"}).snapshot(),
        InvoiceState(None, None).snapshot(),
    }
    assert len(seen) == 7


def test_T8_the_rows_are_named() -> None:
    """By id and gateway; rows without an id are no payments that a person could find."""
    nameless = BANK | {"transid": ""}
    assert other_rows(state(BANK, nameless, BANK | {"gateway": ""}).snapshot()) == ["bank-1", "bank-1 (banktransfer)"]
    assert other_rows(None) == other_rows("") == other_rows("{") == other_rows("[1]") == []


def test_T11_very_many_rows_can_be_kept(world: World) -> None:
    """Two hundred payments with ids of letters that take many bytes: booked, and a change is seen."""
    many = [BANK | {"id": str(number), "transid": "\u20ac" * 60} for number in range(200)]
    assert len(state(*many).snapshot()) < 200
    assert state(*many).snapshot() != state(*many[:-1]).snapshot()
    assert other_rows(state(*many).snapshot()) == []
    invoice = world.invoice()
    transaction = world.pay(invoice)
    for number in range(200):
        world.whmcs.add_payment(invoice, f"{number}" + "\u20ac" * 60, amount="1.00", gateway="banktransfer")
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "posted"
