"""``hooks/`` in every PHP that a WHMCS 8 or 9 may run, without a server: builds of PHP as WebAssembly, run by node.

Debian's own PHP runs the whole suite; here each version loads every file and drives every place once.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .addon import ANA, RUNNER, TOKEN
from .test_php_admin import VARS
from .test_php_details import TRANSACTION
from .test_php_home import row
from .test_php_mail import FIELD, about, template
from .test_php_navbar import ACTIVE
from .whmcs import HERE, HOOKS, PHP_FILES, SETTINGS, invoice

FOLDER = Path(sys.prefix) / "php"
VERSIONS = ("7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5")

URL = {"bridgeUrl": "http://127.0.0.1:1"}
"""Nobody listens: each place calls, and goes on without the bridge."""
WORLD: dict[str, Any] = {
    "settings": ACTIVE | URL,
    "invoices": [row(1042, "59500.00", duedate="2026-03-01")],
    "tblemailtemplates": [template("Invoice Created")],
    "client": {"id": 77},
    "context": {"id": 77},
}
REFUND = {"transid": TRANSACTION, "amount": "59500.00", "currency": "COP", **SETTINGS, **URL}
# What is asked, of the harness, and what must stand in the answer.
PLACES: dict[str, tuple[str, list[object], dict[str, object], str]] = {
    "meta data": ("wompi_MetaData", [], {}, "APIVersion"),
    "settings": ("wompi_config", [], {}, "bridgeSecret"),
    "a setting that is wrong": ("wompi_config_validate", [SETTINGS | {"bridgeSecret": "x"}], {}, "32 caracteres"),
    "button": ("wompi_link", [invoice(**URL)], {}, "Pagar con Wompi"),
    "strange parameters": ("wompi_link", [5], {}, "Wompi: TypeError"),
    "refund": ("wompi_refund", [REFUND], {}, "no se sabe si la anulaci"),
    "window": ("wompi_TransactionInformation", [{"transactionId": TRANSACTION, **SETTINGS, **URL}], {}, "no responde"),
    "menu": ("navbar", [], {"menu": {"Billing": ["My Invoices"]}}, "/invoices/list.0.77."),
    "home": ("panels", [], {"panels": ["Unpaid Invoices"]}, "59.500"),
    "mail": ("hook", ["EmailPreSend", about("Invoice Created")], {}, "/pay/mail.1042.77."),
    "editor": ("hook", ["EmailTplMergeFields", {"type": "invoice"}], {}, FIELD),
    "cancellation": ("hook", ["PreInvoiceAutomaticCancellation", {"invoiceid": 1042}], {}, "abortCancel"),
    "notice": ("hook", ["ClientAreaPageViewInvoice", {"invoiceid": 1042, "status": "Unpaid"}], {}, '"result":[[]]'),
    "QR code": (
        "hook",
        ["ClientAreaPageViewInvoice", {"invoiceid": 1042, "status": "Unpaid"}],
        {"settings": ACTIVE | URL | {"invoiceQr": "on"}},
        '"result":[[]]',
    ),
    "admin panel": ("hook", ["AdminInvoicesControlsOutput", VARS], {}, "no responde ahora"),
    "widget": ("widget", [], {}, "no responde ahora"),
    "a fault": ("hook", ["EmailPreSend", about("Invoice Created")], {"broken": ["Invoice"]}, "Wompi: RuntimeException"),
}
CALLBACK = "<?php define('WHMCS', true); require '/hooks/modules/gateways/callback/wompi.php';"
# An old PHP: what WHMCS includes by itself, and what it gets from it.
OLD = """<?php
define('WHMCS', true);
$log = $hooks = [];
function logActivity($line) { $GLOBALS['log'][] = $line; }
function add_hook($point, $priority, $work) { $GLOBALS['hooks'][] = $point; }
require '/hooks/includes/hooks/wompi_bridge.php';
require '/hooks/includes/hooks/wompi_bridge.php';
require '/hooks/modules/gateways/wompi.php';
require '/hooks/modules/addons/wompi_bridge/wompi_bridge.php';
ob_start();
wompi_bridge_output([]);
$addon = ob_get_clean();
echo json_encode([
    'addon' => $addon, 'about' => wompi_bridge_config()['name'],
    'log' => $log, 'hooks' => $hooks, 'meta' => wompi_MetaData(), 'settings' => wompi_config(),
    'link' => wompi_link(['invoiceid' => 1]), 'refund' => wompi_refund([]),
    'window' => wompi_TransactionInformation([]), 'valid' => wompi_config_validate(['bridgeSecret' => 'x']),
]);
"""
NEED = "necesita PHP 7.4 o más reciente"


def run(version: str, *codes: str) -> list[dict[str, Any]]:
    """What each code ends with, prints and complains of. Skips where this PHP is not installed."""
    node = shutil.which("node")
    if node is None or not (FOLDER / f"node_modules/@php-wasm/node-{version.replace('.', '-')}").is_dir():
        pytest.skip("the versions of PHP are not installed: apt-get install nodejs npm, then make php-versions")
    files = {f"/hooks/{path.relative_to(HOOKS).as_posix()}": path.read_text("utf-8") for path in PHP_FILES}
    files["/tests/harness.php"] = (HERE / "harness.php").read_text("utf-8")
    files["/tests/run_addon.php"] = RUNNER.read_text("utf-8")
    given = {"files": files, "ini": {"display_errors": "stderr", "error_reporting": "-1"}, "runs": codes}
    command = [node, str(HERE / "versions" / "run.mjs"), str(FOLDER), version]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def question(what: str, arguments: list[object], world: dict[str, object]) -> str:
    """Code that asks the harness."""
    asked = {"hooks": "/hooks", "run": what, "arguments": arguments, "world": WORLD | world}
    text = json.dumps(asked).replace("\\", "\\\\").replace("'", "\\'")
    return f"<?php $given = '{text}'; require '/tests/harness.php';"


def addon_question(method: str) -> str:
    """Code that opens a page of the addon, or sends a form of it; nobody listens at the bridge's address."""
    asked = {
        "hooks_dir": "/hooks", "method": method, "get": {"page": "health"}, "post": {"token": TOKEN}, "admin": ANA,
        "token": TOKEN, "gateway": {"type": "Invoices", **SETTINGS, **URL}, "permissions": [], "invoices": [],
        "system_url": "https://a.example/", "folder": "admin", "version": "9.0.3", "kept": {}, "without": [],
    }  # fmt: skip
    text = json.dumps(asked).replace("\\", "\\\\").replace("'", "\\'")
    return f"<?php $given = '{text}'; require '/tests/run_addon.php';"


@cache
def driven(version: str) -> list[dict[str, Any]]:
    """Every place in one process of this version: starting it takes a second."""
    places = [question(what, arguments, world) for what, arguments, world, _ in PLACES.values()]
    return run(version, *places, addon_question("GET"), addon_question("POST"), CALLBACK)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_place_works_in_it(version: str) -> None:
    """No notice, no deprecation, nothing thrown into WHMCS's page; each place is there, though the bridge is away."""
    for place, told in zip(PLACES, driven(version), strict=False):
        assert (told["status"], told["err"]) == (0, ""), place
        answer = json.loads(told["out"])
        thrown = answer.get("thrown") or {"class": None}
        assert thrown["class"] == ("WHMCS\\Exception\\Module\\NotServicable" if "wrong" in place else None), place
        assert answer["printed"] == "", place
        shown = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        assert PLACES[place][-1] in shown, (place, shown)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_console_opens_in_it(version: str) -> None:
    """Its page is whole although the bridge is away, and a press is not called done."""
    for told, page in zip(driven(version)[-3:-1], ("silent", "pressed"), strict=True):
        shown, _, end = told["out"].rpartition("\0")
        assert (told["status"], told["err"], json.loads(end)["problems"]) == (0, "", [])
        assert f'data-page="{page}"' in shown


@pytest.mark.parametrize("version", VERSIONS)
def test_the_callback_answers_nobody_in_it(version: str) -> None:
    """It loads, and whoever cannot sign gets its 404."""
    told = driven(version)[-1]
    assert (told["status"], told["out"], told["err"]) == (0, "not found\n", "")


def test_E29_an_old_php_is_told_what_is_needed() -> None:
    """WHMCS 8 on PHP 7.2: its pages go on, nothing of ours hangs on them, and the gateway's own page says why. Told in
    the log once; the settings stay where they were; nothing is refunded."""
    told, callback = run("7.2", OLD, CALLBACK)
    assert (told["status"], told["err"]) == (0, "")
    found = json.loads(told["out"])
    assert (len(found["log"]), NEED in found["log"][0], found["hooks"]) == (1, True, [])
    assert found["meta"]["DisplayName"].startswith("Wompi")
    assert NEED in found["settings"]["UsageNotes"]["Value"]
    assert {"FriendlyName", "bridgeUrl", "bridgeSecret"} <= set(found["settings"])
    assert (found["link"], found["window"], found["valid"]) == ("", None, None)
    assert found["refund"]["status"] == "error"
    assert NEED in found["refund"]["rawdata"]
    assert "necesita PHP 7.4 o m&aacute;s reciente" in found["addon"]
    assert (callback["status"], callback["out"]) == (0, "the Wompi module needs PHP 7.4 or newer\n")
