"""The settings: every row of the contract's table, and that what is wrong is told without repeating a secret."""

from __future__ import annotations

import traceback
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from whmcs_bridge.settings import Settings, SettingsError, load_settings
from wompi_gateway.keys import Environment

REQUIRED = {
    "BRIDGE_URL": "https://pay.example.com/wompi",
    "BRIDGE_SECRET": "0123456789abcdef0123456789abcdef",
    "WHMCS_URL": "https://clientes.example.com/area",
    "WHMCS_API_IDENTIFIER": "identifier-of-the-api",
    "WHMCS_API_SECRET": "secret-of-the-api",
    "WOMPI_PUBLIC_KEY": "pub_test_Kw4aC0rZ",
    "WOMPI_PRIVATE_KEY": "prv_test_Pr1vateW0rd",
    "WOMPI_INTEGRITY_SECRET": "test_integrity_1ntegrityW0rd",
    "WOMPI_EVENTS_SECRET": "test_events_Ev3ntsW0rd",
}
PROD = {
    "WOMPI_PUBLIC_KEY": "pub_prod_Kw4aC0rZ",
    "WOMPI_PRIVATE_KEY": "prv_prod_Pr1vateW0rd",
    "WOMPI_INTEGRITY_SECRET": "prod_integrity_1ntegrityW0rd",
    "WOMPI_EVENTS_SECRET": "prod_events_Ev3ntsW0rd",
}
SECRETS = [name for name in REQUIRED if name not in ("BRIDGE_URL", "WHMCS_URL", "WOMPI_PUBLIC_KEY")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory without a ``.env``."""
    return tmp_path


def load(folder: Path, **changes: str) -> Settings:
    return load_settings(REQUIRED | changes, folder=folder)


def problems(folder: Path, **changes: str | None) -> dict[str, str]:
    """Load what must be refused; the names and English sentences of what is wrong."""
    environ = {name: value for name, value in (REQUIRED | changes).items() if value is not None}
    with pytest.raises(SettingsError) as refusal:
        load_settings(environ, folder=folder)
    found = {problem.name: problem.en for problem in refusal.value.problems}
    assert len(found) == len(refusal.value.problems), "one entry a setting"
    for problem in refusal.value.problems:
        assert problem.es
        assert problem.name in str(refusal.value)
    return found


def test_defaults(folder: Path) -> None:
    """Every default of the table, and what follows from the required ones."""
    settings = load(folder)
    assert settings.bridge_url == "https://pay.example.com/wompi/"
    assert settings.bridge_secret == ("0123456789abcdef0123456789abcdef",)
    assert settings.bridge_database_url == "sqlite:///bridge.db"
    assert settings.bridge_recheck_after == 300
    assert settings.bridge_checkout_ttl == 3600
    assert settings.bridge_keep_events_days == 60
    assert settings.terms_url == "https://clientes.example.com/area/"
    assert settings.bridge_brand_name is None
    assert settings.bridge_brand_logo_url is None
    assert settings.bridge_brand_color is None
    assert settings.bridge_trusted_proxies == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert settings.whmcs_url == "https://clientes.example.com/area/"
    assert settings.api_url == "https://clientes.example.com/area/includes/api.php"
    assert settings.whmcs_api_access_key is None
    assert settings.whmcs_gateway == "wompi"
    assert (settings.whmcs_timeout, settings.whmcs_post_timeout) == (15, 60)
    assert settings.whmcs_timezone == ZoneInfo("America/Bogota")
    assert settings.keys.environment is Environment.SANDBOX
    assert settings.wompi_api_url is None
    assert settings.wompi_checkout_url == "https://checkout.wompi.co/p/"
    assert settings.wompi_timeout == 10
    assert settings.lease == 10 + 5 * 15 + 60 + 10


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("BRIDGE_URL", "https://pay.example.com", "https://pay.example.com/"),
        ("BRIDGE_URL", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("BRIDGE_DATABASE_URL", "sqlite:////var/lib/bridge/bridge.db", "sqlite:////var/lib/bridge/bridge.db"),
        ("BRIDGE_DATABASE_URL", "mysql+pymysql://u:p@db/bridge", "mysql+pymysql://u:p@db/bridge"),
        ("BRIDGE_DATABASE_URL", "postgresql+psycopg://u:p@db/bridge", "postgresql+psycopg://u:p@db/bridge"),
        ("BRIDGE_RECHECK_AFTER", "1", 1),
        ("BRIDGE_CHECKOUT_TTL", "900", 900),
        ("BRIDGE_KEEP_EVENTS_DAYS", "8", 8),
        ("BRIDGE_TERMS_URL", "https://example.com/terms.php", "https://example.com/terms.php"),
        ("BRIDGE_BRAND_NAME", "Ñandú Hosting", "Ñandú Hosting"),
        ("BRIDGE_BRAND_LOGO_URL", "https://example.com/logo.png", "https://example.com/logo.png"),
        ("BRIDGE_BRAND_COLOR", "#0A7d5A", "#0a7d5a"),
        ("BRIDGE_TRUSTED_PROXIES", "192.0.2.1", (ip_network("192.0.2.1/32"),)),
        ("BRIDGE_TRUSTED_PROXIES", "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1/128"))),
        # As "ip addr" shows it, and as a socket for both families does.
        ("BRIDGE_TRUSTED_PROXIES", "127.0.0.1/8", (ip_network("127.0.0.0/8"),)),
        ("BRIDGE_TRUSTED_PROXIES", "::ffff:10.0.0.0/104", (ip_network("10.0.0.0/8"),)),
        ("WHMCS_API_URL", "https://api.example.com/x/api.php", "https://api.example.com/x/api.php"),
        ("WHMCS_API_ACCESS_KEY", "access", "access"),
        ("WHMCS_GATEWAY", "wompi_cop2", "wompi_cop2"),
        ("WHMCS_TIMEOUT", "2.5", 2.5),
        ("WHMCS_POST_TIMEOUT", "120", 120),
        ("WHMCS_TIMEZONE", "Europe/Madrid", ZoneInfo("Europe/Madrid")),
        ("WOMPI_API_URL", "http://127.0.0.1:8002/v1", "http://127.0.0.1:8002/v1"),
        ("WOMPI_CHECKOUT_URL", "http://localhost:8002/p/", "http://localhost:8002/p/"),
        ("WOMPI_TIMEOUT", "3", 3),
    ],
)
def test_every_setting_can_be_set(folder: Path, name: str, text: str, value: Any) -> None:
    """By the contract's name, and trimmed of what was pasted around it."""
    assert getattr(load(folder, **{name: f" {text}\r\n"}), name.lower()) == value


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_what_is_required(folder: Path, name: str, value: str | None) -> None:
    """Missing, empty and blank are the same, and the setting is named."""
    assert problems(folder, **{name: value}) == {name: "is missing; it is required"}


def test_everything_that_is_wrong_is_told_at_once(folder: Path) -> None:
    """One sentence a setting, all of them, so that nobody mends one and meets the next."""
    with pytest.raises(SettingsError) as refusal:
        load_settings({"WHMCS_URL": "https://clientes.example.com/"}, folder=folder)
    assert {problem.name for problem in refusal.value.problems} == set(REQUIRED) - {"WHMCS_URL"}


def test_optional_settings_left_blank_have_their_defaults(folder: Path) -> None:
    """An empty line of a template changes nothing."""
    blank = dict.fromkeys(("BRIDGE_DATABASE_URL", "WHMCS_TIMEOUT", "WHMCS_GATEWAY", "BRIDGE_BRAND_COLOR"), " ")
    assert load(folder, **blank) == load(folder)


class TestLists:
    def test_newest_first(self, folder: Path) -> None:
        """The first signs; spaces and empty places do not count."""
        settings = load(
            folder,
            BRIDGE_SECRET=f" {'n' * 32} , {'o' * 32},,",
            WOMPI_EVENTS_SECRET="test_events_New1, test_events_Old1 ",
        )
        assert settings.bridge_secret == ("n" * 32, "o" * 32)
        assert settings.keys.events == ("test_events_New1", "test_events_Old1")

    @pytest.mark.parametrize("value", ["short", "n" * 31, f"{'n' * 32},{'o' * 31}", ",", "ñ" * 32, "n" * 32 + "\x07"])
    def test_short_and_strange_secrets(self, folder: Path, value: str) -> None:
        """Each of them has at least 32 plain characters."""
        assert set(problems(folder, BRIDGE_SECRET=value)) == {"BRIDGE_SECRET"}

    def test_one_events_secret_of_the_other_environment(self, folder: Path) -> None:
        """Every secret of the list belongs to the keys' environment."""
        told = problems(folder, WOMPI_EVENTS_SECRET="test_events_New1,prod_events_Old1")
        assert "mixed" in "".join(told.values())


class TestKeys:
    def test_production(self, folder: Path) -> None:
        """All four of production are as good as all four of the sandbox."""
        assert load(folder, **PROD).keys.environment is Environment.PRODUCTION

    @pytest.mark.parametrize("name", PROD)
    def test_A81_mixed_environments(self, folder: Path, name: str) -> None:
        """One of production among three of the sandbox."""
        assert "mixed" in "".join(problems(folder, **{name: PROD[name]}).values())

    @pytest.mark.parametrize("name", PROD)
    @pytest.mark.parametrize("other", PROD)
    def test_keys_in_each_other_s_place(self, folder: Path, name: str, other: str) -> None:
        """A key that was pasted into another field is named by that field."""
        if name != other:
            told = problems(folder, **{name: REQUIRED[other]})
            assert list(told) == [name]
            assert "another kind" in told[name]
            assert REQUIRED[other] not in told[name]

    def test_exchanged_secrets_name_both(self, folder: Path) -> None:
        """Integrity and events secret exchanged: the commonest mistake."""
        integrity, events = REQUIRED["WOMPI_INTEGRITY_SECRET"], REQUIRED["WOMPI_EVENTS_SECRET"]
        told = problems(folder, WOMPI_INTEGRITY_SECRET=events, WOMPI_EVENTS_SECRET=integrity)
        assert set(told) == {"WOMPI_INTEGRITY_SECRET", "WOMPI_EVENTS_SECRET"}

    @pytest.mark.parametrize(
        "value", ["pub_test_xxxxxxxx", "pub_test_", "pub_test_a b c", "changeme", "pub_stagtest_abcd"]
    )
    def test_A81_placeholders(self, folder: Path, value: str) -> None:
        """What is obviously not a key refuses to start."""
        assert list(problems(folder, WOMPI_PUBLIC_KEY=value)) == ["WOMPI_PUBLIC_KEY"]


URLS = [
    "BRIDGE_URL",
    "WHMCS_URL",
    "WHMCS_API_URL",
    "BRIDGE_TERMS_URL",
    "BRIDGE_BRAND_LOGO_URL",
    "WOMPI_API_URL",
    "WOMPI_CHECKOUT_URL",
]


class TestAddresses:
    @pytest.mark.parametrize("name", URLS)
    @pytest.mark.parametrize(
        "value",
        ["http://pay.example.com/", "http://8.8.8.8/", "http://localhost.example.com/", "http://127.0.0.1.example.com/",
         "http://[2606:4700::1111]/", "ftp://example.com/", "javascript:alert(1)", "example.com", "//example.com", "https://",
         "https:///path", "https://user:s3cr3tw0rd@example.com/", "https://exa mple.com/", "https://example.com:port/",
         "https://example.com:99999/", "https://[::1/"],
    )  # fmt: skip
    def test_refused(self, folder: Path, name: str, value: str) -> None:
        """No plain http across other people's wires, no half address, no password in it, nothing after it."""
        told = problems(folder, **{name: value})
        assert list(told) == [name]
        assert "s3cr3tw0rd" not in told[name]

    @pytest.mark.parametrize("value", ["https://example.com/index.php?rp=/terminos", "https://example.com/#a"])
    def test_only_a_page_may_have_a_query(self, folder: Path, value: str) -> None:
        """Addresses that others are made of take none; the terms and the logo are used as they are."""
        pages = {"BRIDGE_TERMS_URL": value, "BRIDGE_BRAND_LOGO_URL": value}
        assert load_settings(REQUIRED | pages, folder=folder).terms_url == value
        for name in set(URLS) - pages.keys():
            assert list(problems(folder, **{name: value})) == [name]

    @pytest.mark.parametrize(
        "value",
        ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]:8080/", "http://10.0.0.5/", "http://192.168.1.9/",
         "http://whmcs:8080/", "http://bridge.localhost/", "https://8.8.8.8/", "https://pay.example.com:8443/a/b/"],
    )  # fmt: skip
    def test_accepted(self, folder: Path, value: str) -> None:
        """Plain http within this machine and its own network, https everywhere."""
        assert load(folder, WHMCS_URL=value).whmcs_url == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRIDGE_DATABASE_URL", "mysql://u:p@h/d"),
        ("BRIDGE_DATABASE_URL", "sqlite"),
        ("BRIDGE_DATABASE_URL", "/var/lib/bridge.db"),
        ("BRIDGE_RECHECK_AFTER", "0"),
        ("BRIDGE_RECHECK_AFTER", "-5"),
        ("BRIDGE_RECHECK_AFTER", "five"),
        ("BRIDGE_RECHECK_AFTER", "1.5"),
        ("BRIDGE_RECHECK_AFTER", "9" * 5000),
        ("BRIDGE_CHECKOUT_TTL", "0"),
        ("BRIDGE_CHECKOUT_TTL", "604801"),
        ("BRIDGE_BRAND_COLOR", "green"),
        ("BRIDGE_BRAND_COLOR", "#fff"),
        ("BRIDGE_BRAND_COLOR", "#12345g"),
        ("BRIDGE_BRAND_COLOR", "red;}"),
        ("BRIDGE_BRAND_NAME", "x" * 81),
        ("BRIDGE_TRUSTED_PROXIES", "nginx"),
        ("BRIDGE_TRUSTED_PROXIES", "127.0.0.1, proxy.example.com"),
        ("BRIDGE_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("BRIDGE_TRUSTED_PROXIES", "10.0.0.1:8080"),
        ("BRIDGE_TRUSTED_PROXIES", "*"),
        ("BRIDGE_TRUSTED_PROXIES", ","),
        ("BRIDGE_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("BRIDGE_TRUSTED_PROXIES", "127.0.0.1, ::/0"),
        ("WHMCS_GATEWAY", "Wompi"),
        ("WHMCS_GATEWAY", "../wompi"),
        ("WHMCS_GATEWAY", "wompi pagos"),
        ("WHMCS_TIMEOUT", "0"),
        ("WHMCS_TIMEOUT", "nan"),
        ("WHMCS_TIMEOUT", "inf"),
        ("WHMCS_POST_TIMEOUT", "3601"),
        ("WOMPI_TIMEOUT", "-1"),
        ("WOMPI_TIMEOUT", "10s"),
        ("WHMCS_TIMEZONE", "Bogota"),
        ("WHMCS_TIMEZONE", "America"),
        ("WHMCS_TIMEZONE", "../../etc/passwd"),
        ("WHMCS_TIMEZONE", "/etc/localtime"),
    ],
)
def test_values_that_cannot_be_used(folder: Path, name: str, value: str) -> None:
    """Each is named, by itself, in both languages."""
    assert list(problems(folder, **{name: value})) == [name]


def test_a_proxy_that_is_no_address_is_named(folder: Path) -> None:
    """Whoever writes a name reads which one it was, and what goes there instead."""
    told = problems(folder, BRIDGE_TRUSTED_PROXIES="127.0.0.1, nginx")["BRIDGE_TRUSTED_PROXIES"]
    assert '"nginx"' in told
    assert "10.0.0.0/8" in told


class TestFiles:
    def test_env_file_in_the_folder(self, folder: Path) -> None:
        """``.env`` is read; what the environment says wins over it."""
        (folder / ".env").write_text(
            "WHMCS_GATEWAY=from_file\nWHMCS_TIMEOUT=3 # seconds\nBRIDGE_BRAND_NAME='a $HOME b'\n", "utf-8"
        )
        settings = load(folder, WHMCS_TIMEOUT="4")
        assert (settings.whmcs_gateway, settings.whmcs_timeout) == ("from_file", 4)
        assert settings.bridge_brand_name == "a $HOME b"  # nothing is filled in

    def test_a_whole_configuration_in_the_file(self, folder: Path) -> None:
        """Nothing needs to be in the environment."""
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in REQUIRED.items()), "utf-8")
        assert load_settings({}, folder=folder) == load(folder)

    def test_another_env_file(self, folder: Path) -> None:
        """``BRIDGE_ENV_FILE`` names another one, and then only that is read."""
        (folder / ".env").write_text("WHMCS_GATEWAY=ignored\n", "utf-8")
        (folder / "other.env").write_text("WHMCS_GATEWAY=other\n", "utf-8")
        assert load(folder, BRIDGE_ENV_FILE=str(folder / "other.env")).whmcs_gateway == "other"

    @pytest.mark.parametrize("name", ["missing.env", "x" * 300])
    def test_an_env_file_that_is_not_there(self, folder: Path, name: str) -> None:
        """Named and missing, or not even a possible name: told, never a traceback."""
        assert "BRIDGE_ENV_FILE" in problems(folder, BRIDGE_ENV_FILE=str(folder / name))

    def test_an_env_file_that_is_no_text(self, folder: Path) -> None:
        """Not UTF-8: told as such."""
        (folder / "latin.env").write_bytes(b"BRIDGE_BRAND_NAME=Se\xf1al\n")
        assert "BRIDGE_ENV_FILE" in problems(folder, BRIDGE_ENV_FILE=str(folder / "latin.env"))

    @pytest.mark.parametrize("name", [*SECRETS, "WOMPI_PUBLIC_KEY", "WHMCS_API_ACCESS_KEY", "BRIDGE_DATABASE_URL"])
    def test_secrets_from_files(self, folder: Path, name: str) -> None:
        """``NAME_FILE`` names a file that holds the value, with the newline that an editor leaves."""
        value = REQUIRED.get(name, "sqlite:///other.db")
        (folder / "secret").write_text(f"{value}\n", "utf-8")
        environ = {key: text for key, text in REQUIRED.items() if key != name} | {
            f"{name}_FILE": str(folder / "secret")
        }
        settings = load_settings(environ, folder=folder)
        assert value in (getattr(settings, name.lower()), ",".join(getattr(settings, name.lower())))

    def test_the_monitor_s_address_from_a_file(self, folder: Path) -> None:
        """Who has it could keep the monitor quiet: it may be given as a secret is."""
        (folder / "secret").write_text("https://monitor.example.com/ping/8f2e\n", "utf-8")
        environ = REQUIRED | {"BRIDGE_HEARTBEAT_URL_FILE": str(folder / "secret")}
        settings = load_settings(environ, folder=folder)
        assert settings.bridge_heartbeat_url == "https://monitor.example.com/ping/8f2e"
        assert "8f2e" not in repr(settings)

    @pytest.mark.parametrize("name", SECRETS)
    def test_a_secret_s_file_that_cannot_be_read(self, folder: Path, name: str) -> None:
        """The setting is named, once, with the path."""
        told = problems(folder, **{name: None, f"{name}_FILE": str(folder / "nothing")})
        assert list(told) == [name]
        assert "nothing" in told[name]

    def test_the_environment_wins_over_the_file_also_by_name_file(self, folder: Path) -> None:
        """A secret's file that the environment names counts more than a value left behind in ``.env``."""
        (folder / ".env").write_text(f"BRIDGE_SECRET={'o' * 32}\n", "utf-8")
        (folder / "secret").write_text("n" * 32, "utf-8")
        environ = {key: text for key, text in REQUIRED.items() if key != "BRIDGE_SECRET"}
        settings = load_settings(environ | {"BRIDGE_SECRET_FILE": str(folder / "secret")}, folder=folder)
        assert settings.bridge_secret == ("n" * 32,)


class TestSecretsStayHere:
    def test_in_what_is_printed(self, folder: Path) -> None:
        """``repr`` and ``str`` of settings and keys, as a log or a debugger shows them."""
        settings = load(
            folder, BRIDGE_DATABASE_URL="mysql+pymysql://u:s3cr3tw0rd@db/d", WHMCS_API_ACCESS_KEY="acc3ssw0rd"
        )
        shown = repr(settings) + str(settings) + repr(settings.keys)
        for secret in [*(REQUIRED[name] for name in SECRETS), "s3cr3tw0rd", "acc3ssw0rd"]:
            assert secret not in shown

    @pytest.mark.parametrize(
        "broken", [*REQUIRED, "WHMCS_TIMEOUT", "BRIDGE_DATABASE_URL", "WHMCS_GATEWAY", "WHMCS_TIMEZONE"]
    )
    def test_in_what_is_told(self, folder: Path, broken: str) -> None:
        """Neither the sentences nor the traceback hold a secret, not even a broken one in the wrong place."""
        environ = REQUIRED | {broken: "s3cr3t w0rd\x07"}
        with pytest.raises(SettingsError) as refusal:
            load_settings(environ | {"BRIDGE_RECHECK_AFTER": "x"}, folder=folder)
        told = "".join(traceback.format_exception(refusal.value)) + repr(refusal.value.problems)
        assert "s3cr3t" not in told
        for name in SECRETS:
            assert REQUIRED[name] not in told


def test_a_pull_of_payouts_is_daily_or_off(folder: Path) -> None:
    """Off unless it is set; anything else is told in one sentence."""
    given = {"": False, "off": False, "daily": True, "Daily": True}
    assert {told: load(folder, BRIDGE_SETTLEMENTS_PULL=told).bridge_settlements_pull for told in given} == given
    with pytest.raises(SettingsError) as caught:
        load(folder, BRIDGE_SETTLEMENTS_PULL="yes")
    assert [problem.es for problem in caught.value.problems] == ["debe ser daily u off"]
