"""The sandbox WHMCS's `admin/addonmodules.php`: the project's addon, by its real PHP, run by `run_addon.php`.

Nobody signs in to the sandbox's admin area: `Installation.admin` is who looks, and `Installation.permissions` what
their role may.
"""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

from flask import Response, abort, redirect, render_template, request, send_file

from whmcs_bridge.sandbox.whmcs import hooks
from whmcs_bridge.sandbox.whmcs.installation import Installation

ADDRESS = "admin/addonmodules.php?module=wompi_bridge"
_FOLDER = "modules/addons/wompi_bridge"
_RUNNER = Path(__file__).with_name("run_addon.php")
_TIMEOUT = 130  # seconds; a press that settles a payment may take nearly two minutes


def add_routes(whmcs: Installation) -> None:
    """The addon's page, its style sheet, and the page of a client, to which it links."""

    @whmcs.app.route("/admin/addonmodules.php", methods=["GET", "POST"])
    def addon_page() -> Response | str:
        if request.args.get("module") != "wompi_bridge" or whmcs.hooks_dir is None:
            abort(404)
        if hooks.php() is None:
            return render_template("whmcs/addon.html", whmcs=whmcs, php=False, content="", problems=[])
        body, told = run_addon(whmcs, request.method, request.args.to_dict(), request.form.to_dict(), _uploaded())
        headers = dict(line.split(": ", 1) for line in told["headers"])
        if told["status"] != 200 or "Content-Disposition" in headers:
            return Response(body, told["status"], headers)
        # WHMCS captures what was printed, and shows it within its own page.
        content = body.decode("utf-8", "replace")
        page = render_template("whmcs/addon.html", whmcs=whmcs, php=True, content=content, problems=told["problems"])
        return Response(page, 200, headers)

    @whmcs.app.get(f"/{_FOLDER}/console.css")
    def style_sheet() -> Response:
        if whmcs.hooks_dir is None:
            abort(404)
        return send_file(whmcs.hooks_dir / _FOLDER / "console.css")

    @whmcs.app.get("/admin/clientssummary.php")
    def client_summary() -> Any:
        return redirect("/admin/")


def _uploaded() -> dict[str, list[dict[str, str]]]:
    """The form's files, by the names that PHP gives their fields."""
    return {
        field.removesuffix("[]"): [
            {"name": file.filename or "", "body": base64.b64encode(file.read()).decode("ascii")} for file in files
        ]
        for field, files in request.files.lists()
    }


def run_addon(
    whmcs: Installation, method: str, get: dict[str, str], post: dict[str, str], files: dict[str, list[dict[str, str]]]
) -> tuple[bytes, dict[str, Any]]:
    """What the addon prints, or hands on, and what it does beside that: see `run_addon.php`."""
    question = {
        "hooks_dir": str(whmcs.hooks_dir),
        "gateway": hooks.gateway(whmcs),
        "admin": whmcs.admin,
        "permissions": sorted(whmcs.permissions),
        "token": whmcs.form_token,
        "method": method,
        "get": get,
        "post": post,
        "files": files,
        "invoices": [{"id": row.id, "invoicenum": row.invoicenum} for row in whmcs.invoices],
        "system_url": whmcs.url,
        "folder": "admin",
        "version": whmcs.version,
        "kept": whmcs.addon_settings,
        "without": [],
    }
    done = subprocess.run(
        [hooks.php() or "php", "-d", "display_errors=stderr", str(_RUNNER)],
        input=json.dumps(question).encode(), capture_output=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    body, _, end = done.stdout.rpartition(b"\0")
    if done.returncode != 0 or not end:  # what a WHMCS page shows then is worse
        problem = done.stderr.decode("utf-8", "replace").strip() or "PHP ended without a word"
        return b"", {"status": 200, "headers": [], "problems": [problem]}
    told = json.loads(end)
    whmcs.addon_settings = dict(told["kept"])
    for line in told["activity"]:
        whmcs.books.log(line, 0)
    return body, told
