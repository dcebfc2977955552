"""The customer in front of the browser: reads what the pages say, and presses what they offer."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, WebError, expect

from .shop import Shop

SCREENSHOTS = Path(__file__).parents[2] / "docs" / "screenshots"

METHOD = "PSE, Nequi o tarjeta (Wompi)"
TERMS = re.compile("^(Acepto los términos y condiciones|I accept the terms and conditions)")
SUCCESS = "¡Pago realizado con éxito!"
VERIFYING = "Estamos verificando su pago"
GOOD_CARD, BAD_CARD = "4242 4242 4242 4242", "4111 1111 1111 1111"

# Chromium's own words beside an answer of 4xx or 5xx; the answer itself is noted as a refusal.
_SAID_TWICE = "Failed to load resource: the server responded with a status of"


@dataclass
class Monitor:
    """What the browser itself has to say about the pages, in all tabs."""

    requests: list[str] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    """HTTP statuses from 400 up, in order."""
    complaints: list[str] = field(default_factory=list)
    """Scripts that broke, violations of the Content-Security-Policy, requests without an answer."""

    def over(self, context: BrowserContext) -> None:
        """Begin to listen."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("requestfailed", self._request_failed)
        context.on("console", self._console)
        context.on("weberror", self._error)

    def _request(self, request: Request) -> None:
        self.requests.append(f"{request.method} {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.refusals.append(response.status)

    def _request_failed(self, request: Request) -> None:
        self.complaints.append(f"{request.method} {request.url}: {request.failure}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert") and not message.text.startswith(_SAID_TWICE):
            self.complaints.append(f"{message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")


@dataclass
class Customer:
    """Somebody with one tab open; ``another_tab`` opens a second one of the same browser."""

    page: Page
    shop: Shop
    watch: Monitor
    expected: list[int] = field(default_factory=list)

    def expects_refusal(self, status: int) -> None:
        """The next page comes with this HTTP status. One that was not expected fails the test, at its end."""
        self.expected.append(status)

    def another_tab(self) -> Customer:
        """The same person, in a second tab."""
        return Customer(self.page.context.new_page(), self.shop, self.watch, self.expected)

    def picture(self, name: str, *, whole: bool = False) -> None:
        """A screenshot for the documents, when it is asked for: no test run dirties the tree. ``whole`` scrolls."""
        if os.environ.get("UPDATE_SCREENSHOTS"):
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            path = SCREENSHOTS / f"{name}.png"
            self.page.screenshot(path=path, animations="disabled", caret="hide", full_page=whole, scale="css")

    # --- what stands on the page --------------------------------------------------------------------------------

    def sees(self, text: str) -> None:
        """Somewhere on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_soon(self, text: str) -> None:
        """What stands on the page once the worker has looked at what came. WHMCS gives the bridge 800 ms,
        which a machine with other tests to run may not keep at the first try."""
        for _ in range(20):
            if self.page.get_by_text(text).first.is_visible():
                return
            self.page.reload()
        self.sees(text)

    def sees_title(self, text: str) -> None:
        """As the page's main heading."""
        expect(self.page.get_by_role("heading", name=text, level=1)).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name)

    @property
    def terms(self) -> Locator:
        """The box for the terms and conditions."""
        return self.page.get_by_role("checkbox", name=TERMS)

    # --- WHMCS --------------------------------------------------------------------------------------------------

    def sign_in(self, email: str = "ana@ejemplo.test") -> None:
        """Entrar."""
        self.page.goto(self.shop.whmcs.url)
        self.page.get_by_label("Correo electrónico").fill(email)
        self.page.get_by_label("Contraseña").fill("demo")
        self.button("Entrar").click()
        self.sees_title("Hola, ")

    def open_list(self, name: str, *, title: str = "") -> None:
        """Facturación, and one of the two lists below it: WHMCS's "Mis facturas", or ours."""
        self.page.get_by_text("Facturación", exact=True).click()
        self.page.get_by_role("navigation").get_by_role("link", name=name).click()
        self.sees_title(title or name)

    def open_invoice(self, invoice_id: int | None = None) -> None:
        """The invoice's page, by its number in WHMCS's list."""
        number = f"#{invoice_id or self.shop.invoice}"
        self.open_list("Mis facturas")
        self.page.get_by_role("row", name=number).get_by_role("link", name=number).click()
        self.sees_title(f"Aviso de cobro {number}")

    def choose_method(self, label: str) -> None:
        """The select of payment methods."""
        self.page.get_by_label("Método de pago").select_option(label=label)
        self.button("Cambiar").click()

    def sees_paid(self, transaction_id: str) -> None:
        """On the invoice's page, with this one transaction."""
        expect(self.page.get_by_text("Pagado", exact=True)).to_be_visible()
        expect(self.page.get_by_role("cell", name=transaction_id, exact=True)).to_have_count(1)
        expect(self.page.get_by_role("cell", name=METHOD, exact=True)).to_have_count(1)

    # --- the press, and the checkout ----------------------------------------------------------------------------

    def press_pay(self, button: str = "Pagar con Wompi") -> None:
        """Accept the terms, and press: in WHMCS or on the bridge's page."""
        self.terms.check()
        self.button(button).click()

    def sees_checkout(self, amount: str = "$ 59.500", invoice_id: int | None = None) -> None:
        """Wompi's page, with what is to be paid and for what."""
        self.sees_title(self.shop.whmcs.company_name)
        expect(self.page.get_by_text(amount, exact=True)).to_be_visible()
        expect(self.page.get_by_text(str(self.shop.reference(invoice_id or self.shop.invoice)))).to_be_visible()

    def leave_pending(self) -> None:
        """Let the sandbox decide later."""
        self.page.get_by_label("Dejar pendiente").check()

    def pay_by_card(self, number: str = GOOD_CARD) -> None:
        self.page.get_by_label("Número de la tarjeta").fill(number)
        self._pay("tarjeta")

    def pay_by_pse(self, bank: str = "Banco que aprueba") -> None:
        self.page.get_by_text("PSE", exact=True).click()
        self.page.get_by_label("Banco").select_option(label=bank)
        self._pay("PSE")

    def pay_by_nequi(self, phone: str = "3991111111") -> None:
        self.page.get_by_text("Nequi", exact=True).click()
        self.page.get_by_label("Celular de Nequi").fill(phone)
        self._pay("Nequi")

    def _pay(self, method: str) -> None:
        self.page.get_by_role("button", name=re.compile(rf"^Pagar \$ [0-9.]+ con {method}$")).click()
