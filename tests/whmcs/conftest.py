"""A WHMCS root to install into."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A WHMCS root with somebody else's files in it."""
    root = tmp_path / "whmcs"
    for name in ("includes/hooks/other.php", "modules/gateways/paypal.php", "configuration.php"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"<?php // {name}\n")
    return root
