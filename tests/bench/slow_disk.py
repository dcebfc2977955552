"""``wompi-bridge`` on a disk whose sync takes so many seconds more: ``python -m tests.bench.slow_disk 0.005 serve``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.sqlite_files import OK, SYNC, Methods, on_each_file
from whmcs_bridge import cli


def slow_down(seconds: float) -> None:
    """Let each sync of SQLite's files take so much longer, in this process."""

    def change(methods: Methods, _path: Path) -> Methods:
        ours, sync = Methods.from_buffer_copy(methods), methods.sync

        def on_sync(this: int, flags: int) -> int:
            status = int(sync(this, flags))
            if status == OK:
                time.sleep(seconds)
            return status

        ours.sync = SYNC(on_sync)
        return ours

    on_each_file(change)


if __name__ == "__main__":
    slow_down(float(sys.argv[1]))
    sys.exit(cli.main(sys.argv[2:]))
