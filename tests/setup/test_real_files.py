"""``setup --target files`` on this very machine: nothing below another root, a bridge that is started, doctor green."""

from __future__ import annotations

from pathlib import Path

from tests.ports import free_port
from tests.processes import running
from tests.setup.shop import Shop


def test_from_answers_to_a_green_doctor(shop: Shop) -> None:
    """Before it is started doctor is red, and the status with it; afterwards the same command ends with 0.

    From then on ``wompi-bridge`` finds its settings from any folder.
    """
    port = free_port()
    shop.answers |= {"BRIDGE_URL": f"http://127.0.0.1:{port}/", "BRIDGE_BRAND_NAME": "Hosting Andino"}
    home = shop.folder / "home"
    first = shop.call("--target", "files", root=False)
    assert first.returncode == 1
    assert "no acepta la conexión" in first.stdout
    assert (home / ".env").stat().st_mode & 0o777 == 0o600
    assert f"Para encenderlo: cd {home} && wompi-bridge serve --port {port}\n" in first.stdout
    # What a person pastes into WHMCS; the secret is not shown to a script, but where it stands.
    assert f"grep BRIDGE_SECRET {home / '.env'}" in first.stdout
    shop.whmcs.hooks_dir, shop.whmcs.callback_by_php = shop.whmcs_dir, False
    shop.whmcs.bridge_url, shop.whmcs.bridge_secret = shop.answers["BRIDGE_URL"], shop.answers["BRIDGE_SECRET"]
    with running("serve", "--port", str(port), folder=home, settings={"HOME": str(home)}, ready="listening"):
        second = shop.call("--target", "files", root=False)
        assert second.returncode == 0, second.stdout
        assert "Un evento firmado llega al puente." in second.stdout
        assert "wompi-bridge go-live" in second.stdout
        elsewhere = shop.folder / "elsewhere"
        elsewhere.mkdir()
        shop.cwd = elsewhere
        listed = shop.wompi_bridge("payments", "--json")
        assert (listed.returncode, listed.stdout.strip()) == (0, "[]"), listed.stderr


def test_what_was_answered_once_is_known(shop: Shop) -> None:
    """Few answers are enough the second time: WHMCS's folder as well, so that its files are brought up to date."""
    shop.answers["BRIDGE_URL"] = f"http://127.0.0.1:{free_port()}/"
    shop.call("--target", "files", root=False)
    module = shop.whmcs_dir / "modules/gateways/wompi.php"
    module.unlink()
    shop.answers = {"BRIDGE_CHECKOUT_TTL": "1800"}
    told = shop.call("--target", "files", root=False)
    assert module.is_file(), told.stdout
    assert not Path(shop.folder / "home" / "wompi-whmcs.zip").exists()
