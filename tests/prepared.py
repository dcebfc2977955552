"""What every world needs and what is the same each time, made once for each process of the tests: an SQLite file with
the tables, and the code of the templates."""

from __future__ import annotations

import functools
import tempfile
from contextlib import closing
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database

_SQLITE = "sqlite:///"


def prepare(database_url: str) -> None:
    """Give a new SQLite database its tables. Others, and files that are there, stay as they are."""
    path = Path(database_url.removeprefix(_SQLITE))
    if database_url.startswith(_SQLITE) and path.parent.is_dir() and not path.exists():
        path.write_bytes(_with_tables())


@functools.cache
def _with_tables() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bridge.db"
        with closing(Database(f"{_SQLITE}{path}")) as database:
            migrations.upgrade(database)
        return path.read_bytes()


class _Compiled(BytecodeCache):
    """Templates that were compiled in this process, as long as their text is the same."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._found.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._found[bucket.key] = (bucket.checksum, bucket.code)


def compile_templates_once() -> None:
    """From now on each template is compiled once, however many applications are made."""
    make, compiled = Environment.__init__, _Compiled()

    @functools.wraps(make)
    def with_compiled(self: Environment, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        self.bytecode_cache = self.bytecode_cache or compiled

    Environment.__init__ = with_compiled  # type: ignore[method-assign]
