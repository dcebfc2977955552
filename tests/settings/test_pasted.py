"""What people paste and misspell: other encodings, signs that nobody sees, names that are none, addresses of pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.test_cli import call
from tests.doctor.patient import ill
from tests.world import World
from whmcs_bridge.doctor.doctor import examine
from whmcs_bridge.settings import SettingsError, load_settings, misspelt


def refusals(settings: dict[str, str], folder: Path) -> dict[str, str]:
    """Each setting that is refused, with its Spanish sentence."""
    with pytest.raises(SettingsError) as refused:
        load_settings(settings, folder=folder)
    return {problem.name: problem.es for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-16", "UTF-16"), ("cp1252", "Windows-1252 (Latin-1)"), ("latin-1", "Latin-1")]
)
def test_E6_a_file_in_another_encoding_is_named(tmp_path: Path, encoding: str, told: str) -> None:
    """Not nine settings that are "missing", but one sentence with the encoding and what to do."""
    (tmp_path / ".env").write_bytes("BRIDGE_BRAND_NAME=Señal Andina\n".encode(encoding))
    ended = call("payments", folder=tmp_path)
    (first,) = [line for line in ended.stderr.splitlines() if line.startswith("BRIDGE_ENV_FILE")]
    assert ended.returncode == 2
    assert told in first
    assert "guárdelo otra vez con la codificación UTF-8" in first


def test_E6_a_byte_order_mark_is_no_other_encoding(tmp_path: Path, sqlite_world: World) -> None:
    """Windows' editor writes one; the first setting is read all the same."""
    text = "".join(f"{name}={value}\n" for name, value in sqlite_world.settings.items())
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_settings({}, folder=tmp_path).whmcs_url == sqlite_world.whmcs.url


@pytest.mark.parametrize("around", ["\u200b", "\ufeff", "\u00a0", "\u2060 ", " \u200e"])
def test_E7_invisible_signs_around_a_secret_are_stripped(sqlite_world: World, tmp_path: Path, around: str) -> None:
    """A mail program or a browser has put them there; they mean nothing. The same from a secret's own file."""
    secret = sqlite_world.settings["WHMCS_API_SECRET"]
    loaded = load_settings(sqlite_world.settings | {"WHMCS_API_SECRET": around + secret + around}, folder=tmp_path)
    assert loaded.whmcs_api_secret == secret
    file = tmp_path / "secret"
    file.write_text(f"\ufeff{around}{secret}{around}\n", "utf-8")
    given = {name: value for name, value in sqlite_world.settings.items() if name != "WHMCS_API_SECRET"}
    assert load_settings(given | {"WHMCS_API_SECRET_FILE": str(file)}, folder=tmp_path).whmcs_api_secret == secret


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("abc\u200bdef", "U+200B (ZERO WIDTH SPACE)"),
        ("“abcdef”", "U+201C (LEFT DOUBLE QUOTATION MARK)"),
        ("abc\u00a0def", "U+00A0 (NO-BREAK SPACE)"),
    ],
)
def test_E7_within_a_secret_they_are_refused_by_name(
    sqlite_world: World, tmp_path: Path, value: str, named: str
) -> None:
    """What nobody sees cannot be found by looking: the sentence names it, and not the secret."""
    told = refusals(sqlite_world.settings | {"WHMCS_API_SECRET": value}, tmp_path)
    assert list(told) == ["WHMCS_API_SECRET"]
    assert named in told["WHMCS_API_SECRET"]
    assert "def" not in told["WHMCS_API_SECRET"]


def test_E7_a_brand_may_carry_any_quotes(sqlite_world: World, tmp_path: Path) -> None:
    """People read it; nothing compares it."""
    given = sqlite_world.settings | {"BRIDGE_BRAND_NAME": "Hosting “Andino”"}
    assert load_settings(given, folder=tmp_path).bridge_brand_name == "Hosting “Andino”"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("WHMCS_TIMEOUTS", "WHMCS_TIMEOUT"),
        ("BRIDGE_FEE", "BRIDGE_FEES"),
        ("WOMPI_PUBLICKEY", "WOMPI_PUBLIC_KEY"),
        ("BRIDGE_SECRETS_FILE", "BRIDGE_SECRET_FILE"),
    ],
)
def test_E8_a_misspelt_setting_is_told(sqlite_world: World, tmp_path: Path, written: str, meant: str) -> None:
    """With the one that was probably meant, from the environment and from the file; by the doctor too."""
    (problem,) = misspelt(sqlite_world.settings | {written: "1"}, folder=tmp_path)
    assert (problem.name, f"¿quiso decir {meant}?" in problem.es) == (written, True)
    (tmp_path / ".env").write_text(f"{written}=1\n")
    assert [problem.name for problem in misspelt(sqlite_world.settings, folder=tmp_path)] == [written]
    found = examine(sqlite_world.settings, folder=tmp_path, clock=sqlite_world.clock)
    assert ill(found)["settings.names"] == "warn"
    assert found.configured


def test_E8_what_is_known_or_somebody_elses_is_not_told(sqlite_world: World, tmp_path: Path) -> None:
    """Each setting, its file, the file of all, and every name that does not begin like ours."""
    given = sqlite_world.settings | {"BRIDGE_ENV_FILE": "", "BRIDGE_SECRET_FILE": "", "PATH": "/bin", "WOMP": "1"}
    assert misspelt(given, folder=tmp_path) == []


@pytest.mark.parametrize("formula", ["2.65%+1.500", "1.500", "CARD=2.65%+1.500,PSE=900"])
def test_E9_thousands_with_a_point_are_refused(sqlite_world: World, tmp_path: Path, formula: str) -> None:
    """In Colombia three decimals after a point are thousands: one peso and a half is not what was meant."""
    told = refusals(sqlite_world.settings | {"BRIDGE_FEES": formula}, tmp_path)
    assert "los miles van sin punto, 1500" in told["BRIDGE_FEES"]


def test_E9_decimals_go_on_to_be_decimals(sqlite_world: World, tmp_path: Path) -> None:
    """Of a percentage, and one or two of a sum."""
    for formula in ("2.650%+700", "2.65%+700.50", "700.5"):
        assert load_settings(sqlite_world.settings | {"BRIDGE_FEES": formula}, folder=tmp_path).bridge_fees is not None


@pytest.mark.parametrize("page", ["index.php", "admin/", "clientarea.php", "admin/index.php", "Admin"])
def test_E10_an_address_of_a_page_is_told_at_once(sqlite_world: World, tmp_path: Path, page: str) -> None:
    """Other addresses are made of it by adding; the right one is in the sentence."""
    told = refusals(sqlite_world.settings | {"WHMCS_URL": f"https://clientes.ejemplo.com/whmcs/{page}"}, tmp_path)
    assert "debe ser la dirección del área de clientes" in told["WHMCS_URL"]
    assert told["WHMCS_URL"].endswith(": https://clientes.ejemplo.com/whmcs/")


def test_E10_a_folder_that_only_looks_like_one_is_taken(sqlite_world: World, tmp_path: Path) -> None:
    """A host may be called so."""
    given = sqlite_world.settings | {"WHMCS_URL": "https://admin.ejemplo.com/administracion"}
    assert load_settings(given, folder=tmp_path).whmcs_url == "https://admin.ejemplo.com/administracion/"
