"""``wompi-bridge setup --answers``: proven first, written whole, the same again, and no secret on the terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.processes import started
from tests.setup.shop import REPOSITORY, SECRET, Shop, shop_in


def secrets_of(shop: Shop) -> set[str]:
    return {
        shop.answers[name]
        for name in (
            "BRIDGE_SECRET",
            "WHMCS_API_SECRET",
            "WOMPI_PRIVATE_KEY",
            "WOMPI_INTEGRITY_SECRET",
            "WOMPI_EVENTS_SECRET",
        )
    }


# What is answered wrongly, the exit status, and what is said at once.
WRONG = [
    ("BRIDGE_URL", "http://pagos.suempresa.com/", 2, "BRIDGE_URL: debe empezar por https://"),
    ("BRIDGE_URL", "", 2, "BRIDGE_URL: falta; es obligatoria."),
    ("WHMCS_URL", "http://127.0.0.1:9/", 1, "127.0.0.1 no acepta la conexión"),
    ("WHMCS_API_IDENTIFIER", "SomebodyElse", 1, "WHMCS rechaza la credencial"),
    ("WHMCS_API_SECRET", "wrong", 1, "WHMCS rechaza la credencial"),
    ("WOMPI_PUBLIC_KEY", "pub_test_Unknown", 1, "Wompi no reconoce la llave pública (WOMPI_PUBLIC_KEY)"),
    ("WOMPI_PRIVATE_KEY", "prv_test_Unknown", 1, "Wompi no reconoce la llave privada (WOMPI_PRIVATE_KEY)"),
    ("WOMPI_PRIVATE_KEY", "pub_test_Swapped", 2, "WOMPI_PRIVATE_KEY: tiene el valor que va en WOMPI_PUBLIC_KEY"),
    ("WOMPI_EVENTS_SECRET", "prod_events_Other", 2, "deben ser del mismo ambiente"),
    ("WOMPI_INTEGRITY_SECRET", "test_integrity_", 2, "WOMPI_INTEGRITY_SECRET: empieza bien, pero está incompleta"),
    ("BRIDGE_TEST_CLIENTS", "ana@ejemplo.test", 2, "BRIDGE_TEST_CLIENTS: debe ser una lista de números de clientes"),
    ("TARGET", "windows", 2, "TARGET: debe ser systemd, passenger, docker, files."),
]


@pytest.mark.parametrize(
    ("name", "value", "status", "sentence"), WRONG, ids=[f"{row[0]}-{n}" for n, row in enumerate(WRONG)]
)
def test_each_answer_given_wrongly_is_told_at_once(
    shop: Shop, name: str, value: str, status: int, sentence: str
) -> None:
    """With its name and what to do; and nothing was written, neither here nor into WHMCS."""
    shop.answers[name] = value
    ended = shop.call(*([] if name == "TARGET" else ["--target", "files"]))
    assert (ended.returncode, sentence in ended.stdout + ended.stderr) == (status, True), ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert not shop.root.exists()
    assert not (shop.whmcs_dir / "modules/gateways/wompi.php").exists()
    # A key in the wrong place is not said again; what was not accepted is the admin's own to see.
    assert not [
        secret for secret in secrets_of(shop) if secret and len(secret) > 8 and secret in ended.stdout + ended.stderr
    ]


def test_a_missing_permission_stops_it_and_is_named(shop: Shop) -> None:
    """All that are missing, at once; those that only alarms need are told, and stop nothing."""
    shop.whmcs.denied = {"addinvoicepayment", "getinvoice", "sendadminemail"}
    ended = shop.call("--target", "files")
    assert ended.returncode == 1
    assert "no permite AddInvoicePayment" in ended.stdout
    assert "no permite GetInvoice:" in ended.stdout
    assert not shop.root.exists()
    shop.whmcs.denied = {"sendadminemail"}
    ended = shop.call("--target", "files")
    assert (ended.returncode, "no permite SendAdminEmail" in ended.stdout) == (0, True)


def test_an_address_that_whmcs_does_not_know_is_told_as_whmcs_sees_it(shop: Shop) -> None:
    """The IP to allow is the one in WHMCS's own refusal."""
    shop.whmcs.allowed_ips = {"203.0.113.9"}
    ended = shop.call("--target", "files")
    assert ended.returncode == 1
    assert "escriba 127.0.0.1 y guarde" in ended.stdout


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_answers_that_others_can_read_are_refused(shop: Shop, mode: int) -> None:
    """They hold every secret of the installation."""
    file = shop.write_answers()
    file.chmod(mode)
    ended = shop.wompi_bridge("setup", "--answers", str(file), "--root", str(shop.root), "--target", "files")
    assert (ended.returncode, "chmod 600" in ended.stderr, shop.root.exists()) == (2, True, False)


def test_answers_that_cannot_be_read(shop: Shop) -> None:
    """A name that is wrong, another encoding: one sentence, no traceback."""
    ended = shop.wompi_bridge("setup", "--answers", "nowhere", "--root", str(shop.root))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    file = shop.write_answers()
    file.write_bytes("BRIDGE_BRAND_NAME=Señal\n".encode("latin-1"))
    ended = shop.wompi_bridge("setup", "--answers", str(file), "--root", str(shop.root))
    assert (ended.returncode, "UTF-8" in ended.stderr, ended.stderr.count("\n")) == (2, True, 1)


def test_a_misspelt_name_is_told_with_the_one_that_was_meant(shop: Shop) -> None:
    """E8. It stops nothing: what is required is missed by itself."""
    shop.answers |= {"WHMCS_TIMEOUTS": "20", "BRIDGE_FEE": "2.65%", "WHMC_DIR": "/x"}
    ended = shop.call("--target", "files")
    assert ended.returncode == 0
    told = dict(line.split(": ", 1) for line in ended.stderr.splitlines())
    assert "WHMCS_TIMEOUT?" in told["WHMCS_TIMEOUTS"]
    assert "BRIDGE_FEES?" in told["BRIDGE_FEE"]
    assert "WHMCS_DIR?" in told["WHMC_DIR"]


def test_without_answers_and_without_a_terminal(shop: Shop) -> None:
    """A script that forgot them is told, and does not hang."""
    ended = shop.wompi_bridge("setup", "--root", str(shop.root))
    assert (ended.returncode, "--answers" in ended.stderr) == (2, True)


def test_again_changes_nothing(shop: Shop) -> None:
    """Not a byte, not a time, no copy; the secret of the bridge that was made stays."""
    del shop.answers["BRIDGE_SECRET"]
    shop.call("--target", "systemd")
    before = {path: path.stat().st_mtime_ns for path in [*shop.root.rglob("*"), *shop.whmcs_dir.rglob("*")]}
    ended = shop.call("--target", "systemd")
    assert (ended.returncode, ended.stdout.count("sin cambios")) == (0, 2)
    assert {path: path.stat().st_mtime_ns for path in [*shop.root.rglob("*"), *shop.whmcs_dir.rglob("*")]} == before
    assert re.fullmatch(r"[0-9a-f]{64}\n", shop.written()["etc/wompi-bridge/secrets/BRIDGE_SECRET"])


def test_again_changes_only_what_changed(shop: Shop) -> None:
    """The difference is shown, what stood there is kept, an admin's own lines stay, and answers may be few."""
    shop.call("--target", "systemd")
    settings = shop.root / "etc/wompi-bridge/settings.env"
    settings.write_text(settings.read_text("utf-8") + "# nota del administrador\nLANG=es_CO.UTF-8\n", "utf-8")
    before = shop.written()
    shop.answers = {"BRIDGE_CHECKOUT_TTL": "1800", "WHMCS_DIR": str(shop.whmcs_dir)}
    ended = shop.call("--target", "systemd")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    after = shop.written()
    name = "etc/wompi-bridge/settings.env"
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {name, f"{name}.old-1"}
    assert after[f"{name}.old-1"] == before[name]
    assert after[name] == before[name] + "BRIDGE_CHECKOUT_TTL=1800\n"
    assert "+BRIDGE_CHECKOUT_TTL=1800" in ended.stdout


def test_where_a_payer_finds_help_is_an_answer_too(shop: Shop) -> None:
    """P2, P3. Checked as every setting is, and written; who answered before these were asked need not."""
    given = {
        "BRIDGE_TERMS_URL": "https://suempresa.com/terminos",
        "BRIDGE_SUPPORT_EMAIL": "ayuda@suempresa.com",
        "BRIDGE_SUPPORT_WHATSAPP": "+57 300 1234567",
        "BRIDGE_SUPPORT_URL": "https://suempresa.com/ayuda",
    }
    shop.answers |= given | {"BRIDGE_SUPPORT_EMAIL": "ayuda"}
    ended = shop.call("--target", "files")
    assert (ended.returncode, "BRIDGE_SUPPORT_EMAIL: debe ser un correo" in ended.stderr) == (2, True)
    shop.answers |= given
    assert shop.call("--target", "files").returncode == 0
    written = dict(line.split("=", 1) for line in shop.written()[".env"].splitlines() if "=" in line)
    assert {name: written[name].strip("'") for name in given} == given


def test_a_changed_secret_is_shown_masked(shop: Shop) -> None:
    """Which file changes is seen, neither the old value nor the new one; the copy is as protected as the file."""
    shop.call("--target", "files")
    old, new = shop.wompi.events_secret, "test_events_Newer0000000000000000"
    shop.answers["WOMPI_EVENTS_SECRET"] = new
    ended = shop.call("--target", "files")
    assert "+WOMPI_EVENTS_SECRET=test_events_••••" in ended.stdout
    assert not [secret for secret in (old, new, *secrets_of(shop)) if secret in ended.stdout + ended.stderr]
    assert (shop.root / ".env.old-1").stat().st_mode & 0o777 == 0o600


def test_a_dry_run_shows_all_and_writes_nothing(shop: Shop) -> None:
    """Every file with its text, every command; no secret among them."""
    ended = shop.call("--target", "systemd", "--dry-run")
    assert ended.returncode == 0
    assert not shop.root.exists()
    assert not (shop.whmcs_dir / "modules/gateways/wompi.php").exists()
    for line in (
        "+LoadCredential=BRIDGE_SECRET:",
        "+BRIDGE_URL=https://pagos.suempresa.com/",
        "+    server_name pagos.suempresa.com;",
    ):
        assert line in ended.stdout
    assert not [secret for secret in secrets_of(shop) if secret in ended.stdout + ended.stderr]
    ended = shop.call("--target", "systemd", "--dry-run", root=False)
    assert "$ systemctl daemon-reload" in ended.stdout
    assert "useradd" in ended.stdout


def test_a_link_in_a_files_place_is_not_followed(shop: Shop) -> None:
    """Whoever laid it there does not choose what setup writes to."""
    victim = shop.folder / "victim"
    victim.write_text("precious")
    shop.root.mkdir()
    (shop.root / ".env").symlink_to(victim)
    ended = shop.call("--target", "files")
    assert (ended.returncode, victim.read_text()) == (1, "precious")
    assert "es un enlace" in ended.stdout


class TestWithinWhmcs:
    def test_another_vendors_module_is_named_and_kept(self, shop: Shop) -> None:
        """What changes for who owes is said; nothing of it is lost, and the way back is one command."""
        theirs = shop.whmcs_dir / "modules/gateways/wompi.php"
        theirs.write_text("<?php // Wompi de otro proveedor\n")
        dry = shop.call("--target", "files", "--dry-run")
        assert "otro módulo de Wompi, o cambiados por alguien: modules/gateways/wompi.php." in dry.stdout
        assert theirs.read_text() == "<?php // Wompi de otro proveedor\n"
        ended = shop.call("--target", "files")
        assert ended.returncode == 0, ended.stdout
        assert "los avisos sin pagar con el método «wompi» se pagan desde ahora por el puente" in ended.stdout
        assert "nadie más que el cliente de prueba puede pagarlos" in ended.stdout
        assert "   copia: modules/gateways/wompi.php.kept\n" in ended.stdout
        assert theirs.with_name("wompi.php.kept").read_text() == "<?php // Wompi de otro proveedor\n"
        shop.wompi_bridge("hooks", "uninstall", str(shop.whmcs_dir))
        assert theirs.read_text() == "<?php // Wompi de otro proveedor\n"

    def test_a_folder_that_is_no_whmcs_is_red(self, shop: Shop) -> None:
        """It is said, and it is not made into one."""
        shop.answers["WHMCS_DIR"] = str(shop.folder)
        ended = shop.call("--target", "files")
        assert (ended.returncode, "no es la raíz de un WHMCS" in ended.stdout) == (1, True)

    def test_a_link_to_a_folder_is_not_followed(self, shop: Shop) -> None:
        """The folder itself is to be named."""
        link = shop.folder / "link"
        link.symlink_to(shop.whmcs_dir)
        shop.answers["WHMCS_DIR"] = str(link)
        ended = shop.call("--target", "files")
        assert (ended.returncode, "es un enlace" in ended.stdout) == (1, True)
        assert not (shop.whmcs_dir / "modules/gateways/wompi.php").exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as somebody else")
    def test_root_acts_as_the_folders_owner(self) -> None:
        """What is written is the owner's; a link that the owner laid to what is root's leads nowhere."""
        owner = 65_534
        # Not in pytest's folder, which another run of pytest closes to everybody else when it begins.
        with tempfile.TemporaryDirectory() as folder, shop_in(Path(folder)) as shop:
            outside = shop.folder / "outside"
            outside.mkdir(mode=0o755)
            for path in (shop.whmcs_dir, *shop.whmcs_dir.rglob("*")):
                os.chown(path, owner, owner)
            shop.folder.chmod(0o755)
            assert shop.call("--target", "files").returncode == 0
            assert (shop.whmcs_dir / "modules/gateways/wompi.php").stat().st_uid == owner
            (shop.whmcs_dir / "modules/gateways/wompi.php").unlink()
            (shop.whmcs_dir / "modules/gateways/callback/wompi.php").unlink()
            (shop.whmcs_dir / "modules/gateways/callback").rmdir()
            (shop.whmcs_dir / "modules/gateways/callback").symlink_to(outside)
            assert shop.call("--target", "files").returncode == 1
            assert list(outside.iterdir()) == []


def test_killed_at_every_step_and_run_again(shop: Shop) -> None:
    """What is there in the end is what one whole run writes; no half file, no copy, no second secret."""
    whole, home = shop.folder / "whole", shop.folder / "home"
    command = ("setup", "--answers", str(shop.write_answers()), "--target", "systemd", "--root")
    # A line of the output each: they are written before what they tell of is done.
    first = shop.wompi_bridge(*command, str(whole))
    assert first.returncode == 0
    told = first.stdout.splitlines()
    stops = [line.replace(str(whole), str(shop.root)) for line in told if line.startswith(("[", "   nuevo"))]
    assert len(stops) == 3 + 9
    for stop in stops:
        with started(*command, str(shop.root), folder=home, settings={"HOME": str(home)}) as (process, lines):
            # A file that the run before has written, in the moment before it died, is not new.
            assert any(line.rstrip() == stop for line in lines) or not stop.startswith("[")
            process.kill()
    assert shop.wompi_bridge(*command, str(shop.root)).returncode == 0
    left = {path.relative_to(shop.root): path.read_bytes() for path in shop.root.rglob("*") if path.is_file()}
    assert left == {path.relative_to(whole): path.read_bytes() for path in whole.rglob("*") if path.is_file()}


def test_help_does_not_wait_for_it() -> None:
    """``--help`` loads neither the checks nor the sandboxes, and says a sentence of every option."""
    code = (
        "import sys\nfrom whmcs_bridge.cli import main\ntry:\n    main(['setup', '--help'])\n"
        "except SystemExit:\n    pass\nprint(sorted(name for name in sys.modules if name.startswith('whmcs_bridge.')))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True, cwd=REPOSITORY
    )
    assert "whmcs_bridge.doctor" not in ended.stdout
    for option in ("--answers", "--target", "--root", "--dry-run"):
        assert re.search(rf"^  {option}[^\n]*\n? +\S", ended.stdout, re.MULTILINE)


def test_the_test_secret_is_long_enough() -> None:
    """So that nothing above passes for another reason."""
    assert len(SECRET) >= 32
    assert Path(REPOSITORY, "setup.cfg").is_file()


def test_a_rough_rate_of_whmcs_is_refused(shop: Shop) -> None:
    """0.00025 for a dollar may be two percent off: nothing is written, and the official rate is named. With it all is
    well."""
    shop.answers["BRIDGE_CURRENCIES"] = "USD=whmcs"
    ended = shop.call("--target", "files")
    assert ended.returncode == 1
    assert "USD 0.00025 (± 2.00 %)" in ended.stdout
    assert "Escriba USD=trm en BRIDGE_CURRENCIES" in ended.stdout
    assert not shop.root.exists()
    shop.answers["BRIDGE_CURRENCIES"] = "USD=trm"
    ended = shop.call("--target", "files")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "BRIDGE_CURRENCIES=USD=trm" in "".join(shop.written().values())
