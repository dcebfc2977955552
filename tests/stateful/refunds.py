"""WHMCS's Refund button, as an admin presses it, and the books of what it led to."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.world import World
from whmcs_bridge.signed.calls import HEADER, signature_of


class Refunds:
    """Presses the button, records what WHMCS records, and knows how often Wompi was asked."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.by_button: Counter[str] = Counter()
        """Refunds that WHMCS has recorded because it was told of success."""
        self.forgotten: Counter[str] = Counter()
        """How often a backup without the void was brought back: then nobody knows that it was asked for."""

    def press(self, world: World, transaction: str, secret: str, *, part: bool, heard: bool) -> None:
        """The press on Refund, of all that was paid or of a part of it; WHMCS may die before it hears the answer."""
        rows = world.whmcs.booked(transaction)
        if not rows:
            return  # there is no payment whose button could be pressed
        amount = rows[0].amountin - (1 if part else 0)
        if amount <= 0:
            return  # WHMCS gives nothing back of nothing
        asked = self.asked(world)[transaction]
        answer = self.call(world, {"transid": transaction, "amount": f"{amount:.2f}", "language": "en"}, secret)
        if part and self.asked(world)[transaction] != asked:
            self.violations.append(f"a part of {transaction} was voided")
        if answer["status"] != "success":
            assert answer["rawdata"], "silence"
            return
        if part or world.wompi.transaction(transaction)["status"] != "VOIDED":
            self.violations.append(f"{transaction}: a fake success")
        if heard:
            world.whmcs.take_back(transaction)
            self.by_button[transaction] += 1

    def call(self, world: World, call: dict[str, Any], secret: str) -> dict[str, Any]:
        """Call the bridge as WHMCS's PHP does."""
        body = json.dumps(call).encode()
        signature = signature_of("/voids", body, secret, now=world.clock())
        response = world.http.post("/voids", data=body, headers={HEADER: signature}, content_type="application/json")
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    def asked(self, world: World) -> Counter[str]:
        """How often Wompi was asked for a void, by transaction."""
        return Counter(call.path.split("/")[-2] for call in world.wompi.calls if call.path.endswith("/void"))

    def note_restored(self, world: World, remembered: set[str]) -> None:
        """The voids that are in the backup are known; of the others nobody knows any more."""
        self.forgotten = Counter({name: n for name, n in self.asked(world).items() if name not in remembered})

    def check(self, world: World, rows_ever: Counter[str]) -> list[str]:
        """What is wrong: a second call, or a second refund of one payment's row."""
        wrong = list(self.violations)
        for name, times in self.asked(world).items():
            if times > 1 + self.forgotten[name]:
                wrong.append(f"Wompi was asked {times} times to void {name}")
        for name, times in self.by_button.items():
            if times > max(1, rows_ever[name]):
                wrong.append(f"WHMCS was told {times} times that {name} went back")
        commanded = Counter(row.transid for row in world.whmcs.transactions if row.transid.endswith("-VOIDED"))
        return wrong + [f"{name} recorded twice" for name, times in commanded.items() if times > 1]
