"""The demo's month: three differences are planted, and what the admin reads leads to each of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.processes import call
from whmcs_bridge.sandbox.settled_month import plant
from whmcs_bridge.sandbox.world import demo_world
from whmcs_bridge.web.wompi.server import Server


@contextmanager
def served(server: Server) -> Iterator[None]:
    """The bridge of the demo, until the test is over."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()


def test_the_three_are_found_and_one_can_be_mended() -> None:
    """By the command that the demo prints; and what was never booked is, by the command that its sentence names."""
    with demo_world() as world, served(world.server):
        month = plant(world.whmcs, world.wompi, world.bridge)
        found = world.bridge.settlements.month(month).findings
        assert sorted(one.kind.value for one in found) == [
            "booked_not_paid_out",
            "paid_out_not_booked",
            "row_does_not_add_up",
        ]
        settings = {"BRIDGE_ENV_FILE": str(world.env_file)}
        shown = call("settlements", "show", "--month", month, folder=world.env_file.parent, **settings)
        assert (shown.returncode, shown.stdout.count("  ! ")) == (1, 3)
        assert "BRIDGE_FEES=2.65%+700" in shown.stdout
        unbooked = next(one for one in found if one.kind == "paid_out_not_booked")
        since = unbooked.command.split("--since ")[1]
        mended = call("reconcile", "--since", since, folder=world.env_file.parent, **settings)
        assert mended.returncode == 0, mended.stdout + mended.stderr
        left = world.bridge.settlements.month(month).findings
        assert sorted(one.kind.value for one in left) == ["booked_not_paid_out", "row_does_not_add_up"]
