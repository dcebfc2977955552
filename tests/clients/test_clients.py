"""`whmcspy`, `whmcs-api-client`, and npm's `whmcs` and `whmcs-js` against the sandbox WHMCS, in versions 7, 8 and 9.

Every call that the bridge uses and that they have. What they cannot read stands here, with the reason.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import whmcspy
from pydantic import ValidationError
from whmcs_client import ApiClient, Configuration
from whmcs_client.api.default_api import DefaultApi

from whmcs_bridge.sandbox import openapi
from whmcs_bridge.sandbox.service import VERSIONS, Options, serving
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox

# Pinned, as are the two of Python in setup.cfg.
NPM = ("whmcs@1.2.2", "whmcs-js@2.0.1")
INVOICE, CLIENT = 1042, 77
USED = {name for name, *_ in openapi.WHMCS_ACTIONS}


@pytest.fixture(params=VERSIONS)
def whmcs(request: pytest.FixtureRequest) -> Iterator[WhmcsSandbox]:
    """One installation of each generation; its invoice has one payment."""
    with serving(Options(0, 0, whmcs_version=request.param)) as made:
        made.whmcs.add_payment(INVOICE, "T-1", amount="100.00")
        made.whmcs.granted = {"activatemodule", "updatemoduleconfiguration"}
        yield made.whmcs


class TestWhmcspy:
    """https://pypi.org/project/whmcspy/ 0.3.0: requests and dictionaries."""

    @pytest.fixture
    def client(self, whmcs: WhmcsSandbox) -> Any:
        return whmcspy.WHMCS(whmcs.api_url, whmcs.identifier, whmcs.secret)

    def test_its_own_calls(self, client: Any, whmcs: WhmcsSandbox) -> None:
        """GetInvoice, GetTransactions and AddTransaction are all that it has of ours by name."""
        assert client.get_invoice(INVOICE)["balance"] == "59400.00"
        assert [row["transid"] for row in client.get_transactions(invoiceid=INVOICE)] == ["T-1"]
        client.add_transaction("wompi", userid=CLIENT, transid="PY-1", amountin="1.00", credit=1)
        assert str(whmcs.credit_of(CLIENT)) == "1.00"

    def test_any_other_by_its_name(self, client: Any, whmcs: WhmcsSandbox) -> None:
        """It sends what it is given, and takes `result` for the outcome."""
        fields: dict[str, dict[str, object]] = {
            "ActivateModule": {"moduleType": "gateway", "moduleName": "paypal"},
            "AddInvoicePayment": {"invoiceid": INVOICE, "transid": "PY-2", "gateway": "wompi", "amount": "5.00"},
            "GetClientsDetails": {"clientid": CLIENT},
            "LogActivity": {"description": "PY"},
            "SendAdminEmail": {"customsubject": "Asunto", "custommessage": "Mensaje"},
            "TriggerNotificationEvent": {"notification_identifier": "py", "title": "T", "message": "M"},
            "UpdateModuleConfiguration": {"moduleType": "gateway", "moduleName": "wompi"},
        }
        others = USED - {"GetInvoice", "GetTransactions", "AddTransaction"}
        for action in sorted(others - ({"WhmcsDetails"} if whmcs.generation < 8 else set())):
            assert client.call(action, **fields.get(action, {}))["result"] == "success", action

    def test_a_list_by_its_pages(self, client: Any, whmcs: WhmcsSandbox) -> None:
        """It asks until a page is empty. In 7.x it cannot: it adds a number to `numreturned`, which is a text there."""
        pages = client.paginated_call("GetTransactions", invoiceid=INVOICE)
        if whmcs.generation < 8:
            with pytest.raises(TypeError):
                list(pages)
        else:
            assert [page["numreturned"] for page in pages] == [1]

    def test_errors_are_its_own(self, whmcs: WhmcsSandbox) -> None:
        """A business error, and a credential that is refused."""
        client = whmcspy.WHMCS(whmcs.api_url, whmcs.identifier, whmcs.secret)
        with pytest.raises(whmcspy.Error, match="Invoice ID Not Found"):
            client.get_invoice(1)
        with pytest.raises(whmcspy.MissingPermission, match="Authentication Failed"):
            whmcspy.WHMCS(whmcs.api_url, whmcs.identifier, "wrong").get_invoice(INVOICE)

    def test_no_transactions_it_cannot_read(self, client: Any) -> None:
        """WHMCS writes an empty list as an empty text, of which it asks `.get`."""
        with pytest.raises(AttributeError, match="'str' object has no attribute 'get'"):
            client.get_transactions(transid="none")


class TestWhmcsApiClient:
    """https://pypi.org/project/whmcs-api-client/ 1.0.32: generated; the action goes by query, the rest by form."""

    @pytest.fixture
    def client(self, whmcs: WhmcsSandbox) -> Iterator[Any]:
        with ApiClient(Configuration(host=f"{whmcs.url}includes")) as client:
            yield DefaultApi(client)

    @pytest.fixture
    def credential(self, whmcs: WhmcsSandbox) -> dict[str, str]:
        return {"username": whmcs.identifier, "password": whmcs.secret, "responsetype": "json"}

    def test_what_it_reads(self, client: Any, credential: dict[str, str]) -> None:
        """Four of the five that it shares with the bridge; it has neither GetInvoice nor any that writes."""
        assert client.get_clients_details(clientid=CLIENT, **credential).client.email == "ana@ejemplo.test"
        assert [row.code for row in client.get_currencies(**credential).currencies.currency] == ["COP", "USD"]
        assert client.get_invoices(userid=CLIENT, **credential).totalresults == 1
        methods = client.get_payment_methods(**credential).paymentmethods.paymentmethod
        assert [row.module for row in methods] == ["wompi", "banktransfer"]

    def test_transactions_it_cannot_read(self, client: Any, credential: dict[str, str]) -> None:
        """Its model wants numbers where WHMCS has texts (`"100.00"`), and an object where WHMCS has `""`.

        The texts are those of WHMCS's own reference: https://developers.whmcs.com/api-reference/gettransactions/
        """
        with pytest.raises(ValidationError, match="amountin"):
            client.get_transactions(invoiceid=INVOICE, **credential)
        with pytest.raises(ValidationError, match="input_value=''"):
            client.get_transactions(transid="none", **credential)


@pytest.fixture(scope="module")
def node_modules() -> Path:
    """Both npm clients, in a folder of the virtual environment."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("nodejs and npm are missing: sudo apt-get install nodejs npm")
    folder = Path(sys.prefix) / "npm-clients"
    modules = folder / "node_modules"
    if not all((modules / name.partition("@")[0]).is_dir() for name in NPM):
        folder.mkdir(exist_ok=True)
        quiet = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
        command = ["npm", "install", *quiet, "--prefix", str(folder), *NPM]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm cannot fetch {' and '.join(NPM)}: {done.stderr.strip()[-200:]}")
    return modules


def test_both_of_npm_read_every_answer(whmcs: WhmcsSandbox, node_modules: Path) -> None:
    """`whmcs` has four of our calls, `whmcs-js` all but one; there is none that they cannot read."""
    script = Path(__file__).with_name("clients.js")
    told = (str(node_modules), whmcs.api_url, whmcs.identifier, whmcs.secret, str(INVOICE), str(CLIENT))
    done = subprocess.run(["node", str(script), *told], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["action"] for line in lines if line["client"] == "whmcs-js"} == USED - {"WhmcsDetails"}
    assert [line for line in lines if line["answer"].get("result") != "success"] == []
    answers = {(line["client"], line["action"]): line["answer"] for line in lines}
    for name in ("whmcs", "whmcs-js"):
        assert answers[name, "GetInvoice"]["balance"] == "59400.00"
        assert answers[name, "GetClientsDetails"]["client"]["email"] == "ana@ejemplo.test"
        assert [row["transid"] for row in answers[name, "GetTransactions"]["transactions"]["transaction"]] == ["T-1"]
    assert "stats" in answers["whmcs", "GetClientsDetails"]  # it always asks for them
    assert [str(row.amountin) for row in whmcs.booked("JS-1")] == ["100.00"]
    assert str(whmcs.credit_of(CLIENT)) == "1.00"
