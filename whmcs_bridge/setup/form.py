"""How a question is asked: a line, a secret or a choice; and the answers, kept from one run to the next."""

from __future__ import annotations

from collections.abc import Mapping

from whmcs_bridge.messages import bilingual
from whmcs_bridge.settings import Settings, SettingsError
from whmcs_bridge.setup.answers import HIDDEN, KEYS, masked
from whmcs_bridge.setup.machine import yes
from whmcs_bridge.setup.progress import Progress
from whmcs_bridge.setup.prove import settings_from
from whmcs_bridge.setup.terminal import without_echo

# Stand for what was not asked yet, so that each answer can be proven alone. They are never written.
_NOT_YET = {
    "BRIDGE_URL": "http://localhost/",
    "BRIDGE_SECRET": "not-asked-yet-0123456789-0123456789",
    "WHMCS_URL": "http://localhost/",
    "WHMCS_API_IDENTIFIER": "-",
    "WHMCS_API_SECRET": "-",
    "WOMPI_PUBLIC_KEY": "pub_test_notyet",
    "WOMPI_PRIVATE_KEY": "prv_test_notyet",
    "WOMPI_INTEGRITY_SECRET": "test_integrity_notyet",
    "WOMPI_EVENTS_SECRET": "test_events_notyet",
}


class Form:
    """The answers so far. ``before`` is what an installation has already: each of its values is offered again.

    Every method that asks raises ``EOFError`` or ``KeyboardInterrupt`` where the person ends it.
    """

    def __init__(self, before: Mapping[str, str], *, keeps: bool) -> None:
        """``keeps``: answers are kept in a file until ``forget``. Raises ``SettingsError`` where it cannot be read."""
        self._before = before
        self._keeps = keeps
        self._progress = Progress()
        self._known = self._progress.read() if keeps else {}

    def forget(self) -> None:
        """All is well: what was kept for the next run is in the settings."""
        self._progress.forget()

    def _keep(self, answers: Mapping[str, str]) -> None:
        self._known |= {name: value.strip() for name, value in answers.items()}
        if self._keeps:
            self._progress.write(self._known)

    def _was_answered(self, *names: str) -> bool:
        if not all(name in self._known for name in names):
            return False
        for name in names:
            value = self._known[name]
            print(f"   ✓ {name} {masked(value) if name in HIDDEN else value}")
        return True

    def _checked(self, given: Mapping[str, str], *names: str) -> Settings | None:
        """The settings with an answer; None, with its sentence told, where it cannot be used."""
        known = {name: value for name, value in {**self._before, **self._known, **given}.items() if value.strip()}
        stand_ins = _NOT_YET
        if not set(names) & set(KEYS.values()) and any(name in known for name in KEYS.values()):
            stand_ins = {name: value for name, value in _NOT_YET.items() if name not in KEYS.values()}
        try:
            return settings_from({**stand_ins, **known})
        except SettingsError as error:
            told = [problem for problem in error.problems if problem.name in names]
            for problem in told:
                print(f"   {problem.name}: {bilingual(problem.es, problem.en)}.")
            if told:
                return None
            return settings_from({**_NOT_YET, **given})

    def _line(self, es: str, en: str, *, default: str = "") -> str:
        shown = f" [{default}]" if default.strip() else ""
        while True:
            value = input(f"{bilingual(es, en)}{shown}: ").strip() or default
            if value:
                return value

    def _secret(self, es: str, en: str, *, default: str = "") -> str:
        with without_echo():
            value = self._line(f"{es}{' [••••]' if default else ''}", en, default=default and " ")
        print()
        return value if value.strip() else default

    def _agrees(self, es: str, en: str, *, default: bool = True) -> bool:
        choice = bilingual("[S/n]" if default else "[s/N]", "[Y/n]" if default else "[y/N]")
        value = input(f"{bilingual(es, en)} {choice} ").strip()
        return yes(value) if value or default else False
