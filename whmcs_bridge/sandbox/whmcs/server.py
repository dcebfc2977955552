"""The sandbox WHMCS as a server: an installation, its API, its client area, and some pages of its admin area."""

from __future__ import annotations

from flask import Response, request

from whmcs_bridge.sandbox import control
from whmcs_bridge.sandbox.whmcs import acts, addon, admin_area, api, callback, client_area, mail
from whmcs_bridge.sandbox.whmcs.installation import Installation, Mail

# What `/_sandbox/switches` sets, and the calls that its page offers faults for.
SWITCHES: dict[str, type] = {
    "maintenance": bool, "version": str, "strings": bool, "access_key": str, "ip_error_as_nvp": bool, "bridge_url": str,
    "pay_address": str, "terms_url": str, "date_off_by": float,
}  # fmt: skip
FAULTS_ON = ("AddInvoicePayment", "GetInvoice", "GetInvoices", "GetTransactions", "GetClientsDetails", "callback", "*")


class WhmcsSandbox(Installation):
    """One WHMCS installation, reachable by HTTP."""

    name = "WHMCS"

    @property
    def api_url(self) -> str:
        """What the bridge takes as `WHMCS_API_URL`."""
        return f"{self.url}includes/api.php"

    def send_mail(self, template: str, invoice_id: int) -> Mail:
        """See `mail.send`."""
        return mail.send(self, template, self.invoice(invoice_id))

    def cancel_old(self, invoice_id: int) -> bool:
        """See `mail.cancel_old`."""
        return mail.cancel_old(self, self.invoice(invoice_id))

    def add_routes(self) -> None:
        """Everything under the root address."""
        control.add_routes(self, self.clock, SWITCHES, FAULTS_ON)
        acts.add_routes(self)
        self.app.before_request(self._closed)
        api.add_routes(self)
        client_area.add_routes(self)
        callback.add_routes(self)
        admin_area.add_routes(self)
        addon.add_routes(self)
        mail.add_routes(self)

    def _closed(self) -> Response | None:
        """Maintenance mode: the same page for everybody."""
        if not self.maintenance or request.path.startswith("/_sandbox/"):
            return None
        page = "<!DOCTYPE html><html lang=es><title>Mantenimiento</title><h1>Estamos en mantenimiento</h1></html>"
        return Response(page, 503, {"Retry-After": "600"}, content_type="text/html; charset=utf-8")
