"""Questions to ``harness.php``: what WHMCS would get from our PHP, and what a browser would make of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HOOKS = HERE.parent.parent / "hooks"
PHP_FILES = sorted(HOOKS.rglob("*.php"))

SECRET = "k4Zr8vQ1m-TfX_7cWb2NhPy5sLdJ9gUa3oEiR6wKxY0"
SETTINGS = {"bridgeUrl": "https://pagos.example.com", "bridgeSecret": SECRET, "termsUrl": ""}

# WHMCS keeps attributes that close themselves; a browser closes these elements itself.
VOID_ELEMENTS = {"input", "br", "img", "meta", "link"}


@dataclass(frozen=True)
class Answer:
    """What our PHP did in one request."""

    result: Any
    menu: Any
    activity: list[str]
    thrown: dict[str, str] | None


class HarnessError(AssertionError):
    """PHP complained, or ended without an answer."""


@dataclass(frozen=True)
class Whmcs:
    """Runs one function of ``hooks/`` in a fresh PHP process."""

    php: str
    hooks: Path = HOOKS
    asks: bool = False
    """Whether this PHP can speak to a bridge at all; without curl it cannot, and no test waits for a name server."""
    temporary: Path | None = None
    """The folder for temporary files, where one process is to remember what another one has seen."""
    options: tuple[str, ...] = ()
    """More of PHP's command line."""

    def run(self, what: str, *arguments: object, **world: object) -> Answer:
        """Ask the harness. Raises ``HarnessError`` when PHP printed, noticed, warned or deprecated anything."""
        question = {"hooks": str(self.hooks), "run": what, "arguments": arguments, "world": world}
        with tempfile.TemporaryDirectory() as folder:
            options = [
                f"sys_temp_dir={self.temporary or folder}",
                *([] if self.asks else ["disable_functions=curl_init"]),
            ]
            command = [self.php, *self.options, *(part for option in options for part in ("-d", option))]
            done = subprocess.run(
                [*command, str(HERE / "harness.php")],
                input=json.dumps(question),
                capture_output=True,
                text=True,
                timeout=30,
            )
        if done.returncode != 0 or done.stderr:
            raise HarnessError(f"status {done.returncode}: {done.stderr or done.stdout}")
        answer = json.loads(done.stdout)
        if answer["printed"]:
            raise HarnessError(f"printed: {answer['printed']}")
        return Answer(answer["result"], answer.get("menu"), answer["activity"], answer.get("thrown"))

    def link(self, params: object, **world: object) -> str:
        """The HTML that ``wompi_link`` gives for an invoice which client 77 looks at."""
        html = self.run("wompi_link", params, **{"client": {"id": 77}, **world}).result
        assert isinstance(html, str)
        return html


def invoice(**changes: object) -> dict[str, object]:
    """The parameters that WHMCS hands to ``wompi_link``, settings among them."""
    return {
        "invoiceid": 1042,
        "description": "Ejemplo SAS - Invoice #1042",
        "amount": "59500.00",
        "currency": "COP",
        "clientdetails": {"model": {"id": 77}, "userid": 77, "firstname": "Ana", "email": "ana@example.test"},
        "companyname": "Ejemplo SAS",
        "systemurl": "https://clientes.example.com/",
        "returnurl": "https://clientes.example.com/viewinvoice.php?id=1042",
        "langpaynow": "Pagar Ahora",
        "name": "Wompi (tarjeta, PSE, Nequi)",
        "paymentmethod": "wompi",
        **SETTINGS,
        **changes,
    }


def signature(message: str, secret: str = SECRET) -> str:
    """Unpadded base64url of the HMAC-SHA256, computed apart from every code under test."""
    mac = hmac.new(secret.encode("utf-8"), message.encode("ascii"), hashlib.sha256).digest()
    return base64.b64encode(mac, altchars=b"-_").decode("ascii").replace("=", "")


@dataclass
class Element:
    """One element of a page: its attributes, and all the text inside it."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    inside: tuple[str, ...] = ()


@dataclass
class Page(HTMLParser):
    """HTML as a browser reads it; unbalanced elements are an error."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of <{tag}> is there twice"
        element = Element(tag, dict(attrs), inside=tuple(outer.tag for outer in self._open))
        self.elements.append(element)
        if tag not in VOID_ELEMENTS:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert [element.tag for element in self._open[-1:]] == [tag], f"</{tag}> closes nothing"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        """Every element of this name."""
        return [element for element in self.elements if element.tag == tag]

    def one(self, tag: str) -> Element:
        """The only element of this name."""
        (element,) = self.all(tag)
        return element
