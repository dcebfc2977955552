"""The settings of the contract's table, and their types."""

from __future__ import annotations

from whmcs_bridge.settings.problems import Problem, SettingsError, naming, unreadable
from whmcs_bridge.settings.settings import (
    SECRET_NAMES,
    Settings,
    holds_secrets,
    load_settings,
    unknown_names,
    unknown_settings,
)

__all__ = [
    "SECRET_NAMES",
    "Problem",
    "Settings",
    "SettingsError",
    "holds_secrets",
    "load_settings",
    "naming",
    "unknown_names",
    "unknown_settings",
    "unreadable",
]
