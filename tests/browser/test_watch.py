"""The watch over the browser sees what it is there to see; without this, a quiet browser would prove nothing."""

from __future__ import annotations

import pytest

from .customer import Customer
from .shop import Shop

FORBIDDEN = """tag => {
    const element = document.createElement(tag);
    element.textContent = "x {}";
    document.head.append(element);
}"""


@pytest.mark.parametrize("tag", ["script", "style"])
def test_a_policy_that_is_broken(ana: Customer, shop: Shop, tag: str) -> None:
    """Every page of the bridge forbids what it did not bring along, and the browser's word about it is noted."""
    ana.expects_refusal(404)
    ana.page.goto(f"{shop.bridge_url}nothing")
    with ana.page.expect_console_message():
        ana.page.evaluate(FORBIDDEN, tag)
    (complaint,) = ana.watch.complaints
    assert "Content Security Policy" in complaint
    assert f"{tag}-src" in complaint or "default-src 'none'" in complaint
    ana.watch.complaints.clear()


def test_a_script_that_breaks(ana: Customer) -> None:
    """An error that nobody caught is noted."""
    with ana.page.expect_event("pageerror"):
        ana.page.evaluate("setTimeout(() => { throw new Error('broken') })")
    (complaint,) = ana.watch.complaints
    assert "broken" in complaint
    ana.watch.complaints.clear()


def test_a_server_that_is_gone(ana: Customer, shop: Shop) -> None:
    """A request without an answer is noted."""
    shop.close()
    with ana.page.expect_event("requestfailed"), ana.page.expect_console_message():
        ana.page.evaluate("address => { new Image().src = address }", shop.bridge_url)
    assert any("ERR_CONNECTION_REFUSED" in complaint for complaint in ana.watch.complaints)
    ana.watch.complaints.clear()
