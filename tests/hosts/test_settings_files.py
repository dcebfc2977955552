"""Files of settings as every editor leaves them, and names and values as people type and paste them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings.test_settings import REQUIRED, SECRETS, load, problems
from whmcs_bridge.money.fees import BadFees, parse_fees
from whmcs_bridge.settings import SettingsError, load_settings, unknown_settings

WHOLE = "".join(f"{name}={value}\n" for name, value in REQUIRED.items()) + "BRIDGE_BRAND_NAME=Señal €\n"


def refused(tmp_path: Path, content: bytes) -> tuple[str, str]:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SettingsError) as refusal:
        load_settings({}, folder=tmp_path)
    (problem,) = refusal.value.problems
    return problem.name, problem.es


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "named"),
        [
            ("utf-16", "UTF-16"),
            ("utf-16-le", "UTF-16"),
            ("utf-16-be", "UTF-16"),
            ("utf-32", "UTF-32"),
            ("cp1252", "Windows-1252"),
            ("iso-8859-15", "ISO-8859-1"),
        ],
    )
    def test_E6_another_encoding_is_named(self, tmp_path: Path, encoding: str, named: str) -> None:
        """One sentence, about the file, and not nine about what is missing."""
        name, told = refused(tmp_path, WHOLE.encode(encoding))
        assert name == "BRIDGE_ENV_FILE"
        assert named in told
        assert "guárdelo como UTF-8" in told

    @pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_E6_utf_8_of_every_editor(self, tmp_path: Path, ends: str, mark: str) -> None:
        """With a byte order mark or without, with the line ends of each system."""
        (tmp_path / ".env").write_bytes((mark + WHOLE).replace("\n", ends).encode())
        settings = load_settings({}, folder=tmp_path)
        assert (settings.bridge_url, settings.bridge_brand_name) == ("https://pay.example.com/wompi/", "Señal €")

    @pytest.mark.parametrize(("encoding", "named"), [("utf-16", "UTF-16"), ("utf-32", "UTF-32")])
    def test_E6_a_secret_s_file_in_another_encoding(self, tmp_path: Path, encoding: str, named: str) -> None:
        """The setting is named, and the encoding."""
        (tmp_path / "secret").write_bytes(("0" * 32).encode(encoding))
        told = problems(tmp_path, BRIDGE_SECRET=None, BRIDGE_SECRET_FILE=str(tmp_path / "secret"))
        assert named in told["BRIDGE_SECRET"]


class TestInvisible:
    AROUND = ("\ufeff", "\u200b", "\u00a0", "\u2060", "\u200e", "\u00ad", "\u2028", "\u3000", "\u202a", "\t", "\r\n")

    @pytest.mark.parametrize("around", AROUND)
    @pytest.mark.parametrize("name", SECRETS)
    def test_E7_at_the_ends_they_are_taken_away(self, tmp_path: Path, name: str, around: str) -> None:
        """From a value, and from a secret's file with a byte order mark."""
        assert load(tmp_path, **{name: around + REQUIRED[name] + around}) == load(tmp_path)
        (tmp_path / "secret").write_text(f"\ufeff{REQUIRED[name]}{around}\n", "utf-8")
        given = {key: value for key, value in REQUIRED.items() if key != name}
        assert load_settings(given | {f"{name}_FILE": str(tmp_path / "secret")}, folder=tmp_path) == load(tmp_path)

    @pytest.mark.parametrize("inside", [*"\ufeff\u200b\u00a0\u202e\u00ad“’\x07\x1b\0"])
    @pytest.mark.parametrize("name", [*SECRETS, "BRIDGE_URL", "WOMPI_PUBLIC_KEY", "WHMCS_API_ACCESS_KEY"])
    def test_E7_within_a_value_they_are_refused_by_name(self, tmp_path: Path, name: str, inside: str) -> None:
        """The setting and the character are named; nothing of the value is repeated."""
        value = REQUIRED.get(name, "access")
        told = problems(tmp_path, **{name: value[:4] + inside + value[4:]})
        assert list(told) == [name]
        assert value not in told[name]
        assert told[name].isprintable()

    @pytest.mark.parametrize("pair", ["““", "“”", "''", '""', "‘’", "«»", "„“"])
    @pytest.mark.parametrize("name", SECRETS)
    def test_E7_a_pair_of_quotes_is_taken_away(self, tmp_path: Path, name: str, pair: str) -> None:
        """A word processor makes them curly; ``docker --env-file`` hands straight ones on."""
        assert load(tmp_path, **{name: f"{pair[0]}{REQUIRED[name]}{pair[1]} "}) == load(tmp_path)

    def test_E7_one_quote_alone_is_refused(self, tmp_path: Path) -> None:
        """Half of a pair: something was lost."""
        assert list(problems(tmp_path, WHMCS_API_SECRET="”secret")) == ["WHMCS_API_SECRET"]

    def test_a_name_may_have_what_it_needs(self, tmp_path: Path) -> None:
        """A brand's name is shown, not compared."""
        assert load(tmp_path, BRIDGE_BRAND_NAME="L’Été\u00a0Hosting").bridge_brand_name == "L’Été\u00a0Hosting"


class TestNames:
    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("WHMCS_TIMEOUTS", "WHMCS_TIMEOUT"),
            ("BRIDGE_FEE", "BRIDGE_FEES"),
            ("WOMPI_PUBLICKEY", "WOMPI_PUBLIC_KEY"),
            ("WOMPI_INTEGRITY_SECRETS", "WOMPI_INTEGRITY_SECRET"),
            ("WOMPI_INTEGRITY_KEY", "WOMPI_INTEGRITY_SECRET"),
            ("WHMCS_POSTTIMEOUT", "WHMCS_POST_TIMEOUT"),
            ("BRIDGE_BRAND_COLOUR", "BRIDGE_BRAND_COLOR"),
            ("bridge_url", "BRIDGE_URL"),
            ("BRIDGE_DATABASEURL", "BRIDGE_DATABASE_URL"),
            ("WOMPI_PRIVATE_KEY_FILES", "WOMPI_PRIVATE_KEY_FILE"),
            ("BRIDGE_URL_FILE", None),
            ("WHMCS_XYZZY", None),
        ],
    )
    def test_E8_an_unknown_name_is_told(self, tmp_path: Path, name: str, meant: str | None) -> None:
        """With the one that was probably meant, from the environment and from the file."""
        (found,) = unknown_settings({name: "1"}, folder=tmp_path)
        (tmp_path / ".env").write_text(f"{name}=1\n")
        assert unknown_settings({}, folder=tmp_path) == [found]
        assert found.name == name
        assert meant is None or f"¿quiso escribir {meant}?" in found.es
        assert "1" not in found.es

    def test_E8_a_misspelt_beginning_in_the_file(self, tmp_path: Path) -> None:
        """All that stands in the file is meant for the bridge; in the environment it may be anybody's."""
        (tmp_path / ".env").write_text("WHCMS_API_SECRET=x\nWOMPY_PUBLIC_KEY=x\nLANG=es_CO.UTF-8\n")
        told = {problem.name: problem.es for problem in unknown_settings({"WHCMS_URL": "x"}, folder=tmp_path)}
        assert set(told) == {"WHCMS_API_SECRET", "WOMPY_PUBLIC_KEY"}
        assert "WHMCS_API_SECRET" in told["WHCMS_API_SECRET"]

    def test_E8_what_is_missing_because_of_it_is_told_with_it(self, tmp_path: Path) -> None:
        """One sentence says that it is missing, the next one why."""
        given = {name: value for name, value in REQUIRED.items() if name != "WHMCS_API_SECRET"}
        with pytest.raises(SettingsError) as refusal:
            load_settings(given | {"WHMCS_APISECRET": "x"}, folder=tmp_path)
        assert [problem.name for problem in refusal.value.problems] == ["WHMCS_API_SECRET", "WHMCS_APISECRET"]

    def test_every_real_setting_is_known(self, tmp_path: Path) -> None:
        """All of the example's names, each secret as a file, and what Kubernetes puts beside them."""
        text = (Path(__file__).parents[2] / "config.example.env").read_text("utf-8")
        names = {line.lstrip("#").partition("=")[0] for line in text.splitlines() if line.lstrip("#")[:6].isupper()}
        given = dict.fromkeys(names | {f"{name}_FILE" for name in SECRETS}, "")
        of_kubernetes = {"WHMCS_SERVICE_HOST": "10.0.0.1", "WHMCS_PORT": "tcp://", "WOMPI_PORT_80_TCP_ADDR": "10.0.0.1"}
        assert unknown_settings(given | of_kubernetes | {"BRIDGE_ENV_FILE": ""}, folder=tmp_path) == []


class TestValues:
    @pytest.mark.parametrize("password", ["p@ss", "p@ss/w", "@@", "a@b:c", "p@s?s", "secret@x@y"])
    @pytest.mark.parametrize("kind", ["mysql+pymysql", "postgresql+psycopg"])
    def test_E5_an_at_sign_in_a_password(self, tmp_path: Path, kind: str, password: str) -> None:
        """What to write is told, and no piece of the password."""
        told = problems(tmp_path, BRIDGE_DATABASE_URL=f"{kind}://bridge:{password}@db.example.com/bridge")
        assert list(told) == ["BRIDGE_DATABASE_URL"]
        assert "write @ as %40" in told["BRIDGE_DATABASE_URL"]
        assert password not in told["BRIDGE_DATABASE_URL"]

    @pytest.mark.parametrize("address", ["u:p%40ss@h/d", "u@h/d", "u:p:x@h/d", "h/d", "u:p@h/d?a=a@b", "u:p@[::1]/d"])
    def test_E5_what_is_written_right_is_taken(self, tmp_path: Path, address: str) -> None:
        """Also an address with other marks."""
        assert load(tmp_path, BRIDGE_DATABASE_URL=f"mysql+pymysql://{address}").bridge_database_url

    @pytest.mark.parametrize("fees", ["2.65%+1.500", "1.500", "CARD=2.65%+700,*=1.200", "PSE=1.5000"])
    def test_E9_points_of_thousands_are_refused(self, tmp_path: Path, fees: str) -> None:
        """A peso and a half is no fee: three figures after a point are thousands."""
        assert "1500" in problems(tmp_path, BRIDGE_FEES=fees)["BRIDGE_FEES"]
        with pytest.raises(BadFees):
            parse_fees(fees)

    @pytest.mark.parametrize("fees", ["2.655%+700", "2.65%+1500.5", "900.25"])
    def test_E9_what_can_only_be_decimals_is_taken(self, fees: str) -> None:
        """A percentage of thousands does not exist."""
        assert parse_fees(fees).formulas

    @pytest.mark.parametrize(
        "end",
        ["index.php", "admin/", "admin", "clientarea.php", "includes/api.php", "includes", "INDEX.PHP/", "admin/x.php"],
    )
    def test_E10_an_address_of_a_page_of_whmcs(self, tmp_path: Path, end: str) -> None:
        """Told at once, with what is too much."""
        told = problems(tmp_path, WHMCS_URL=f"https://clientes.example.com/area/{end}")
        assert list(told) == ["WHMCS_URL"]
        assert end.strip("/").rpartition("/")[2] in told["WHMCS_URL"]

    @pytest.mark.parametrize("end", ["webhooks/wompi", "pay/", "healthz", "return"])
    def test_E10_an_address_of_a_page_of_the_bridge(self, tmp_path: Path, end: str) -> None:
        """The same for the bridge's own."""
        assert list(problems(tmp_path, BRIDGE_URL=f"https://pay.example.com/{end}")) == ["BRIDGE_URL"]
