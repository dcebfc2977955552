"""The proxy's site: checked by the proxy before it is read, read once it has changed, whenever a run was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.setup.machine import Killed, Recorded, server
from tests.setup.shop import Shop
from whmcs_bridge.setup.running import publish


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "server/etc/nginx/conf.d/wompi-bridge.conf"


CHECKED_AND_READ = ["nginx -t", "systemctl reload nginx"]


def test_it_is_read_once(shop: Shop, site: Path) -> None:
    """The next run finds nothing to do."""
    assert publish(server(shop, first := Recorded()))
    assert first.ran[-2:] == CHECKED_AND_READ
    assert site.is_file()
    assert publish(server(shop, again := Recorded()))
    assert not set(CHECKED_AND_READ) & set(again.ran)


@pytest.mark.parametrize("step", CHECKED_AND_READ)
def test_a_run_that_was_killed_before_it_was_read_is_taken_up(shop: Shop, site: Path, step: str) -> None:
    """The file is as it should be, and the proxy does not know it yet."""
    with pytest.raises(Killed):
        publish(server(shop, Recorded(killed_at=step)))
    assert site.is_file()
    assert publish(server(shop, again := Recorded()))
    assert again.ran[-2:] == CHECKED_AND_READ


def test_what_the_proxy_refuses_does_not_stay(shop: Shop, site: Path) -> None:
    """It would keep the proxy from starting the next time; and the run is red."""
    work = server(shop, Recorded(refuses="nginx -t"))
    publish(work)
    assert (work.red, site.exists()) == (1, False)


def test_what_the_proxy_refuses_gives_way_to_what_was_there(shop: Shop, site: Path) -> None:
    """Byte by byte."""
    site.parent.mkdir(parents=True)
    site.write_text("# theirs\n")
    work = server(shop, Recorded(refuses="nginx -t"))
    publish(work)
    assert (work.red, site.read_text()) == (1, "# theirs\n")


def test_a_proxy_that_cannot_be_told_is_red(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by systemd nor by itself; the next run tries again."""
    monkeypatch.setattr(Recorded, "run", lambda _self, *command, shown=True: "reload" not in command)
    work = server(shop, Recorded())
    publish(work)
    assert work.red == 1
    monkeypatch.undo()
    publish(server(shop, again := Recorded()))
    assert again.ran[-2:] == CHECKED_AND_READ
