"""What the ledger itself writes into a payment's journal."""

from __future__ import annotations

from whmcs_bridge.messages.language import Text

DUE_TIME_WAS_IMPOSSIBLE = Text(
    "su hora de mirarlo era imposible; se mira ahora", "its time to be looked at was impossible"
)


def wait_does_not_fit(until: str) -> Text:
    return Text(
        f"un reloj cambió, o la espera no se puede medir aquí; se mira a las {until}",
        f"a clock was set, or the wait cannot be measured here; looked at again at {until}",
    )
