"""Fixtures for the tests that run the real PHP of ``hooks/``."""

from __future__ import annotations

import shutil

import pytest

from .whmcs import Whmcs


@pytest.fixture(scope="session")
def php() -> str:
    """The PHP command line."""
    path = shutil.which("php")
    if path is None:
        pytest.skip("PHP is not installed: apt-get install php-cli php-curl")
    return path


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS with the real files of ``hooks/`` in it."""
    return Whmcs(php)
