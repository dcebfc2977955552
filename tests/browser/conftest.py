"""A browser, a shop of its own for each test, and customers with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from whmcs_bridge.sandbox.world import demo_world

from .customer import Customer, Monitor
from .shop import PATIENCE, Shop

_ARGUMENTS = [
    "--no-sandbox",  # the pages are ours, and containers seldom allow the sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Browse(Protocol):
    """Opens a browser of the customer's kind: ``locale``, ``java_script_enabled``, ``viewport`` and so on."""

    def __call__(self, **options: Any) -> Customer: ...


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once for all tests: every customer gets a profile of their own in it.

    If it is there, the one without a desktop's parts: the pages are drawn by the same code, at a quarter of the CPU.
    """
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed: apt-get install chromium-headless-shell")
    expect.set_options(timeout=PATIENCE * 1000)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS) as started,
    ):
        yield started


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Both sandboxes and the serving bridge. Whatever a test does, every approved payment ends up booked once."""
    with demo_world() as world, closing(Shop(world)) as opened:
        yield opened
        booked = sorted(
            [transid for row in opened.whmcs.invoices for transid, _ in opened.booked(row.id)] + opened.credited()
        )
        # A payment that was voided later had been approved, and booked, before.
        paid = opened.wompi.find(lambda row: row["status"] in ("APPROVED", "VOIDED"))
        # One of several invoices is booked part by part.
        assert booked == sorted(one.transaction_id for row in paid for one in opened.store.of_transaction(row["id"]))


@pytest.fixture
def browse(browser: Browser, shop: Shop) -> Iterator[Browse]:
    """Opens browsers. At the end, none of them may have complained, nor met a refusal that the test did not expect."""
    customers: list[Customer] = []
    with ExitStack() as stack:

        def open_one(**options: Any) -> Customer:
            context = stack.enter_context(
                browser.new_context(**{"locale": "es-CO", "viewport": {"width": 1000, "height": 790}} | options)
            )
            context.set_default_timeout(PATIENCE * 1000)
            watch = Monitor()
            watch.over(context)
            customers.append(Customer(context.new_page(), shop, watch))
            return customers[-1]

        yield open_one
    for customer in customers:
        assert customer.watch.complaints == []
        assert customer.watch.refusals == customer.expected


@pytest.fixture
def ana(browse: Browse) -> Customer:
    """Ana from Bogotá at her desk, signed in at WHMCS."""
    customer = browse()
    customer.sign_in()
    return customer


@pytest.fixture
def php() -> str:
    """For what only the real PHP of ``hooks/`` does."""
    path = shutil.which("php")
    if path is None:
        pytest.skip("PHP is not installed: apt-get install php-cli php-curl")
    return path
