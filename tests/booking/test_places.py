"""Where a payment belongs: which rows of WHMCS count as it."""

from __future__ import annotations

import pytest

from whmcs_bridge.whmcs.models import BookedPayment
from whmcs_bridge.whmcs.proof import Place


def row(**changes: object) -> BookedPayment:
    """A row of money in: 59,500 pesos of client 77 on invoice 1042."""
    return BookedPayment.model_validate({"invoiceid": 1042, "userid": 77, "amountin": "59500.00"} | changes)


@pytest.mark.parametrize(
    ("changes", "here"),
    [
        ({}, True),
        ({"userid": 0}, True),
        ({"userid": ""}, True),
        ({"userid": 78}, False),
        ({"invoiceid": 1043}, False),
        ({"invoiceid": 0}, False),
        ({"amountin": "59500.01"}, False),
        ({"amountin": "59499.99"}, False),
        ({"amountin": "0.00"}, False),
    ],
)
def test_T1_what_stands_here(changes: dict[str, object], here: bool) -> None:
    """This invoice, this client or none named, this amount."""
    assert Place(1042, 77, 5_950_000).holds(row(**changes)) is here


def test_credit_stands_without_an_invoice() -> None:
    """What a person ordered as credit is on no invoice."""
    place = Place(0, 78, 5_950_000)
    assert place.holds(row(invoiceid=0, userid=78))
    assert not place.holds(row(userid=78))
    assert not place.holds(row(invoiceid=0))
