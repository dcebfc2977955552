"""Imported by the fork server of ``tests.processes`` before it forks: one payment goes all its way, so that each child
finds modules imported, and templates, routes and statements compiled."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import tempfile
import threading
from pathlib import Path

import requests

from tests.prepared import compile_once
from tests.serving import serving
from tests.world import make_world
from whmcs_bridge import commands, doctor, setup


def warm_up() -> None:
    """Do it, and leave no thread behind: a child of ``fork`` would have its locks, and not the thread."""
    compile_once()
    for room in (commands, doctor, setup):
        for module in pkgutil.iter_modules(room.__path__):
            importlib.import_module(f"{room.__name__}.{module.name}")
    with tempfile.TemporaryDirectory() as folder, make_world(Path(folder)) as world:
        transaction = world.pay(world.invoice())
        with serving(world, with_worker=False) as server:
            requests.get(f"http://127.0.0.1:{server.port}/return?id={transaction}", timeout=10, allow_redirects=False)
            world.wompi.events_url = f"http://127.0.0.1:{server.port}/webhooks/wompi"
            world.wompi.deliver(transaction)
        bridge = world.bridge
        bridge.monitor.before_work()
        bridge.worker.run_once()
        bridge.monitor.after_work()
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(10)
    # What is here stays: the collector of a child would otherwise touch, and so copy, all of it.
    gc.freeze()


warm_up()
