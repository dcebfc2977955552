"""The web side for other WSGI servers, such as Passenger on cPanel or gunicorn: ``whmcs_bridge.wsgi:application``.

It has no worker, because such servers start, stop and fork processes at will: ``wompi-bridge run-once`` from cron, or
``wompi-bridge worker``, books the payments. The monitor runs here, in a thread from the first request on, because
nothing else would report that cron has stopped.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.commands.terminal import log_to_stderr
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.messages import bilingual
from whmcs_bridge.settings import SettingsError, load_settings, unknown_settings
from whmcs_bridge.web.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)


class _LazyApplication:
    """Builds the application at the first request: connections that were made before a fork would be shared after it.

    While it cannot be built, the log says why, and the answer is 503: Wompi sends its events again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._app: WSGIApplication | None = None
        self.stop_monitor: threading.Event | None = None
        """Ends the monitor when it is set; None while it does not run."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        app = self._app or self._build()
        if app is None:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "60")])
            return [b"not ready; the reason is in the server's log\n"]
        return app(environ, start_response)

    def _build(self) -> WSGIApplication | None:
        with self._lock:
            if self._app is None:
                log_to_stderr()
                # Passenger's loader has set up the log for warnings only.
                for name in ("whmcs_bridge", "wompi_gateway"):
                    logging.getLogger(name).setLevel(logging.INFO)
                try:
                    bridge = build(load_settings())
                    self._app = create_app(bridge)
                    self._monitor(bridge)
                    gc.freeze()  # what there is now stays: see ``commands.serve``
                    for problem in unknown_settings():
                        logger.warning("wsgi: %s: %s", problem.name, bilingual(problem.es, problem.en))
                except SettingsError as error:
                    for problem in error.problems:
                        logger.error("wsgi: %s: %s", problem.name, bilingual(problem.es, problem.en))
                except DatabaseUnavailable as error:
                    logger.error("wsgi: BRIDGE_DATABASE_URL: %s", error)
            return self._app

    def _monitor(self, bridge: Bridge) -> None:
        try:
            self.stop_monitor = bridge.monitor.start()
        except RuntimeError as error:  # the host allows no more threads; requests are answered all the same
            logger.error("wsgi: the monitor does not run in this process (%s)", error)


application: WSGIApplication = _LazyApplication()
