"""Faults on demand: what networks, proxies and vendors do to an answer, and when they do it.

A fault is named after the call it hits (`AddInvoicePayment`, `transaction`, `*` for any) and says two things. Its
*kind* is what the caller sees; its *when* is what became of the call itself:

- `before`: the call never took effect.
- `after`: it took effect, and only the answer is lost.
- `late`: the answer is lost now, and the effect commits at `commit_late()`: the server that everybody has given up on.

`success` says that it worked, and `status` says it in another word, whatever became of it; `partial` and `foreign` are
good answers of which a part is missing, or which are about something else: `distort` makes them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from flask import Response, request

Kind = Literal[
    "500", "503", "429", "html", "nvp", "notice", "truncate", "cut", "empty", "reset", "hang", "redirect", "error",
    "success", "status", "partial", "foreign",
]  # fmt: skip
When = Literal["before", "after", "late"]

RESET = "sandbox.reset"  # environ key: the server drops this connection without an answer

_OOPS = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>"
_NOTICE = "<br />\n<b>Notice</b>:  Undefined index: foo in <b>/srv/whmcs/includes/hooks/old.php</b> on line <b>7</b>\n"


@dataclass(slots=True)
class Fault:
    """One planned fault. `times` counts down; None stays until cleared."""

    on: str
    kind: Kind
    times: int | None = 1
    when: When = "before"
    message: str = "Sandbox fault"
    status: int | None = None
    retry_after: int | None = None
    location: str = "/maintenance.html"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or self.when not in get_args(When) or not self.on:
            raise ValueError(f"no such fault: {self.kind!r} {self.when!r} on {self.on!r}")


class Faults:
    """The faults planned for one sandbox, first planned, first played."""

    def __init__(self, error: Callable[[str, int | None], Response]) -> None:
        self._error = error  # how this vendor words an error
        self.distort: Callable[[str, bytes], bytes] = lambda _kind, body: body
        self._lock = threading.Lock()
        self._planned: list[Fault] = []
        self._late: list[Callable[[], object]] = []
        self._gate = threading.Event()
        self._held = threading.Semaphore(0)
        self._stopping = False

    def add(self, on: str, kind: Kind, **options: Any) -> Fault:
        """Plan a fault; options are the other fields of `Fault`. Raises ValueError or TypeError for nonsense."""
        fault = Fault(on, kind, **options)
        with self._lock:
            self._planned.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every planned fault and let go of what hangs. Late effects stay owed."""
        with self._lock:
            self._planned.clear()
        self.release()

    def planned(self) -> list[dict[str, Any]]:
        """What is still planned, as JSON-ready dictionaries."""
        with self._lock:
            return [asdict(fault) for fault in self._planned]

    def release(self) -> None:
        """Let every call that hangs now go on."""
        with self._lock:
            gate, self._gate = self._gate, threading.Event()
        gate.set()

    def wait_held(self, timeout: float = 5.0) -> bool:
        """Wait until one more call hangs here; False if none came within `timeout` seconds."""
        return self._held.acquire(timeout=timeout)

    def commit_late(self) -> int:
        """Let the effects of `late` faults happen now; returns how many there were."""
        with self._lock:
            late, self._late = self._late, []
        for effect in late:
            effect()
        return len(late)

    def start(self) -> None:
        """The server is up (again)."""
        self._stopping = False

    def stop(self) -> None:
        """Drop whatever hangs: the server goes down."""
        self._stopping = True
        self.release()

    def play(self, name: str, action: Callable[[], Response]) -> Response:
        """Answer the call `name`, through the fault planned for it, if any."""
        fault = self._take(name)
        if fault is None:
            return action()
        if fault.kind == "hang" and fault.when == "before":  # a slow server: the effect comes with the answer
            return action() if self._hold() else _reset()
        good: Response | None = None
        if fault.when == "late":
            with self._lock:
                self._late.append(action)
        elif fault.when == "after" or fault.kind in ("notice", "partial", "foreign"):
            good = action()
        if fault.kind == "hang":
            return good if self._hold() and good is not None else _reset()
        return self._answer(fault, good)

    def _take(self, name: str) -> Fault | None:
        with self._lock:
            for fault in self._planned:
                if fault.on.lower() in (name.lower(), "*"):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._planned.remove(fault)
                    return fault
        return None

    def _hold(self) -> bool:
        gate = self._gate
        self._held.release()
        if not self._stopping:
            gate.wait()
        return not self._stopping

    def _answer(self, fault: Fault, good: Response | None) -> Response:
        whole = good.get_data() if good is not None else b'{"result":"success","data":{"status":"APPROVED"}}'
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}

        def page(status: int, title: str, text: str) -> Response:
            html = _OOPS.format(title, text)
            return Response(html, fault.status or status, headers, content_type="text/html; charset=utf-8")

        match fault.kind:
            case "500":
                return page(500, "Oops! Something went wrong", "Please go back and try again.")
            case "503":
                return page(503, "Service Unavailable", "Down for maintenance. Please come back later.")
            case "429":
                return page(429, "Too Many Requests", "Please slow down.")
            case "html":
                return page(200, "Mantenimiento", "Volvemos en unos minutos.")
            case "nvp":
                return Response(f"result=error;message={fault.message}", fault.status or 403, content_type="text/html")
            case "notice":
                status = good.status_code if good is not None else 200
                return Response(_NOTICE.encode() + whole, status, content_type="text/html")
            case "truncate":  # well framed, yet the document is not whole
                return Response(whole[: len(whole) // 2], fault.status or 200, content_type="application/json")
            case "cut":  # the connection ends before the promised length
                answer = Response(whole[: len(whole) // 2], fault.status or 200, content_type="application/json")
                answer.headers["Content-Length"] = str(len(whole))
                return answer
            case "empty":
                return Response(b"", fault.status or 200, content_type="application/json")
            case "success":
                return Response(b'{"result":"success"}', content_type="application/json")
            case "status":
                return Response(b'{"status":"success"}', content_type="application/json")
            case "partial" | "foreign":
                return Response(self.distort(fault.kind, whole), content_type="application/json")
            case "redirect":
                return Response(b"", fault.status or 302, {"Location": fault.location})
            case "error":
                return self._error(fault.message, fault.status)
            case _:  # reset
                return _reset()


def _reset() -> Response:
    request.environ[RESET] = True
    return Response(status=503)
