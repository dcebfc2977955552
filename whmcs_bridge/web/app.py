"""``create_app``: every address of the web side, and what holds for every answer."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.checkup import Examine
from whmcs_bridge.console.console import Console
from whmcs_bridge.console.documents import Documents
from whmcs_bridge.console.drawing import Drawing
from whmcs_bridge.doctor.check import Check
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.web.admin import routes as admin
from whmcs_bridge.web.host import console
from whmcs_bridge.web.host.routes import HostCalls, signed
from whmcs_bridge.web.operations import health, metrics
from whmcs_bridge.web.payer import routes as payer
from whmcs_bridge.web.wompi import webhook

logger = logging.getLogger(__name__)

# Bytes. Nothing that a person or Wompi sends is longer.
MAX_BODY = 64 * 1024

# Addresses for programs, whose errors are plain text. People get a page.
_FOR_PROGRAMS = frozenset(
    {
        "/status",
        "/voids",
        "/transaction",
        "/review",
        "/qr",
        "/proof",
        "/console",
        "/webhooks/wompi",
        "/healthz",
        "/readyz",
        "/metrics",
    }
)

# Headers of every answer.
FOR_ALL = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
    # Links carry a signature: no page may tell another host where the payer came from.
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-Robots-Tag", "noindex"),
)
STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")


def doctor(tell: Callable[[Sequence[Check]], None]) -> Sequence[Check]:
    """The console's doctor. It is loaded at the first press: nothing else that ``serve`` does needs it."""
    from whmcs_bridge.doctor.doctor import look  # noqa: PLC0415 - seldom asked for, and large

    return look(tell)


def create_app(bridge: Bridge, *, wake: Callable[[], None] = lambda: None, examine: Examine = doctor) -> Flask:
    """Build the web side. ``wake`` is called when a payment has become due, for a worker in the same process;
    ``examine`` is the console's doctor."""
    app = Flask("whmcs_bridge.web", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY, MAX_FORM_PARTS=20)
    pages = app.extensions["payer_pages"] = payer.PayerPages(bridge, wake)
    drawing = Drawing()
    admins, host = admin.AdminPages(bridge, pages, Documents(bridge, drawing)), HostCalls(bridge, wake)
    app.url_map.strict_slashes = False  # mail programs add a slash to a link
    route = app.add_url_rule
    for rule, view, methods in (
        ("/pay/<link>", pages.pay, ["GET", "POST"]),
        ("/invoices/<link>", pages.invoices, ["GET", "POST"]),
        ("/receipt/<link>", pages.receipt, ["GET"]),
        ("/paid/<link>", pages.paid, ["GET", "POST"]),
        ("/return", pages.come_back, ["GET"]),
        ("/return/", pages.come_back, ["GET"]),
        ("/return/<path:mark>", pages.come_back, ["GET"]),
        ("/status", signed(bridge, host.status), ["POST"]),
        ("/voids", signed(bridge, host.void, changes=True), ["POST"]),
        ("/transaction", signed(bridge, host.transaction), ["POST"]),
        ("/review", signed(bridge, host.review), ["POST"]),
        ("/qr", signed(bridge, host.qr), ["POST"]),
        ("/trail/<link>", admins.trail, ["GET"]),
        ("/review/<link>", admins.review, ["GET"]),
        (console.PATH, console.drawer(bridge, Console(bridge, drawing, examine, wake)), ["POST"]),
        ("/webhooks/wompi", webhook.receiver(bridge, wake), ["POST"]),
        ("/healthz", health.healthz, ["GET"]),
        ("/readyz", health.readiness(bridge), ["GET"]),
        ("/proof", host.proof, ["POST"]),
        ("/metrics", metrics.exposition(bridge), ["GET"]),
    ):
        route(rule, rule, view, methods=methods, provide_automatic_options=False)
    app.register_error_handler(Exception, _on_error(pages))
    app.after_request(_headers(secure=bridge.settings.bridge_url.startswith("https:")))
    if prefix := urlsplit(bridge.settings.bridge_url).path.rstrip("/"):
        # The proxy in front may remove the path of ``BRIDGE_URL`` or not.
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {prefix: app.wsgi_app})  # type: ignore[method-assign]  # as Flask documents it
    return app


def _on_error(pages: payer.PayerPages) -> Callable[[Exception], Any]:
    def handle(error: Exception) -> Any:
        if isinstance(error, HTTPException):
            kind, status = {404: "not_found", 405: "method"}.get(error.code or 500, "server_error"), error.code or 500
            headers = [header for header in error.get_headers() if header[0] == "Allow"]
        elif isinstance(error, DatabaseUnavailable):
            logger.error("web: the database cannot be used: %s", error)
            kind, status, headers = "server_error", 503, [("Retry-After", "30")]
        else:
            # Class and place only: the text of an error, and a trace, may hold a payer's data or a link.
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
            logger.error("web: broke (%s at %s)", type(error).__name__, place)
            kind, status, headers = "server_error", 500, []
        if request.path in _FOR_PROGRAMS:
            return Response(f"{kind}\n", status, headers, mimetype="text/plain")
        return pages.refusal(kind, status, headers)

    return handle


def _headers(*, secure: bool) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        for name, value in (*FOR_ALL, STRICT_TRANSPORT) if secure else FOR_ALL:
            # A page has its own Content-Security-Policy.
            response.headers.setdefault(name, value)
        return response

    return add
