"""The questions that only a person can answer, each answer proven at once, and kept from then on.

Plain lines on any terminal: nothing is drawn over, so that a screen reader, a serial console and a recording show the
same. What was proven is kept in a file of the user's own until setup has ended well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.doctor.permissions import ACTIONS
from whmcs_bridge.setup.answers import HIDDEN, KEYS, WHMCS_DIR, masked, sort_keys
from whmcs_bridge.setup.clients import client_named
from whmcs_bridge.setup.form import Form
from whmcs_bridge.setup.machine import say, tell
from whmcs_bridge.setup.places import Places, Proxy, is_whmcs, whmcs_folders
from whmcs_bridge.setup.prove import prove, stops
from whmcs_bridge.setup.terminal import is_whmcs_there, somebody_there, without_echo

# What the payer's pages name, and may do without.
_FOR_PAYERS = (
    (
        "BRIDGE_TERMS_URL",
        "Página de sus términos y condiciones (Enter: la de WHMCS)",
        "The page of your terms and conditions (Enter: WHMCS's)",
    ),
    (
        "BRIDGE_SUPPORT_EMAIL",
        "Correo de ayuda para quien paga (Enter: ninguno)",
        "E-mail where payers find help (Enter: none)",
    ),
    (
        "BRIDGE_SUPPORT_WHATSAPP",
        "WhatsApp de ayuda para quien paga, con indicativo: +57 300 1234567 (Enter: ninguno)",
        "WhatsApp where payers find help, with its country's code: +57 300 1234567 (Enter: none)",
    ),
    (
        "BRIDGE_SUPPORT_URL",
        "Página de ayuda para quien paga (Enter: ninguna)",
        "The page where payers find help (Enter: none)",
    ),
)


class Stopped(Exception):
    """The person has ended it: Ctrl+C, Ctrl+D."""


class Dialogue(Form):
    """Asks. ``before`` is what an installation has already: each of its values is offered again."""

    def __init__(self, places: Places, before: Mapping[str, str], *, asks_all: bool = True) -> None:
        """``asks_all``: of a whole setup, whose answers are kept until it has ended well."""
        super().__init__(before, keeps=asks_all)
        self._places = places

    def ask(self) -> dict[str, str]:
        """Ask for all that is missing. Raises ``Stopped``."""
        try:
            self._screen()
            self._address(
                "BRIDGE_URL",
                "Dirección pública del puente (https://pagos.suempresa.com/)",
                "The bridge's public address (https://pay.example.com/)",
                somebody_there,
            )
            self._address(
                "WHMCS_URL",
                "Dirección de WHMCS, el área de clientes (https://clientes.suempresa.com/)",
                "WHMCS's address, the client area (https://clients.example.com/)",
                is_whmcs_there,
            )
            self._credential()
            self._keys()
            self._test_client()
            self._whmcs_folder()
            for name, es, en in _FOR_PAYERS:
                self._may_skip(name, es, en)
        except (EOFError, KeyboardInterrupt):
            raise Stopped from None
        return dict(self._known)

    # --- the questions --------------------------------------------------------------------------------------------

    def _screen(self) -> None:
        places = self._places
        proxy = {Proxy.NGINX: "nginx", Proxy.APACHE: "Apache", Proxy.NONE: "-"}[places.proxy]
        say(
            f"""
wompi-bridge setup: le pregunto lo que solo usted sabe, pruebo cada respuesta enseguida, y escribo todo lo demás.

  forma         {places.target} (otra: --target)        proxy: {proxy}
  configuración {places.settings_file}
  programa      {places.program}

  1 dirección del puente   2 WHMCS   3 credencial   4 llaves de Wompi   5 cliente de prueba   6 archivos
  7 términos y ayuda para quien paga
  Después: escribir (segundos), encender (segundos), revisar (un minuto) y un pago de prueba. Nada se escribe antes de
  que usted lo vea. Puede parar con Ctrl+C y seguir después con la misma orden.
""",
            f"""
wompi-bridge setup: I ask what only you can know, prove each answer at once, and write all the rest.

  kind          {places.target} (another: --target)     proxy: {proxy}
  settings      {places.settings_file}
  program       {places.program}

  1 the bridge's address   2 WHMCS   3 credential   4 Wompi's keys   5 test client   6 files
  7 terms and help for payers
  Then: write (seconds), start (seconds), look (a minute), and a test payment. Nothing is written before you have seen
  it. You can stop by Ctrl+C and go on later with the same command.
""",
        )

    def _address(self, name: str, es: str, en: str, look: Callable[[str], tuple[bool, str]]) -> None:
        if self._was_answered(name):
            return
        while True:
            value = self._line(es, en, default=self._before.get(name, ""))
            settings = self._checked({name: value}, name)
            if settings is None:
                continue
            url = str(getattr(settings, name.lower()))
            well, told = look(url)
            print(f"   {told}")
            if well or self._agrees("¿Seguir así de todos modos?", "Go on all the same?", default=False):
                self._keep({name: url})
                return

    def _credential(self) -> None:
        names = ("WHMCS_API_IDENTIFIER", "WHMCS_API_SECRET")
        if self._was_answered(*names):
            return
        say(
            "\nEn WHMCS: Configuration (⚙) → System Settings → Manage API Credentials. En API Roles cree el rol «Puente"
            " Wompi» con estas acciones; después, Generate New API Credential con ese rol:",
            "\nIn WHMCS: Configuration (⚙) → System Settings → Manage API Credentials. In API Roles make the role"
            " 'Wompi bridge' with these actions; then Generate New API Credential with that role:",
        )
        print("\n".join(f"     {action}" for action in ACTIONS))
        while True:
            given = {
                names[0]: self._line(
                    "Identificador (Identifier)", "Identifier", default=self._before.get(names[0], "")
                ),
                names[1]: self._secret("Secreto", "Secret", default=self._before.get(names[1], "")),
            }
            settings = self._checked(given, *names)
            while settings is not None:
                checks = prove(settings, wompi=False)
                _tell_faults(checks)
                if not any(stops(check) for check in checks):
                    self._keep(given)
                    return
                if any(check.id == "whmcs.credential" for check in checks):
                    break
                self._line("Corríjalo en WHMCS y oprima Enter", "Mend it in WHMCS and press Enter", default=" ")

    def production_keys(self) -> dict[str, str]:
        """Ask for the four keys of production alone. Raises ``Stopped``."""
        try:
            self._keys("Producción", "prod")
        except (EOFError, KeyboardInterrupt):
            raise Stopped from None
        return {name: self._known[name] for name in KEYS.values()}

    def _keys(self, page: str = "Pruebas (sandbox)", environment: str = "test") -> None:
        if environment == "test" and self._was_answered(*KEYS.values()):
            return
        say(
            f"\nEn comercios.wompi.co → Desarrolladores → {page}: pegue las cuatro llaves, en cualquier orden, juntas o"
            " una por una. No se ven al pegarlas.",
            f"\nAt comercios.wompi.co → Desarrolladores → {page}: paste the four keys, in any order, at once or one by"
            " one. They are not shown.",
        )
        with without_echo():
            while not self._proven(found := self._pasted(environment)):
                pass
        self._keep(found)

    def _proven(self, found: Mapping[str, str]) -> bool:
        settings = self._checked(found, *KEYS.values())
        checks = prove(settings, whmcs=False) if settings else []
        _tell_faults(checks)
        return settings is not None and not any(stops(check) for check in checks)

    def _pasted(self, environment: str) -> dict[str, str]:
        """All four, of whichever lines they come in."""
        found: dict[str, str] = {}
        forms = f"pub_{environment}_, prv_{environment}_, {environment}_events_, {environment}_integrity_"
        while missing := [name for name in KEYS.values() if name not in found]:
            pasted = self._line(f"Faltan {len(missing)}", f"{len(missing)} missing", default=" ")
            print()
            new = sort_keys(pasted)
            found |= new
            for name, value in new.items():
                print(f"   {name}: {masked(value) if name in HIDDEN else value}")
            if pasted.strip() and not new:
                say(f"   Eso no es una llave: empiezan por {forms}", f"   That is no key: they begin with {forms}")
        return found

    def _test_client(self) -> None:
        if self._known.get("WOMPI_PUBLIC_KEY", self._before.get("WOMPI_PUBLIC_KEY", "")).startswith("pub_prod_"):
            return
        if self._was_answered("BRIDGE_TEST_CLIENTS"):
            return
        say(
            "\nHasta «wompi-bridge go-live», solo un cliente de prueba puede pagar: así nadie paga un aviso de verdad"
            " con una tarjeta de prueba. Cree uno en WHMCS (Clients → Add New Client), con la moneda COP.",
            "\nUntil 'wompi-bridge go-live' only a test client can pay, so that nobody pays a real invoice with a test"
            " card. Make one in WHMCS (Clients → Add New Client), with the currency COP.",
        )
        while True:
            value = self._line("Número del cliente de prueba", "The test client's number",
                               default=self._before.get("BRIDGE_TEST_CLIENTS", ""))  # fmt: skip
            settings = self._checked({"BRIDGE_TEST_CLIENTS": value}, "BRIDGE_TEST_CLIENTS")
            if settings is None or not settings.bridge_test_clients:
                continue
            names = [client_named(settings, number) for number in sorted(settings.bridge_test_clients)]
            if all(names):
                print("\n".join(f"   {name}" for name in names))
                if self._agrees("¿Es un cliente de prueba?", "Is this a test client?"):
                    self._keep({"BRIDGE_TEST_CLIENTS": value})
                    return

    def _whmcs_folder(self) -> None:
        if self._was_answered(WHMCS_DIR):
            return
        offered = whmcs_folders()
        for number, folder in enumerate(offered, 1):
            print(f"   {number}  {folder}")
        while True:
            value = self._line(
                "Carpeta de WHMCS en este servidor (Enter: está en otro, y le doy un .zip para subirlo)",
                "WHMCS's folder on this server (Enter: it is elsewhere, and I make a .zip to upload)",
                default=" ",
            ).strip()
            if value.isdigit() and 0 < int(value) <= len(offered):
                value = str(offered[int(value) - 1])
            if not value or is_whmcs(Path(value)):
                self._keep({WHMCS_DIR: value})
                return
            say(
                f"   {value} no es la carpeta de un WHMCS: es la que tiene init.php y modules/gateways/.",
                f"   {value} is not a WHMCS's folder: that is the one with init.php and modules/gateways/.",
            )

    def _may_skip(self, name: str, es: str, en: str) -> None:
        if self._was_answered(name):
            return
        while True:
            value = self._line(es, en, default=self._before.get(name, " ")).strip()
            if not value or self._checked({name: value}, name):
                self._keep({name: value})
                return


def _tell_faults(checks: list[Check]) -> None:
    faults = [check for check in checks if check.status is not Status.OK]
    tell(faults)
    if not faults:
        say("   aceptado", "   accepted")
