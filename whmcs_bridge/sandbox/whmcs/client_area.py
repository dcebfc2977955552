"""The sandbox WHMCS's client area in Spanish, and a plain view of the books for whoever tries the demo.

Pages and wording follow the themes' structure: sign in, home, the list of invoices, one invoice. `?systpl=six` shows
the look of the other theme, as in WHMCS: developers.whmcs.com/themes/testing
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Response, abort, redirect, render_template, request, session
from markupsafe import Markup

from whmcs_bridge.sandbox.sandbox import as_response
from whmcs_bridge.sandbox.whmcs import button
from whmcs_bridge.sandbox.whmcs.books import Invoice, money
from whmcs_bridge.sandbox.whmcs.installation import Installation

STATUS_LABELS = {
    "Draft": "Borrador",
    "Unpaid": "No Pagado",
    "Paid": "Pagado",
    "Cancelled": "Cancelado",
    "Refunded": "Reembolsado",
    "Collections": "En cobranza",
    "Payment Pending": "Pago pendiente",
}
THEMES = ("twenty-one", "six")
# viewinvoice.php?id=N&paymentsuccess=true and its kin: cosmetic, they never change an invoice.
_BANNERS = {
    "paymentsuccess": ("success", "Gracias. Su pago fue recibido."),
    "paymentfailed": ("danger", "Su pago no fue aprobado. Puede intentarlo de nuevo."),
    "pendingreview": ("warning", "Su pago está en revisión. Le avisaremos cuando termine."),
}
_AWAITING = ("warning", "Gracias. Estamos esperando la confirmación de su pago; no lo repita todavía.")


def add_routes(whmcs: Installation) -> None:
    """`/`, `/index.php`, `/clientarea.php`, `/viewinvoice.php`, `/logout.php` and the demo's `/admin`."""
    app = whmcs.app
    app.config["SESSION_COOKIE_NAME"] = "WHMCSsandbox"  # several sandboxes share one host
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.jinja_env.filters["amount"] = lambda amount, client: formatted(amount, whmcs.books.currency_of(client))
    app.jinja_env.filters["day"] = as_day
    app.jinja_env.globals["status_labels"] = STATUS_LABELS

    def page(
        template: str, invoice: Invoice | None = None, panels: list[dict[str, Any]] | None = None, **values: Any
    ) -> str:
        client_id = _signed_in(whmcs)
        sees_invoices = client_id is not None and client_id not in whmcs.without_invoices
        rendered = button.render(whmcs, _menu(client_id, sees_invoices), client_id, invoice, panels)
        client = whmcs.books.clients.get(client_id) if client_id is not None else None
        return render_template(
            f"whmcs/{template}",
            whmcs=whmcs,
            client=client,
            client_id=client_id,
            rendered=rendered,
            invoice=invoice,
            theme=session.get("theme", THEMES[0]),
            **values,
        )

    @app.before_request
    def choose_theme() -> None:
        if request.args.get("systpl") in THEMES:
            session["theme"] = request.args["systpl"]

    @app.route("/", methods=["GET", "POST"])
    @app.route("/index.php", methods=["GET", "POST"])
    def home() -> Response:
        if request.method == "POST":
            return _sign_in(whmcs, page)
        client_id = _signed_in(whmcs)
        if client_id is None:
            return as_response(page("login.html", wrong=False))
        unpaid = [] if client_id in whmcs.without_invoices else _of_client(whmcs, client_id, "Unpaid")
        return as_response(page("home.html", panels=_panels(whmcs, unpaid), unpaid=unpaid))

    @app.get("/logout.php")
    def sign_out() -> Response:
        session.clear()
        return as_response(redirect("/", 303))

    @app.get("/clientarea.php")
    def client_area() -> Response:
        client_id = _signed_in(whmcs)
        if client_id is None:
            return _to_sign_in()
        if request.args.get("action") != "invoices":
            return as_response(redirect("/", 303))
        if client_id in whmcs.without_invoices:
            return as_response(page("denied.html"), 403)
        wanted = request.args.get("status", "")
        return as_response(page("invoices.html", invoices=_of_client(whmcs, client_id, wanted), wanted=wanted))

    @app.route("/viewinvoice.php", methods=["GET", "POST"])
    def view_invoice() -> Response:
        client_id = _signed_in(whmcs)
        if client_id is None:
            return _to_sign_in()
        invoice = whmcs.books.invoices.get(request.args.get("id", 0, type=int))
        hidden = invoice is None or invoice.client_id != client_id or client_id in whmcs.without_invoices
        if invoice is None or hidden or invoice.status == "Draft":
            return as_response(page("denied.html"), 404)
        if request.method == "POST":  # the select of payment methods
            if invoice.status == "Unpaid" and request.form.get("gateway") in whmcs.gateways:
                whmcs.set_invoice(invoice.id, paymentmethod=request.form["gateway"])
            return as_response(redirect(f"/viewinvoice.php?id={invoice.id}", 303))
        rows = [row for row in whmcs.transactions if row.invoice_id == invoice.id]
        banner = next((text for name, text in _BANNERS.items() if request.args.get(name) == "true"), None)
        if banner is _BANNERS["paymentsuccess"] and invoice.status == "Unpaid":
            banner = _AWAITING
        payable = invoice.status == "Unpaid" and invoice.paymentmethod == "wompi"
        return as_response(
            page("invoice.html", invoice, balance=whmcs.balance(invoice.id), rows=rows, banner=banner, payable=payable)
        )

    _add_admin_routes(whmcs)


def _add_admin_routes(whmcs: Installation) -> None:
    @whmcs.app.get("/admin/")
    def admin() -> str:
        return render_template("whmcs/admin.html", whmcs=whmcs)

    @whmcs.app.post("/admin/invoices")
    def new_invoice() -> Response:
        client_id = request.form.get("client", 0, type=int)
        if client_id not in whmcs.books.clients:
            abort(404)
        try:
            net = money(request.form.get("subtotal", ""))
        except ValueError:
            abort(400)
        tax = net * 19 / 100 if request.form.get("vat") else Decimal(0)
        whmcs.add_invoice(client_id, net + tax, tax=tax, items=[(request.form.get("item") or "Servicio", net)])
        return as_response(redirect("/admin/", 303))


def _signed_in(whmcs: Installation) -> int | None:
    client_id = session.get("client")
    return client_id if client_id in whmcs.books.clients else None


def _sign_in(whmcs: Installation, page: Callable[..., str]) -> Response:
    email, password = request.form.get("username", "").strip().lower(), request.form.get("password")
    for client_id, client in whmcs.books.clients.items():
        if client["email"].lower() == email and client["password"] == password:
            session["client"] = client_id
            return as_response(redirect("/", 303))
    return as_response(page("login.html", wrong=True), 403)


def _to_sign_in() -> Response:
    return as_response(redirect("/index.php?rp=/login", 303))


def _of_client(whmcs: Installation, client_id: int, status: str = "") -> list[Invoice]:
    """The client's invoices, newest first; drafts are nobody's business yet."""
    return [
        invoice
        for invoice in reversed(whmcs.invoices)
        if invoice.client_id == client_id and invoice.status != "Draft" and status in ("", invoice.status)
    ]


def _menu(client_id: int | None, sees_invoices: bool) -> list[dict[str, Any]]:
    """WHMCS's own primary navbar, with the names that hooks look for."""
    home = {"name": "Home", "label": "Inicio", "uri": "/", "order": 10, "children": []}
    if client_id is None:
        return [home]
    own = [{"name": "My Invoices", "label": "Mis facturas", "uri": "/clientarea.php?action=invoices", "order": 10}]
    quotes = {"name": "My Quotes", "label": "Mis presupuestos", "uri": "#", "order": 20}
    billing = {"name": "Billing", "label": "Facturación", "uri": "#", "order": 30}
    return [home, billing | {"children": [*(own if sees_invoices else []), quotes]}]


def _panels(whmcs: Installation, unpaid: list[Invoice]) -> list[dict[str, Any]]:
    """WHMCS's own panels of the home page: clientareahome.tpl of both themes."""
    news = {
        "name": "Recent News", "label": "Noticias recientes", "icon": "far fa-newspaper", "order": 40,
        "extras": {"color": "asbestos"}, "bodyHtml": "<p>No hay noticias.</p>", "children": [],
    }  # fmt: skip
    if not unpaid:
        return [news]
    owed = sum((whmcs.balance(row.id) for row in unpaid), Decimal(0))
    total = formatted(owed, whmcs.books.currency_of(unpaid[0].client_id))
    told = Markup("<p>Tiene {} factura(s) sin pagar con un saldo total de {}.</p>").format(len(unpaid), total)
    extras = {"color": "red", "btn-link": "/clientarea.php?action=invoices", "btn-text": "Ver todas"}
    own = {
        "name": "Unpaid Invoices", "label": "Facturas sin pagar", "icon": "fas fa-calculator", "order": 10,
        "extras": extras, "bodyHtml": str(told), "children": [],
    }  # fmt: skip
    return [own, news]


def as_day(text: str) -> str:
    """`05/12/2026`, and the time if there is one."""
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}{text[10:]}"


def formatted(amount: Decimal | str, currency: str) -> Markup:
    """`$59.500,00 COP` or `$14.50 USD`, as WHMCS prints pesos and dollars."""
    text = f"{Decimal(amount):,.2f}"
    text = text.translate(str.maketrans(",.", ".,")) if currency == "COP" else text
    return Markup("${}&nbsp;{}").format(text, currency)
