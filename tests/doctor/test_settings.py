"""Settings that cannot be used: each is named, and all that needs none of them is looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.doctor.patient import Patient, ill
from tests.doctor.room import Room

KEYS = {
    "WOMPI_PUBLIC_KEY": "pub_prod_AnotherPublicKey",
    "WOMPI_PRIVATE_KEY": "prv_prod_AnotherPrivateKey",
    "WOMPI_INTEGRITY_SECRET": "prod_integrity_AnotherSecret",
    "WOMPI_EVENTS_SECRET": "prod_events_AnotherSecret",
}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"BRIDGE_URL": None}, "bridge_url"),
        ({"BRIDGE_URL": "http://pagos.example.com/"}, "bridge_url"),
        ({"BRIDGE_SECRET": "short"}, "bridge_secret"),
        ({"WHMCS_URL": None}, "whmcs_url"),
        ({"WHMCS_API_IDENTIFIER": None}, "whmcs_api_identifier"),
        ({"WHMCS_API_SECRET": None}, "whmcs_api_secret"),
        ({"WOMPI_PUBLIC_KEY": None}, "wompi_public_key"),
        ({"WOMPI_PUBLIC_KEY": "prv_test_PastedIntoTheWrongField"}, "wompi_public_key"),
        ({"WOMPI_PRIVATE_KEY": "pub_test_PastedIntoTheWrongField"}, "wompi_private_key"),
        ({"WOMPI_INTEGRITY_SECRET": "test_events_PastedIntoTheWrongField"}, "wompi_integrity_secret"),
        ({"WOMPI_EVENTS_SECRET": "test_integrity_PastedIntoTheWrongField"}, "wompi_events_secret"),
        ({"WOMPI_PUBLIC_KEY": "pub_test_"}, "wompi_public_key"),
        ({"WOMPI_INTEGRITY_SECRET": "test_integrity_abc"}, "wompi_integrity_secret"),
        ({"WOMPI_PRIVATE_KEY": KEYS["WOMPI_PRIVATE_KEY"]}, "keys"),
        ({"WOMPI_EVENTS_SECRET": KEYS["WOMPI_EVENTS_SECRET"]}, "keys"),
        ({"BRIDGE_DATABASE_URL": "oracle://somewhere"}, "bridge_database_url"),
        ({"WHMCS_TIMEZONE": "Bogota"}, "whmcs_timezone"),
        ({"WHMCS_TIMEOUT": "0"}, "whmcs_timeout"),
        ({"WHMCS_GATEWAY": "Wompi!"}, "whmcs_gateway"),
        ({"BRIDGE_BRAND_COLOR": "green"}, "bridge_brand_color"),
    ],
)
def test_a_setting_that_cannot_be_used(room: Room, changes: dict[str, str | None], named: str) -> None:
    """It is named alone, exit 2; and what needs none of it is looked at all the same."""
    diagnosis = room.examine(**changes)
    assert ill(diagnosis) == {f"settings.{named}": "fail"}
    assert diagnosis.exit_status == 2
    seen = {check.id.partition(".")[0] for check in diagnosis.checks}
    assert {"whmcs", "permission"} <= seen or named.startswith("whmcs_")
    assert "wompi" in seen or named == "keys"
    assert "address" in seen or named == "bridge_url"
    assert "database" in seen or named == "bridge_database_url"


def test_a_key_in_the_wrong_field_is_named(room: Room) -> None:
    """The sentence says what it is, where it belongs, and not the key itself."""
    (check, *_) = room.examine(WOMPI_PRIVATE_KEY="pub_test_PastedIntoTheWrongField").checks
    assert check.message.startswith("WOMPI_PRIVATE_KEY: tiene el valor que va en WOMPI_PUBLIC_KEY")
    assert "PastedInto" not in check.message + check.fix


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WOMPI_PUBLIC_KEY", "pub_test_"),
        ("WOMPI_PRIVATE_KEY", "prv_test_abc"),
        ("WOMPI_INTEGRITY_SECRET", "test_integrity_xxxxxxxx"),
        ("WOMPI_EVENTS_SECRET", "test_events_with blanks"),
    ],
)
def test_a_key_that_was_not_copied_whole_is_in_the_right_field(room: Room, name: str, value: str) -> None:
    """Nobody is sent to move it somewhere else."""
    (check, *_) = room.examine(**{name: value}).checks
    assert check.message.startswith(f"{name}: empieza bien, pero está incompleta, es un ejemplo o trae signos")
    assert "el valor que va en" not in check.message
    assert f"Copie {name} otra vez" in check.fix


def test_mixed_environments_are_told_key_by_key(room: Room) -> None:
    """Which is of the sandbox, and which of production."""
    (check, *_) = room.examine(WOMPI_PRIVATE_KEY=KEYS["WOMPI_PRIVATE_KEY"]).checks
    assert "WOMPI_PUBLIC_KEY: test, WOMPI_PRIVATE_KEY: prod, WOMPI_INTEGRITY_SECRET: test" in check.message


def test_nothing_is_set(tmp_path: Path, patient: Patient) -> None:
    """Each required setting is named, and nobody is asked anything."""
    (tmp_path / ".env").write_text("# nothing yet\n")
    (tmp_path / ".env").chmod(0o600)
    diagnosis = replace(patient, settings={}, folder=tmp_path).examine({})
    assert [check.id for check in diagnosis.checks if check.status == "fail"] == [
        "settings.bridge_url", "settings.bridge_secret", "settings.whmcs_url", "settings.whmcs_api_identifier",
        "settings.whmcs_api_secret", "settings.wompi_public_key", "settings.wompi_private_key",
        "settings.wompi_integrity_secret", "settings.wompi_events_secret",
    ]  # fmt: skip
    assert not {"wompi", "whmcs", "address", "hooks"} & {check.id.partition(".")[0] for check in diagnosis.checks}


def test_E12_a_folder_without_a_file_of_settings(tmp_path: Path, patient: Patient) -> None:
    """One sentence: which file was looked for, and where it usually is."""
    diagnosis = replace(patient, settings={}, folder=tmp_path).examine({})
    (told,) = [check for check in diagnosis.checks if check.status == "fail"]
    assert told.id == "settings.bridge_env_file"
    assert str(tmp_path / ".env") in told.message
    assert "/etc/wompi-bridge/settings.env" in told.message
    assert diagnosis.exit_status == 2


def test_E8_a_misspelt_setting_is_told_with_the_one_that_was_meant(room: Room) -> None:
    """A warning where all else is well; and beside what is missing because of it."""
    diagnosis = room.examine(WHMCS_TIMEOUTS="5")
    assert (ill(diagnosis), diagnosis.exit_status) == ({"settings.unknown": "warn"}, 0)
    assert "¿quiso escribir WHMCS_TIMEOUT?" in "".join(check.message for check in diagnosis.checks if check.fix)
    diagnosis = room.examine(WOMPI_PUBLIC_KEY=None, WOMPI_PUBLICKEY="pub_test_x")
    assert {"settings.wompi_public_key": "fail", "settings.unknown": "warn"}.items() <= ill(diagnosis).items()


def test_P3_terms_that_lead_to_the_start_page(room: Room) -> None:
    """Nobody can read there what is accepted: a warning, also where the start page is given as the terms' address."""
    for address in (None, room.patient.world.whmcs.url):
        diagnosis = room.examine(BRIDGE_TERMS_URL=address)
        assert (ill(diagnosis), diagnosis.exit_status) == ({"settings.terms": "warn"}, 0)


def test_a_file_of_settings_that_is_not_there(room: Room) -> None:
    """Only the file is named: what is missing may stand in it."""
    diagnosis = replace(room.patient, settings={}).examine({"BRIDGE_ENV_FILE": str(room.folder / "typo.env")})
    assert [check.id for check in diagnosis.checks if check.status == "fail"] == ["settings.bridge_env_file"]


def test_a_file_of_settings_that_everybody_can_read(room: Room) -> None:
    """A warning with the command that mends it; protected, it is in order."""
    file = room.folder / "bridge.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in room.patient.settings.items()))
    read = replace(room.patient, settings={"BRIDGE_ENV_FILE": str(file)})
    file.chmod(0o644)
    diagnosis = read.examine({})
    assert (ill(diagnosis), diagnosis.exit_status) == ({"settings.file": "warn"}, 0)
    file.chmod(0o600)
    assert ill(read.examine({})) == {}


@pytest.mark.parametrize(
    ("name", "value", "warned"),
    [
        ("WOMPI_PRIVATE_KEY", "prv_test_TheMerchantsOwnKey", True),
        ("BRIDGE_DATABASE_URL", "mysql+pymysql://bridge:hush@127.0.0.1/bridge", True),
        ("BRIDGE_DATABASE_URL", "sqlite:////var/lib/wompi-bridge/bridge.db", False),
        ("WOMPI_PUBLIC_KEY", "pub_test_InEveryCheckoutsAddress", False),
        ("WOMPI_PRIVATE_KEY", "", False),
        ("WOMPI_PRIVATE_KEY_FILE", "/etc/wompi-bridge/secrets/WOMPI_PRIVATE_KEY", False),
    ],
)
def test_a_file_without_secrets_may_be_read(room: Room, name: str, value: str, warned: bool) -> None:
    """As the systemd unit has it: each secret in a file of its own, and the rest for everybody to see."""
    file = room.folder / "settings.env"
    file.write_text(f"{name}={value}\n")
    file.chmod(0o644)
    diagnosis = room.examine(BRIDGE_ENV_FILE=str(file))
    assert ill(diagnosis) == ({"settings.file": "warn"} if warned else {})
