"""Fixtures for the tests that run the product as hosts do."""

from __future__ import annotations

from tests.php.conftest import php

__all__ = ["php"]
