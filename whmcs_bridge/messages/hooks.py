"""What is told of the files in a WHMCS root: why nothing was installed or removed there."""

from __future__ import annotations

from pathlib import Path

from whmcs_bridge.messages.language import Text

NO_FOLDER = Text(
    "Esta instalación del puente no trae la carpeta hooks.", "This installation of the bridge lacks its hooks folder."
)


def could_not_install(target: Path, why: str) -> Text:
    return Text(f"No se pudo instalar en {target}: {why}.", f"Could not install in {target}: {why}.")


def could_not_uninstall(target: Path, why: str) -> Text:
    return Text(f"No se pudo desinstalar de {target}: {why}.", f"Could not uninstall from {target}: {why}.")


def could_not_read(target: Path, why: str) -> Text:
    return Text(f"No se pudo leer {target}: {why}.", f"Could not read {target}: {why}.")


def could_not_write(archive: Path, why: str) -> Text:
    return Text(f"No se pudo escribir {archive}: {why}.", f"Could not write {archive}: {why}.")


def in_the_way(target: Path, names: str) -> Text:
    return Text(
        f"No se escribió nada en {target}: {names} es de otro módulo, o alguien lo cambió. Con --force se guarda una"
        " copia al lado (.kept), y «hooks uninstall» devuelve la del otro módulo.",
        f"Nothing was written in {target}: {names} is another module's, or somebody changed it. With --force a copy is"
        " kept beside it (.kept), and 'hooks uninstall' gives the other module's back.",
    )


def folder_not_ours(target: Path, names: str) -> Text:
    return Text(
        f"No se quitó nada de {target}: {names} es una carpeta, y no es nuestra.",
        f"Nothing was removed from {target}: {names} is a directory, and not ours.",
    )


def changed(target: Path, names: str) -> Text:
    return Text(
        f"No se quitó nada de {target}: {names} no está como lo dejó esta versión (otra versión, o alguien lo cambió)."
        " Guarde lo que quiera conservar y repita con --force.",
        f"Nothing was removed from {target}: {names} is not as this release wrote it (another release, or somebody"
        " changed it). Keep what you want of it and repeat with --force.",
    )


def no_root(target: Path, lacks: object) -> Text:
    return Text(
        f"{target} no es la raíz de un WHMCS: no tiene {lacks}/.",
        f"{target} is not a WHMCS root: it has no {lacks}/.",
    )


def is_a_folder(path: Path) -> Text:
    return Text(f"{path} es una carpeta; debería ser un archivo.", f"{path} is a directory and should be a file.")


def leads_outside(folder: Path, root: Path) -> Text:
    return Text(f"{folder} es un enlace que sale de {root}.", f"{folder} is a link that leads outside of {root}.")
