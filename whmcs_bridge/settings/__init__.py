"""The settings, as the contract's table names them: read once at start, checked as a whole, never half usable."""

from __future__ import annotations

from whmcs_bridge.settings.settings import SECRET_NAMES, Problem, Settings, SettingsError, holds_secrets, load_settings
from whmcs_bridge.settings.spelling import misspelt, unknown

__all__ = [
    "SECRET_NAMES",
    "Problem",
    "Settings",
    "SettingsError",
    "holds_secrets",
    "load_settings",
    "misspelt",
    "unknown",
]
