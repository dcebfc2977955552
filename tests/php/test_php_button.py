"""``wompi.php``: what an unpaid invoice shows, and when it shows nothing."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from .whmcs import HOOKS, SECRET, Page, Whmcs, invoice, signature

HOUR = 3600
DAY = 24 * HOUR


def check_link(address: str, base: str, message: str, lifetime: int, secret: str = SECRET) -> None:
    """The address is the base and a link that says the message, signed, for the lifetime from now on."""
    assert address.startswith(base), address
    purpose, invoice_id, client_id, expiry, mac = address.removeprefix(base).split(".")
    assert f"{purpose}.{invoice_id}.{client_id}" == message
    assert mac == signature(f"{message}.{expiry}", secret)
    assert 0 <= time.time() + lifetime - int(expiry) < 60


def test_an_unpaid_invoice_shows_the_terms_and_the_button(whmcs: Whmcs) -> None:
    """One form that posts the acceptance of the terms to the bridge, with a link that PHP signed by itself."""
    page = Page(whmcs.link(invoice()))

    form = page.one("form")
    assert (form.attributes["method"], form.attributes["lang"]) == ("post", "es")
    check_link(str(form.attributes["action"]), "https://pagos.example.com/pay/", "pay.1042.77", HOUR)

    box = page.one("input")
    assert box.attributes["type"] == "checkbox"
    assert (box.attributes["name"], box.attributes["value"]) == ("terms", "accepted")
    assert "required" in box.attributes
    assert "checked" not in box.attributes
    assert box.inside == ("form", "label")
    assert page.one("label").text == "Acepto los términos y condiciones (se abre en otra pestaña)"

    terms = page.one("a")
    assert terms.attributes["href"] == "https://clientes.example.com/"
    assert (terms.attributes["target"], terms.attributes["rel"]) == ("_blank", "noopener")

    button = page.one("button")
    assert (button.attributes["type"], button.text, button.inside) == ("submit", "Pagar con Wompi", ("form",))


def test_the_form_needs_no_javascript_and_leaves_it_alone(whmcs: Whmcs) -> None:
    """No script, no handler, nothing loaded from elsewhere; and no control that would shadow ``form.submit()``."""
    page = Page(whmcs.link(invoice()))
    assert {element.tag for element in page.elements} == {"style", "form", "label", "input", "span", "a", "button"}
    for element in page.elements:
        assert not [name for name in element.attributes if name.startswith("on") or name in ("src", "srcset", "id")]
        assert element.attributes.get("name") in (None, "terms")
    assert "url(" not in page.one("style").text
    assert "@import" not in page.one("style").text


def test_the_html_is_ascii(whmcs: Whmcs) -> None:
    """A WHMCS may send its pages in another charset than UTF-8; accents must survive that."""
    assert whmcs.link(invoice()).isascii()


def test_the_button_can_be_read(whmcs: Whmcs) -> None:
    """White on the button's colours has the contrast of WCAG 2.2 AA, and the control the size of a finger."""
    style = Page(whmcs.link(invoice())).one("style").text
    colours = re.findall(r"\.wompi-pay button(?::hover)?\{[^}]*background:#([0-9a-f]{6})", style)
    assert len(colours) == 3
    assert colours.pop() == "fef3c7"  # the button behind the warning, on which the words are dark
    for colour in colours:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5
    (paper, ink), *_ = re.findall(r"\.wompi-note\{[^}]*background:#([0-9a-f]{6});color:#([0-9a-f]{6})", style)
    for ground in (paper, "ffffff", "fef3c7"):
        assert (luminance(ground) + 0.05) / (luminance(ink) + 0.05) >= 7
    assert "min-height:44px" in style
    assert ":focus-visible{outline:3px" in style


def luminance(colour: str) -> float:
    """Relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("setting", "base"),
    [
        ("https://pagos.example.com/", "https://pagos.example.com/pay/"),
        (" https://pagos.example.com/// ", "https://pagos.example.com/pay/"),
        ("https://example.com/pagos", "https://example.com/pagos/pay/"),
        ("https://example.com/pagos/wompi-1.0/~x/", "https://example.com/pagos/wompi-1.0/~x/pay/"),
        ("http://127.0.0.1:8443", "http://127.0.0.1:8443/pay/"),
        ("http://[::1]:8080/", "http://[::1]:8080/pay/"),
        ("HTTPS://Pagos.Example.com", "HTTPS://Pagos.Example.com/pay/"),
    ],
)
def test_the_bridge_may_live_anywhere(whmcs: Whmcs, setting: str, base: str) -> None:
    """A path, a port, a slash at the end or none: the link is always one segment below ``pay``."""
    action = Page(whmcs.link(invoice(bridgeUrl=setting))).one("form").attributes["action"]
    check_link(str(action), base, "pay.1042.77", HOUR)


@pytest.mark.parametrize(
    "setting",
    [
        "", " ", "pagos.example.com", "//pagos.example.com", "javascript:alert(1)", "JAVASCRIPT://%0aalert(1)",
        "data:text/html,x", "ftp://pagos.example.com", "https://", "https:///pay", "https://a b.example",
        "https://pagos.example.com/?x=1", "https://pagos.example.com/#x", "https://user:pw@pagos.example.com",
        'https://pagos.example.com/"><script>alert(1)</script>', "https://pagos.example.com/'onclick='x",
        "https://pagos.example.com/&quot;&gt;&lt;script&gt;", "https://pagos.example.com\nhttps://evil.example",
        "https://pagos.example.com/\u0000x", "https://pagos.éxample.com", None, [], ["https://pagos.example.com"], 0,
    ],
    ids=repr,
)  # fmt: skip
def test_without_an_address_of_the_bridge_nothing_shows(whmcs: Whmcs, setting: object) -> None:
    """Only a plain http or https address is posted to; anything else hides the button."""
    assert whmcs.link(invoice(bridgeUrl=setting)) == ""


@pytest.mark.parametrize(
    ("setting", "secret"),
    [
        (f"  {SECRET}\n", SECRET),
        (f"{SECRET},an-older-secret-that-still-verifies", SECRET),
        (f" {SECRET} , an-older-secret-that-still-verifies ", SECRET),
        ("a&amp;b&lt;c&gt;d&quot;e&#039;f-0123456789abcdefghij", "a&b<c>d\"e'f-0123456789abcdefghij"),
        ("a&b<c>d\"e'f-0123456789abcdefghij", "a&b<c>d\"e'f-0123456789abcdefghij"),
        ("ñandú-ñandú-ñandú-ñandú-ñandú-12", "ñandú-ñandú-ñandú-ñandú-ñandú-12"),
    ],
)
def test_the_secret_that_signs(whmcs: Whmcs, setting: str, secret: str) -> None:
    """Trimmed, the first of a list, and as the admin typed it even where WHMCS hands it out escaped."""
    action = Page(whmcs.link(invoice(bridgeSecret=setting))).one("form").attributes["action"]
    check_link(str(action), "https://pagos.example.com/pay/", "pay.1042.77", HOUR, secret)


@pytest.mark.parametrize(
    "setting",
    [
        "", " " * 40, "a" * 31, f"{'a' * 31} ", f"short,{SECRET}", f",{SECRET}",
        "ñ" * 31, "&amp;" * 10, None, [], [SECRET], True,
    ],
    ids=repr,
)  # fmt: skip
def test_without_a_secret_nothing_shows(whmcs: Whmcs, setting: object) -> None:
    """Fewer than 32 characters are no secret, whatever their bytes."""
    assert whmcs.link(invoice(bridgeSecret=setting)) == ""


@pytest.mark.parametrize("amount", ["1500.00", "1499.01", "1500", 1500, 59500.5, " 59500.00 ", "999999999999.99"])
def test_enough_pesos_show_the_button(whmcs: Whmcs, amount: object) -> None:
    """The bridge charges whole pesos, rounded up: COP 1,499.01 is enough."""
    assert Page(whmcs.link(invoice(amount=amount))).one("button").text == "Pagar con Wompi"


@pytest.mark.parametrize(
    "amount",
    ["1499.00", "1499", "0.00", "0", "", "-59500.00", "59,500.00", "59.500,00", "$59500", "1e9", "0x5F5E100", "NaN",
     "59500.00\n<b>", None, True, False, [], [59500], 10**30],
    ids=repr,
)  # fmt: skip
def test_too_few_pesos_show_nothing(whmcs: Whmcs, amount: object) -> None:
    """Less than COP 1,500, or what is not an amount at all, cannot be paid at Wompi."""
    assert whmcs.link(invoice(amount=amount)) == ""


@pytest.mark.parametrize("currency", ["USD", "EUR", "cop", "COP$", "", None, ["COP"]], ids=repr)
def test_other_currencies_show_nothing(whmcs: Whmcs, currency: object) -> None:
    """Wompi takes Colombian pesos only."""
    assert whmcs.link(invoice(currency=currency)) == ""


def test_an_invoice_converted_to_pesos_shows_nothing(whmcs: Whmcs) -> None:
    """An invoice in dollars that WHMCS shows to us in pesos stays one in dollars, and would be booked wrongly."""
    assert whmcs.link(invoice(convertto="1", basecurrencyamount="14.88", basecurrency="USD")) == ""
    assert "<form" in whmcs.link(invoice(convertto="1", basecurrencyamount="59500.00", basecurrency="COP"))


@pytest.mark.parametrize(
    "details",
    [
        {"model": {"id": 77}, "userid": 5},
        {"userid": "77"},
        {"client_id": 77},
        {"id": "77"},
    ],
    ids=lambda details: "+".join(details),
)
def test_the_client_by_each_name_that_whmcs_uses(whmcs: Whmcs, details: dict[str, object]) -> None:
    """The documented model comes first, the names that versions of WHMCS add come after it."""
    action = Page(whmcs.link(invoice(clientdetails=details))).one("form").attributes["action"]
    check_link(str(action), "https://pagos.example.com/pay/", "pay.1042.77", HOUR)


@pytest.mark.parametrize("value", [0, "0", -5, "x", "77.5", "", None, [], "77 OR 1=1", "77.1790000000"], ids=repr)
def test_ids_that_are_none_show_nothing(whmcs: Whmcs, value: object) -> None:
    """A link is signed for a positive invoice of a positive client, or not at all."""
    assert whmcs.link(invoice(invoiceid=value)) == ""
    assert whmcs.link(invoice(clientdetails={"userid": value})) == ""


@pytest.mark.parametrize(
    ("client", "session", "language"),
    [
        ("", None, "es"),
        ("spanish", None, "es"),
        ("english", None, "en"),
        ("English", {}, "en"),
        ("portuguese-br", {}, "es"),
        ("english", {"Language": "spanish"}, "es"),
        ("spanish", {"Language": "english"}, "en"),
        ("english", {"Language": ""}, "en"),
        ("english", {"Language": ["x"]}, "en"),
        (None, {"Language": None}, "es"),
        ({"x": 1}, None, "es"),
    ],
)
def test_the_language_of_the_visit(whmcs: Whmcs, client: object, session: object, language: str) -> None:
    """What the visitor chose on this visit, else what the client chose once, else Spanish."""
    world = {} if session is None else {"session": session}
    page = Page(whmcs.link(invoice(clientdetails={"userid": 77, "language": client}), **world))
    words = {
        "es": ("Pagar con Wompi", "Acepto los términos y condiciones (se abre en otra pestaña)"),
        "en": ("Pay with Wompi", "I accept the terms and conditions (opens in a new tab)"),
    }
    assert page.one("form").attributes["lang"] == language
    assert (page.one("button").text, page.one("label").text) == words[language]


@pytest.mark.parametrize(
    ("terms", "system", "href"),
    [
        ("https://example.com/terminos?v=2&x=1", "https://c.example/", "https://example.com/terminos?v=2&x=1"),
        ("https://example.com/terminos?v=2&amp;x=1", "https://c.example/", "https://example.com/terminos?v=2&x=1"),
        ("", "https://c.example", "https://c.example/"),
        ("  ", "https://c.example/whmcs//", "https://c.example/whmcs/"),
        ("javascript:alert(1)", "https://c.example/", "https://c.example/"),
        (" JavaScript:alert(1)//https://x", "https://c.example/", "https://c.example/"),
        ("/terminos", "https://c.example/", "https://c.example/"),
        ('https://x"><script>alert(1)</script>', "https://c.example/", "https://c.example/"),
        ("https://x&quot; onfocus=&quot;alert(1)", "https://c.example/", "https://c.example/"),
        (None, "https://c.example/", "https://c.example/"),
    ],
)
def test_where_the_terms_are(whmcs: Whmcs, terms: object, system: str, href: str) -> None:
    """The setting where it is an address of the web, else the client area."""
    assert Page(whmcs.link(invoice(termsUrl=terms, systemurl=system))).one("a").attributes["href"] == href


def test_without_any_address_the_terms_are_not_a_link(whmcs: Whmcs) -> None:
    """The words stay, and the box with them."""
    page = Page(whmcs.link(invoice(termsUrl="javascript:1", systemurl="")))
    assert page.all("a") == []
    assert page.one("label").text == "Acepto los términos y condiciones"


def test_hostile_details_do_not_reach_the_page(whmcs: Whmcs) -> None:
    """Whatever clients and companies call themselves, the page is the same as without it."""
    hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&quot;&#x27;{$x}{php}"
    details = {"model": {"id": 77}, "firstname": hostile, "lastname": hostile, "email": hostile, "language": hostile}
    names = ("description", "companyname", "returnurl", "langpaynow", "name", "paymentmethod")
    html = whmcs.link(invoice(clientdetails=details, **dict.fromkeys(names, hostile)))
    plain = whmcs.link(invoice())
    hide_link = re.compile(r"pay\.1042\.77\.[0-9]+\.[A-Za-z0-9_-]{43}")
    assert hide_link.sub("link", html) == hide_link.sub("link", plain)


def test_the_secret_is_not_in_the_page(whmcs: Whmcs) -> None:
    """The page carries a signature, never what made it."""
    assert SECRET not in whmcs.link(invoice())


def test_before_whmcs_8_the_visitor_is_believed_to_be_the_client(whmcs: Whmcs) -> None:
    """WHMCS says who looks since 8.0 only; the invoice page of older versions lets nobody else in."""
    action = Page(whmcs.link(invoice(), without=["CurrentUser"])).one("form").attributes["action"]
    check_link(str(action), "https://pagos.example.com/pay/", "pay.1042.77", HOUR)


@pytest.mark.parametrize("client", [None, {"id": 78}], ids=["nobody", "somebody else"])
def test_an_email_gets_a_link_that_may_be_forwarded(whmcs: Whmcs, client: object) -> None:
    """The merge field {$invoice_payment_link} calls ``wompi_link`` too. Its reader is not signed in, may be anyone, and
    opens the mail days later: a plain anchor, and a link of purpose ``mail``."""
    page = Page(whmcs.link(invoice(), client=client))
    assert [element.tag for element in page.elements] == ["a"]
    anchor = page.one("a")
    assert anchor.text == "Pagar con Wompi"
    check_link(str(anchor.attributes["href"]), "https://pagos.example.com/pay/", "mail.1042.77", 30 * DAY)


@pytest.mark.parametrize("broken", ["CurrentUser", "Client", "CurrentUser logActivity"])
def test_a_fault_of_whmcs_leaves_the_page_whole(whmcs: Whmcs, broken: str) -> None:
    """Whatever throws around us, the page gets an empty string, and the admin a line without the fault's own words."""
    answer = whmcs.run("wompi_link", invoice(), client={"id": 77}, broken=broken.split())
    assert answer.result == ""
    if "logActivity" in broken:
        assert answer.activity == []
    else:
        assert answer.activity
        assert re.fullmatch(r"Wompi: RuntimeException \(harness\.php:[0-9]+\)", answer.activity[0])


def test_a_fault_without_a_log_leaves_the_page_whole(whmcs: Whmcs) -> None:
    """Where there is no activity log, the fault is swallowed all the same."""
    assert whmcs.link(invoice(invoiceid="x"), without=["logActivity"]) == ""


@pytest.mark.parametrize("params", [None, "", 5, [], [[]], {"clientdetails": "x"}], ids=repr)
def test_parameters_of_another_shape_leave_the_page_whole(whmcs: Whmcs, params: object) -> None:
    """What is not the documented array gives an empty string."""
    assert whmcs.link(params) == ""


@pytest.mark.parametrize("lost", ["Whmcs", "Link", "Call", "Bridge", "Status", "Amount", "Pesos", "Button"])
@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_module_copied_in_part_leaves_the_page_whole(php: str, tmp_path: Path, lost: str, damage: str) -> None:
    """A file that the upload lost, or cut off in the middle, hides the button and breaks nothing."""
    shutil.copytree(HOOKS, tmp_path / "whmcs")
    file = tmp_path / "whmcs/modules/gateways/wompi/lib" / f"{lost}.php"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:600])
    assert Whmcs(php, tmp_path / "whmcs").link(invoice()) == ""


def test_what_whmcs_asks_of_every_gateway(whmcs: Whmcs) -> None:
    """Meta data and settings have the documented shape, and no setting collides with WHMCS's own parameters.

    https://developers.whmcs.com/payment-gateways/meta-data-params/ and /configuration/
    """
    about = whmcs.run("wompi_MetaData").result
    assert about["APIVersion"] == "1.1"
    assert about["DisplayName"] == "Wompi (tarjeta, PSE, Nequi)"
    config = whmcs.run("wompi_config").result
    assert config.pop("FriendlyName") == {"Type": "System", "Value": "Wompi (tarjeta, PSE, Nequi)"}
    types = {name: field["Type"] for name, field in config.items()}
    assert types == {
        "bridgeUrl": "text",
        "bridgeSecret": "password",
        "termsUrl": "text",
        "mailTemplates": "text",
        "invoiceQr": "yesno",
    }
    for field in config.values():
        assert field["Default"] == ""
        assert field["FriendlyName"]
        assert field["Description"]
        # A box to tick has no size.
        size = set() if field["Type"] == "yesno" else {"Size"}
        assert set(field) - size == {"FriendlyName", "Type", "Default", "Description"}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"bridgeUrl": "", "bridgeSecret": "", "termsUrl": ""},
        {"bridgeUrl": "https://pagos.example.com/x/", "bridgeSecret": SECRET, "termsUrl": "https://example.com/t"},
        {"bridgeSecret": "********"},
        None,
    ],
    ids=repr,
)
def test_good_settings_are_saved(whmcs: Whmcs, settings: object) -> None:
    """Filled in well, masked because unchanged, or not filled in yet: WHMCS may save it."""
    assert whmcs.run("wompi_config_validate", settings).thrown is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bridgeUrl": "pagos.example.com"}, "La dirección del puente"),
        ({"bridgeUrl": "https://pagos.example.com/?a=b"}, "La dirección del puente"),
        ({"bridgeSecret": "too short"}, "El secreto del puente"),
        ({"termsUrl": "javascript:alert(1)"}, "La dirección de los términos"),
    ],
)
def test_bad_settings_are_refused_in_words(whmcs: Whmcs, settings: object, words: str) -> None:
    """The admin reads at once what is wrong, in Spanish and in English."""
    thrown = whmcs.run("wompi_config_validate", settings).thrown
    assert thrown is not None
    assert thrown["class"] == r"WHMCS\Exception\Module\NotServicable"
    assert thrown["message"].startswith(words)
    assert " / The " in thrown["message"]


def test_bad_settings_are_saved_where_whmcs_cannot_refuse_them(whmcs: Whmcs) -> None:
    """Without the exception that WHMCS expects, nothing is thrown: the button hides itself anyway."""
    assert whmcs.run("wompi_config_validate", {"bridgeUrl": "x"}, without=["NotServicable"]).thrown is None
