"""What every world needs and what is the same each time, made once for each process of the tests: an SQLite file with
the tables, and the code that Jinja, Werkzeug and SQLAlchemy compile from templates, routes and statements."""

from __future__ import annotations

import functools
import importlib.metadata
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from werkzeug.routing import Rule

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


class _Templates(BytecodeCache):
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


class _Statements(dict[tuple[Any, ...], Any]):
    """SQLAlchemy's compiled statements, for all engines of one kind of database together.

    Its own key begins with the engine's dialect, an object that each engine makes anew
    (https://docs.sqlalchemy.org/en/20/core/connections.html, "compiled_cache").
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_by_kind(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(_by_kind(key), compiled)


def _by_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return (type(key[0]), *key[1:])


def compile_once() -> None:
    """From now on each template, route and statement is compiled once, however many applications and engines are made.

    A world has 75 routes, and its first payment compiles 30 statements: that was more than half of what it cost.
    """
    templates, statements, builders = _Templates(), _Statements(), dict[tuple[Any, ...], Any]()
    build = Rule._compile_builder

    @functools.wraps(build)
    def built_once(self: Rule, append_unknown: bool = True) -> Any:
        key = (*self._trace, *(self.defaults or {}).items(), append_unknown)
        if key not in builders:
            builders[key] = build(self, append_unknown)
        return builders[key]

    Rule._compile_builder = built_once
    # Werkzeug searches its own version on the disk for each server that it makes.
    importlib.metadata.version = functools.cache(importlib.metadata.version)
    _whenever_made(Engine, lambda engine: engine.update_execution_options(compiled_cache=statements))
    _whenever_made(Environment, lambda made: setattr(made, "bytecode_cache", made.bytecode_cache or templates))


def _whenever_made(kind: type[Any], change: Callable[[Any], object]) -> None:
    make = kind.__init__

    @functools.wraps(make)
    def changed(self: Any, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        change(self)

    kind.__init__ = changed
