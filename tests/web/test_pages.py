"""The payer's pages: complete in both languages, safe with any text, small, accessible, and under a strict policy."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from datetime import date, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.console.documents import documents
from tests.history.test_attempts import NOW, payment
from whmcs_bridge import messages
from whmcs_bridge.history import attempts, trail
from whmcs_bridge.history.attempts import Kind
from whmcs_bridge.messages import LANGUAGES, WORDS, Advice, Language
from whmcs_bridge.web import pages as pages_module
from whmcs_bridge.web.colors import contrast, readable, text_on
from whmcs_bridge.web.pages import Pages, View
from whmcs_bridge.web.payer.views import (
    MOST_LINES,
    AttemptRow,
    Brand,
    InvoiceRow,
    InvoicesView,
    PaidView,
    PartRow,
    PartView,
    PayView,
    RateView,
    ReceiptLink,
    ReceiptRow,
    ReceiptsView,
    ReceiptView,
    RefusalKind,
    RefusalView,
    ResultView,
    SeveralView,
    Support,
)

CHECKOUT = "https://checkout.wompi.co"
SUPPORT = Support("ayuda@hosting.example", "573001234567", "https://clientes.example/submitticket.php")
BRAND = Brand("Hosting Andino", None, "#0b5cab", "https://clientes.example/")
PAGES = Pages(BRAND, checkout_origin=CHECKOUT)
HELPFUL = Pages(dataclasses.replace(BRAND, support=SUPPORT), checkout_origin=CHECKOUT)

PAY = PayView(
    invoice_number="FV-1042",
    invoice_id=1042,
    lines=(("Hosting Empresarial\n(21/11/2026 - 20/11/2027)", 6_000_000),),
    vat_in_cents=950_000,
    credit_in_cents=1_000_000,
    total_in_cents=5_950_000,
    balance_in_cents=5_950_000,
    to_pay_in_cents=5_950_000,
    due_date=date(2026, 11, 30),
    overdue=False,
    action="https://pagos.example/pay/pay.1042.77.1790000000.c2ln",
    terms_url="https://clientes.example/terminos",
    paid_url="https://pagos.example/paid/pay.1042.77.1790000000.c2ln",
    back_url="https://clientes.example/viewinvoice.php?id=1042",
)
ROW = InvoiceRow(
    invoice_number="FV-1042",
    invoice_id=1042,
    date=date(2026, 11, 1),
    due_date=date(2026, 11, 11),
    overdue=True,
    balance_in_cents=5_950_000,
    amount_text=None,
    pay_url="https://pagos.example/pay/pay.1042.77.1790000000.c2ln",
    why_not=None,
    view_url="https://clientes.example/viewinvoice.php?id=1042",
)
FOREIGN = dataclasses.replace(
    ROW, invoice_number="1043", invoice_id=1043, balance_in_cents=None, amount_text="US$ 25.00", pay_url=None,
    why_not="currency",
)  # fmt: skip
OTHER_GATEWAY = dataclasses.replace(ROW, invoice_id=1044, overdue=False, pay_url=None, why_not="gateway")
TOO_SMALL = dataclasses.replace(
    ROW, invoice_id=1045, date=None, due_date=None, balance_in_cents=100_000, pay_url=None, why_not="too_small"
)
LISTED = "https://pagos.example/invoices/list.0.77.1790000000.c2ln"
INVOICES = InvoicesView(
    (ROW, FOREIGN, OTHER_GATEWAY, TOO_SMALL), LISTED, back_url="https://clientes.example/clientarea.php"
)
SEVERAL = SeveralView(
    rows=[("FV-1042", date(2026, 11, 11), True, 5_950_000), ("1043", None, False, 2_000_000)],
    invoice_ids=(1042, 1043),
    to_pay_in_cents=7_950_000,
    action=LISTED,
    terms_url="https://clientes.example/terminos",
)
PARTS = (PartRow("approved", "Registrado", 1042, 5_950_000), PartRow("review", "En revisión", 1043, 2_000_000))
RESULT = ResultView(
    kind="approved",
    amount_in_cents=5_950_000,
    invoice_number="FV-1042",
    invoice_id=1042,
    transaction_id="1292-1790000000-10985",
    reference="INV-1042-77-AbCdEfGhx",
    method="CARD",
    at=datetime(2026, 11, 21, 15, 4),  # noqa: DTZ001 - Colombian already
    retry_url="https://pagos.example/pay/pay.1042.77.1790000000.c2ln",
    back_url="https://clientes.example/viewinvoice.php?id=1042",
)
TRIES = [
    AttemptRow(kind, f"kind {kind}", "$ 59.500 · PSE", NOW, "https://pagos.example/return?id=1-1")
    for kind in get_args(Kind)
]
VERIFYING = dataclasses.replace(
    RESULT,
    kind="verifying",
    refresh_after=15,
    refresh_url="https://pagos.example/return?id=1292-1790000000-10985&n=2",
    quiet_url="https://pagos.example/return?id=1292-1790000000-10985&n=0",
)
RATE = RateView("USD", "USD 14.50", "4.123,45", "trm", "2,5%", date(2026, 11, 21))
PART = PartView(1_785_000, 5_800_000)
RECEIPT = ReceiptView(
    invoice_number="FV-1042",
    invoice_id=1042,
    payer=["Panadería Ñandú S.A.S.", "Ana Gómez"],
    tax_id="900123456-7",
    currency="COP",
    lines=PAY.lines,
    vat_in_cents=950_000,
    credit_in_cents=0,
    total_in_cents=6_950_000,
    balance_in_cents=0,
    payments=[
        ReceiptRow("1292-1790000000-10985", RESULT.reference, 5_950_000, "PSE", RESULT.at),
        ReceiptRow("1292-1790000001-10986", None, 1_000_000, None, None),
    ],
    back_url="https://clientes.example/viewinvoice.php?id=1042",
)
PAID = PaidView("ask", 1042, PAY.paid_url, PAY.action)
RECEIPTS = [ReceiptLink(1041, 5_950_000, at, "https://pagos.example/receipt/x") for at in (NOW, None)]
REFUSAL = RefusalView("paid", "https://clientes.example/")


VIEWS: dict[str, View] = {
    "pay": PAY,
    "pay, terms not accepted": dataclasses.replace(PAY, error="terms", overdue=True),
    "pay, under way": dataclasses.replace(PAY, under_way=True),
    "pay, under way, terms not accepted": dataclasses.replace(PAY, under_way=True, error="terms"),
    "pay, under way, attempts": dataclasses.replace(PAY, under_way=True, attempts=TRIES),
    "pay, attempts": dataclasses.replace(PAY, attempts=TRIES),
    "pay, by WHMCS's rate": dataclasses.replace(PAY, rate=dataclasses.replace(RATE, source="whmcs", margin="")),
    "pay, by the official rate": dataclasses.replace(PAY, rate=RATE, balance_in_cents=1450, total_in_cents=2450),
    "pay, a part": dataclasses.replace(PAY, part=PART),
    "pay, a part, wrong": dataclasses.replace(
        PAY, part=dataclasses.replace(PART, typed="17.849", wrong=True), error="amount"
    ),
    "pay, a part, under way": dataclasses.replace(PAY, part=dataclasses.replace(PART, typed="20000"), under_way=True),
    "pay, no parts": dataclasses.replace(PAY, error="no_parts"),
    "pay, from an e-mail": dataclasses.replace(PAY, lines=(), back_url=None, due_date=None),
    "pay, partly paid": dataclasses.replace(PAY, balance_in_cents=2_950_050, to_pay_in_cents=2_950_100),
    "pay, many lines": dataclasses.replace(PAY, lines=(("Dominio " + "x" * 500, 100_000),) * 300, overdue=True),
    "pay, the heaviest": dataclasses.replace(
        PAY,
        lines=(("Renovación anual de dominio y hospedaje " * 12, 100_000),) * 300,
        overdue=True,
        under_way=True,
        error="terms",
        attempts=[dataclasses.replace(TRIES[2], url="https://pagos.example/return?id=" + "1" * 30)] * 10,
        to_pay_in_cents=5_950_100,
        action="https://pagos.example/pay/" + "x" * 120,
    ),
    "invoices": INVOICES,
    "invoices, in another currency": InvoicesView(
        [
            dataclasses.replace(ROW, amount_text="USD 14.50"),
            dataclasses.replace(
                ROW, invoice_id=1043, amount_text="USD 1", balance_in_cents=None, pay_url=None, why_not="no_rate"
            ),
        ],
        LISTED,
    ),
    "invoices, under way": InvoicesView([dataclasses.replace(ROW, under_way=True, attempt=TRIES[2])], LISTED),
    "invoices, attempt": InvoicesView([dataclasses.replace(ROW, attempt=TRIES[3])], LISTED),
    "invoices, many": InvoicesView([dataclasses.replace(ROW, invoice_id=number) for number in range(19)], LISTED),
    "invoices, many to choose": InvoicesView(
        [dataclasses.replace(ROW, invoice_id=number, choice=True) for number in range(14)], LISTED
    ),
    "invoices, nothing chosen": dataclasses.replace(INVOICES, error="none"),
    "invoices, too many chosen": dataclasses.replace(INVOICES, error="too_many"),
    "several": SEVERAL,
    "several, without the terms": dataclasses.replace(SEVERAL, error="terms"),
    "several, by the official rate": dataclasses.replace(SEVERAL, rate=RATE),
    "several, under way": dataclasses.replace(SEVERAL, under_way=True),
    **{f"result of several, {kind}": dataclasses.replace(RESULT, kind=kind, parts=PARTS) for kind in get_args(Kind)},
    "invoices, none": InvoicesView((), LISTED),
    "invoices, paid ones": dataclasses.replace(INVOICES, receipts_url="https://pagos.example/receipt/x"),
    "receipts": ReceiptsView(RECEIPTS, "https://pagos.example/invoices/x"),
    "receipts, none": ReceiptsView((), "https://pagos.example/invoices/x"),
    "receipt": RECEIPT,
    "receipt, a person without a number, a rest to pay": dataclasses.replace(
        RECEIPT, payer=["Ana Gómez"], tax_id="", balance_in_cents=100_000, payments=RECEIPT.payments[:1]
    ),
    "receipt, the heaviest": dataclasses.replace(
        RECEIPT, lines=(("Renovación anual de dominio y hospedaje " * 12, 100_000),) * 300
    ),
    **{f"paid, {outcome}": dataclasses.replace(PAID, outcome=outcome) for outcome in ("unclear", "noted", "enough")},
    "paid": PAID,
    **{f"result {kind}": dataclasses.replace(RESULT, kind=kind) for kind in get_args(Kind)},
    **{f"advice {key}": dataclasses.replace(RESULT, kind="declined", advice=key) for key in get_args(Advice)},
    **{
        f"method {name}": dataclasses.replace(VERIFYING, method=name)
        for name in ("CARD", "PSE", "NEQUI", "BANCOLOMBIA_TRANSFER", "SU_PLUS")
    },
    "result, second payment": dataclasses.replace(RESULT, surplus_in_cents=5_950_000),
    "result, other attempts": dataclasses.replace(RESULT, others=TRIES),
    "result, paid otherwise": dataclasses.replace(RESULT, kind="declined", others=TRIES, paid_otherwise=True),
    "result, nothing known": ResultView("verifying"),
    **{f"refusal {kind}": RefusalView(kind, "https://clientes.example/") for kind in get_args(RefusalKind)},
    "refusal, attempts": dataclasses.replace(REFUSAL, attempts=TRIES),
    "refusal, try again": dataclasses.replace(
        REFUSAL, kind="no_transaction", invoice_url=PAY.back_url, retry_url=RESULT.retry_url, attempts=TRIES
    ),
    "refusal, the invoice": dataclasses.replace(REFUSAL, kind="gateway", invoice_url=PAY.back_url),
    "refusal, a receipt": dataclasses.replace(REFUSAL, receipt_url="https://pagos.example/receipt/x"),
    "refusal, a number to tell": dataclasses.replace(REFUSAL, kind="payment_pending", paid_url=PAY.paid_url),
    "refusal, nowhere to go": RefusalView("not_found"),
}


def render(view: View, language: Language = "es", pages: Pages = PAGES) -> str:
    return pages.render(language, view)


class Document(HTMLParser):
    """What a browser would see: elements with their attributes, the title, the style, and the text of the body."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts.setdefault(tag, []).append("")
        if tag not in {"meta", "link", "img", "input", "br", "path"}:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return " ".join(self.texts.get(tag, []))

    def words(self, tag: str = "body") -> str:
        """The texts of these elements with runs of white space made one space; no-break spaces stay."""
        return re.sub(r"[ \n]+", " ", "".join(self.texts.get(tag, []))).strip()


# --- every page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VIEWS)
def test_every_page_is_whole(name: str, language: Language) -> None:
    """Each kind of each view renders in both languages as one small, complete, script-free, accessible document."""
    html = render(VIEWS[name], language)
    document = Document(html)

    assert html.startswith("<!doctype html>")
    assert len(html.encode()) < 20_000
    assert document.all("html") == [{"lang": language}]
    metas = {meta.get("name", ""): meta.get("content", "") for meta in document.all("meta")}
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["robots"] == "noindex"
    assert document.words("title").endswith(f" · {BRAND.name}")

    for landmark in ("header", "main", "footer", "h1", "style"):
        assert len(document.all(landmark)) == 1, landmark
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))

    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in document.elements:
        assert tag not in {"script", "iframe", "object", "embed", "base"}
        assert not any(attribute == "style" or attribute.startswith("on") for attribute in attributes)
    for words in (document.words(), document.words("title")):
        assert not re.search(
            r"None|Undefined|[{}]|\b(pay|result|refusal|advice|why|method|trail|state|step)\.[a-z_]", words
        )


def test_every_text_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogues hold no text that no page shows, and no answer to WHMCS."""
    used: set[str] = set()
    text = messages.text

    def recording(language: Language, key: str, **values: object) -> str:
        used.add(key)
        return text(language, key, **values)

    for module in (messages, pages_module, attempts):
        monkeypatch.setattr(module, "text", recording)
    for state, status in (("posted", "APPROVED"), ("due", "APPROVED"), ("review", "APPROVED"), ("due", "PENDING"),
                          ("closed", "DECLINED"), ("closed", "ERROR"), ("closed", "VOIDED")):  # fmt: skip
        attempts.attempts_of([payment(state, status)], "es", now=NOW)
    second = dataclasses.replace(payment("posted", "APPROVED"), surplus_in_cents=5_950_000)
    bare = payment("due", "", amount_in_cents=None, method=None, finalized_at=None)
    attempts.attempts_of([second, bare], "es", now=NOW)
    # Who opens the trail of a transaction that was split by its own id reads where it went.
    assert trail.Attempt(None, None, payment("split", ""), ()).label[0].es == "Repartido entre varios avisos"
    for view in VIEWS.values():
        render(view)
    for draw in documents().values():
        draw("es")
    HELPFUL.render("es", REFUSAL, {})
    # The console says them, and ``resolve``.
    used.update({"admin.no_credit_note", "admin.settle"})
    assert used == WORDS.keys()


# --- hostile text -----------------------------------------------------------------------------------------------------

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}&amp;"
HOSTILE_URL = "https://x.example/?\"'><script>alert(1)</script><img/src=x/onerror=alert(1)>&amp;"


def _is_address(field: str) -> bool:
    return field.endswith("_url") or field == "action"


def _text_fields(view: Any) -> list[str]:
    fixed = {"kind", "error", "why_not", "advice"}
    return [
        field.name
        for field in dataclasses.fields(view)
        if field.name not in fixed and ("str" in str(field.type) and "tuple" not in str(field.type))
    ]


def _hostile(view: Any) -> Any:
    return dataclasses.replace(
        view, **{name: HOSTILE_URL if _is_address(name) else HOSTILE for name in _text_fields(view)}
    )


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        (dataclasses.replace(_hostile(PAY), lines=((HOSTILE, 100),)), 2),
        (InvoicesView((_hostile(dataclasses.replace(FOREIGN, why_not=None)),), HOSTILE_URL), 4),
        (_hostile(VERIFYING), 3),
        (_hostile(dataclasses.replace(RESULT, kind="declined", advice="bank")), 3),
        (_hostile(REFUSAL), 0),
    ],
    ids=["pay", "invoices", "verifying", "declined", "refusal"],
)
def test_hostile_text_stays_text(view: View, shown: int) -> None:
    """Markup in any field, the brand's name included, is shown as text or kept inside its attribute."""
    pages = Pages(Brand(HOSTILE, None, None, HOSTILE_URL), checkout_origin=CHECKOUT)
    document = Document(render(view, pages=pages))
    assert not document.all("script")
    assert not document.all("img")
    assert document.text("main").count(HOSTILE) == shown
    assert HOSTILE in document.text("title")
    assert HOSTILE in document.text("header")
    links = [a["href"] for a in document.all("a") if not a["href"].startswith("#")]
    assert set(links) == {HOSTILE_URL}


@pytest.mark.parametrize(
    "view",
    [PAY, ROW, dataclasses.replace(VERIFYING, retry_url=None), dataclasses.replace(RESULT, kind="error"), REFUSAL],
    ids=["pay", "invoices", "verifying", "error", "refusal"],
)
@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//evil.example/", "/\\evil.example", "ftp://x/",
     "https://user:pass@x.example/", "https://", "https://x.example/a b", "https://x.example/\n", "relative"],
)  # fmt: skip
def test_only_web_addresses_become_links(view: Any, url: str) -> None:
    """An address that could run a script or lead to another host than it seems is never rendered."""
    for name in (field for field in _text_fields(view) if _is_address(field)):
        if getattr(view, name) is None:
            continue
        changed = dataclasses.replace(view, **{name: url})
        page = InvoicesView((changed,), LISTED) if isinstance(changed, InvoiceRow) else changed
        with pytest.raises(ValueError, match="not a"):
            render(page)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_any_invoice_number_is_shown_as_it_is(number: str) -> None:
    """What a host prints as the invoice's number reaches the payer unchanged."""
    document = Document(render(dataclasses.replace(PAY, invoice_number=number)))
    assert f"Aviso de cobro n.º {number}" in document.texts["h1"]


# --- the policy -------------------------------------------------------------------------------------------------------


def _policy(pages: Pages, view: View = REFUSAL) -> dict[str, str]:
    return dict(directive.split(" ", 1) for directive in pages.content_security_policy(view).split("; "))


@pytest.mark.parametrize("color", [None, "#0b5cab", "#FFF59D", "#000000"])
def test_policy_admits_exactly_the_style_of_the_pages(color: str | None) -> None:
    """The hash in the policy is the SHA-256 of what stands between <style> and </style>, on every page."""
    pages = Pages(dataclasses.replace(BRAND, color=color), checkout_origin=CHECKOUT)
    for view in VIEWS.values():
        html = render(view, pages=pages)
        style = html[html.index("<style>") + len("<style>") : html.index("</style>")]
        digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode()
        assert _policy(pages, view)["style-src"] == f"'sha256-{digest}'"


def test_policy_is_strict() -> None:
    """Nothing is allowed but the style, the logo, and the POST with its redirect to the checkout."""
    policy = _policy(PAGES)
    del policy["style-src"]
    assert policy == {
        "default-src": "'none'",
        "img-src": "'self' data:",
        "form-action": "'self' https://checkout.wompi.co",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize(
    ("logo", "images"),
    [
        ("https://cdn.example:8443/a/logo.svg?v=2", "https://cdn.example:8443 data:"),
        ("/static/logo.png", "'self' data:"),
    ],
)
def test_policy_admits_the_logo(logo: str, images: str) -> None:
    """A logo brings its own origin into the policy, without its path, and its name as the alternative text."""
    pages = Pages(dataclasses.replace(BRAND, logo_url=logo), checkout_origin="http://127.0.0.1:8081")
    assert _policy(pages)["img-src"] == images
    assert _policy(pages)["form-action"] == "'self' http://127.0.0.1:8081"
    assert Document(render(REFUSAL, pages=pages)).all("img") == [{"src": logo, "alt": BRAND.name, "height": "44"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("color", "red"), ("color", "#fff"), ("color", "#12345g"), ("color", "#123456\n"),
        ("color", "#123456}*{background:url(//evil.example)"),
        ("logo_url", "javascript:alert(1)"), ("logo_url", "https://x.example; script-src *"),
        ("logo_url", "//evil.example/logo.png"), ("whmcs_url", "javascript:alert(1)"),
    ],
)  # fmt: skip
def test_unusable_brands_are_refused_at_the_start(field: str, value: str) -> None:
    """A colour or an address that could break out of the style or the policy never gets as far as a page."""
    broken: Any = {field: value}
    with pytest.raises(ValueError, match="not a"):
        Pages(dataclasses.replace(BRAND, **broken), checkout_origin=CHECKOUT)


@pytest.mark.parametrize("origin", ["checkout.wompi.co", "*", "https://x.example; script-src *", "https://*.example"])
def test_unusable_checkout_is_refused_at_the_start(origin: str) -> None:
    """Only a plain http(s) origin enters form-action."""
    with pytest.raises(ValueError, match="not a"):
        Pages(BRAND, checkout_origin=origin)


# --- colour -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#777777", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """The ratios agree with published ones, in either order (#777777 is famous for just missing 4.5)."""
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(
    ("color", "text"),
    [
        ("#fff59d", "#000000"),
        ("#ff9800", "#000000"),
        ("#ffffff", "#000000"),
        ("#000000", "#ffffff"),
        ("#1565c0", "#ffffff"),
    ],
)
def test_text_on_the_brand_colour(color: str, text: str) -> None:
    """White on dark colours, black on pale ones: yellow, orange and white do not carry white text."""
    assert text_on(color) == text
    assert f"--brand:{color};--on-brand:{text}" in render(
        REFUSAL, pages=Pages(dataclasses.replace(BRAND, color=color), checkout_origin=CHECKOUT)
    )


@given(st.integers(0, 0xFFFFFF))
def test_no_colour_makes_unreadable_text(number: int) -> None:
    """Any brand colour gives buttons and links with at least 4.5 : 1, on light and on dark surfaces."""
    color = f"#{number:06x}"
    assert contrast(text_on(color), color) >= 4.5
    assert contrast(readable(color, ("#ffffff", "#f3f4f6"), "#000000"), "#f3f4f6") >= 4.5
    assert contrast(readable(color, ("#14171b", "#1d2127"), "#ffffff"), "#1d2127") >= 4.5


def test_a_readable_colour_is_kept() -> None:
    """The host's own colour stays as it is where it can be read."""
    assert readable("#1565c0", ("#ffffff",), "#000000") == "#1565c0"


# --- what each page says ----------------------------------------------------------------------------------------------


def test_pay_page_offers_the_payment() -> None:
    """The amount, the due date, the box for the terms, the button with the amount, and where the payment goes on."""
    document = Document(render(PAY))
    words = document.words("main")
    assert "Aviso de cobro n.º FV-1042" in words
    assert "Valor a pagar $\xa059.500 COP" in words
    assert "Vence el 30 de noviembre de 2026" in words
    assert "Vencido" not in words
    assert "Tarjeta PSE Nequi Bancolombia" in words
    assert "página segura de Wompi" in words
    assert document.all("form") == [{"method": "post", "action": PAY.action}]
    (box,) = document.all("input")
    assert (box["type"], box["name"], box["value"], "required" in box) == ("checkbox", "terms", "accepted", True)
    assert document.texts["button"] == ["Pagar con Wompi $\N{NO-BREAK SPACE}59.500"]
    links = [a["href"] for a in document.all("a")]
    assert links == [BRAND.whmcs_url, PAY.terms_url, PAY.action, PAY.paid_url, PAY.back_url]


def test_pay_page_says_when_an_invoice_is_overdue() -> None:
    """An overdue invoice says since when, and carries the word."""
    words = Document(render(dataclasses.replace(PAY, overdue=True))).words("main")
    assert "Venció el 30 de noviembre de 2026 Vencido" in words


def test_pay_page_asks_for_the_terms() -> None:
    """Pressed without the box: a summary that is announced, leads to the box, and the box says what is wrong."""
    document = Document(render(dataclasses.replace(PAY, error="terms")))
    assert document.words("title").startswith("Falta un paso: ")
    alerts = [attributes for _, attributes in document.elements if attributes.get("role") == "alert"]
    assert len(alerts) == 1
    (box,) = document.all("input")
    assert "#" + box["id"] in [a["href"] for a in document.all("a")]
    assert box["aria-invalid"] == "true"
    assert box["aria-describedby"] in [attributes.get("id") for _, attributes in document.elements]


def test_pay_page_discourages_a_second_payment() -> None:
    """While a payment is under way the plain button is gone; paying anyway is possible, and needs the terms, too."""
    document = Document(render(dataclasses.replace(PAY, under_way=True)))
    assert "Ya hay un pago en curso" in document.words("main")
    assert document.texts["button"] == ["Pagar de todos modos"]
    hidden, box = document.all("input")
    assert hidden == {"type": "hidden", "name": "anyway", "value": "yes"}
    assert box["name"] == "terms"
    assert PAY.action in [a["href"] for a in document.all("a")]


def test_pay_page_warns_before_it_tells_the_amount() -> None:
    """On a phone the warning is seen without scrolling: it stands above what is to be paid, the attempts below."""
    words = Document(render(dataclasses.replace(PAY, under_way=True, attempts=TRIES[:1]))).words("main")
    order = ["Ya hay un pago en curso", "Consultar de nuevo", "Valor a pagar", "Intentos de pago", "de todos modos"]
    places = [words.index(piece) for piece in order]
    assert places == sorted(places)


def test_pay_page_of_an_email_link_shows_no_lines() -> None:
    """A link that may be forwarded shows what is to pay, not what for, and no way into the client's invoice."""
    document = Document(render(dataclasses.replace(PAY, lines=(), back_url=None)))
    assert not document.all("table")
    assert "viewinvoice" not in render(dataclasses.replace(PAY, lines=(), back_url=None))


def test_pay_page_explains_a_rounded_balance() -> None:
    """What is charged, the balance and the total each have their row, and the rounding its reason."""
    view = dataclasses.replace(PAY, lines=(), balance_in_cents=2_950_050, to_pay_in_cents=2_950_100)
    document = Document(render(view))
    assert "Valor a pagar $\xa029.501 COP" in document.words("main")
    assert document.texts["td"] == ["$\xa059.500", "$\xa029.500,50"]
    assert document.texts["th"][2:] == ["Total", "Saldo pendiente"]
    assert "se redondea hacia arriba" in document.words("main")


def test_pay_page_sums_up_the_lines_that_it_leaves_out() -> None:
    """Past the most lines, one row counts the others and carries their sum, so that the rows still add up."""
    lines = (("Dominio", 100_000),) * (MOST_LINES + 7)
    view = dataclasses.replace(PAY, lines=lines, vat_in_cents=0, credit_in_cents=0)
    words = Document(render(view)).words("tbody")
    assert words.count("Dominio") == MOST_LINES
    assert words.endswith("Otros conceptos (7) $\xa07.000")


def test_invoices_page_lists_what_is_unpaid() -> None:
    """Each invoice with its status, amount, and a way to pay it here or the reason why not; pesos are summed up."""
    document = Document(render(INVOICES))
    words = document.words("main")
    assert document.texts["h1"] == ["Mis avisos de cobro"]
    assert [item["id"] for item in document.all("li")] == [f"invoice-{number}" for number in range(1042, 1046)]
    assert words.count("No Pagado") == 4
    assert words.count("Vencido") == 3
    assert "Por pagar aquí $\xa059.500 COP" in words
    assert "US$ 25.00" in words
    assert "Wompi recibe pagos desde $\xa01.500" in words
    links = [a["href"] for a in document.all("a")]
    assert links.count(ROW.pay_url or "") == 1
    assert links.count(ROW.view_url or "") == 4
    assert words.count("Pagar FV-1042") == 1


def test_invoices_page_without_invoices() -> None:
    """Nothing to pay is said in words."""
    document = Document(render(InvoicesView((), LISTED)))
    assert "No tiene nada por pagar" in document.words("main")
    assert not document.all("ul")


@pytest.mark.parametrize("kind", ["approved", "booking"])
def test_result_of_an_approved_payment(kind: Kind) -> None:
    """Approved is success in the same words whether WHMCS has it yet or not, with what a receipt needs."""
    document = Document(render(dataclasses.replace(RESULT, kind=kind)))
    assert document.texts["h1"] == ["¡Pago realizado con éxito!"]
    words = document.words("dl")
    for piece in (
        "$\xa059.500 COP", "FV-1042", "Tarjeta débito o crédito", "21 de noviembre de 2026, 3:04\xa0p.\xa0m.",
        "1292-1790000000-10985", "INV-1042-77-AbCdEfGhx",
    ):  # fmt: skip
        assert piece in words
    assert ("en unos instantes" in document.words("main")) == (kind == "booking")


@pytest.mark.parametrize("kind", ["approved", "booking", "verifying", "review"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_result_never_asks_to_pay_again(kind: Kind, language: Language) -> None:
    """Where money has moved or may yet move, there is no way to pay again on the page."""
    html = render(dataclasses.replace(RESULT, kind=kind, advice="funds"), language)
    assert RESULT.retry_url is not None
    assert RESULT.retry_url not in html
    assert WORDS["result.retry"].in_(language) not in html


@pytest.mark.parametrize("kind", ["declined", "error", "voided"])
def test_result_without_money_lets_the_payer_retry(kind: Kind) -> None:
    """Where no money was kept, the page leads back to the payment, unless there is no such way."""
    view = dataclasses.replace(RESULT, kind=kind)
    assert RESULT.retry_url in [a["href"] for a in Document(render(view)).all("a")]
    assert "Intentar de nuevo" not in render(dataclasses.replace(view, retry_url=None))


def test_result_in_verification_refreshes_itself() -> None:
    """The page says that it reloads (a header does it), can be told not to, and says how long PSE and Nequi take."""
    document = Document(render(dataclasses.replace(VERIFYING, method=None)))
    words = document.words("main")
    assert "se actualiza sola en 15 s" in words
    assert "PSE: unos minutos; según el banco, hasta un día hábil." in words
    assert "Nequi: unos minutos" in words
    assert VERIFYING.quiet_url in [a["href"] for a in document.all("a")]


def test_result_in_verification_stands_still_when_told() -> None:
    """Without a pause there is no refresh, but still a link to do it by hand."""
    html = render(dataclasses.replace(VERIFYING, refresh_after=None))
    assert "se actualiza sola" not in html
    assert VERIFYING.refresh_url in [a["href"] for a in Document(html).all("a")]


@pytest.mark.parametrize(("method", "told", "untold"), [("PSE", "PSE: ", "Nequi: "), ("NEQUI", "Nequi: ", "PSE: ")])
def test_result_in_verification_speaks_of_the_method_used(method: str, told: str, untold: str) -> None:
    """A payer who is known to have used PSE is not told about Nequi, and the other way round."""
    words = Document(render(dataclasses.replace(VERIFYING, method=method))).words("main")
    assert told in words
    assert untold not in words


def test_unknown_methods_are_named_neutrally() -> None:
    """Wompi's list of methods is open: a new one is neither an error nor shown by its code."""
    words = Document(render(dataclasses.replace(RESULT, method="SU_PLUS"))).words("main")
    assert "Otro medio de pago" in words
    assert "SU_PLUS" not in words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", get_args(RefusalKind))
def test_refusals_say_what_and_what_next(kind: RefusalKind, language: Language) -> None:
    """Each refusal has its own headline and at most three short sentences, and leads back to the client area."""
    document = Document(render(RefusalView(kind, "https://clientes.example/"), language))
    (main,) = document.all("main")
    assert (main["data-page"], main["data-kind"]) == ("refusal", kind)
    assert document.texts["h1"] == [WORDS[f"refusal.{kind}.title"].in_(language)]
    (paragraph,) = document.texts["p"]
    assert len(re.findall(r"[.!](?: |$)", paragraph)) <= 3
    assert WORDS["back.client_area"].in_(language) in document.words("main")


def test_refusals_differ() -> None:
    """No two kinds share a headline: a payer on the telephone can say which one it is."""
    for language in LANGUAGES:
        titles = [WORDS[f"refusal.{kind}.title"].in_(language) for kind in get_args(RefusalKind)]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_P2_every_page_says_where_help_is(view: View) -> None:
    """E-mail, WhatsApp and a page, where the host has given them; nothing where it has not."""
    addresses = {link.get("href") for link in Document(HELPFUL.render("es", view)).all("a")}
    assert {"mailto:ayuda@hosting.example", "https://wa.me/573001234567", SUPPORT.url} <= addresses
    assert "mailto:" not in render(view)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_P16_every_page_leads_to_itself_in_the_other_language(view: View) -> None:
    """The rest of its address stays as it is."""
    page = PAGES.render("es", view, {"id": "1-2-3", "lang": "es"})
    assert '<a class="link" href="?id=1-2-3&amp;lang=en" hreflang="en" lang="en">English</a>' in page
    assert ">Español</a>" in PAGES.render("en", view, {})


def test_P5_three_attempts_are_shown_and_the_others_folded() -> None:
    """Newest first; below the amount while one is under way; none after a success."""
    rows = tuple(
        AttemptRow("declined", "Rechazado", f"intento {number}", None, f"https://pagos.example/return?id={number}")
        for number in range(5)
    )
    page = render(dataclasses.replace(PAY, attempts=rows, under_way=True))
    shown, folded = page.split("<details>")
    assert [f"intento {number}" in shown for number in range(5)] == [True] * 3 + [False] * 2
    assert "Ver los anteriores (2)" in folded
    assert shown.index("Valor a pagar") < shown.index("intento 0")
    assert "intento 0" not in render(dataclasses.replace(RESULT, kind="approved", others=rows))
    assert "intento 0" in render(dataclasses.replace(RESULT, kind="declined", others=rows))


def test_P17_a_logo_that_does_not_load_is_the_name() -> None:
    """Only a picture without an image has an ``::after``: it covers the browser's own sign with the name."""
    pages = Pages(dataclasses.replace(BRAND, logo_url="https://x.example/logo.png"), checkout_origin=CHECKOUT)
    page = render(PAY, pages=pages)
    assert 'alt="Hosting Andino"' in page
    assert ".brand img::after{content:attr(alt)" in page
