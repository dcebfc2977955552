"""The sandbox WHMCS's API as an outside service meets it: credential, access control, the envelope of each answer.

Sources: developers.whmcs.com/api (authentication, access-control, response-types); error words from field reports.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from whmcs_bridge.sandbox.sandbox import json_answer
from whmcs_bridge.sandbox.whmcs.actions import BEYOND_THE_ROLE, Actions, Fields, distorted_list
from whmcs_bridge.sandbox.whmcs.books import Refused
from whmcs_bridge.sandbox.whmcs.installation import Installation, error_answer


def add_routes(whmcs: Installation) -> None:
    """`/includes/api.php`; faults know its calls by their action."""
    actions = Actions(whmcs)
    whmcs.faults.distort = distorted_list

    @whmcs.app.route("/includes/api.php", methods=["GET", "POST"])
    def api() -> Response:
        # PHP's $_REQUEST: the query and the form are one, and the form wins.
        fields, address = request.args.to_dict() | request.form.to_dict(), request.remote_addr or ""
        return whmcs.faults.play(fields.get("action", ""), lambda: _answer(whmcs, actions, fields, address))


def _answer(whmcs: Installation, actions: Actions, fields: Fields, address: str) -> Response:
    action = fields.get("action", "").lower()
    if refused := _refused(whmcs, fields, address, action):
        return refused
    handler = None if action.startswith("_") else getattr(actions, action, None)
    if handler is None:
        return error_answer("Command Not Found")
    try:
        with whmcs.books.lock:
            body = {"result": "success"} | handler(fields)
    except Refused as refused_action:
        return error_answer(str(refused_action))
    if fields.get("responsetype") != "json":  # what an omitted type gives is not documented; never JSON here
        return Response(";".join(f"{key}={value}" for key, value in body.items()), content_type="text/html")
    return json_answer(_stringified(body) if whmcs.strings else body)


def _refused(whmcs: Installation, fields: Fields, address: str, action: str) -> Response | None:
    keyed = whmcs.access_key is not None and fields.get("accesskey") == whmcs.access_key
    if whmcs.allowed_ips is not None and address not in whmcs.allowed_ips and not keyed:
        message = f"Invalid IP {address}"
        if whmcs.ip_error_as_nvp:
            return Response(f"result=error;message={message}", 403, content_type="text/html")
        return error_answer(message, 403)
    identifier = fields.get("identifier") or fields.get("username")
    secret = fields.get("secret") or fields.get("password")
    if identifier and identifier != whmcs.identifier:
        return error_answer("Invalid or missing credentials", 403)
    if not identifier or secret != whmcs.secret:
        return error_answer("Authentication Failed", 403)
    if not action:
        return error_answer("Empty action request", 400)
    if action in whmcs.denied or action in BEYOND_THE_ROLE - whmcs.granted:
        return error_answer(f'Invalid Permissions: API action "{action}" is not allowed', 403)
    return None


def _stringified(value: Any) -> Any:
    """Integers as strings, all the way down; booleans stay."""
    return json.loads(json.dumps(value), parse_int=str)
