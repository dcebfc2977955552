"""The doctor's world, for what hosts put in front of WHMCS."""

from __future__ import annotations

from tests.doctor.conftest import patient, room

__all__ = ["patient", "room"]
