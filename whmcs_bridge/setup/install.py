"""From answers to a running bridge: proven first, then written, started, and looked at by doctor.

Every step looks at what is there and brings it to what it should be. So a run that was killed anywhere is taken up by
the next one, and a run with nothing to do changes nothing.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from whmcs_bridge import installation
from whmcs_bridge.clock import utc_now
from whmcs_bridge.doctor.check import Status
from whmcs_bridge.doctor.network import TimingTransport
from whmcs_bridge.messages.screen import working
from whmcs_bridge.setup import running
from whmcs_bridge.setup.files import File
from whmcs_bridge.setup.machine import heading, only_roots, say, tell
from whmcs_bridge.setup.places import Places, Target
from whmcs_bridge.setup.prove import prove, refused, stops
from whmcs_bridge.setup.whmcs_folder import compare_hooks, foreign_hooks, install_hooks
from whmcs_bridge.setup.work import Work
from whmcs_bridge.setup.writing import NotWritable, write
from whmcs_bridge.whmcs.hooks_archive import pack
from whmcs_bridge.whmcs.hooks_files import HooksInstallError
from wompi_gateway.transport import TransportError

# Seconds that a bridge may take from its start to its first answer.
_PATIENCE = 30.0


class Install(Work):
    """One installation, from the answers to doctor."""

    def run(self) -> int:
        """Walk the whole way. Returns the exit status: 0 when nothing is red."""
        steps = self._steps()
        for number, (es, en, step) in enumerate(steps, 1):
            heading(number, len(steps), es, en)
            if not step():
                self.stopped = True
                return 1
        return 1 if self.red else 0

    def _steps(self) -> list[tuple[str, str, Callable[[], bool]]]:
        steps = [
            ("WHMCS y Wompi aceptan lo que respondió", "WHMCS and Wompi take the answers", self.prove),
            ("La configuración", "The settings", self.write_files),
            ("Los archivos dentro de WHMCS", "The files within WHMCS", self.write_hooks),
        ]
        if self.places.is_real:
            steps += [
                ("El puente se enciende", "The bridge is started", lambda: running.start(self)),
                ("La dirección pública", "The public address", lambda: running.publish(self)),
                ("La pasarela en WHMCS", "The gateway in WHMCS", lambda: running.fill_in_gateway(self)),
            ]
        if self.places.is_real and not self.dry:
            steps.append(("Todo el camino, revisado por doctor", "The whole road, looked at by doctor", self.examine))
        return steps

    # --- proven ---------------------------------------------------------------------------------------------------

    def prove(self) -> bool:
        """Nothing is written before the credential and the keys are proven."""
        checks = [refused(check) for check in prove(self.settings)]
        tell(checks)
        self.red += sum(check.status is Status.FAIL for check in checks)
        if any(stops(check) for check in checks):
            say(
                "\nNo se escribió nada. Corrija lo que dice FALLA y repita.",
                "\nNothing was written. Mend what says FAIL, and repeat.",
            )
            return False
        return True

    # --- written --------------------------------------------------------------------------------------------------

    def write_files(self) -> bool:
        """The settings and what belongs to them; the site of the proxy comes later, when there is a certificate."""
        if not self._may_run_as_root():
            return False
        try:
            files = self.files(site=not self.places.is_real)
            changed = [file for file in files if self.show(file)]
            self.changed = bool(changed)
            if changed and not self.dry:
                if not self.confirm():
                    return False
                for file in changed:
                    self.write(file)
        except NotWritable as error:
            say(f"FALLA: {error.es}.", f"FAIL: {error.en}.")
            return False
        if not changed:
            say("   sin cambios", "   unchanged")
        if self.places.is_real and not self.places.is_servers and not self.dry:
            self._remember_folder()
        return True

    def _may_run_as_root(self) -> bool:
        """Root runs what only root can write, and writes into nobody else's folder."""
        if not self.places.is_real or self.dry or not _is_root():
            return True
        if self.places.target is Target.SYSTEMD and not only_roots(Path(self.places.program)):
            say(
                f"FALLA: otros usuarios pueden cambiar {self.places.program}, y root no debe ejecutarlo. Instálelo así:"
                "\n   PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install whmcs-wompi-bridge",
                f"FAIL: other users can change {self.places.program}, and root must not run it. Install it so:"
                "\n   PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install whmcs-wompi-bridge",
            )
            return False
        if not self.places.is_servers and self.places.folder.exists() and self.places.folder.stat().st_uid != 0:
            owner = self.places.folder.owner()
            say(
                f"FALLA: {self.places.folder} es de {owner}: ejecute setup con ese usuario, no como root.",
                f"FAIL: {self.places.folder} belongs to {owner}: run setup as that user, not as root.",
            )
            return False
        return True

    def _remember_folder(self) -> None:
        """So that the commands work from any folder."""
        file = installation.pointer({})
        write(File(file, f"{self.places.folder}\n"))

    # --- within WHMCS ---------------------------------------------------------------------------------------------

    def write_hooks(self) -> bool:
        """Into WHMCS's folder, as its owner; or packed, to be unpacked there."""
        archive = self.places.folder / "wompi-whmcs.zip"
        if self.whmcs_dir is None:
            if self.dry:
                say(f"   nuevo: {archive}", f"   new: {archive}")
                return True
            try:
                pack(archive)
            except HooksInstallError as error:
                print(f"   {error}")
                return False
            self._note_folder()
            say(
                f"   {archive}: súbalo a la carpeta de WHMCS y descomprímalo allí (cPanel: Administrador de archivos →"
                " Extract). Si ya hay un modules/gateways/wompi.php de otro proveedor, guárdelo antes.",
                f"   {archive}: upload it to WHMCS's folder and unpack it there (cPanel: File Manager → Extract). Where"
                " another vendor's modules/gateways/wompi.php is, keep a copy of it first.",
            )
            return True
        try:
            foreign = foreign_hooks(self.whmcs_dir)
            if foreign and not self._replaces(self.whmcs_dir, foreign):
                return False
            files = compare_hooks(self.whmcs_dir) if self.dry else install_hooks(self.whmcs_dir)
        except HooksInstallError as error:
            print(f"   {error}")
            return False
        self._note_folder()
        for path in (path for outcome, path in files if outcome == "kept"):
            say(f"   copia: {path}", f"   copy: {path}")
        count = len(files)
        if count == 0:
            say("   sin cambios", "   unchanged")
        else:
            one = count == 1
            say(
                f"   {count} {'archivo' if one else 'archivos'} en {self.whmcs_dir}",
                f"   {count} {'file' if one else 'files'} in {self.whmcs_dir}",
            )
        return True

    def _note_folder(self) -> None:
        if self.places.is_real and not self.dry:
            self.notes.hooks_are_in(self.whmcs_dir)

    def _replaces(self, whmcs_dir: Path, foreign: list[str]) -> bool:
        """Name another vendor's module, with what changes for who owes and the way back; whether to go on."""
        say(
            f"   En {whmcs_dir} hay archivos de otro módulo de Wompi, o cambiados por alguien: {', '.join(foreign)}."
            " Queda una copia de cada uno al lado (.kept), y «wompi-bridge hooks uninstall» los devuelve. Los pagos que"
            " el otro módulo registró no se tocan. Lo que cambia: los avisos sin pagar con el método"
            f" «{self.settings.whmcs_gateway}» se pagan desde ahora por el puente, y lo que alguien ya empezó a pagar"
            " con el otro módulo no se registra solo: mírelo en Wompi.",
            f"   In {whmcs_dir} are files of another module for Wompi, or changed by somebody: {', '.join(foreign)}. A"
            " copy of each is kept beside it (.kept), and 'wompi-bridge hooks uninstall' gives them back. The payments"
            " that the other module has booked are left alone. What changes: unpaid invoices with the method"
            f" '{self.settings.whmcs_gateway}' are paid by the bridge from now on, and what somebody has begun to pay"
            " by the other module is not booked by itself: look at Wompi.",
        )
        if self.settings.bridge_test_clients:
            say(
                "   Hasta «wompi-bridge go-live» nadie más que el cliente de prueba puede pagarlos.",
                "   Until 'wompi-bridge go-live' nobody but the test client can pay them.",
            )
        return self.dry or self.confirm()

    # --- looked at ------------------------------------------------------------------------------------------------

    def examine(self) -> bool:
        """Doctor, as the service's user, in the installation."""
        if self.places.target is not Target.FILES:
            _wait_for(self.settings.bridge_url + "healthz")
        red = doctor(self.places, self.whmcs_dir) != 0
        while red and self.asks("Corrija lo que está en rojo. ¿Reviso otra vez?", "Mend what is red. Look again?"):
            red = doctor(self.places, self.whmcs_dir) != 0
        self.red += red
        events = f"{self.settings.bridge_url}webhooks/wompi"
        say(
            f"\nURL de eventos, en comercios.wompi.co → Desarrolladores: {events}",
            f"\nURL de eventos, at comercios.wompi.co → Desarrolladores: {events}",
        )
        return True


def doctor(places: Places, whmcs_dir: Path | None = None) -> int:
    """Run doctor where the installation is, in a process of its own: as root it goes on as the service's user."""
    folder = Path("/") if places.is_servers else places.folder
    given = ["--whmcs-dir", str(whmcs_dir)] if whmcs_dir else []
    sys.stdout.flush()
    return subprocess.run(
        [sys.executable, "-m", "whmcs_bridge.cli", "doctor", *given], cwd=folder, check=False
    ).returncode


def call(places: Places, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the installation does: as root it goes on as the service's user."""
    named = {"BRIDGE_ENV_FILE": str(places.named)} if places.named else {}
    folder = Path("/") if places.is_servers else places.folder
    return subprocess.run(
        [sys.executable, "-m", "whmcs_bridge.cli", *arguments],
        cwd=folder,
        env={**os.environ, **named},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def with_secret(values: Mapping[str, str]) -> dict[str, str]:
    """The same with a secret of the bridge: the one that is there, or a new one."""
    return {**values, "BRIDGE_SECRET": values.get("BRIDGE_SECRET") or secrets.token_hex(32)}


def _is_root() -> bool:
    return os.geteuid() == 0


def _wait_for(url: str) -> None:
    """Until the bridge answers, or will not: doctor tells then."""
    deadline = time.monotonic() + _PATIENCE
    with closing(TimingTransport(utc_now)) as transport, working(lambda: url):
        while time.monotonic() < deadline:
            try:
                if transport.read("GET", url, timeout=5).status == 200:
                    return
            except TransportError:
                pass
            time.sleep(0.5)
