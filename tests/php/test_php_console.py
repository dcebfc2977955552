"""The addon's PHP: who may, what the bridge is asked, and what of its answer reaches the admin's browser."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from .addon import PLAIN, TOKEN, Addon, Shown, SigningBridge, drawing
from .whmcs import Page


@pytest.fixture
def bridge() -> Iterator[SigningBridge]:
    """One that signs what it draws."""
    with drawing() as stub:
        yield stub


@pytest.fixture
def addon(php: str, bridge: SigningBridge) -> Addon:
    """The addon with that bridge."""
    return Addon(php, bridge)


def with_world(addon: Addon, **world: Any) -> Addon:
    return Addon(addon.php, addon.bridge, world)


class TestTheCall:
    def test_a_page_is_one_signed_call(self, addon: Addon, bridge: SigningBridge) -> None:
        """The contract's fields; who looks, what they may, and where the addon is; WHMCS's own words stay there."""
        addon.get("payments", q="59.500", state="posted")
        ((path, signature, _),) = bridge.asked
        (call,) = bridge.calls
        assert path == "/puente/console"
        assert re.fullmatch(r"t=[0-9]{10},n=[0-9a-f]{32},v2=[0-9a-f]{64}", signature)
        assert (call["page"], call["method"], call["fields"]) == ("payments", "GET", {"q": "59.500", "state": "posted"})
        assert call["admin"] == {"id": 3, "name": "Ana Pérez", "may": ["money"]}
        assert call["language"] == "es"
        assert call["addon"] == "https://clientes.example.com/admin/addonmodules.php?module=wompi_bridge"

    def test_every_call_has_another_nonce(self, addon: Addon, bridge: SigningBridge) -> None:
        """So that no answer and no press is good twice."""
        addon.get()
        addon.get()
        assert len({re.search("n=([0-9a-f]+)", signature)[1] for _, signature, _ in bridge.asked}) == 2  # type: ignore[index]  # it is there

    def test_what_was_typed_arrives_as_it_was_typed(self, addon: Addon, bridge: SigningBridge) -> None:
        """WHMCS escapes what comes in; the bridge escapes what goes out."""
        addon.press("review", reason='Ana & Luis <dijeron> "sí"', settle="credit")
        assert bridge.calls[0]["fields"] == {"reason": 'Ana & Luis <dijeron> "sí"', "settle": "credit"}

    def test_the_health_page_tells_what_is_installed(self, addon: Addon, bridge: SigningBridge) -> None:
        """Each file by its digest, this one among them; and what it runs on."""
        addon.get("health")
        (call,) = bridge.calls
        assert "modules/addons/wompi_bridge/lib/Console.php" in call["hooks"]
        assert "modules/gateways/wompi/lib/Call.php" in call["hooks"]
        assert call["versions"]["whmcs"] == "8.13.1-release.1"

    def test_a_printed_number_is_found(self, addon: Addon, bridge: SigningBridge) -> None:
        """WHMCS knows which invoice it printed it on."""
        numbered = [{"id": 1042, "invoicenum": "FE-2026-1002"}, {"id": 1043, "invoicenum": "FE-2026-1003"}]
        with_world(addon, invoices=numbered).get("payments", q="FE-2026-1002")
        assert bridge.calls[0]["numbers"] == [1042]


class TestWhoMay:
    def test_without_the_permission_nobody_moves_money(self, addon: Addon, bridge: SigningBridge) -> None:
        """The role lacks "Add Transaction": the bridge is told of no such right."""
        with_world(addon, permissions=["List Transactions"]).get()
        assert bridge.calls[0]["admin"]["may"] == []

    @pytest.mark.parametrize("missing", ["checkPermission"])
    def test_a_whmcs_that_cannot_tell_means_no(self, addon: Addon, bridge: SigningBridge, missing: str) -> None:
        """What is not there gives no right."""
        with_world(addon, without=[missing]).get()
        assert bridge.calls[0]["admin"]["may"] == []

    def test_nobody_signed_in_sees_nothing(self, addon: Addon, bridge: SigningBridge) -> None:
        """The bridge is not even asked."""
        shown = with_world(addon, admin=None).get()
        assert "no se muestra nada" in shown.html
        assert bridge.asked == []

    @pytest.mark.parametrize("token", [None, "", "another", TOKEN[:-1]])
    def test_a_press_without_whmcs_s_token_reaches_nobody(
        self, addon: Addon, bridge: SigningBridge, token: str | None
    ) -> None:
        """A form of another site, or an old one: nothing is signed."""
        addon.press("review", token=token, settle="credit")
        assert bridge.asked == []

    def test_no_check_of_the_token_means_no(self, addon: Addon, bridge: SigningBridge) -> None:
        """A WHMCS that has no such function is not trusted to have looked."""
        shown = with_world(addon, without=["check_token"]).press("review", settle="credit")
        assert "no se hizo nada" in shown.html
        assert bridge.asked == []

    def test_a_get_says_that_it_is_one(self, addon: Addon, bridge: SigningBridge) -> None:
        """A link with a press's fields in it asks for a page, without a token: the bridge changes nothing for it."""
        addon.get("review", settle="credit", transaction="1202-1", reason="x")
        assert bridge.calls[0]["method"] == "GET"


class TestUploads:
    def test_files_go_with_the_signed_call(self, addon: Addon, bridge: SigningBridge) -> None:
        """Byte by byte, each under its own name, in the order of the form."""
        shown = uploads(addon, ("a.csv", b"\x00\xffa"), ("ñandú & co.csv", b"b"))
        assert PLAIN in shown.html
        (call,) = bridge.calls
        assert (call["page"], call["method"]) == ("settlements", "POST")
        assert call["files"] == {
            "reports": [{"name": "a.csv", "body": "AP9h"}, {"name": "ñandú & co.csv", "body": "Yg=="}]
        }

    @pytest.mark.parametrize("token", [None, "another"])
    def test_without_whmcs_s_token_they_reach_nobody(
        self, addon: Addon, bridge: SigningBridge, token: str | None
    ) -> None:
        """A form of another site uploads nothing."""
        uploads(addon, ("a.csv", b"a"), token=token)
        assert bridge.asked == []

    def test_without_the_permission_the_bridge_is_told_so(self, addon: Addon, bridge: SigningBridge) -> None:
        """It decides: nothing is imported."""
        uploads(with_world(addon, permissions=[]), ("a.csv", b"a"))
        assert bridge.calls[0]["admin"]["may"] == []

    @pytest.mark.parametrize("sizes", [(700_001,), (350_000, 350_001), (0,) * 32])
    def test_too_much_at_a_time_goes_nowhere(self, addon: Addon, bridge: SigningBridge, sizes: tuple[int, ...]) -> None:
        """700 kB and 31 files together: the page says so, and names the way for more."""
        shown = uploads(addon, *(("a.csv", b"x" * size) for size in sizes))
        assert 'data-page="large"' in shown.html
        assert "wompi-bridge settlements import" in shown.html
        assert bridge.asked == []

    def test_as_much_as_may_be_goes(self, addon: Addon, bridge: SigningBridge) -> None:
        """To the byte."""
        uploads(addon, ("a.csv", b"x" * 700_000))
        assert len(bridge.calls[0]["files"]["reports"][0]["body"]) == 933_336

    @pytest.mark.parametrize(
        ("error", "word"), [(1, "large"), (2, "large"), (3, "broken"), (6, "broken"), (7, "broken")]
    )
    def test_what_php_has_not_taken_is_told(self, addon: Addon, bridge: SigningBridge, error: int, word: str) -> None:
        """https://www.php.net/manual/en/features.file-upload.errors.php: too large for PHP, cut off, no folder."""
        shown = with_files(addon, [{"name": "a.csv", "error": error}]).press("settlements")
        assert f'data-page="{word}"' in shown.html
        assert bridge.asked == []

    def test_a_form_that_php_has_dropped_is_too_large(self, addon: Addon, bridge: SigningBridge) -> None:
        """Beyond `post_max_size` neither files nor token arrive: it is told as it is, and nothing was done."""
        shown = with_world(addon, content_length=90_000_000).ask("POST", {"page": "settlements"}, {})
        assert 'data-page="large"' in shown.html
        assert bridge.asked == []

    def test_an_empty_choice_is_no_file(self, addon: Addon, bridge: SigningBridge) -> None:
        """A browser sends a field without a file."""
        with_files(addon, [{"name": "", "error": 4}]).press("settlements")
        assert bridge.calls[0]["files"] == {}

    def test_a_path_that_nobody_uploaded_is_not_read(self, addon: Addon, bridge: SigningBridge) -> None:
        """Whatever else fills PHP's list of files."""
        shown = with_files(addon, [{"name": "/etc/passwd", "error": 0}]).press("settlements")
        assert 'data-page="broken"' in shown.html
        assert bridge.asked == []

    def test_files_in_a_get_are_not_looked_at(self, addon: Addon, bridge: SigningBridge) -> None:
        """A look changes nothing."""
        with_files(addon, [{"name": "a.csv", "body": "YQ=="}]).get("settlements")
        assert bridge.calls[0]["files"] == {}

    @pytest.mark.parametrize("status", [413])
    def test_a_proxy_that_takes_less_is_told(self, addon: Addon, bridge: SigningBridge, status: int) -> None:
        """The bridge has not seen it."""
        bridge.status = status
        assert 'data-page="large"' in uploads(addon, ("a.csv", b"a")).html


def with_files(addon: Addon, files: list[dict[str, Any]]) -> Addon:
    """A request that carries these."""
    return with_world(addon, files={"reports": files})


def uploads(addon: Addon, *files: tuple[str, bytes], token: str | None = TOKEN) -> Shown:
    """Hand over files by the form."""
    told = [{"name": name, "body": base64.b64encode(body).decode()} for name, body in files]
    return Addon(addon.php, addon.bridge, addon.world | {"files": {"reports": told}}).press("settlements", token=token)


class TestTheAnswer:
    def test_a_page_is_printed_with_its_sheet_and_the_token(self, addon: Addon, bridge: SigningBridge) -> None:
        """The form token is WHMCS's affair: the bridge never sees one."""
        action = "addonmodules.php?module=wompi_bridge&amp;page=review"
        bridge.draws(
            f'<div class="wc"><form method="post" action="{action}"><button type="submit">x</button></form></div>'
        )
        shown = addon.get("review")
        page = Page(shown.html)
        (field,) = [each for each in page.all("input") if each.attributes.get("name") == "token"]
        assert field.attributes["value"] == TOKEN
        assert page.one("link").attributes["href"].startswith("../modules/addons/wompi_bridge/console.css?v=")  # type: ignore[union-attr]  # it is there
        assert TOKEN not in json.dumps(bridge.calls)

    @pytest.mark.parametrize(
        "html",
        [
            "<script>alert(1)</script>",
            "<div><SCRIPT>alert(1)</SCRIPT></div>",
            '<p onclick="alert(1)">x</p>',
            '<p style="color:red">x</p>',
            "<style>p{}</style>",
            '<iframe src="https://evil.example"></iframe>',
            '<img src="https://evil.example/x.png">',
            '<a href="javascript:alert(1)">x</a>',
            '<a href="https://evil.example/">x</a>',
            '<a href="//evil.example/">x</a>',
            '<a href="addonmodules.php?module=other">x</a>',
            '<a href="addonmodules.php?module=wompi_bridge&amp;page=x/../y">x</a>',
            '<a href="invoices.php?action=delete&amp;id=1">x</a>',
            '<form method="post" action="configgateways.php"><button>x</button></form>',
            '<form action="addonmodules.php?module=wompi_bridge" method="post"></form>',
            '<form method="POST" action="addonmodules.php?module=wompi_bridge"></form>',
            '<form method="get"></form>',
            '<input type="hidden" name="token" value="x">',
            '<input type="hidden" name="module" value="other">',
            '<input type="image" name="x">',
            '<form method="post" action="addonmodules.php?module=wompi_bridge" enctype="text/plain"></form>',
            '<button type="submit" formaction="https://evil.example">x</button>',
            '<p id="wrapper">x</p>',
            '<p class="modal">x</p>',
            "<p>x",
            "x</p>",
            "<p><span>x</p></span>",
            "<p class='wc'>x</p>",
            "<p class=wc>x</p>",
            '<p title="a" title="b">x</p>',
            '<p title="<b>">x</p>',
            "<!-- x -->",
            "<![CDATA[x]]>",
            "<?php echo 1 ?>",
            "a < b",
            "a > b",
            "<p>ñ</p>",
            "<p>\x00</p>",
            '<svg><use href="#x"></use></svg>',
            '<svg><a xlink:href="javascript:alert(1)"></a></svg>',
            "<div/>",
            "<math></math>",
            '<base href="https://evil.example">',
            '<meta http-equiv="refresh" content="0">',
        ],
    )
    def test_markup_beyond_the_list_refuses_the_page(self, addon: Addon, bridge: SigningBridge, html: str) -> None:
        """Nothing of it is printed, rightly signed as it is."""
        bridge.draws(html)
        shown = addon.get()
        assert 'data-page="odd"' in shown.html
        assert "evil" not in shown.html
        assert "alert" not in shown.html

    @pytest.mark.parametrize(
        "html",
        [
            PLAIN,
            '<a href="addonmodules.php?module=wompi_bridge&amp;page=trail&amp;of=1202-1">x</a>',
            '<a href="invoices.php?action=edit&amp;id=1042">1042</a>',
            '<a href="clientssummary.php?userid=77">77</a>',
            '<a href="https://wa.me/?text=Hola%20a" target="_blank" rel="noopener noreferrer">x</a>',
            '<svg class="wc-chart" viewBox="0 0 9 9" role="img"><rect x="1" width="8" height="3"/></svg>',
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; &#241;</p>",
            '<input type="text" name="reason" required maxlength="500"><br>',
            '<form method="get" action="addonmodules.php?module=wompi_bridge" enctype="multipart/form-data"></form>',
            '<input type="file" name="reports[]" multiple accept=".csv,text/csv">',
        ],
    )
    def test_what_the_pages_are_made_of_is_printed(self, addon: Addon, bridge: SigningBridge, html: str) -> None:
        """As it was drawn."""
        bridge.draws(html)
        assert html in addon.get().html

    def test_an_answer_to_another_call_is_refused(self, addon: Addon, bridge: SigningBridge) -> None:
        """An old answer, rightly signed once, is not printed again."""
        addon.get()
        bridge.replay = bridge.asked[0][1]
        assert 'data-page="odd"' in addon.get().html

    def test_an_answer_of_another_secret_is_refused(self, addon: Addon, bridge: SigningBridge) -> None:
        """Somebody else at the bridge's address draws nothing in WHMCS."""
        bridge.secret = "x" * 40
        assert 'data-page="odd"' in addon.get().html

    def test_an_answer_that_is_not_signed_is_refused(self, addon: Addon, bridge: SigningBridge) -> None:
        """Nor does a bridge without a signature."""
        bridge.replay = "none"
        assert 'data-page="odd"' in addon.get().html

    def test_the_call_itself_is_no_answer(self, addon: Addon, bridge: SigningBridge) -> None:
        """Sent back as it came, it is rightly signed, and still nothing to print."""
        bridge.mirrors = True
        assert 'data-page="odd"' in addon.get().html

    def test_a_press_leads_on_within_the_addon(self, addon: Addon, bridge: SigningBridge) -> None:
        """303, so that a reload does not press again."""
        location = "addonmodules.php?module=wompi_bridge&page=review&press=done&transaction=1202-1"
        bridge.draws("", status=303, location=location)
        shown = addon.press("review", settle="credit")
        assert (shown.status, shown.headers, shown.body) == (303, [f"Location: {location}"], b"")

    @pytest.mark.parametrize(
        "location",
        [
            "https://evil.example/",
            "//evil.example",
            "addonmodules.php?module=other",
            "configgateways.php",
            "addonmodules.php?module=wompi_bridge\r\nX: y",
            "addonmodules.php?module=wompi_bridge&page=a b",
            7,
        ],
    )
    def test_no_way_leads_out_of_the_addon(self, addon: Addon, bridge: SigningBridge, location: object) -> None:
        """It is refused, not followed."""
        bridge.draws("", location=location)
        shown = addon.press("review")
        assert shown.headers == []
        assert 'data-page="pressed"' in shown.html

    def test_a_sheet_is_handed_on_as_a_file(self, addon: Addon, bridge: SigningBridge) -> None:
        """Byte by byte, and never as a page."""
        sheet = "\N{ZERO WIDTH NO-BREAK SPACE}fecha;total\r\n".encode()
        file = {"name": "pagos-wompi.csv", "type": "text/csv; charset=utf-8", "body": base64.b64encode(sheet).decode()}
        bridge.draws("", file=file)
        shown = addon.get("payments", sheet="1", month="2026-11")
        assert shown.body == sheet
        assert 'Content-Disposition: attachment; filename="pagos-wompi.csv"' in shown.headers
        assert "X-Content-Type-Options: nosniff" in shown.headers

    @pytest.mark.parametrize(
        "change",
        [{"name": "x.html"}, {"name": '../x.csv"'}, {"type": "text/html"}, {"body": "%%%"}, {"name": None}],
    )
    def test_no_other_file_is_handed_on(self, addon: Addon, bridge: SigningBridge, change: dict[str, Any]) -> None:
        """A page dressed as a file would run in WHMCS's own origin."""
        bridge.draws("", file={"name": "x.csv", "type": "text/csv; charset=utf-8", "body": ""} | change)
        assert 'data-page="odd"' in addon.get().html


class TestWithoutTheBridge:
    def test_a_silent_bridge_leaves_the_last_known_state(self, php: str, bridge: SigningBridge) -> None:
        """The page is whole, says so, and shows what was known last, with its time."""
        bridge.draws(known=["Recibido hoy: $ 59.500", "Esperan <2>"])
        kept = Addon(php, bridge).get().kept
        shown = Addon(php, None, {"kept": kept}).get()
        assert "El puente no responde ahora" in shown.html
        assert "<li>Recibido hoy: $ 59.500</li><li>Esperan &lt;2&gt;</li>" in shown.html

    def test_a_press_without_an_answer_is_not_called_done(self, php: str) -> None:
        """Nobody knows: look before you repeat it."""
        assert "no se sabe si la orden se cumpli&oacute;" in Addon(php, None).press("review").html

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_a_proxy_that_gives_up_says_nothing_of_a_press(
        self, addon: Addon, bridge: SigningBridge, status: int
    ) -> None:
        """The bridge may be at it yet."""
        bridge.status = status
        assert 'data-page="pressed"' in addon.press("review").html

    @pytest.mark.parametrize(("status", "word"), [(401, "refused"), (500, "odd"), (503, "odd")])
    def test_a_refusal_says_which(self, addon: Addon, bridge: SigningBridge, status: int, word: str) -> None:
        """Another secret is the commonest."""
        bridge.status = status
        assert f'data-page="{word}"' in addon.get().html

    def test_missing_settings_are_named(self, addon: Addon) -> None:
        """The gateway's, not the addon's: nothing is set twice."""
        assert 'data-page="settings"' in with_world(addon, gateway={}).get().html

    def test_a_whmcs_without_a_database_class_shows_the_page(self, addon: Addon) -> None:
        """What is kept for later is no reason to show nothing now."""
        assert PLAIN in with_world(addon, without=["Capsule"]).get().html

    def test_english_for_who_reads_english(self, php: str) -> None:
        """By the admin's own language in WHMCS."""
        ana = {"id": 3, "firstname": "Ana", "lastname": "", "language": "english"}
        assert "The bridge does not answer now" in Addon(php, None, {"admin": ana}).get().html
