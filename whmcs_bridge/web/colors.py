"""The host's colour, and readable shades of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# WCAG 2.2, success criterion 1.4.3: text against its background.
_READABLE = 4.5
# Success criterion 1.4.6: in the dark, a muted colour at only 4.5 : 1 looks like a control that is switched off.
_DISTINCT = 7.0

NEUTRAL = "#334155"

# The backgrounds of templates/style.css: the page and the card on it.
_LIGHT: Final = {"ground": "#f3f4f6", "surface": "#ffffff"}
_DARK: Final = {"ground": "#14171b", "surface": "#1d2127"}


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    """Relative luminance, 0 to 1 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = (value / 255 for value in _channels(color))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(color: str) -> str:
    """White where it is readable on ``color``, otherwise black; one of the two always is (at least 4.58 : 1)."""
    return "#ffffff" if contrast("#ffffff", color) >= _READABLE else "#000000"


def readable(color: str, surfaces: Sequence[str], towards: str, *, ratio: float = _READABLE) -> str:
    """``color``, moved towards black or white only as far as it must be to be readable as text on all the surfaces."""
    for step in range(20):
        pairs = zip(_channels(color), _channels(towards), strict=True)
        shade = "#" + "".join(f"{round(a + (b - a) * step / 20):02x}" for a, b in pairs)
        if all(contrast(shade, surface) >= ratio for surface in surfaces):
            return shade
    return towards


def properties(color: str) -> str:
    """The style sheet's custom properties for one brand colour, light and dark."""

    def block(ground: dict[str, str], towards: str, ratio: float = _READABLE) -> str:
        accent = readable(color, tuple(ground.values()), towards, ratio=ratio)
        return ":root{" + "".join(f"--{name}:{value};" for name, value in ground.items()) + f"--accent:{accent}}}"

    brand = f":root{{--brand:{color};--on-brand:{text_on(color)}}}"
    dark = f"@media screen and (prefers-color-scheme:dark){{{block(_DARK, '#ffffff', _DISTINCT)}}}"
    return f"{brand}\n{block(_LIGHT, '#000000')}\n{dark}\n"
