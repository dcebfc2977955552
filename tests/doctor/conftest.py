"""One healthy world for all tests of a module, and a room in it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.doctor.patient import Patient, healthy
from tests.doctor.room import Room


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    with healthy(tmp_path_factory.mktemp("patient")) as made:
        yield made


@pytest.fixture
def room(patient: Patient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Room]:
    with ExitStack() as stack:
        yield Room(patient, monkeypatch, stack, tmp_path)
