"""``wompi-bridge doctor`` as it is read: by a person on a terminal, by a person in a file, and by a program."""

from __future__ import annotations

import argparse
import io
import json
import sys

import pytest

from whmcs_bridge.commands import doctor
from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.doctor.doctor import Diagnosis

CHECKS: list[Check] = [
    Check("settings", Status.OK, "La configuración está completa."),
    Check("database.disk", Status.WARN, "Queda poco disco.", "Libere espacio."),
    Check("whmcs.ip", Status.FAIL, "WHMCS no acepta la dirección 203.0.113.9.", "Agregue 203.0.113.9."),
]


class Terminal(io.StringIO):
    """Where a person looks."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def call(patch: pytest.MonkeyPatch, out: io.StringIO, *, as_json: bool = False, configured: bool = True) -> int:
    patch.setattr(doctor, "examine", lambda **_: Diagnosis(CHECKS, configured=configured))
    patch.setattr(sys, "stdout", out)
    return doctor.run(argparse.Namespace(json=as_json, metrics_token=False, whmcs_dir=None))


def test_a_terminal_shows_lights(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a check under the name of its part; what is to be done stands below it, and the sum at the end."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    assert call(monkeypatch, out) == 1
    assert out.getvalue() == (
        "\nConfiguración\n🟢 La configuración está completa.\n"
        "\nBase de datos\n🟡 Queda poco disco.  [database.disk]\n   → Libere espacio.\n"
        "\nWHMCS\n🔴 WHMCS no acepta la dirección 203.0.113.9.  [whmcs.ip]\n   → Agregue 203.0.113.9.\n"
        "\n1 por corregir, 1 por mirar, 1 en orden.\n"
    )


@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_words_where_lights_are_not_wanted(monkeypatch: pytest.MonkeyPatch, variable: tuple[str, str]) -> None:
    """https://no-color.org/"""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(*variable)
    out = Terminal()
    call(monkeypatch, out)
    assert "fail  WHMCS no acepta" in out.getvalue()
    assert "🔴" not in out.getvalue()


def test_programs_get_the_contract_s_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four texts a check; the exit status says the same."""
    out = io.StringIO()
    assert call(monkeypatch, out, as_json=True) == 1
    assert json.loads(out.getvalue())["checks"][1:] == [
        {"id": "database.disk", "status": "warn", "message": "Queda poco disco.", "fix": "Libere espacio."},
        {
            "id": "whmcs.ip",
            "status": "fail",
            "message": "WHMCS no acepta la dirección 203.0.113.9.",
            "fix": "Agregue 203.0.113.9.",
        },
    ]


def test_a_warning_is_no_failure() -> None:
    """0: payments are booked. 2 says that a setting cannot be used, whatever else there is."""
    assert Diagnosis(CHECKS[:2], configured=True).exit_status == 0
    assert Diagnosis(CHECKS, configured=False).exit_status == 2
