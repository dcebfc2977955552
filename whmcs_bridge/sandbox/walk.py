"""A customer without a screen: opens pages, fills forms and presses buttons, over HTTP and without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import requests


@dataclass
class Form:
    """A form as it stands on a page: where it goes, and what it would send."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)
    """The text of each button, and what pressing it adds."""


class _Forms(HTMLParser):
    """Collects the forms of a page. Fields are taken as a browser sends them: unticked boxes are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._button: dict[str, str] | None = None
        self._select: str | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(told.get("method", "get").lower(), told.get("action", "")))
        elif not self.forms:
            return
        elif tag == "button":
            self._button, self._words = {told["name"]: told.get("value", "")} if "name" in told else {}, ""
        elif tag == "select":
            self._select = told.get("name")
        elif tag == "option" and self._select and (self._select not in self.forms[-1].fields or "selected" in told):
            self.forms[-1].fields[self._select] = told.get("value", "")
        elif tag == "input" and "name" in told:
            kind = told.get("type", "text")
            if kind == "submit":
                self.forms[-1].buttons[told.get("value", "")] = {told["name"]: told.get("value", "")}
            elif kind not in ("checkbox", "radio") or "checked" in told:
                self.forms[-1].fields[told["name"]] = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None:
            self.forms[-1].buttons[" ".join(self._words.split())] = self._button
            self._button = None
        elif tag == "select":
            self._select = None


class Walk:
    """One customer with cookies, on one page at a time."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.headers["Accept"] = "text/html"
        self.page: requests.Response | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def open(self, address: str) -> str:
        """Open a page and follow its redirects. Returns its text."""
        return self._arrive(self._session.get(address, timeout=30))

    def press(self, button: str, *, follow: bool = True, **fields: str) -> str:
        """Press the first button whose text begins so, with some fields filled. Returns the next page's text.

        Without ``follow`` the customer has closed the page: where the answer leads, nobody goes.
        """
        address, form, adds = self._find(button)
        sent = form.fields | fields | adds
        if form.method == "post":
            return self._arrive(self._session.post(address, data=sent, timeout=30, allow_redirects=follow))
        return self._arrive(self._session.get(address, params=sent, timeout=30, allow_redirects=follow))

    def address_of(self, button: str) -> str:
        """Where the form of that button leads."""
        return self._find(button)[0]

    def _find(self, button: str) -> tuple[str, Form, dict[str, str]]:
        if self.page is None:
            raise LookupError("no page is open")
        reader = _Forms()
        reader.feed(self.page.text)
        for form in reader.forms:
            for text, adds in form.buttons.items():
                if text.startswith(button):
                    return urljoin(self.page.url, form.action), form, adds
        raise LookupError(f"there is no button {button!r} on {self.page.url}")

    def _arrive(self, page: requests.Response) -> str:
        page.raise_for_status()
        page.encoding = "utf-8"
        self.page = page
        return page.text
