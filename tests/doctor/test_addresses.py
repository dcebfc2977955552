"""Addresses that lead elsewhere, and proxies and firewalls in front of the bridge."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.doctor.patient import Answer, Question, Tweak, ill, proxy
from tests.doctor.room import Room
from tests.ports import free_port
from tests.world import BRIDGE_SECRET
from whmcs_bridge.bridge import build
from whmcs_bridge.doctor import address
from whmcs_bridge.settings import load_settings
from whmcs_bridge.web.app import create_app
from whmcs_bridge.whmcs.hooks_installer import install

OTHER_SECRET = "another-secret-of-the-tests-0123456789"
KEYS = {
    "WOMPI_PUBLIC_KEY": "pub_prod_AnotherPublicKey",
    "WOMPI_PRIVATE_KEY": "prv_prod_AnotherPrivateKey",
    "WOMPI_INTEGRITY_SECRET": "prod_integrity_AnotherSecret",
    "WOMPI_EVENTS_SECRET": "prod_events_AnotherSecret",
}


def nobody() -> str:
    return f"http://127.0.0.1:{free_port()}/"


def nowhere(patch: pytest.MonkeyPatch) -> str:
    """A name that is not in the DNS."""
    known = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if host == "whmcs-typo":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *rest, **more)

    patch.setattr(socket, "getaddrinfo", look_up)
    return "http://whmcs-typo/"


@pytest.mark.parametrize(
    ("setting", "address_of", "named", "told"),
    [
        ("WHMCS_API_URL", lambda _: nobody() + "includes/api.php", "whmcs.reachable", "no acepta la conexión"),
        ("WHMCS_API_URL", lambda room: nowhere(room.patch), "whmcs.reachable", "no existe en el DNS"),
        (
            "WHMCS_API_URL",
            lambda room: room.patient.world.whmcs.url + "typo/api.php",
            "whmcs.reachable",
            "no existe esa dirección",
        ),
        ("WOMPI_API_URL", lambda _: nobody() + "v1", "wompi.reachable", "no acepta la conexión"),
        (
            "WOMPI_API_URL",
            lambda room: room.patient.world.whmcs.url + "v1",
            "wompi.reachable",
            "no existe esa dirección",
        ),
        ("BRIDGE_URL", lambda _: nobody(), "address.reachable", "no acepta la conexión"),
        ("BRIDGE_URL", lambda room: room.patient.world.whmcs.url, "address.reachable", "no existe esa dirección"),
    ],
)
def test_an_address_that_leads_elsewhere(
    room: Room, setting: str, address_of: Callable[[Room], str], named: str, told: str
) -> None:
    """The one address is named, and why nobody or somebody else answers."""
    url = address_of(room)
    if setting == "BRIDGE_URL":
        room.whmcs(bridge_url=url)
    diagnosis = room.examine(**{setting: url})
    assert ill(diagnosis) == {named: "fail"}
    (check,) = [check for check in diagnosis.checks if check.fix]
    assert told in check.message


def test_a_whmcs_that_does_not_answer_in_time(room: Room) -> None:
    """Nothing is waited for longer than the setting says, and nothing else is asked of it."""
    room.fault("WhmcsDetails", "hang")
    diagnosis = room.examine(WHMCS_TIMEOUT="0.2")
    assert ill(diagnosis) == {"whmcs.reachable": "fail"}
    assert "no contesta a tiempo" in "".join(check.message for check in diagnosis.checks if check.fix)


def test_cloudflare_before_whmcs(room: Room) -> None:
    """The challenge page is told from a refusal of WHMCS's own."""
    page = Answer(403, b"<!DOCTYPE html><html><title>Just a moment...</title>", {"cf-mitigated": "challenge"})
    url = room.stack.enter_context(proxy(room.patient.world.whmcs.url, lambda _: page))
    diagnosis = room.examine(WHMCS_URL=url)
    assert ill(diagnosis) == {"whmcs.reachable": "fail"}
    assert "Cloudflare detiene" in "".join(check.message for check in diagnosis.checks if check.fix)


def test_an_address_that_only_this_network_knows(room: Room) -> None:
    """Wompi is outside: it could never deliver an event to a private address."""
    settings = load_settings(room.patient.settings | {"WOMPI_API_URL": "https://sandbox.wompi.co/v1"})
    found = address._not_public(settings)
    assert found is not None
    assert (found.id, found.status) == ("address.public", "fail")


def events_blocked(asked: Question) -> Answer | None:
    page = Answer(403, b"<html><title>Attention Required! | Cloudflare</title>", {"Server": "cloudflare"})
    return page if asked.path == "/webhooks/wompi" else None


def events_redirected(asked: Question) -> Answer | None:
    return Answer(301, headers={"Location": "https://www.example.com/"}) if "webhooks" in asked.path else None


def events_swallowed(asked: Question) -> Answer | None:
    """A site that answers 200 to everything: Wompi would never send again."""
    return Answer(200, b"<html><title>Bienvenido</title>") if "webhooks" in asked.path else None


def posts_blocked(asked: Question) -> Answer | None:
    return Answer(403, b"<html><title>403 Forbidden</title>") if asked.body else None


def proxy_without_bridge(_asked: Question) -> Answer:
    return Answer(502, b"<html><title>502 Bad Gateway</title>")


def another_site(_asked: Question) -> Answer:
    return Answer(200, b"<!DOCTYPE html><html><title>Mi empresa</title>")


def password(_asked: Question) -> Answer:
    return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})


def strip_signature(asked: Question) -> None:
    asked.headers.pop("X-Bridge-Signature", None)


def only_from_here(asked: Question) -> Answer | None:
    return Answer(403) if "python-requests" in asked.headers.get("User-Agent", "") else None


@pytest.mark.parametrize(
    ("tweak", "named", "told"),
    [
        (events_blocked, {"address.webhook": "fail"}, "Cloudflare detiene"),
        (events_redirected, {"address.webhook": "fail"}, "redirige a https://www.example.com/"),
        (events_swallowed, {"address.webhook": "fail"}, "«Bienvenido»"),
        (posts_blocked, {"address.webhook": "fail"}, "un firewall"),
        (proxy_without_bridge, {"address.reachable": "fail"}, "lo que está detrás no"),
        (another_site, {"address.reachable": "fail"}, "«Mi empresa»"),
        (password, {"address.reachable": "fail"}, "pide una contraseña"),
        (strip_signature, {"address.bodies": "fail"}, "se pierde en el camino"),
        (only_from_here, {"hooks.reaches_bridge": "warn"}, "no llega al puente"),
    ],
)
def test_something_stands_before_the_bridge(room: Room, tweak: Tweak, named: dict[str, str], told: str) -> None:
    """What it does is named, and what follows from it is not."""
    diagnosis = room.before_bridge(tweak)
    assert ill(diagnosis) == named
    assert told in "".join(check.message for check in diagnosis.checks if check.fix)


def test_a_bridge_that_is_switched_off_is_one_cause(room: Room) -> None:
    """It neither answers nor books: one name for both."""
    room.stop_the_heart()
    assert ill(room.before_bridge(proxy_without_bridge)) == {"address.reachable": "fail"}


@pytest.mark.parametrize(
    ("changes", "named", "told"),
    [
        ({"BRIDGE_SECRET": OTHER_SECRET}, {"address.this_bridge": "fail"}, "otro BRIDGE_SECRET"),
        ({"BRIDGE_DATABASE_URL": "sqlite:///{folder}/other.db"}, {"address.this_bridge": "fail"}, "otra base de datos"),
        (KEYS, {"address.this_bridge": "fail"}, "las llaves de otro ambiente"),
        ({"WOMPI_EVENTS_SECRET": "test_events_AnotherSecret"}, {"address.webhook": "fail"}, "otro WOMPI_EVENTS_SECRET"),
    ],
)
def test_another_bridge_answers(room: Room, changes: dict[str, str], named: dict[str, str], told: str) -> None:
    """Another installation, or this one with what it read before the settings were changed."""
    settings = room.patient.settings | {name: value.format(folder=room.folder) for name, value in changes.items()}
    other = room.stack.enter_context(closing(build(load_settings(settings), clock=room.patient.world.clock)))
    web = create_app(other).test_client()

    def answer(asked: Question) -> Answer:
        reply = web.open(asked.path, method="POST" if asked.body else "GET", headers=asked.headers, data=asked.body)
        return Answer(reply.status_code, reply.data, {"Content-Type": reply.content_type})

    diagnosis = room.before_bridge(answer)
    assert ill(diagnosis) == named
    assert told in "".join(check.message for check in diagnosis.checks if check.fix)


def test_the_bridge_was_not_restarted_after_an_upgrade(room: Room) -> None:
    """It works, and is not what is installed."""
    room.patch.setattr(address, "__version__", "99.0")
    assert ill(room.examine()) == {"address.this_bridge": "warn"}


def test_whmcs_still_signs_with_the_older_secret(room: Room) -> None:
    """In the middle of a rotation all works; it is to be finished."""
    room.whmcs(bridge_secret=OTHER_SECRET)
    both = f"{BRIDGE_SECRET},{OTHER_SECRET}"
    room.patch.setattr(room.patient.world.whmcs, "callback_by_php", False)
    diagnosis = room.examine(BRIDGE_SECRET=both)
    # The bridge that runs does not know the older one, so WHMCS's own call is refused by it; that is the warning.
    assert ill(diagnosis) == {"hooks.secret": "warn", "hooks.reaches_bridge": "warn"}


def test_the_files_are_compared_where_they_can_be_seen(room: Room) -> None:
    """``--whmcs-dir``: all well; one file of another release; and a folder that is no WHMCS."""
    for place in ("includes/hooks", "modules/gateways"):
        (room.folder / place).mkdir(parents=True)
    assert "hooks.files" in ill(room.patient.examine({}, whmcs_dir=room.folder))
    install(room.folder)
    assert ill(room.patient.examine({}, whmcs_dir=room.folder)) == {}
    (room.folder / "modules/gateways/wompi.php").write_text("<?php // an older release\n")
    assert ill(room.patient.examine({}, whmcs_dir=room.folder)) == {"hooks.files": "fail"}
    assert ill(room.patient.examine({}, whmcs_dir=room.folder / "typo")) == {"hooks.files": "fail"}


@pytest.mark.skipif(shutil.which("php") is None, reason="PHP is not installed: apt-get install php-cli php-curl")
def test_the_real_php_answers_as_its_look_alike(room: Room) -> None:
    """Module, callback and the call back to the bridge, by PHP, at the time of day."""
    world = room.patient.world
    room.patch.setattr(world.clock, "now", datetime.now(UTC))
    world.work()
    room.whmcs(callback_by_php=True)
    diagnosis = room.examine()
    assert ill(diagnosis) == {}
    assert "hooks.reaches_bridge" in {check.id for check in diagnosis.checks}
