"""``wompi-bridge go-live``: production's keys, all four at once, when nothing of the tests is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.setup.shop import Shop
from tests.world import World, make_world
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

PRODUCTION = {
    "WOMPI_PUBLIC_KEY": "pub_prod_RealPublicKey0000000000",
    "WOMPI_PRIVATE_KEY": "prv_prod_RealPrivateKey000000000",
    "WOMPI_INTEGRITY_SECRET": "prod_integrity_RealIntegrity0000",
    "WOMPI_EVENTS_SECRET": "prod_events_RealEvents0000000000",
}


class Live:
    """An installation of files with test keys, whose WHMCS and Wompi answer; go-live is called in its folder."""

    def __init__(self, world: World, production: WompiSandbox, folder: Path) -> None:
        self.world = world
        self.production = production
        self.shop = Shop(world.whmcs, world.wompi, folder)
        self.home = folder / "home"
        self.home.mkdir()
        settings = world.settings | {"BRIDGE_TEST_CLIENTS": "77", "BRIDGE_BRAND_NAME": "Hosting Andino"}
        self.file = self.home / ".env"
        self.file.write_text("# nota\n" + "".join(f"{name}='{value}'\n" for name, value in settings.items()))
        self.file.chmod(0o600)

    def wompi_knows_production(self) -> None:
        self.production.public_key = PRODUCTION["WOMPI_PUBLIC_KEY"]
        self.production.private_key = PRODUCTION["WOMPI_PRIVATE_KEY"]

    def go(self, **answers: str) -> tuple[int, str]:
        """Call it with production's keys. Gives the exit status and all that was said."""
        self.shop.answers = {**PRODUCTION, "WOMPI_API_URL": self.production.api_url, **answers}
        ended = self.shop.wompi_bridge("go-live", "--answers", str(self.shop.write_answers()))
        assert "Traceback" not in ended.stderr
        return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """Wompi's two environments are two servers, which know nothing of one another's keys."""
    production = WompiSandbox(public_key="pub_prod_Another0000", private_key="prv_prod_Another0000")
    with make_world(tmp_path) as world, production.serving():
        yield Live(world, production, tmp_path)


def test_all_four_change_at_once_and_nothing_else(live: Live) -> None:
    """What signs links stays; the bound on test clients goes; the file before is kept. Doctor speaks last."""
    before = live.file.read_text()
    live.wompi_knows_production()
    status, told = live.go()
    after = live.file.read_text()
    expected = before.replace("BRIDGE_TEST_CLIENTS='77'\n", "")
    for name, value in {**PRODUCTION, "WOMPI_API_URL": live.production.api_url}.items():
        expected = expected.replace(f"{name}='{live.world.settings[name]}'", f"{name}={value}")
    values = {line.split("=")[0]: line.split("=", 1)[1].strip("'") for line in expected.splitlines()[1:]}
    written = {line.split("=")[0]: line.split("=", 1)[1].strip("'") for line in after.splitlines()[1:]}
    assert written == values
    assert (live.home / ".env.old-1").read_text() == before
    # Nobody has restarted a bridge that a person keeps running: doctor says so, and the status with it.
    assert (status, "webhooks/wompi" in told) == (1, True)
    assert "prv_prod_Real" not in told


def test_keys_that_wompi_does_not_know_change_nothing(live: Live) -> None:
    """Proven first."""
    before = live.file.read_text()
    status, told = live.go()
    assert (status, "Wompi no reconoce la llave pública" in told) == (1, True)
    assert live.file.read_text() == before


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WOMPI_PRIVATE_KEY", "", "falta"),
        ("WOMPI_EVENTS_SECRET", "test_events_Sandbox00000000", "es de pruebas"),
        ("WOMPI_INTEGRITY_SECRET", "prod_events_RealEvents0000000000", "tiene el valor que va en WOMPI_EVENTS_SECRET"),
    ],
)
def test_what_is_not_productions_four_keys_is_refused(live: Live, name: str, value: str, sentence: str) -> None:
    """Status 2, one sentence, and nothing is changed."""
    before = live.file.read_text()
    status, told = live.go(**{name: value})
    assert (status, f"{name}: {sentence}" in told) == (2, True), told
    assert live.file.read_text() == before


def test_an_unsettled_test_payment_is_named(live: Live) -> None:
    """With other keys nobody could ask about it any more: nothing is changed, and which it is is said."""
    before = live.file.read_text()
    paid = live.world.pay(live.world.invoice(), "PENDING")
    live.wompi_knows_production()
    status, told = live.go()
    assert status == 1
    assert "Primero termine estos pagos de prueba" in told
    assert paid in told
    assert live.file.read_text() == before


def test_a_payment_that_waits_for_a_person_is_unsettled(live: Live) -> None:
    """It is a question about test money, and is answered before real money comes."""
    paid = live.world.pay(live.world.invoice())
    live.world.whmcs.set_invoice(1042, status="Cancelled")
    live.world.event(paid)
    live.world.work()
    live.wompi_knows_production()
    status, told = live.go()
    assert (status, f"{paid}  aviso 1042  59500 COP  review" in told) == (1, True)


def test_test_payments_that_stand_in_whmcs_are_listed(live: Live) -> None:
    """They are no money, and an admin wants them out of the books."""
    paid = live.world.pay(live.world.invoice())
    live.world.event(paid)
    live.world.work()
    live.wompi_knows_production()
    _, told = live.go()
    assert f"{paid}  aviso 1042  59500 COP  posted" in told
    assert "WOMPI_PUBLIC_KEY=pub_prod_" in live.file.read_text()


def test_again_changes_nothing(live: Live) -> None:
    """Who repeats it, after it was killed or for the doctor, finds the same file."""
    live.wompi_knows_production()
    live.go()
    before = live.file.read_text()
    status, told = live.go()
    assert (status, "sin cambios" in told) == (1, True)
    assert live.file.read_text() == before


def test_new_keys_of_production_keep_the_old_events_secret(live: Live) -> None:
    """Events that were signed before the change go on to be believed: the newest first, all verify."""
    live.wompi_knows_production()
    live.go()
    live.go(WOMPI_EVENTS_SECRET="prod_events_Newer00000000000000")
    line = "WOMPI_EVENTS_SECRET=prod_events_Newer00000000000000,prod_events_RealEvents0000000000"
    assert line in live.file.read_text()


def test_keys_that_the_environment_gives_are_not_ours_to_change(live: Live) -> None:
    """A file would be written that nobody reads."""
    live.shop.answers = dict(PRODUCTION)
    answers = str(live.shop.write_answers())
    ended = live.shop.wompi_bridge("go-live", "--answers", answers, WOMPI_PUBLIC_KEY="pub_test_FromElsewhere000")
    assert (ended.returncode, ended.stderr.startswith("WOMPI_PUBLIC_KEY: la da el entorno")) == (2, True)


def test_where_nothing_is_installed(tmp_path: Path) -> None:
    """One sentence, status 2."""
    with make_world(tmp_path) as world:
        shop = Shop(world.whmcs, world.wompi, tmp_path, dict(PRODUCTION))
        ended = shop.wompi_bridge("go-live", "--answers", str(shop.write_answers()))
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert "no hay ningún puente instalado" in ended.stderr
