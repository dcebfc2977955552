"""The sandbox Wompi (Colombia) as a server: a merchant, the REST API, the checkout and the panel."""

from __future__ import annotations

from whmcs_bridge.sandbox import control
from whmcs_bridge.sandbox.wompi import acts, api, checkout, create, official_rate, panel
from whmcs_bridge.sandbox.wompi.merchant import Merchant

# What `/_sandbox/switches` sets, and the calls that its page offers faults for.
SWITCHES: dict[str, type] = {
    "events_url": str, "events_secret": str, "auto_deliver": bool, "merchant_active": bool, "omit_merchant": bool,
    "void_settles": bool, "most_rows": int, "retry_speed": float, "date_off_by": float, "trm": str,
}  # fmt: skip
FAULTS_ON = (
    "transaction",
    "transactions",
    "create",
    "void",
    "merchant",
    "checkout",
    "payment",
    "disbursements",
    "trm",
    "*",
)


class WompiSandbox(Merchant):
    """One merchant at Wompi, reachable by HTTP."""

    name = "Wompi"

    @property
    def api_url(self) -> str:
        """What the bridge takes as `WOMPI_API_URL`."""
        return f"{self.url}v1"

    @property
    def checkout_url(self) -> str:
        """What the bridge takes as `WOMPI_CHECKOUT_URL`."""
        return f"{self.url}p/"

    @property
    def trm_url(self) -> str:
        """What the bridge takes as `BRIDGE_TRM_URL`."""
        return f"{self.url}{official_rate.PATH}"

    def add_routes(self) -> None:
        """Everything under the root address."""
        control.add_routes(self, self.clock, SWITCHES, FAULTS_ON)
        acts.add_routes(self)
        create.add_routes(self)
        api.add_routes(self)
        checkout.add_routes(self)
        official_rate.add_routes(self)
        panel.add_routes(self)
