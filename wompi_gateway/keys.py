"""A merchant's keys, and the environment that they belong to.

https://docs.wompi.co/docs/colombia/ambientes-y-llaves/: four values for each environment, told apart by their prefixes;
keys name their kind first (``pub_test_``), secrets their environment first (``test_integrity_``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from wompi_gateway.errors import KeysError


class Environment(StrEnum):
    """Wompi's two environments, by the word in an event's ``environment``."""

    SANDBOX = "test"
    PRODUCTION = "prod"

    @property
    def api_url(self) -> str:
        """Base of the REST API, without a closing slash."""
        return f"https://{'sandbox' if self is Environment.SANDBOX else 'production'}.wompi.co/v1"


# One page for both environments: the public key decides (https://docs.wompi.co/docs/colombia/widget-checkout-web/).
CHECKOUT_URL = "https://checkout.wompi.co/p/"

# What follows the prefix. Shorter than four characters, or one character over and over ("xxxxxxxx"), is a placeholder.
_BODY = re.compile(r"(?!(.)\1*\Z)[A-Za-z0-9_-]{4,128}\Z")

_PREFIXES = {
    "public": ("pub_test_", "pub_prod_"),
    "private": ("prv_test_", "prv_prod_"),
    "integrity": ("test_integrity_", "prod_integrity_"),
    "events": ("test_events_", "prod_events_"),
}


def environment_of(kind: str, value: str) -> Environment:
    """Return the environment of one key. ``kind`` is ``public``, ``private``, ``integrity`` or ``events``.

    Raises ``KeysError`` with a sentence that never contains the value itself.
    """
    for environment, prefix in zip(Environment, _PREFIXES[kind], strict=True):
        if value.startswith(prefix):
            if not _BODY.match(value, len(prefix)):
                raise KeysError(f"begins well ({prefix}...) but is cut short, a placeholder, or holds other characters")
            return environment
    for other, prefixes in _PREFIXES.items():
        if value.startswith(prefixes):
            raise KeysError(f"holds a value of another kind ({other}); it must start with {_expected(kind)}")
    raise KeysError(f"must start with {_expected(kind)}")


def kind_of(value: str) -> str | None:
    """Tell which of the four kinds a value is, by its prefix."""
    return next((kind for kind, prefixes in _PREFIXES.items() if value.startswith(prefixes)), None)


def _expected(kind: str) -> str:
    return " or ".join(_PREFIXES[kind])


@dataclass(frozen=True, slots=True)
class Keys:
    """The four values of one environment; ``events`` lists every secret that still verifies, newest first."""

    public: str
    private: str = field(repr=False)
    integrity: str = field(repr=False)
    events: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.events:
            raise KeysError("an events secret is missing")
        found = {
            environment_of("public", self.public),
            environment_of("private", self.private),
            environment_of("integrity", self.integrity),
            *(environment_of("events", secret) for secret in self.events),
        }
        if len(found) > 1:
            raise KeysError("the keys are mixed: some are of the sandbox (test), some of production (prod)")

    @property
    def environment(self) -> Environment:
        """The one environment of all four."""
        return environment_of("public", self.public)
