"""Strangers: whose threads and connections they may take, and which of theirs are closed."""

from __future__ import annotations

from tests.mutations.mutant import Mutant

_ROOMS, _CONNECTIONS = "whmcs_bridge/web/rooms.py", "whmcs_bridge/web/connections.py"
_FULL, _HELD = "tests/web/test_rooms.py", "tests/web/test_connections.py"

RULES = (
    Mutant("strangers", "pages take the threads of all else", _ROOMS,
           "if not path.startswith(_PAGES):", "if True:", _FULL),
    Mutant("strangers", "the room has no end", _ROOMS,
           "if self._visitors.total() >= PAGES or (visitor and self._visitors[visitor] >= PAGES_OF_ONE):",
           "if visitor and self._visitors[visitor] >= PAGES_OF_ONE:", _FULL),
    Mutant("strangers", "one client takes the whole room", _ROOMS,
           "if self._visitors.total() >= PAGES or (visitor and self._visitors[visitor] >= PAGES_OF_ONE):",
           "if self._visitors.total() >= PAGES:", _FULL),
    Mutant("strangers", "nobody leaves the room", _ROOMS,
           "self._visitors -= Counter([visitor])", "_ = self._visitors", _FULL),
    Mutant("strangers", "a proxy that names nobody is one client", _ROOMS,
           'return "" if is_trusted(client, self._trusted) else subscriber(client)',
           "return subscriber(client)", _FULL),
    Mutant("strangers", "the newest connection is closed", _CONNECTIONS,
           "        for peer in some:", "        for peer in reversed(some):", _HELD),
    Mutant("strangers", "one that is being answered is closed", _CONNECTIONS,
           "if peer in self._waiting and (some is not self._waiting or peer in self._counted):",
           "if some is not self._waiting or peer in self._counted:", _HELD),
    Mutant("strangers", "one client holds any number", _CONNECTIONS, "if len(mine) > PER_CLIENT:", "if False:", _HELD),
    Mutant("strangers", "together they hold any number", _CONNECTIONS,
           "elif len(self._counted) > IN_ALL:", "elif False:", _HELD),
    Mutant("strangers", "who sends nothing stays", _CONNECTIONS, "self._waiting[peer] <= before", "False", _HELD),
    Mutant("strangers", "each address of a subscriber counts for itself", _CONNECTIONS,
           "client = self._counted[peer] = subscriber(address)", "client = self._counted[peer] = str(address)", _HELD),
    Mutant("strangers", "a proxy's connections are bounded", _CONNECTIONS,
           "if is_trusted(address, self._trusted):", "if False:", _HELD),
    Mutant("strangers", "a head has no end", _CONNECTIONS,
           "self._head is not None and self._head > MAX_HEAD", "False", "tests/web/test_server.py"),
)  # fmt: skip
