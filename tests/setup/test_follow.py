"""The sandbox payment at setup's end: whose invoice it is, where to pay it, and how it goes, until WHMCS has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, make_world
from whmcs_bridge.settings import Settings
from whmcs_bridge.setup.follow import follow
from whmcs_bridge.setup.places import Places, Target, places_of
from whmcs_bridge.setup.prove import settings_from


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """On SQLite: the bridge of the commands is another process than the one whose worker books."""
    with make_world(tmp_path) as made:
        yield made


@pytest.fixture
def places(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """An installation of files whose test client is 77."""
    folder = tmp_path / "installed"
    folder.mkdir()
    settings = world.settings | {"BRIDGE_TEST_CLIENTS": "77"}
    (folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))
    for name in settings:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "es_CO.UTF-8")
    return places_of(Target.FILES, None, folder=folder)


@pytest.fixture
def settings(world: World) -> Settings:
    return settings_from(world.settings | {"BRIDGE_TEST_CLIENTS": "77"})


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> Iterator[str]:
    """What the person types; the iterator has what is left of it."""
    left = iter(lines)
    monkeypatch.setattr("builtins.input", lambda _: next(left))
    return left


def test_from_the_invoice_s_number_to_the_booking(
    world: World,
    places: Places,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What paying does in WHMCS is said before, with the way to undo it; each wrong number is told, and asked again."""
    number = world.invoice()
    world.whmcs.add_client(id=91, firstname="Luis", lastname="Díaz")
    someone_else_s = world.whmcs.add_invoice(91, "1500.00")
    left = typed(monkeypatch, "mil", "999999", str(someone_else_s), str(number))
    transactions: list[str] = []

    def pause(_: float) -> None:
        if not transactions:
            transactions.append(world.pay(number))
            world.event(transactions[0])
        else:
            world.work()

    assert follow(places, settings, pause)
    assert list(left) == []
    told = capsys.readouterr().out
    assert told.index("Se deshace en WHMCS") < told.index("WHMCS no tiene el aviso de cobro 999999")
    assert "Es del cliente 91: Luis Díaz.\n   No es el cliente de prueba.\n   Es del cliente 77: Ana Ruiz.\n" in told
    assert f"{world.settings['BRIDGE_URL']}pay/pay.{number}.77." in told
    (transaction,) = transactions
    assert told.endswith(
        f"   {transaction}  Wompi lo conoce; el puente lo va a mirar\n"
        f"   {transaction}  WHMCS lo tiene: registrado una sola vez\n"
    )


def test_who_leaves_it_for_later_is_told_that_it_is_missing(
    places: Places, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl+C, Ctrl+D: setup itself has done its work."""

    def leave(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", leave)
    assert not follow(places, settings, lambda _: None)
    assert capsys.readouterr().out.endswith("Queda pendiente el pago de prueba.\n")
