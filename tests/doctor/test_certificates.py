"""https at the public address: a certificate that nobody trusts, one that ends soon, and a good one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.doctor.patient import ill, proxy
from tests.doctor.room import Room
from tests.tls import certificate


@pytest.mark.parametrize(
    ("days", "trusted", "named", "told"),
    [
        (90, False, {"address.reachable": "fail"}, "no es válido (self-signed certificate)"),
        (10, True, {"address.certificate": "warn"}, "vence en 10 días"),
        (90, True, {}, ""),
    ],
)
def test_a_certificate(room: Room, days: int, trusted: bool, named: dict[str, str], told: str) -> None:
    """What is wrong with it is told in OpenSSL's words, and when it ends."""
    context, file = certificate(room.folder, days)
    # An hour early: that many whole days are left, however long the certificate took to make.
    room.patch.setattr(room.patient.world.clock, "now", datetime.now(UTC) - timedelta(hours=1))
    if trusted:
        room.patch.setenv("REQUESTS_CA_BUNDLE", str(file))
    url = room.stack.enter_context(proxy(room.patient.url, tls=context))
    room.whmcs(bridge_url=url)
    diagnosis = room.examine(BRIDGE_URL=url)
    assert ill(diagnosis) == named
    assert told in "".join(check.message for check in diagnosis.checks if check.fix)
    assert trusted == ("address.certificate" in {check.id for check in diagnosis.checks})
