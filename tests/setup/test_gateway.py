"""The gateway in WHMCS: activated and filled in by the API where the role may, else told in the words of its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.setup.machine import Recorded, server
from tests.setup.shop import REPOSITORY, SECRET, Shop
from whmcs_bridge.clock import utc_now
from whmcs_bridge.doctor.network import TimingTransport
from whmcs_bridge.doctor.whmcs import Api
from whmcs_bridge.settings import Settings
from whmcs_bridge.setup.gateway import LABELS, fields_of, fill_in, other_modules
from whmcs_bridge.setup.prove import settings_from
from whmcs_bridge.setup.running import fill_in_gateway
from whmcs_bridge.whmcs.hooks_files import hooks_directory

GRANTED = {"activatemodule", "updatemoduleconfiguration"}


@pytest.fixture
def settings(shop: Shop) -> Settings:
    return settings_from({**shop.answers, "BRIDGE_TERMS_URL": "https://suempresa.com/terminos"})


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with closing(TimingTransport(utc_now)) as transport:
        yield Api(settings, transport)


def test_it_is_activated_and_filled_in_where_the_role_may(shop: Shop, settings: Settings, api: Api) -> None:
    """The address, the secret and the terms are WHMCS's afterwards; nobody pastes anything."""
    shop.whmcs.granted = GRANTED
    del shop.whmcs.gateways["wompi"]
    shop.whmcs.bridge_secret = ""
    assert fill_in(api, settings)
    assert "wompi" in shop.whmcs.gateways
    assert (shop.whmcs.bridge_url, shop.whmcs.bridge_secret, shop.whmcs.terms_url) == (
        settings.bridge_url,
        settings.bridge_secret[0],
        "https://suempresa.com/terminos",
    )


def test_one_that_is_active_is_filled_in_again(shop: Shop, settings: Settings, api: Api) -> None:
    """Of another module with the same name, or from an earlier run: WHMCS would refuse to activate it once more."""
    shop.whmcs.granted = GRANTED
    shop.whmcs.bridge_secret = "of-the-module-before"
    assert fill_in(api, settings)
    assert shop.whmcs.bridge_secret == settings.bridge_secret[0]
    assert len(shop.whmcs.calls_to("ActivateModule")) == 0


@pytest.mark.parametrize("granted", [set(), {"activatemodule"}])
def test_where_the_role_may_not_nothing_is_changed(shop: Shop, settings: Settings, api: Api, granted: set[str]) -> None:
    """The bridge's own role has neither action, and needs neither: a person pastes the values."""
    shop.whmcs.granted = granted
    shop.whmcs.bridge_secret = "before"
    assert not fill_in(api, settings)
    assert shop.whmcs.bridge_secret == "before"


def test_a_whmcs_without_our_files_activates_nothing(shop: Shop, settings: Settings, api: Api) -> None:
    """They wait in an archive that is not unpacked yet."""
    shop.whmcs.granted = GRANTED
    del shop.whmcs.gateways["wompi"]
    shop.whmcs.faults.add("ActivateModule", "500")
    assert not fill_in(api, settings)


def test_other_gateways_for_wompi_are_found_by_name(shop: Shop, settings: Settings, api: Api) -> None:
    """By the names that such modules have; ours and all that is not Wompi's is no other module for it."""
    shop.whmcs.gateways |= {"wompicheckout": "Wompi Checkout", "bancolombia_wompi": "Botón", "paypal": "PayPal"}
    assert other_modules(api, settings) == ["bancolombia_wompi", "wompicheckout"]


def test_the_fields_are_called_as_whmcs_shows_them(settings: Settings) -> None:
    """Who pastes a value finds its field by these words."""
    module = (REPOSITORY / "hooks/modules/gateways/wompi.php").read_text("utf-8")
    assert fields_of(settings).keys() == LABELS.keys()
    assert [words for words in LABELS.values() if f"'FriendlyName' => '{' / '.join(words)}'" not in module] == []


def test_a_person_is_told_each_value_and_asked_after_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One at a time, under the words of WHMCS's page; another module that is active is named before."""
    monkeypatch.setenv("LC_ALL", "es_CO.UTF-8")
    shop.whmcs.gateways["wompicheckout"] = "Wompi Checkout"
    shown: list[str] = []

    def answer(question: str) -> str:
        shown.append(capsys.readouterr().out)
        return "s"

    monkeypatch.setattr("builtins.input", answer)
    work = server(shop, Recorded())
    work.shows_secrets = True
    fill_in_gateway(work)
    address, secret = shown
    assert address.startswith("   En WHMCS está activa la pasarela «wompicheckout», de otro módulo.")
    assert address.endswith("   Dirección del puente:\n      https://pagos.suempresa.com/\n")
    assert secret == f"   Secreto del puente:\n      {SECRET}\n"


def test_a_script_is_told_where_the_secret_stands(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """And is not asked: nobody is there."""
    work = server(shop, Recorded())
    fill_in_gateway(work)
    told = capsys.readouterr().out
    assert f"sudo cat {work.places.secrets}/BRIDGE_SECRET" in told
    assert SECRET not in told


def test_values_that_whmcs_has_are_not_asked_for_again(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """After an upgrade: WHMCS proves that it holds this secret and this address. Where an answer has changed in this
    run all are told."""
    whmcs = shop.whmcs
    whmcs.hooks_dir, whmcs.callback_by_php = hooks_directory(), False
    whmcs.bridge_secret, whmcs.bridge_url = SECRET, shop.answers["BRIDGE_URL"]
    work = server(shop, Recorded())
    assert fill_in_gateway(work)
    assert capsys.readouterr().out == "   WHMCS ya tiene los valores\n"
    work.changed = True
    fill_in_gateway(work)
    assert "Secreto del puente:" in capsys.readouterr().out


def test_the_terms_are_told_all_the_same(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """WHMCS proves no more than the secret and the address: a run that was killed may have changed this one."""
    whmcs = shop.whmcs
    whmcs.hooks_dir, whmcs.callback_by_php = hooks_directory(), False
    whmcs.bridge_secret, whmcs.bridge_url = SECRET, shop.answers["BRIDGE_URL"]
    shop.answers["BRIDGE_TERMS_URL"] = "https://suempresa.com/terminos"
    fill_in_gateway(server(shop, Recorded()))
    assert capsys.readouterr().out.endswith("Términos y condiciones:\n      https://suempresa.com/terminos\n")


def test_values_of_another_bridge_are_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """The secret fits, and payers are led elsewhere."""
    whmcs = shop.whmcs
    whmcs.hooks_dir, whmcs.callback_by_php = hooks_directory(), False
    whmcs.bridge_secret, whmcs.bridge_url = SECRET, "https://otro.suempresa.com/"
    fill_in_gateway(server(shop, Recorded()))
    assert "Secreto del puente:" in capsys.readouterr().out
