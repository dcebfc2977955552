"""``serve`` in a thread, for tests that need its socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.world import World
from whmcs_bridge.web.wompi.server import Server


@contextmanager
def serving(world: World, *, with_worker: bool = True) -> Iterator[Server]:
    """Serve on a free port; at the end it is stopped, and really ends."""
    server = Server(world.bridge, host="127.0.0.1", port=0, with_worker=with_worker)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()
