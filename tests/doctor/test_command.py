"""``wompi-bridge doctor`` as it is read: by a person on a terminal, by a person in a file, and by a program."""

from __future__ import annotations

import argparse
import io
import json
import re
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


def shown(patch: pytest.MonkeyPatch, **environment: str) -> str:
    """What stands on a terminal, with its codes."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        patch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm", "COLUMNS": "80", "LC_ALL": "es_CO.UTF-8"} | environment).items():
        patch.setenv(name, value)
    out = Terminal()
    assert call(patch, out) == 1
    return out.getvalue()


def test_a_terminal_shows_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row a check under the name of its part; what is to be done stands below it, and the sum at the end."""
    told = shown(monkeypatch)
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", told).split("\n")] == [
        "", "Configuración", "ok     La configuración está completa.",
        "", "Base de datos", "ojo    Queda poco disco.  [database.disk]", "       → Libere espacio.",
        "", "WHMCS", "FALLA  WHMCS no acepta la dirección 203.0.113.9.  [whmcs.ip]", "       → Agregue 203.0.113.9.",
        "", "1 por corregir, 1 por mirar, 1 en orden.", "",
    ]  # fmt: skip
    assert "\x1b[32mok" in told
    assert "\x1b[1;31mFALLA" in told


def test_no_colours_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """https://no-color.org/ - the words say the same."""
    told = shown(monkeypatch, NO_COLOR="1")
    assert "\x1b[1;31m" not in told
    assert "FALLA" in told


PLAIN = (
    "\nConfiguración\nok    La configuración está completa.\n"
    "\nBase de datos\nwarn  Queda poco disco.  [database.disk]\n      → Libere espacio.\n"
    "\nWHMCS\nfail  WHMCS no acepta la dirección 203.0.113.9.  [whmcs.ip]\n      → Agregue 203.0.113.9.\n"
    "\n1 por corregir, 1 por mirar, 1 en orden.\n"
)


def test_a_terminal_that_knows_no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets what a pipe gets."""
    assert shown(monkeypatch, TERM="dumb") == PLAIN


def test_a_pipe_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, whatever the terminal around it can do."""
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    assert call(monkeypatch, out) == 1
    assert out.getvalue() == PLAIN


def test_a_setting_is_told_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe on standard error, as by every command; on a dumb terminal too it is not missing from the list."""
    missing = Check("settings.BRIDGE_URL", Status.FAIL, "falta", "Ponga")
    monkeypatch.setattr("tests.doctor.test_command.CHECKS", [missing])
    piped, terminal = io.StringIO(), Terminal()
    monkeypatch.setenv("TERM", "dumb")
    call(monkeypatch, piped)
    assert (piped.getvalue().count("falta"), capsys.readouterr().err.count("falta")) == (0, 1)
    call(monkeypatch, terminal)
    assert (terminal.getvalue().count("falta"), capsys.readouterr().err) == (1, "")


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
