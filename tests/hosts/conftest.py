"""Fixtures for the tests that run the product as hosts do: real PHP, and doctor's world for what answers in between."""

from __future__ import annotations

from tests.doctor.conftest import patient, room
from tests.php.conftest import php

__all__ = ["patient", "php", "room"]
