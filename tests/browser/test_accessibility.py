"""WCAG 2.2 AA by axe-core, on every page of the payer and of the admin, on a phone and on a desk, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.console.test_documents import DOCUMENTS
from tests.web.test_pages import VIEWS, render
from whmcs_bridge.messages import Language

from .customer import VERIFYING, Customer
from .shop import Shop

# https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHEETS: list[tuple[Any, int, Language]] = [
    ("light", 360, "en"),
    ("light", 1280, "es"),
    ("dark", 360, "es"),
    ("dark", 1280, "en"),
]


@pytest.fixture(scope="module", params=SHEETS, ids=lambda param: "-".join(map(str, param)))
def sheet(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, Language]]:
    """One empty page for all of them; a script is put into it, which the pages themselves would not allow."""
    scheme, width, language = request.param
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
        yield context.new_page(), language


def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe-core finds, a line each: on the whole page, or ``within`` what a CSS selector names."""
    options: Any = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    if not page.evaluate("!!window.axe"):  # it outlives a document that is only written anew
        page.evaluate(Axe().axe_script)
    run = "async ([within, options]) => (await axe.run(within ?? document, options)).violations"
    found = page.evaluate(run, [within, options])
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def small_targets(page: Page) -> list[str]:
    """What is to be pressed and is lower than 44 pixels, the least for a finger. A box is pressed by its label.
    https://www.w3.org/TR/WCAG22/#target-size-enhanced"""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select, textarea')]
            .map(each => each.closest('label') ?? each)
            .filter(each => each.getClientRects().length && each.getBoundingClientRect().height < 44)
            .map(each => each.outerHTML.slice(0, 160))"""
    )
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_axe_finds_nothing_behind_an_admin_s_link(sheet: tuple[Page, Language], name: str) -> None:
    """No violation on the trail and on what waits for a person, either; and neither scrolls sideways."""
    page, language = sheet
    page.set_content(DOCUMENTS[name](language))
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing(sheet: tuple[Page, Language], name: str) -> None:
    """No violation of level A or AA; and whatever is to be pressed is as high as a finger is broad."""
    page, language = sheet
    page.set_content(render(VIEWS[name], language))
    assert violations(page) == []
    assert small_targets(page) == []


def test_axe_sees_what_is_wrong(sheet: tuple[Page, Language]) -> None:
    """The test can fail: grey on white, a box without a name, a page without a language."""
    page, _ = sheet
    page.set_content('<title>x</title><main><h1 style="color:#ccc;background:#fff">Pago</h1><input></main>')
    found = {line.partition(":")[0] for line in violations(page)}
    assert {"color-contrast", "label", "html-has-lang"} <= found
    within = {line.partition(":")[0] for line in violations(page, "main")}
    assert {"color-contrast", "label"} <= within
    assert "html-has-lang" not in within
    assert small_targets(page) == ["<input>"]


def test_the_whole_way_by_keyboard_alone(ana: Customer, shop: Shop) -> None:
    """Tab, Space and Enter lead from the list to Wompi; the focus is always to be seen."""
    ana.page.goto(shop.link("pay", shop.invoice, 77))
    press_until(ana.page, "input[name=terms]")
    ana.page.keyboard.press("Space")
    assert ana.terms.is_checked()
    press_until(ana.page, "button[type=submit]")
    ana.page.keyboard.press("Enter")
    ana.sees_checkout()
    ana.leave_pending()
    ana.pay_by_pse()
    ana.sees_title(VERIFYING)
    press_until(ana.page, "a")


def press_until(page: Page, selector: str, *, most: int = 12) -> None:
    """Press Tab until the focus is on what the selector names, and see that it shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
    else:
        raise AssertionError(f"the keyboard does not reach {selector}")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
