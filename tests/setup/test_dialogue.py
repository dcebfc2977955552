"""``wompi-bridge setup`` on a terminal: each answer is proven at once, and what was proven stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.processes import clean_environment
from tests.setup.shop import REPOSITORY, Shop
from tests.setup.terminal import Terminal, terminal


@contextmanager
def person(shop: Shop, *arguments: str, language: str = "es_CO.UTF-8") -> Iterator[Terminal]:
    home = shop.folder / "home"
    home.mkdir(exist_ok=True)
    environment = clean_environment() | {"PYTHONPATH": str(REPOSITORY), "HOME": str(home), "LC_ALL": language}
    command = ["setup", "--target", "files", "--root", str(shop.root), *arguments]
    with terminal(command, environment, home) as opened:
        yield opened


def test_the_whole_way_with_each_answer_wrong_once(shop: Shop) -> None:
    """Nine answers; each wrong one is told at once, with what to do, and is asked again."""
    # Where Wompi's sandbox is follows from the keys; ours is known by a setting that was there before.
    shop.root.mkdir()
    (shop.root / ".env").write_text(f"WOMPI_API_URL={shop.wompi.api_url}\n")
    shop.whmcs.denied = {"addinvoicepayment"}
    shop.whmcs.add_client(id=81, currency_code="USD")
    with person(shop) as ana:
        assert "paso" not in ana.until("Dirección pública del puente")
        ana.type("pagos")
        ana.until("BRIDGE_URL: debe ser una dirección web completa")
        ana.type("https://nombre-que-no-existe.invalid/")
        ana.until("no existe en el DNS")
        ana.type("s")
        ana.until("Dirección de WHMCS")
        ana.type(shop.wompi.url)
        ana.until("¿Seguir así de todos modos?")
        ana.type("n")
        ana.type(shop.whmcs.url)
        ana.until("Allí contesta WHMCS.")
        ana.until("     AddInvoicePayment")
        ana.until("Identificador")
        ana.type(shop.whmcs.identifier)
        ana.until("Secreto")
        ana.type("wrong-secret-of-ana")
        ana.until("WHMCS rechaza la credencial")
        ana.until("Identificador")
        ana.type(shop.whmcs.identifier)
        ana.until("Secreto")
        ana.type(shop.whmcs.secret)
        ana.until("no permite AddInvoicePayment")
        shop.whmcs.denied = set()
        ana.until("oprima Enter")
        ana.type("")
        ana.until("aceptado")
        ana.until("Faltan 4")
        ana.type("eso no es")
        ana.until("Eso no es una llave")
        # All at once, in another order than they are shown, with their labels.
        ana.type(f"Eventos: {shop.wompi.events_secret} Llave privada {shop.wompi.private_key}")
        ana.until("Faltan 2")
        ana.type(f"{shop.wompi.integrity_secret}\npub_test_OfAnotherMerchant00000")
        ana.until("Wompi no reconoce la llave pública (WOMPI_PUBLIC_KEY)")
        ana.until("Faltan 4")
        ana.type(f"{shop.wompi.events_secret} prv_prod_OfTheOtherEnvironment {shop.wompi.integrity_secret}")
        ana.until("Faltan 1")
        ana.type(shop.wompi.public_key)
        ana.until("deben ser del mismo ambiente")
        ana.until("Faltan 4")
        keys = (shop.wompi.public_key, shop.wompi.integrity_secret, shop.wompi.events_secret, shop.wompi.private_key)
        ana.type(" ".join(keys))
        ana.until("aceptado")
        ana.until("Número del cliente de prueba")
        ana.type("9999")
        ana.until("WHMCS no tiene el cliente 9999")
        ana.type("81")
        ana.until("tiene la moneda USD; debe ser COP")
        ana.type("77")
        ana.until("77: Ana Ruiz")
        ana.type("")
        ana.until("Carpeta de WHMCS")
        ana.type(str(shop.folder))
        ana.until("no es la carpeta de un WHMCS")
        ana.type(str(shop.whmcs_dir))
        ana.until("términos y condiciones")
        ana.type("http://inseguro.ejemplo.com/")
        ana.until("BRIDGE_TERMS_URL: debe empezar por https://")
        ana.type("https://suempresa.com/terminos")
        ana.until("Correo de ayuda")
        ana.type("ayuda")
        ana.until("BRIDGE_SUPPORT_EMAIL: debe ser un correo")
        ana.type("ayuda@suempresa.com")
        ana.until("WhatsApp de ayuda")
        ana.type("3001")
        ana.until("BRIDGE_SUPPORT_WHATSAPP: debe ser un número de WhatsApp con el indicativo")
        ana.type("+57 300 1234567")
        ana.until("Página de ayuda")
        ana.type("ayuda")
        ana.until("BRIDGE_SUPPORT_URL: debe ser una dirección web completa")
        ana.type("")
        ana.until("[1/3]")
        ana.until("+WHMCS_API_SECRET=••••")
        ana.until("¿Escribirlo así?")
        ana.type("")
        assert ana.end() == 0
        secrets = (shop.whmcs.secret, shop.wompi.private_key, shop.wompi.events_secret, "wrong-secret-of-ana")
        assert not [secret for secret in secrets if secret in ana.shown]
    written = (shop.root / ".env").read_text("utf-8")
    assert "BRIDGE_TERMS_URL=https://suempresa.com/terminos\nBRIDGE_" in written
    assert "BRIDGE_SUPPORT_EMAIL=ayuda@suempresa.com\nBRIDGE_SUPPORT_WHATSAPP='+57 300 1234567'\n" in written
    assert "BRIDGE_SUPPORT_URL" not in written


def answer_until_the_credential(shop: Shop, ana: Terminal) -> None:
    ana.until("Dirección pública del puente")
    ana.type("http://127.0.0.1:9/")
    ana.until("todavía nadie contesta allí")
    ana.until("Dirección de WHMCS")
    ana.type(shop.whmcs.url)
    ana.until("Identificador")
    ana.type(shop.whmcs.identifier)
    ana.until("Secreto")
    ana.type(shop.whmcs.secret)
    ana.until("aceptado")


def test_killed_at_every_question_it_goes_on_where_it_was(shop: Shop) -> None:
    """What was proven is not asked again, nor what was skipped; where it is kept is the person's own."""
    shop.root.mkdir()
    (shop.root / ".env").write_text(f"WOMPI_API_URL={shop.wompi.api_url}\n")
    keys = (shop.wompi.public_key, shop.wompi.private_key, shop.wompi.events_secret, shop.wompi.integrity_secret)
    steps = [
        [("Dirección pública del puente", "http://127.0.0.1:9/")],
        [("Dirección de WHMCS", shop.whmcs.url)],
        [("Identificador", shop.whmcs.identifier), ("Secreto", shop.whmcs.secret)],
        [("Faltan 4", " ".join(keys))],
        [("Número del cliente de prueba", "77"), ("¿Es un cliente de prueba?", "s")],
        [("Carpeta de WHMCS", str(shop.whmcs_dir))],
        [("términos y condiciones (Enter", "")],
        [("Correo de ayuda", "")],
        [("WhatsApp de ayuda", "")],
        [("Página de ayuda", "")],
    ]
    kept = shop.folder / "home/.config/wompi-bridge/setup-answers"
    for number, step in enumerate(steps):
        with person(shop) as ana:
            for question, answer in step:
                ana.until(question)
                ana.type(answer)
            ana.until(steps[number + 1][0][0] if number + 1 < len(steps) else "¿Escribirlo así?")
            ana.kill()
            asked_before = [question for done in steps[:number] for question, _ in done]
            assert [question for question in asked_before if question in ana.shown] == []
        assert kept.stat().st_mode & 0o777 == 0o600
    with person(shop) as ana:
        ana.until("✓ WHMCS_API_SECRET ••••")
        ana.until("✓ BRIDGE_SUPPORT_EMAIL")
        ana.until("¿Escribirlo así?")
        ana.type("n")
        assert ana.end() == 1
    assert (shop.root / ".env").read_text() == f"WOMPI_API_URL={shop.wompi.api_url}\n"
    with person(shop) as ana:
        ana.until("¿Escribirlo así?")
        ana.type("s")
        assert ana.end() == 0
    assert "BRIDGE_TEST_CLIENTS=77\n" in (shop.root / ".env").read_text()
    assert not kept.exists()


def test_ctrl_c_loses_nothing(shop: Shop) -> None:
    """It is said how to go on; no traceback."""
    with person(shop) as ana:
        answer_until_the_credential(shop, ana)
        ana.until("Faltan 4")
        ana.type("\x03")
        assert ana.end() == 1
        assert "Nada se pierde: siga con la misma orden." in ana.shown
        assert "Traceback" not in ana.shown


def test_in_english(shop: Shop) -> None:
    """Whose terminal is English is asked in English."""
    with person(shop, language="en_US.UTF-8") as ana:
        ana.until("I ask what only you can know")
        ana.until("The bridge's public address")
