"""The sandbox Wompi (Colombia) as a server: a merchant, the REST API, the checkout and the panel."""

from __future__ import annotations

from whmcs_bridge.sandbox.wompi import api, checkout, panel
from whmcs_bridge.sandbox.wompi.merchant import Merchant


class WompiSandbox(Merchant):
    """One merchant at Wompi, reachable by HTTP."""

    @property
    def api_url(self) -> str:
        """What the bridge takes as `WOMPI_API_URL`."""
        return f"{self.url}v1"

    @property
    def checkout_url(self) -> str:
        """What the bridge takes as `WOMPI_CHECKOUT_URL`."""
        return f"{self.url}p/"

    def add_routes(self) -> None:
        """Everything under the root address."""
        super().add_routes()
        api.add_routes(self)
        checkout.add_routes(self)
        panel.add_routes(self)
