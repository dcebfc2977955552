"""What the dialogue needs of the terminal and the network: input that is not shown, and who answers at an address."""

from __future__ import annotations

import sys
import termios
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from whmcs_bridge.clock import utc_now
from whmcs_bridge.doctor.network import TimingTransport, no_answer, strange_answer
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import working
from whmcs_bridge.whmcs.answers import Unclear, WhmcsError, read_answer
from wompi_gateway.transport import Reply, TransportError


@contextmanager
def without_echo() -> Iterator[None]:
    """What is typed is not shown. ``getpass`` would throw away what was pasted after the first line."""
    try:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (OSError, ValueError, termios.error):
        yield
        return
    hidden = [*before]
    hidden[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, hidden)
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def somebody_there(url: str) -> tuple[bool, str]:
    """The name must exist; what answers there will be the bridge, once it is started."""
    reply = _read(url + "healthz")
    if isinstance(reply, TransportError):
        error = reply
        if error.cause == "NewConnectionError":
            return True, bilingual(
                "El nombre existe; todavía nadie contesta allí.", "The name exists; nobody answers there yet."
            )
        told = no_answer(error, url)
        return "NameResolution" not in error.cause, told.sentence()
    if reply.status == 200 and reply.body.strip() == b"ok":
        return True, bilingual("Allí ya contesta un puente.", "A bridge answers there already.")
    return True, bilingual(
        f"El nombre existe; por ahora contesta otro sitio (estado {reply.status}).",
        f"The name exists; for now another site answers (status {reply.status}).",
    )


def is_whmcs_there(url: str) -> tuple[bool, str]:
    """WHMCS's API refuses who has no credential, and shows by it that it is there."""
    address = url + "includes/api.php"
    reply = _read(address, {"action": "WhmcsDetails", "responsetype": "json"})
    if isinstance(reply, TransportError):
        told = no_answer(reply, url)
        return False, told.sentence()
    try:
        read_answer(reply)
    except Unclear:
        told = strange_answer(reply, address)
        return False, told.sentence()
    except WhmcsError:
        pass  # it refuses whoever shows no credential
    return True, bilingual("Allí contesta WHMCS.", "WHMCS answers there.")


def _read(url: str, form: dict[str, str] | None = None) -> Reply | TransportError:
    with closing(TimingTransport(utc_now)) as transport, working(lambda: url):
        try:
            return transport.send("POST" if form else "GET", url, data=form, timeout=10)
        except TransportError as error:
            return error
