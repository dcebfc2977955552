"""The files that ``wompi-bridge setup`` writes: what is said of them holds of the templates themselves."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

from tests.deploy.proxies import EXAMPLES

ROOT = Path(__file__).parents[2]


def test_passengers_extra_lines_keep_what_cpanel_wrote() -> None:
    """They begin no section and name no application: they can be added to any .htaccess."""
    lines = [line.split()[0] for line in (EXAMPLES / "htaccess").read_text("utf-8").splitlines() if line[:1].isalpha()]
    assert set(lines) == {"LimitRequestBody", "RewriteEngine", "RewriteCond", "RewriteRule"}


def test_the_image_is_made_of_the_package_alone() -> None:
    """Of the release that wrote it, with the extras for both database servers; no clone is needed."""
    for name in ("Dockerfile", "compose.yaml"):
        ((package, extras),) = re.findall(
            r"PACKAGE[:=] ?\"?([\w-]+)\[([\w,]+)\]==@VERSION@", (EXAMPLES / name).read_text()
        )
        settings = ConfigParser()
        settings.read(ROOT / "setup.cfg")
        assert package == settings["metadata"]["name"]
        assert set(extras.split(",")) <= set(settings["options.extras_require"])
    copied = re.findall(r"^COPY (?!--from)(.*)$", (EXAMPLES / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert copied == ["Dockerfile requirements.lock *.whl ./"]
