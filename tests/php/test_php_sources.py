"""The PHP sources: what they are written in, and what they must never do."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import pytest

from whmcs_bridge.whmcs.hooks_installer import install

from .whmcs import HERE, HOOKS, PHP_FILES, SETTINGS, Whmcs, invoice

# Anything that could leave the machine, wait for it, or run something else on it.
CALLS_SOMEBODY = (
    "curl_", "fsockopen", "pfsockopen", "stream_", "socket_", "file_get_contents", "fopen", "readfile", "get_headers",
    "gethostby", "dns_", "checkdnsrr", "mail", "ftp_", "exec", "shell_exec", "system", "passthru", "proc_open", "popen",
    "eval", "assert", "call_user_func", "create_function", "unserialize", "localAPI", "new SoapClient",
    "new GuzzleHttp", "new \\GuzzleHttp", "`",
)  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(HOOKS).as_posix()


def look_at(php: str, source: str) -> dict[str, list[str]]:
    """What ``syntax.php`` finds in a source."""
    command = [php, str(HERE / "syntax.php")]
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("path", PHP_FILES, ids=name)
def test_file_compiles(php: str, path: Path) -> None:
    """``php -l`` accepts the file without a word of warning."""
    command = [php, "-d", "error_reporting=-1", "-d", "display_errors=1", "-l", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout.strip()) == (0, f"No syntax errors detected in {path}")


@pytest.mark.parametrize("path", PHP_FILES, ids=name)
def test_file_follows_the_whmcs_style_guide(path: Path) -> None:
    """UTF-8 without a byte order mark, Unix line ends, no closing tag: nothing that prints before a page's headers."""
    text = path.read_bytes().decode("utf-8")
    assert text.startswith("<?php\n")
    assert "?>" not in text
    assert "\r" not in text
    assert text.endswith(("}\n", ";\n"))


@pytest.mark.parametrize("path", PHP_FILES, ids=name)
def test_file_opened_by_its_address_says_nothing(php: str, path: Path) -> None:
    """Outside WHMCS each file ends at once, with the sentence that WHMCS's own files use."""
    command = [php, "-d", "error_reporting=-1", "-d", "display_errors=1", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("This file cannot be accessed directly", "")


@pytest.mark.parametrize("path", PHP_FILES, ids=name)
def test_file_is_understood_by_php_7_4(php: str, path: Path) -> None:
    """Nothing of PHP 8.0 and later is in the file: WHMCS 8 still runs on 7.4."""
    assert look_at(php, path.read_text(encoding="utf-8"))["offences"] == []


@pytest.mark.parametrize("path", PHP_FILES, ids=name)
def test_file_calls_nobody(php: str, path: Path) -> None:
    """One class speaks to the bridge, with a time limit; beyond it no network, no process, no code from a string."""
    calls = look_at(php, path.read_text(encoding="utf-8"))["calls"]
    assert calls, "the tokens were not read"
    allowed = "curl_" if path.name == "Call.php" else "\0"
    assert [call for call in calls if call.startswith(CALLS_SOMEBODY) and not call.startswith(allowed)] == []


@pytest.mark.parametrize(
    ("source", "offence"),
    [
        ("$a?->b();", "T_NULLSAFE_OBJECT_OPERATOR"),
        ("$a = match (true) { default => 1 };", "T_MATCH"),
        ("enum Suit { case Hearts; }", "T_ENUM"),
        ("class A { public readonly int $b; }", "T_READONLY"),
        ("#[Pure] function f() {}", "T_ATTRIBUTE"),
        ("function f(int|string $a) {}", "union or intersection type"),
        ("function f(): int|null {}", "union or intersection type"),
        ("class A { private int|string $b; }", "union or intersection type"),
        ("function f(A&B $a) {}", "union or intersection type"),
        ("f(a: 1);", "named argument"),
        ("class A { function __construct(private int $b) {} }", "constructor promotion"),
        ("f(...);", "first-class callable"),
        ("$a = $b ?? throw new E();", "throw as an expression"),
        ("try { f(); } catch (E) { }", "catch without a variable"),
        ("$a::class;", "::class of an object"),
        ("class A { final public const B = 1; }", "final or typed constant"),
        ("class A { const int B = 1; }", "final or typed constant"),
        ("$a = 0o17;", "octal 0o"),
        ("function f(mixed $a) {}", "type mixed"),
        ("function f(): never {}", "type never"),
        ("class A { function f(): static {} }", "type static"),
        ("function f($a, $b,) {}", "comma after the last parameter"),
        ("function f($a = new B()) {}", "new in a default"),
        ("str_contains($a, $b);", "str_contains()"),
    ],
)
def test_the_7_4_test_bites(php: str, source: str, offence: str) -> None:
    """The check above finds what PHP 7.4 would refuse."""
    assert offence in look_at(php, f"<?php {source}")["offences"]


@pytest.mark.parametrize(
    "source",
    [
        "try { f(); } catch (A|B $e) { throw $e; }",
        "$a = B | C; $d = $b & $c;",
        "$a = $b ? (c) : d; switch ($a) { case E: break; }",
        "class A { private ?int $b = null; function f(?string $c): ?object { return null; } }",
        "$f = fn (int ...$a): array => [...$a]; f(...$a);",
        "$b ??= 1; $c = 1_000; f($a, $b,); static fn (): bool => true;",
    ],
)
def test_the_7_4_test_does_not_cry_wolf(php: str, source: str) -> None:
    """What PHP 7.4 has is left alone."""
    assert look_at(php, f"<?php {source}")["offences"] == []


def test_what_the_installer_puts_into_a_whmcs_works_there(php: str, tmp_path: Path) -> None:
    """Installed into a WHMCS root, the module and the hook find each other."""
    for place in ("includes/hooks", "modules/gateways"):
        (tmp_path / place).mkdir(parents=True)
    install(tmp_path)
    whmcs = Whmcs(php, tmp_path)
    assert "/pay/pay.1042.77." in whmcs.link(invoice())
    page = whmcs.run(
        "navbar", menu={"Billing": ["My Invoices"]}, context={"id": 77}, settings={"type": "Invoices", **SETTINGS}
    )
    assert "/invoices/list.0.77." in json.dumps(page.menu, ensure_ascii=False)


def test_description_for_apps_and_integrations() -> None:
    """``whmcs.json`` has the keys of WHMCS's reference, and names a logo that is there.

    https://developers.whmcs.com/advanced/json-file/
    """
    module = HOOKS / "modules/gateways/wompi"
    about = json.loads((module / "whmcs.json").read_text(encoding="utf-8"))
    assert (about["schema"], about["type"], about["name"]) == ("1.0", "whmcs-gateways", "wompi")
    assert set(about["description"]) == {"name", "tagline", "long", "features"}
    assert (module / about["logo"]["filename"]).is_file()


def test_logo_has_the_size_that_whmcs_shows() -> None:
    """The logo is a PNG of at most 500 pixels in width (same reference)."""
    data = (HOOKS / "modules/gateways/wompi/logo.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert width <= 500
    assert height <= 500
    assert len(data) < 20_000
