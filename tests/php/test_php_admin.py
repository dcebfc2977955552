"""``AdminArea.php``: the payments on WHMCS's admin invoice page, and the dashboard's widget. Neither breaks a page."""

from __future__ import annotations

import json
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .bridge import StubBridge, attempt, serving
from .whmcs import HOOKS, SECRET, SETTINGS, Answer, Page, Whmcs, signature

ACTIVE = {"type": "Invoices", "name": "Wompi", **SETTINGS}
VARS = {
    "invoiceid": 1042, "userid": 77, "subtotal": 50000.0, "tax": 9500.0, "tax2": 0.0, "credit": 0.0, "total": 59500.0,
    "balance": 59500.0, "taxrate": 19.0, "taxrate2": 0.0, "paymentmethod": "wompi",
}  # fmt: skip


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that answers."""
    with serving() as stub:
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def panel(whmcs: Whmcs, bridge_url: str, given: object = VARS, **world: object) -> str | None:
    """What the hook adds to the page of an invoice."""
    settings = {**ACTIVE, "bridgeUrl": bridge_url}
    answer = whmcs.run("hook", "AdminInvoicesControlsOutput", given, **{"settings": settings, **world})
    assert answer.thrown is None
    assert not [line for line in answer.activity if SECRET in line]
    (html,) = answer.result
    assert html is None or html.isascii()
    return html  # type: ignore[no-any-return]  # JSON holds a string


def widget(whmcs: Whmcs, bridge_url: str, **world: object) -> Answer:
    answer = whmcs.run("widget", **{"settings": {**ACTIVE, "bridgeUrl": bridge_url}, **world})
    assert answer.thrown is None
    return answer


def link_in(shown: Page) -> tuple[str, list[str]]:
    """The only link: its address before the signed part, and that part."""
    anchor = shown.one("a")
    assert (anchor.attributes["target"], anchor.attributes["rel"]) == ("_blank", "noopener noreferrer")
    base, _, link = str(anchor.attributes["href"]).rpartition("/")
    purpose, invoice, client, expiry, mac = link.split(".")
    assert mac == signature(f"{purpose}.{invoice}.{client}.{expiry}")
    assert 0 <= time.time() + 3600 - int(expiry) < 60
    return base, [purpose, invoice, client]


class TestPanel:
    def test_one_line_a_payment_and_the_way_to_its_trail(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """Time in Colombia, pesos, method, Wompi's word, where it stands, the id; and a link for an hour."""
        booked = attempt("", "approved") | {"state": "posted", "status": "APPROVED", "transaction_id": "12022-1-2"}
        bridge.tells(attempts=[booked, attempt("")])
        html = panel(whmcs, bridge.url)
        assert html is not None
        shown = Page(html)
        cells = [element.text for element in shown.all("td")]
        assert cells[:6] == ["2026-02-03 10:11", "Registrado", "$\xa059.500\xa0COP", "PSE", "APPROVED", "12022-1-2"]
        assert (cells[7], cells[10:]) == ("Sin dinero", ["DECLINED", "1234-1610641025-49201"])
        assert link_in(shown) == (f"{bridge.url}trail", ["admin", "1042", "77"])
        assert [path for path, _, _ in bridge.asked] == ["/puente/status"]

    @pytest.mark.parametrize(
        ("surplus", "word"), [(5_950_000, "Segundo pago, con saldo a favor"), (None, "Registrado")]
    )
    def test_T8_a_second_payment_is_marked(
        self, whmcs: Whmcs, bridge: StubBridge, surplus: int | None, word: str
    ) -> None:
        """The row says that money of it stands as the client's credit."""
        booked = attempt("", "approved") | {"state": "posted", "status": "APPROVED", "surplus_in_cents": surplus}
        bridge.tells(attempts=[booked])
        html = panel(whmcs, bridge.url)
        assert html is not None
        assert Page(html).all("td")[1].text == word

    @pytest.mark.parametrize(
        ("status", "spanish", "english"),
        [("VOIDED", "Anulado", "Voided"), ("APPROVED", "Cerrado", "Closed"), ("DECLINED", "Sin dinero", "No money")],
    )
    def test_what_ended_is_told_by_how_it_ended(
        self, whmcs: Whmcs, bridge: StubBridge, status: str, spanish: str, english: str
    ) -> None:
        """Money that went back was there; what a person left as it is came, too."""
        bridge.tells(attempts=[attempt("") | {"status": status}])
        for language, word in (("spanish", spanish), ("english", english)):
            html = panel(whmcs, bridge.url, admin={"language": language})
            assert html is not None
            assert [element.text for element in Page(html).all("td")][1] == word

    def test_what_waits_for_a_person_is_said_so(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """And the link says that the way out is there."""
        bridge.tells(attempts=[attempt("", "review") | {"state": "review", "status": "APPROVED"}])
        html = panel(whmcs, bridge.url)
        assert html is not None
        shown = Page(html)
        assert "Espera a una persona" in [element.text for element in shown.all("td")]
        assert shown.one("a").text.startswith("Ver la frase y el comando que lo resuelve")

    @pytest.mark.parametrize(("held", "words"), [(False, "Ver el rastro de cada pago"), (True, "resolverlo")])
    def test_where_the_addon_is_active_its_page_is_the_way(
        self, whmcs: Whmcs, bridge: StubBridge, held: bool, words: str
    ) -> None:
        """Within WHMCS and in this very tab, where it can be settled as well; no signed link leaves for it."""
        state = {"state": "review"} if held else {}
        bridge.tells(attempts=[attempt("", "approved") | {"status": "APPROVED", **state}])
        html = panel(whmcs, bridge.url, config={"ActiveAddonModules": "project_management,wompi_bridge"})
        assert html is not None
        anchor = Page(html).one("a")
        assert anchor.attributes == {"href": "addonmodules.php?module=wompi_bridge&page=trail&of=1042"}
        assert words in anchor.text

    @pytest.mark.parametrize("config", [{}, {"ActiveAddonModules": ""}, {"ActiveAddonModules": "wompi_bridge_old"}])
    def test_where_it_is_not_the_bridge_s_own_page_is(
        self, whmcs: Whmcs, bridge: StubBridge, config: dict[str, str]
    ) -> None:
        """The files alone are no addon: WHMCS would open nothing."""
        bridge.tells(attempts=[attempt("", "approved") | {"status": "APPROVED"}])
        html = panel(whmcs, bridge.url, config=config)
        assert html is not None
        assert link_in(Page(html)) == (f"{bridge.url}trail", ["admin", "1042", "77"])

    def test_speaks_the_admin_s_language(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """English for who reads WHMCS in English; the client's language is nobody's business here."""
        english = panel(whmcs, bridge.url, admin={"language": "english"}, client={"id": 77, "language": "spanish"})
        spanish = panel(whmcs, bridge.url, admin={"language": "spanish"}, client={"id": 77, "language": "english"})
        assert "Nobody has tried" in str(english)
        assert "Nadie ha intentado" in str(spanish)
        assert "Nadie ha intentado" in str(panel(whmcs, bridge.url, without=["CurrentUser"]))

    def test_an_invoice_of_another_gateway_has_no_panel_unless_it_was_tried_here(
        self, whmcs: Whmcs, bridge: StubBridge
    ) -> None:
        """The payer may have changed the method after paying: then the payments are shown all the same."""
        other = VARS | {"paymentmethod": "banktransfer"}
        assert panel(whmcs, bridge.url, other) == ""
        bridge.tells(attempts=[attempt("")])
        assert "1234-1610641025-49201" in str(panel(whmcs, bridge.url, other))
        assert panel(whmcs, bridge.url, other, settings={**ACTIVE, "bridgeUrl": ""}) == ""

    @pytest.mark.parametrize(
        ("status", "body", "sentence"),
        [
            (500, b"{}", "no responde"),
            (401, b"{}", "rechaza la firma"),
            (200, b"<html>", "no responde"),
            (200, b'{"invoice_id": 1043, "attempts": []}', "no responde"),
            (200, b'{"invoice_id": 1042, "attempts": "x"}', "no responde"),
            (200, b'{"invoice_id": 1042, "attempts": [1, "x", null]}', "Nadie ha intentado"),
        ],
    )
    def test_an_odd_answer_is_a_sentence(
        self, whmcs: Whmcs, bridge: StubBridge, status: int, body: bytes, sentence: str
    ) -> None:
        """The page is whole, and says what it does not know."""
        bridge.status, bridge.body = status, body
        html = panel(whmcs, bridge.url)
        assert sentence in Page(str(html)).one("p").text

    def test_a_bridge_that_is_down_or_silent_is_a_sentence(self, whmcs: Whmcs) -> None:
        """Nobody waits for one that takes the call and says nothing."""
        assert "no responde" in str(panel(whmcs, "http://127.0.0.1:1/"))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            assert "no responde" in str(panel(whmcs, f"http://127.0.0.1:{silent.getsockname()[1]}/"))

    def test_hostile_words_stay_words(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """Whatever stands in the bridge's answer is shown as it is written, and in ASCII."""
        evil = "<script>alert(1)</script>\"'\x00\u202eñ"
        fields = ("transaction_id", "status", "method", "state", "kind", "sentence", "at")
        bridge.tells(attempts=[dict.fromkeys(fields, evil) | {"amount_in_cents": evil}, {}])
        html = str(panel(whmcs, bridge.url))
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#039;" in html
        assert len(Page(html).all("tr")) == 3

    @pytest.mark.parametrize(
        "given", [None, "x", [], {"paymentmethod": "wompi"}, VARS | {"invoiceid": "1 OR 1"}, VARS | {"userid": 0}]
    )
    def test_strange_arguments_add_nothing(self, whmcs: Whmcs, bridge: StubBridge, given: object) -> None:
        """No panel, and WHMCS's page as it is."""
        assert not panel(whmcs, bridge.url, given)

    @pytest.mark.parametrize(
        "world",
        [
            {"settings": {}},
            {"broken": ["getGatewayVariables"]},
            {"broken": ["CurrentUser"]},
            {"broken": ["getGatewayVariables", "logActivity"]},
            {"without": ["App"]},
        ],
        ids=repr,
    )
    def test_a_fault_adds_nothing(self, whmcs: Whmcs, bridge: StubBridge, world: dict[str, Any]) -> None:
        """A gateway that is off, or a WHMCS that breaks: no panel."""
        assert not panel(whmcs, bridge.url, **world)

    def test_settings_that_are_missing_are_said(self, whmcs: Whmcs) -> None:
        """On the invoices of this gateway, where the admin will look first."""
        assert "Faltan la direcci&oacute;n" in str(panel(whmcs, ""))


class TestWidget:
    @pytest.mark.parametrize(
        ("waiting", "sentence"),
        [(1, "1 pago espera a una persona."), (12, "12 pagos esperan a una persona.")],
    )
    def test_tells_how_many_wait_and_where_they_are(
        self, whmcs: Whmcs, bridge: StubBridge, waiting: int, sentence: str
    ) -> None:
        """The number, and a link to all of them that opens nothing else."""
        bridge.body = json.dumps({"waiting": waiting}).encode()
        told = widget(whmcs, bridge.url).result
        shown = Page(told["html"])
        assert shown.one("strong").text == sentence
        assert link_in(shown) == (f"{bridge.url}review", ["admin", "0", "0"])
        assert (told["title"], told["permission"]) == ("Wompi", "List Invoices")
        ((path, signed, body),) = bridge.asked
        assert (path, json.loads(body)) == ("/puente/review", {"language": "es"})
        assert re.fullmatch(r"t=[0-9]+,n=[0-9a-z]{32},v2=[0-9a-f]{64}", signed)

    def test_says_when_nothing_waits(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """Without a link: there is nothing to see."""
        bridge.body = b'{"waiting": 0}'
        html = widget(whmcs, bridge.url).result["html"]
        assert "Ning&uacute;n pago espera a una persona." in html
        assert "<a " not in html

    @pytest.mark.parametrize(
        ("waiting", "page", "words"),
        [(2, "review", "Ver qué pasó y resolverlo"), (0, "today", "Abrir la consola de Wompi")],
    )
    def test_where_the_addon_is_active_it_leads_there(
        self, whmcs: Whmcs, bridge: StubBridge, waiting: int, page: str, words: str
    ) -> None:
        """To what waits, or to the day; within WHMCS."""
        bridge.body = json.dumps({"waiting": waiting}).encode()
        html = widget(whmcs, bridge.url, config={"ActiveAddonModules": "wompi_bridge"}).result["html"]
        anchor = Page(html).one("a")
        assert anchor.attributes == {"href": f"addonmodules.php?module=wompi_bridge&page={page}"}
        assert anchor.text == words

    @pytest.mark.parametrize("body", [b"{}", b'{"waiting": "<b>"}', b'{"waiting": -1}', b"x"])
    def test_says_when_the_bridge_does_not(self, whmcs: Whmcs, bridge: StubBridge, body: bytes) -> None:
        """An answer of another shape is no answer."""
        bridge.body = body
        assert "no responde" in widget(whmcs, bridge.url).result["html"]

    @pytest.mark.parametrize(
        ("world", "sentence"),
        [
            ({"settings": {**ACTIVE, "bridgeUrl": ""}}, "Faltan la direcci&oacute;n"),
            ({"broken": ["CurrentUser"]}, ""),
        ],
        ids=repr,
    )
    def test_a_fault_leaves_the_dashboard_whole(self, whmcs: Whmcs, world: dict[str, Any], sentence: str) -> None:
        """The widget is empty, or says what is missing."""
        assert sentence in widget(whmcs, "http://127.0.0.1:1/", **world).result["html"]

    @pytest.mark.parametrize(
        "world", [{"without": ["AbstractWidget"]}, {"settings": {}}, {"broken": ["getGatewayVariables"]}], ids=repr
    )
    def test_there_is_none_where_none_should_be(self, whmcs: Whmcs, world: dict[str, Any]) -> None:
        """Before WHMCS 7.1 there is no class to build on; and a gateway that is off has nothing to say."""
        answer = widget(whmcs, "http://127.0.0.1:1/", **world)
        assert answer.result is None
        assert len(answer.activity) == len(world.get("broken", []))


@pytest.mark.parametrize("lost", ["AdminArea", "AdminWidget"])
@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_hook_without_its_module_adds_nothing(php: str, tmp_path: Path, lost: str, damage: str) -> None:
    """A module that was copied in part: the dashboard is as it would be without us."""
    shutil.copytree(HOOKS, tmp_path / "whmcs")
    file = tmp_path / "whmcs/modules/gateways/wompi/lib" / f"{lost}.php"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:700])
    assert widget(Whmcs(php, tmp_path / "whmcs"), "http://127.0.0.1:1/").result is None


def test_the_widget_is_a_file_that_can_be_deleted(php: str, bridge: StubBridge, tmp_path: Path) -> None:
    """Should a WHMCS of the future not bear it: the dashboard has no widget, and everything else is as it was."""
    shutil.copytree(HOOKS, tmp_path / "whmcs")
    (tmp_path / "whmcs/modules/gateways/wompi/lib/AdminWidget.php").unlink()
    bridge.tells(attempts=[attempt("", "approved")])
    without = Whmcs(php, tmp_path / "whmcs", asks=True)
    assert widget(without, bridge.url).result is None
    assert "12022" in str(panel(without, bridge.url)) or "1234-" in str(panel(without, bridge.url))
