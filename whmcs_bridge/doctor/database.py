"""The database: open, private, durable, up to date, and with room on its disk."""

from __future__ import annotations

import logging
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from whmcs_bridge.bridge import make_ledger_clock
from whmcs_bridge.clock import Clock, stopwatch, utc_now
from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.doctor.examination import Examination, keep_examination
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database, DatabaseUnavailable
from whmcs_bridge.ledger.engine.durability import weaknesses
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import Text
from whmcs_bridge.settings import Settings
from whmcs_bridge.signed.proofs import NONCE

logger = logging.getLogger(__name__)

MOUNTS = Path("/proc/self/mounts")
# File systems over a network, where SQLite's locks and its shared memory do not work: https://www.sqlite.org/wal.html
_NETWORKED = ("nfs", "cifs", "smb", "fuse.sshfs", "9p", "ceph", "glusterfs", "afs", "fuse.s3fs", "fuse.rclone")
# A year of payments is a few hundred megabytes; below the second figure a busy day may fill the disk.
_ROOM, _LITTLE_ROOM = 1024 * 1024 * 1024, 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ledger:
    """The open database. ``store`` is None while it has no tables or cannot be written."""

    database: Database
    store: Store | None


def open_ledger(settings: Settings, clock: Clock | None, nonce: str) -> tuple[list[Check], Ledger | None]:
    """Open the database, and leave ``nonce`` in it for the bridge that works on it. Makes and changes no table."""
    url = settings.bridge_database_url
    file = _sqlite_file(url)
    checks = list(_folder_checks(file)) if file else []
    if checks and checks[-1].id == "database.open":  # there is no file to open
        return checks, None
    try:
        database = Database(url)
        revision = migrations.revision(database)
        weak = weaknesses(database)
    except DatabaseUnavailable as error:
        return [*checks, _not_open(file, error)], None
    checks.append(ok("database.open", "La base de datos abre.", "The database opens."))
    checks += [*(_private(file) if file else ()), _durable(weak), _schema(revision)]
    if revision is None:
        return checks, Ledger(database, None)
    try:
        store = Store(database, clock or make_ledger_clock(database, stopwatch))
        store.remember(NONCE, nonce)
    except DatabaseUnavailable as error:
        checks.append(
            fail(
                "database.writable",
                f"La base de datos no deja escribir ({error}).",
                f"The database cannot be written ({error}).",
                "Revise que el usuario del puente pueda escribir en ella, que el disco no esté lleno y que el servidor"
                " no esté en modo de solo lectura.",
                "See that the bridge's user may write to it, that the disk is not full, and that the server is not"
                " read-only.",
            )
        )
        return checks, Ledger(database, None)
    checks.append(ok("database.writable", "La base de datos guarda.", "The database can be written."))
    return checks, Ledger(database, store)


def keep(settings: Settings, run: Examination) -> None:
    """Remember a run. A database that has stopped answering meanwhile is told in the log."""
    try:
        with closing(Database(settings.bridge_database_url)) as database:
            keep_examination(Store(database, utc_now), run)
    except DatabaseUnavailable as error:
        logger.error("doctor: what was found could not be kept: %s", error)


def _sqlite_file(url: str) -> Path | None:
    prefix, _, name = url.partition(":///")
    return Path(name.partition("?")[0]).absolute() if prefix == "sqlite" and name else None


def _folder_checks(file: Path) -> Iterator[Check]:
    """The last one is ``database.open`` when the file is missing or cannot be written."""
    folder = file.parent
    if not folder.is_dir():
        yield fail(
            "database.open",
            f"La carpeta de la base de datos, {folder}, no existe.",
            f"The database's folder {folder} is missing.",
            f"Créela, con el usuario que ejecuta el puente: mkdir -p {folder}. O corrija BRIDGE_DATABASE_URL.",
            f"Make it, as the user who runs the bridge: mkdir -p {folder}. Or mend BRIDGE_DATABASE_URL.",
        )
        return
    yield _room(shutil.disk_usage(folder).free, folder)
    yield from _file_system(folder)
    if not os.access(folder, os.W_OK):  # also for the log that SQLite keeps beside its file
        yield fail(
            "database.open",
            f"El usuario que ejecutó este comando no puede escribir en {folder}.",
            f"The user who called this command cannot write in {folder}.",
            "Ejecute «wompi-bridge» siempre con el mismo usuario del puente, o déle esa carpeta con chown.",
            "Call 'wompi-bridge' always as the bridge's own user, or give it that folder with chown.",
        )
    elif not file.exists():
        yield warn(
            "database.open",
            f"Todavía no hay base de datos en {file}; el puente la crea cuando se enciende.",
            f"There is no database at {file} yet; the bridge makes it when it starts.",
            "Encienda el puente (wompi-bridge serve). Si ya está encendido, la ruta de BRIDGE_DATABASE_URL es relativa"
            " y él la usa desde otra carpeta: escríbala completa, como sqlite:////var/lib/wompi-bridge/bridge.db",
            "Start the bridge (wompi-bridge serve). If it runs already, the path in BRIDGE_DATABASE_URL is relative and"
            " it is in another folder: write it in full, as sqlite:////var/lib/wompi-bridge/bridge.db",
        )


def _room(free: int, folder: Path) -> Check:
    es = f"Quedan {free // 1024**2} MB de disco en {folder}."
    en = f"{free // 1024**2} MB of disk are left in {folder}."
    if free >= _ROOM:
        return ok("database.disk", es, en)
    return (fail if free < _LITTLE_ROOM else warn)(
        "database.disk",
        es,
        en,
        "Libere espacio en el disco: cuando se llena, Wompi recibe errores y los pagos esperan.",
        "Make room on the disk: when it is full, Wompi gets errors and payments wait.",
    )


def _file_system(folder: Path) -> Iterator[Check]:
    try:
        lines = [line.split() for line in MOUNTS.read_text("utf-8", "replace").splitlines()]
    except OSError:  # not Linux
        return
    real = folder.resolve()
    held = [parts for parts in lines if len(parts) > 2 and real.is_relative_to(parts[1].replace("\\040", " "))]
    kind = max(held, key=lambda parts: len(parts[1]))[2] if held else ""
    if kind.startswith(_NETWORKED):
        yield warn(
            "database.file_system",
            f"La base de datos SQLite está en un disco de red ({kind}), donde se puede dañar.",
            f"The SQLite database is on a network disk ({kind}), where it can be damaged.",
            "Muévala a un disco local y corrija BRIDGE_DATABASE_URL, o use MariaDB o PostgreSQL (docs/databases.md).",
            "Move it to a local disk and mend BRIDGE_DATABASE_URL, or use MariaDB or PostgreSQL (docs/databases.md).",
        )


def _private(file: Path) -> Iterator[Check]:
    if file.stat().st_mode & stat.S_IROTH and file.parent.stat().st_mode & stat.S_IXOTH:
        command = f"chmod 600 {file}*"
        yield warn(
            "database.private",
            f"Cualquier usuario de este servidor puede leer {file}, con datos de los pagadores.",
            f"Every user of this server can read {file}, which holds payers' data.",
            command,
            command,
        )


def _not_open(file: Path | None, error: DatabaseUnavailable) -> Check:
    if file:
        fix = Text(
            "Revise que el archivo sea del usuario del puente y no esté dañado; si lo está, restaure su copia y ejecute"
            " «wompi-bridge reconcile --since» con la fecha de esa copia.",
            "See that the file belongs to the bridge's user and is not damaged; if it is, restore your copy and call"
            " 'wompi-bridge reconcile --since' with that copy's date.",
        )
    else:
        fix = Text(
            "Revise que el servidor de base de datos esté encendido, y el usuario, la contraseña y el nombre de la base"
            " en BRIDGE_DATABASE_URL (docs/databases.md).",
            "See that the database server is running, and user, password and database name in BRIDGE_DATABASE_URL"
            " (docs/databases.md).",
        )
    es, en = f"La base de datos no se puede usar ({error}).", f"The database cannot be used ({error})."
    return fail("database.open", es, en, *fix)


def _durable(weak: dict[str, str]) -> Check:
    if not weak:
        return ok(
            "database.durable", "Lo que se guarda sobrevive a un apagón.", "What is stored survives a loss of power."
        )
    told = ", ".join(f"{name} = {value}" for name, value in weak.items())
    return warn(
        "database.durable",
        f"Un apagón puede borrar los últimos segundos de la base de datos ({told}).",
        f"A loss of power can take the database's last seconds ({told}).",
        "Pida a quien administra la base de datos los valores seguros: en MariaDB innodb_flush_log_at_trx_commit = 1,"
        " en PostgreSQL fsync = on. Después de un apagón ejecute «wompi-bridge reconcile --since» con la fecha de la"
        " víspera.",
        "Ask who runs the database for the safe values: in MariaDB innodb_flush_log_at_trx_commit = 1, in PostgreSQL"
        " fsync = on. After a loss of power call 'wompi-bridge reconcile --since' with the day before.",
    )


def _schema(revision: str | None) -> Check:
    head = migrations.HEAD
    if revision == head:
        return ok("database.schema", "Las tablas están al día.", "The tables are up to date.")
    if revision is not None and revision > head:
        return warn(
            "database.schema",
            f"Una versión más nueva del puente ya usó esta base de datos (tablas {revision}; esta versión: {head}).",
            f"A newer version of the bridge has used this database (tables {revision}; this version: {head}).",
            "Termine de actualizar el puente en todos los servidores.",
            "Finish the upgrade on all servers.",
        )
    return warn(
        "database.schema",
        f"Las tablas son de una versión anterior ({revision or 'no existen'}; esta versión: {head}).",
        f"The tables are an older version's ({revision or 'none yet'}; this version: {head}).",
        "Reinicie el puente: él mismo las pone al día.",
        "Restart the bridge: it brings them up to date itself.",
    )
