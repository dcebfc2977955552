"""Wompi's error envelope.

Source: docs.wompi.co/docs/colombia/errores.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response

from whmcs_bridge.sandbox.sandbox import json_answer


def error_answer(status: int, kind: str, *, reason: str | None = None, **more: Any) -> Response:
    """Wompi's error envelope: `error.type`, then `reason` or `messages`, and `meta.trace_id`."""
    error: dict[str, Any] = {"type": kind}
    if reason is not None:
        error["reason"] = reason
    return json_answer({"error": error | more, "meta": {"trace_id": uuid.uuid4().hex}}, status)


def planned_error(message: str, status: int | None) -> Response:
    """The answer to a planned `error` fault."""
    if status in (None, 422):
        return error_answer(422, "INPUT_VALIDATION_ERROR", messages={"base": [message]})
    return error_answer(status or 500, "UNPROCESSABLE", reason=message)
