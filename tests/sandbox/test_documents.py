"""`docs/sandbox.md`: its two shops, in Node and in PHP, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.architecture import ROOT
from tests.ports import free_port
from whmcs_bridge.sandbox.service import Options, Service, serving
from whmcs_bridge.sandbox.walk import Walk

NODE, PHP = "docs/examples/shop.mjs", "docs/examples/shop.php"


@contextmanager
def shop(kind: str, service: Service) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The shop with the sandbox's keys and addresses in its environment; its address, and its process."""
    program = shutil.which(kind)
    if program is None:
        pytest.skip(f"{kind} is missing")
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    service.wompi.events_url = f"{address}events"
    command = [program, NODE] if kind == "node" else [program, "-S", f"127.0.0.1:{port}", PHP]
    environment = service.facts() | {"PORT": str(port), "PATH": os.environ["PATH"]}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            next(line for line in process.stdout if address.rstrip("/") in line)  # it listens
            yield address, process
        finally:
            process.terminate()


@pytest.mark.parametrize("kind", ["node", "php"])
def test_the_shop_of_twenty_lines(kind: str) -> None:
    """It opens a checkout, takes the event, verifies it, and reads the transaction back; a forged event is refused."""
    with serving(Options(0, 0)) as service, shop(kind, service) as (address, process), Walk() as payer:
        payer.open(address)
        payer.press("Pagar $", method="CARD", card="4242 4242 4242 4242", email="ana@ejemplo.test")
        assert service.wompi.wait_for_deliveries()
        (made,) = service.wompi.transactions
        assert process.stdout is not None
        line = next(line for line in process.stdout if "shop-" in line and "APPROVED" in line)
        assert line.rstrip().endswith(f"{made['reference']} APPROVED 5950000")
        assert [row.answer for row in service.wompi.deliveries] == [200]
        forged = service.wompi.event_body(made["id"], secret="test_events_SomebodyElses")
        headers = {"Content-Type": "application/json"}
        assert requests.post(f"{address}events", data=forged, headers=headers, timeout=5).status_code == 401


def test_every_call_of_the_document_works() -> None:
    """Each curl as it stands there, but for the ports; in its order, as the later ones read what the earlier made."""
    if shutil.which("curl") is None:
        pytest.skip("curl is missing")
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", (ROOT / "docs/sandbox.md").read_text("utf-8"), re.DOTALL))
    calls = [line for line in blocks.replace("\\\n", " ").splitlines() if line.startswith("curl ")]
    assert len(calls) >= 9
    with serving(Options(0, 0)) as service:
        for call in calls:
            told = call.replace("http://127.0.0.1:8801/", service.wompi.url)
            told = told.replace("http://127.0.0.1:8802/", service.whmcs.url)
            command = [*shlex.split(told, comments=True), "--fail", "--silent", "--max-time", "5"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (call, done.stdout)
        assert [fault["on"] for fault in service.whmcs.faults.planned()] == ["AddInvoicePayment"] * 2
        assert service.wompi.clock.ahead == 3600
        assert service.whmcs.invoice(1043).total == 59500


@pytest.mark.parametrize("path", [NODE, PHP])
def test_they_are_short_and_in_the_document(path: str) -> None:
    """About twenty lines each."""
    assert len((ROOT / path).read_text("utf-8").splitlines()) <= 24
    assert path.removeprefix("docs/") in (ROOT / "docs/sandbox.md").read_text("utf-8")
