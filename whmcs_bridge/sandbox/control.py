"""What a developer does to a sandbox over HTTP: the control routes that both have, and the page that shows them.

`GET /_sandbox/` is the page. Beside it, in JSON or as a form: `GET /_sandbox/calls`; `GET`, `POST` and `DELETE
/_sandbox/faults` with such as `{"on": "AddInvoicePayment", "kind": "500", "when": "after", "times": 1}`; `POST
/_sandbox/release`, `/_sandbox/commit-late`; `GET` and `POST /_sandbox/clock` with `{"advance": <seconds>}`; `GET` and
`POST /_sandbox/switches` with what the sandbox may be told to do otherwise.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args

from flask import Response, redirect, render_template, request

from whmcs_bridge.sandbox.clock import Clock
from whmcs_bridge.sandbox.faults import Kind, When
from whmcs_bridge.sandbox.sandbox import CONTROL, MOST_CALLS, Sandbox, as_response, json_answer

_HIDDEN = {"secret", "password", "accesskey"}  # never in the listing that anybody on loopback can read
_SHOWN = 100  # calls on the page
# A year: whoever asks for more has mistaken the unit, which is seconds.
_MOST_AHEAD = 366 * 86_400


def add_routes(sandbox: Sandbox, clock: Clock, switches: dict[str, type], faults_on: tuple[str, ...]) -> None:
    """The routes under `/_sandbox/`. `switches` are attributes that may be set, `faults_on` what the page offers."""
    app = sandbox.app

    @app.get(CONTROL)
    def page() -> str:
        return render_template(
            "control.html", calls=calls_of(sandbox, _SHOWN), faults=sandbox.faults.planned(), faults_on=faults_on,
            kinds=get_args(Kind), whens=get_args(When), ahead=round(clock.ahead), switches=current(), name=sandbox.name,
            sent=sandbox.sent()[-_SHOWN:],
        )  # fmt: skip

    def current() -> dict[str, Any]:
        return {name: getattr(sandbox, name) for name in switches}

    @app.get(f"{CONTROL}calls")
    def list_calls() -> Response:
        return json_answer(calls_of(sandbox))

    @app.route(f"{CONTROL}faults", methods=["GET", "POST", "DELETE"])
    def faults() -> Response:
        if request.method == "POST":
            given = sent()
            if given.pop("clear", None):
                sandbox.faults.clear()
                return done(sandbox.faults.planned())
            try:
                sandbox.faults.add(**{key: _field(key, value) for key, value in given.items() if value != ""})
            except (TypeError, ValueError) as error:
                return json_answer({"error": str(error)}, 400)
        elif request.method == "DELETE":
            sandbox.faults.clear()
        return done(sandbox.faults.planned())

    @app.post(f"{CONTROL}release")
    def release() -> Response:
        sandbox.faults.release()
        return done({"released": True})

    @app.post(f"{CONTROL}commit-late")
    def commit_late() -> Response:
        return done({"committed": sandbox.faults.commit_late()})

    @app.route(f"{CONTROL}clock", methods=["GET", "POST"])
    def time() -> Response:
        if request.method == "POST":
            try:
                seconds = float(sent()["advance"])
            except (KeyError, TypeError, ValueError):
                return json_answer({"error": 'send {"advance": <seconds>}'}, 400)
            if not 0 <= seconds <= _MOST_AHEAD:
                return json_answer({"error": f"advance is 0 to {_MOST_AHEAD} seconds"}, 400)
            clock.ahead += seconds
        return done({"now": clock(), "ahead": clock.ahead})

    @app.route(f"{CONTROL}switches", methods=["GET", "POST"])
    def turn() -> Response:
        given = sent() if request.method == "POST" else {}
        if unknown := given.keys() - switches.keys():
            return json_answer(
                {"error": f"no such switch: {', '.join(sorted(unknown))}", "there are": [*switches]}, 400
            )
        for name, value in given.items():
            setattr(sandbox, name, _as(switches[name], value))
        return done(current())


def sent() -> dict[str, Any]:
    """The body of a control call: an object in JSON, or a form."""
    body = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return body if isinstance(body, dict) else {}


def done(body: object) -> Response:
    """The answer for a program; a person who pressed a button goes back to the page."""
    if request.method == "POST" and not request.is_json and "text/html" in request.headers.get("Accept", ""):
        return as_response(redirect(CONTROL, 303))
    return json_answer(body)


def calls_of(sandbox: Sandbox, last: int = MOST_CALLS) -> list[dict[str, Any]]:
    """The calls, or the last of them, as JSON and without secrets."""
    rows = [asdict(call) for call in sandbox.calls[-last:]]
    for row in rows:
        for part in ("query", "fields"):
            row[part] = {key: "***" if key in _HIDDEN else value for key, value in row[part].items()}
    return rows


def _field(name: str, value: Any) -> Any:
    return int(value) if name in ("times", "status", "retry_after") and value is not None else value


def _as(kind: type, value: Any) -> Any:
    if kind is bool:
        return value in (True, "true", "on", "1", 1)
    return None if value is None else kind(value)
