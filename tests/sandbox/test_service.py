"""`wompi-bridge sandbox`: both sandboxes for any language, by HTTP alone."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.architecture import ROOT
from whmcs_bridge.sandbox import openapi, service
from whmcs_bridge.sandbox.service import Options, Service, serving
from whmcs_bridge.sandbox.walk import Walk
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

from .conftest import Clock, Receiver
from .test_whmcs_sandbox import call, message

DAY = 86_400


@pytest.fixture
def standing(receiver: Receiver) -> Iterator[Service]:
    with serving(Options(0, 0, events_url=receiver.url)) as made:
        yield made


def control(sandbox: WhmcsSandbox | WompiSandbox, path: str, **body: Any) -> Any:
    answer = requests.post(f"{sandbox.url}_sandbox/{path}", json=body, timeout=5)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def private(wompi: WompiSandbox) -> dict[str, str]:
    return {"Authorization": f"Bearer {wompi.private_key}"}


class TestByHttp:
    def test_a_case_is_set_up_played_and_read_without_python(self, standing: Service, receiver: Receiver) -> None:
        """An invoice, a payment, its event; and what stands in the books afterwards."""
        whmcs, wompi = standing.whmcs, standing.wompi
        client = control(whmcs, "clients", firstname="Luz")["id"]
        invoice = control(whmcs, "invoices", client_id=client, total="59500.00")["id"]
        made = control(wompi, "transactions", reference="R-1-x", amount_in_cents=5_950_000, status="PENDING")
        control(wompi, f"transactions/{made['id']}", status="APPROVED")
        assert wompi.wait_for_deliveries()
        assert json.loads(receiver.bodies[0])["data"]["transaction"]["status"] == "APPROVED"
        control(whmcs, "payments", invoice_id=invoice, transid=made["id"], amount="60000.00")
        shown = requests.get(f"{whmcs.url}_sandbox/invoices/{invoice}", timeout=5).json()
        assert (shown["status"], shown["balance"], shown["client_credit"]) == ("Paid", "0.00", "500.00")
        assert [row["transid"] for row in shown["transactions"]] == [made["id"]]

    def test_paying_a_mass_pay_invoice_pays_its_children(self, whmcs: WhmcsSandbox) -> None:
        """A line of type Invoice for what is left of each."""
        client = whmcs.add_client()
        children = [whmcs.add_invoice(client, "1000.00"), whmcs.add_invoice(client, "2000.00")]
        whmcs.add_payment(children[1], "before", amount="500.00")
        both = control(whmcs, "invoices", client_id=client, children=children)["id"]
        shown = call(whmcs, "GetInvoice", invoiceid=both)
        assert [(row["type"], row["relid"], row["amount"]) for row in shown["items"]["item"]] == [
            ("Invoice", children[0], "1000.00"),
            ("Invoice", children[1], "1500.00"),
        ]
        whmcs.add_payment(both, "T-1")
        assert {whmcs.invoice(number).status for number in (both, *children)} == {"Paid"}

    def test_what_cannot_be_done_is_said(self, standing: Service) -> None:
        """400 and 404 with a sentence, never a page of HTML."""
        whmcs, wompi = standing.whmcs.url, standing.wompi.url
        for url, body, status in (
            (f"{whmcs}_sandbox/invoices", {"client_id": 9, "total": "1"}, 404),
            (f"{whmcs}_sandbox/invoices", {"client_id": 77, "total": "much"}, 400),
            (f"{wompi}_sandbox/transactions/none", {"status": "APPROVED"}, 404),
            (f"{wompi}_sandbox/clock", {"advance": -1}, 400),
            (f"{wompi}_sandbox/switches", {"private_key": "x"}, 400),
            (f"{wompi}_sandbox/faults", {"on": "void", "kind": "flood"}, 400),
        ):
            answer = requests.post(url, json=body, timeout=5)
            assert (answer.status_code, "error" in answer.json()) == (status, True), url

    def test_time_goes_for_both(self, standing: Service) -> None:
        """One clock: a day later at Wompi is a day later in WHMCS."""
        before = standing.whmcs.clock()
        control(standing.wompi, "clock", advance=DAY)
        assert standing.whmcs.clock() - before >= DAY

    def test_the_page_shows_calls_and_plans_faults(self, standing: Service) -> None:
        """A person who presses comes back to the page; what was called stands there without its secrets."""
        whmcs = standing.whmcs
        call(whmcs, "WhmcsDetails")
        planned = {"on": "GetInvoice", "kind": "503", "when": "before", "times": "2"}
        page = requests.post(f"{whmcs.url}_sandbox/faults", planned, headers={"Accept": "text/html"}, timeout=5)
        assert page.url == f"{whmcs.url}_sandbox/"
        assert "action=WhmcsDetails" in page.text
        assert "<code>GetInvoice</code>: 503, before, ×2" in page.text
        assert whmcs.secret not in page.text

    def test_the_page_shows_what_was_sent_and_sends_it_again(self, standing: Service, receiver: Receiver) -> None:
        """An event with its answer, and a button; a message to the admins."""
        wompi, whmcs = standing.wompi, standing.whmcs
        made = control(wompi, "transactions", reference="R-1-x", amount_in_cents=200_000, status="APPROVED")
        assert wompi.wait_for_deliveries()
        with Walk() as developer:
            developer.open(f"{wompi.url}_sandbox/")
            page = developer.press("Enviar otra vez")
        assert [row.attempt for row in wompi.deliveries] == [1, 2]
        assert len(set(receiver.bodies)) == 1
        assert page.count(f"<td>{made['id']}</td>") == 2
        call(whmcs, "SendAdminEmail", customsubject="Asunto <b>", custommessage="Mensaje")
        assert "<td>Asunto &lt;b&gt;</td>" in requests.get(f"{whmcs.url}_sandbox/", timeout=5).text


class TestEventsAgain:
    def test_wompis_schedule(self, wompi: WompiSandbox, clock: Clock, receiver: Receiver) -> None:
        """30 minutes, 3 hours and 24 hours after the first delivery, with the same bytes, and then no more."""
        wompi.events_url, receiver.answer = receiver.url, 500
        wompi.deliver(wompi.create_transaction("R-1-x", 200_000, status="APPROVED")["id"])
        first = clock.now
        again = {1_799: 0, 1_800: 1, 10_799: 0, 10_800: 1, 86_399: 0, 86_400: 1, 9 * DAY: 0}
        for after, times in again.items():
            clock.now = first + after
            assert wompi.retry_due() == [500] * times, after
        assert len(set(receiver.bodies)) == 1

    def test_faster_on_request(self, wompi: WompiSandbox, clock: Clock, receiver: Receiver) -> None:
        """`--retry-speed 1800`: a second instead of half an hour."""
        wompi.events_url, wompi.retry_speed, receiver.answer = receiver.url, 1800, 500
        wompi.deliver(wompi.create_transaction("R-1-x", 200_000, status="APPROVED")["id"])
        clock.now += 1
        assert wompi.retry_due() == [500]


class TestState:
    def test_what_was_done_is_there_after_a_restart(self, tmp_path: Path) -> None:
        """Invoices, payments, transactions, the time that was moved, and the number of the next transaction."""
        file = tmp_path / "state.json"
        with serving(Options(0, 0, state=file)) as first:
            control(first.whmcs, "payments", invoice_id=1042, transid="T-1", amount="59500.00")
            made = first.wompi.create_transaction("R-1-x", 200_000, status="APPROVED")
            control(first.wompi, "clock", advance=DAY)
            first.save()
        with serving(Options(0, 0, state=file)) as second:
            assert second.whmcs.invoice(1042).status == "Paid"
            assert second.whmcs.balance(1042) == 0
            assert second.wompi.transaction(made["id"]) == made
            assert second.wompi.clock.ahead == second.whmcs.clock.ahead == DAY
            assert second.wompi.create_transaction("R-2-x", 200_000)["id"].endswith("-10002")

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "whmcs": 5}'])
    def test_another_file_is_refused_and_left(self, tmp_path: Path, text: str) -> None:
        """It may be somebody's work."""
        file = tmp_path / "other.json"
        file.write_text(text)
        with pytest.raises(ValueError, match="no state of the sandbox"), serving(Options(0, 0, state=file)):
            pass
        assert file.read_text() == text


class TestVersions:
    @pytest.mark.parametrize(("version", "told"), service.VERSIONS.items())
    def test_each_generation_has_its_shapes(self, version: str, told: str) -> None:
        """7.x: texts for numbers, no WhmcsDetails, no users; since 8.0 all of these."""
        with serving(Options(0, 0, whmcs_version=version)) as made:
            whmcs, old = made.whmcs, version == "7"
            assert whmcs.version == told
            assert ("whmcs" in call(whmcs, "WhmcsDetails")) is not old
            assert call(whmcs, "GetInvoice", invoiceid=1042)["userid"] == ("77" if old else 77)
            assert ("users" in call(whmcs, "GetClientsDetails", clientid=77)["client"]) is not old
            (row,) = call(whmcs, "GetInvoices")["invoices"]["invoice"]
            assert ("updated_at" in row) is not old

    @pytest.mark.parametrize(("version", "notes"), [("8", 0), ("9", 1)])
    def test_a_refund_makes_a_credit_note_in_9(self, version: str, notes: int) -> None:
        """A row with money in, and neither gateway nor transid: whoever counts it as a payment is wrong."""
        with serving(Options(0, 0, whmcs_version=version)) as made:
            made.whmcs.add_payment(1042, "T-1")
            made.whmcs.take_back("T-1")
            rows = call(made.whmcs, "GetTransactions", invoiceid=1042)["transactions"]["transaction"]
            blank = [row for row in rows if row["transid"] == "" and row["gateway"] == "" and row["amountin"] != "0.00"]
            assert len(blank) == notes
            assert made.whmcs.invoice(1042).status == "Refunded"

    def test_no_details_in_7(self) -> None:
        """The words are those of an unknown action."""
        with serving(Options(0, 0, whmcs_version="7")) as made:
            assert message(made.whmcs, "WhmcsDetails") == "Command Not Found"


class TestPayouts:
    def test_a_payout_explains_itself_to_the_cent(self, wompi: WompiSandbox, clock: Clock) -> None:
        """The list of payouts, the rows of the transactions and the report agree; computed elsewhere for 840,763.00."""
        card = wompi.create_transaction("R-1-x", 84_076_300, status="APPROVED")
        wompi.create_transaction("R-2-x", 10_000_000, status="APPROVED", method="PSE")
        wompi.create_transaction("R-3-x", 10_000_000, status="DECLINED")

        def get(path: str) -> Any:
            return requests.get(f"{wompi.api_url}/{path}", headers=private(wompi), timeout=5).json()

        assert get("disbursements")["data"] == []
        assert {row["disbursement"] for row in get("transactions")["data"]} == {None}
        clock.now += DAY  # Monday to Tuesday
        (payout,) = get("disbursements")["data"]
        rows = {row["id"]: row["disbursement"] for row in get("transactions")["data"]}
        assert rows[card["id"]] == payout
        report = requests.get(f"{wompi.url}_sandbox/reports/{payout['id']}.csv", timeout=5)
        assert "22-09-2026-disbursement-report-rs-" in report.headers["Content-Disposition"]
        lines = list(csv.DictReader(io.StringIO(report.content.decode("utf-8-sig"))))
        told = {line["referencia"]: line for line in lines}
        assert told.keys() == {"R-1-x", "R-2-x"}
        # 840763 x 2.65 % + 700 = 22980.2195; x 19 % = 4366.2417...; x 1.5 % = 12611.445
        assert [told["R-1-x"][name] for name in ("comisión", "iva comisión", "retefuente", "total desembolsado")] == [
            "22980.21",
            "4366.24",
            "12611.44",
            "800805.11",
        ]
        assert told["R-2-x"]["total desembolsado"] == "96013.50"
        assert payout["amount_in_cents"] == 80_080_511 + 9_601_350

    def test_a_weekends_sales_come_on_monday(self, wompi: WompiSandbox, clock: Clock) -> None:
        """Wompi pays out on working days."""
        clock.now += 4 * DAY  # Friday
        wompi.create_transaction("R-1-x", 200_000, status="APPROVED")
        for days, made in ((1, 0), (1, 0), (1, 1)):
            clock.now += days * DAY
            answer = requests.get(f"{wompi.api_url}/disbursements", headers=private(wompi), timeout=5)
            assert answer.json()["meta"]["total_results"] == made


class TestPaymentByApi:
    def body(self, wompi: WompiSandbox, **changes: Any) -> dict[str, Any]:
        text = f"API-1-x5950000COP{wompi.integrity_secret}"
        return {
            "acceptance_token": "a", "amount_in_cents": 5_950_000, "currency": "COP", "reference": "API-1-x",
            "customer_email": "a@b.co", "signature": hashlib.sha256(text.encode()).hexdigest(),
            "payment_method": {"type": "NEQUI", "phone_number": "3991111111"},
        } | changes  # fmt: skip

    def create(self, wompi: WompiSandbox, **changes: Any) -> requests.Response:
        return requests.post(
            f"{wompi.api_url}/transactions", json=self.body(wompi, **changes), headers=private(wompi), timeout=5
        )

    def test_pending_and_then_the_event(self, wompi: WompiSandbox, receiver: Receiver) -> None:
        """201 and PENDING, whatever comes of it; the event tells."""
        wompi.events_url = receiver.url
        answer = self.create(wompi)
        assert (answer.status_code, answer.json()["data"]["status"]) == (201, "PENDING")
        assert receiver.came.wait(5)  # it comes after 0.7 s
        assert json.loads(receiver.bodies[0])["data"]["transaction"]["status"] == "APPROVED"
        assert self.create(wompi).json()["error"]["messages"] == {"reference": ["La referencia ya ha sido usada"]}

    @pytest.mark.parametrize(
        ("changes", "messages"),
        [
            ({"signature": "0" * 64}, {"signature": ["La firma es inválida"]}),
            ({"signature": ""}, {"signature": ["Firma de integridad requerida no enviada"]}),
            ({"acceptance_token": ""}, {"acceptance_token": ["No está presente"]}),
            ({"customer_email": "ana"}, {"customer_email": ["Email inválido"]}),
        ],
    )
    def test_one_fault_at_a_time(self, wompi: WompiSandbox, changes: dict[str, str], messages: Any) -> None:
        """With Wompi's words."""
        answer = self.create(wompi, **changes)
        assert (answer.status_code, answer.json()["error"]["messages"]) == (422, messages)

    def test_a_card_by_its_token(self, wompi: WompiSandbox) -> None:
        """The number goes to the token's address alone."""
        token = requests.post(
            f"{wompi.api_url}/tokens/cards",
            json={
                "number": "4111111111111111",
                "cvc": "123",
                "exp_month": "06",
                "exp_year": "29",
                "card_holder": "Ana R",
            },
            headers={"Authorization": f"Bearer {wompi.public_key}"},
            timeout=5,
        ).json()["data"]
        assert (token["last_four"], token["brand"]) == ("1111", "VISA")
        made = self.create(wompi, payment_method={"type": "CARD", "token": token["id"], "installments": 1}).json()[
            "data"
        ]
        assert made["payment_method"]["extra"]["last_four"] == "1111"

    @pytest.mark.parametrize("method", ["BANCOLOMBIA_TRANSFER", "DAVIPLATA", "PCOL", "SU_PLUS", "BANCOLOMBIA_COLLECT"])
    def test_the_other_methods(self, wompi: WompiSandbox, method: str) -> None:
        """Each with its own fields; how it ends is named, as in Wompi's sandbox."""
        made = self.create(wompi, payment_method={"type": method, "sandbox_status": "DECLINED"}).json()["data"]
        assert made["payment_method_type"] == method
        assert "external_identifier" in made["payment_method"]["extra"]


class TestDescription:
    def test_every_route_that_answers_is_described_and_none_else(self, standing: Service) -> None:
        """The document is the address book, and tells for each where it is from and how sure that is."""
        routes = (*openapi.WOMPI, *openapi.WHMCS, *openapi.BOTH)
        known = {(route.way.upper(), route.path) for route in routes if route.path.startswith(("/v1/", "/_sandbox/"))}
        served = {
            (way, re.sub(r"<[^>]*(transaction|invoice)_id>", "{id}", rule.rule).replace("<int:payout_id>", "{payout}"))
            for sandbox in (standing.whmcs, standing.wompi)
            for rule in sandbox.app.url_map.iter_rules()
            for way in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if rule.rule.startswith(("/v1/", "/_sandbox/")) and "<path:" not in rule.rule
        }
        assert known == served
        assert {route.certainty for route in openapi.WOMPI} == {"documented", "captured", "ours"}
        assert all(route.source for route in (*openapi.WOMPI, *openapi.WHMCS) if route.certainty != "ours")

    def test_it_is_served_and_stands_in_the_documents(self, standing: Service) -> None:
        """Written by: python -c "from whmcs_bridge.sandbox import openapi; print(openapi.written(), end='')"."""
        assert (ROOT / "docs/sandbox.openapi.json").read_text("utf-8") == openapi.written()
        for sandbox in (standing.whmcs, standing.wompi):
            served = requests.get(f"{sandbox.url}openapi.json", timeout=5).json()
            assert served == json.loads(openapi.written())


def test_deliveries_are_listed_with_their_bytes(standing: Service, receiver: Receiver) -> None:
    """A developer compares the signature byte by byte."""
    made = control(standing.wompi, "transactions", reference="R-1-x", amount_in_cents=200_000, status="APPROVED")
    assert standing.wompi.wait_for_deliveries()
    (row,) = requests.get(f"{standing.wompi.url}_sandbox/deliveries", timeout=5).json()
    assert (row["transaction_id"], row["answer"], row["attempt"]) == (made["id"], 200, 1)
    assert base64.b64decode(row["body"]) == receiver.bodies[0]
