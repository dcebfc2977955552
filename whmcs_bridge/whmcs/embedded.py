"""Finds the one JSON object that a program meant to answer, within all that was printed around it.

PHP prints notices before it; hooks, shutdown functions and web servers print comments, scripts and warnings after it;
an editor leaves a byte order mark. None of that is the answer, and none of it may hide the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

# Each costs one look at the text; notices may hold many braces.
_MOST_STARTS = 5_000
_MOST_CANDIDATES = 20
_BEGINS = re.compile(r'\{\s*["}]')
_ANSWER = re.compile(r'\{\s*"result"\s*:')
BLANK = "\ufeff\0 \t\r\n"
_INSIDE = (":", ",")
# While one of these is open, what follows is the content of a page or of a program, and no answer.
_PAGE = ("html", "head", "body", "title", "script", "style", "pre", "textarea")
_BOM = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Embedded:
    """One object, and what was printed before and after it."""

    document: dict[str, Any]
    before: str
    after: str
    quoted: bool
    """Other text stands before and after it in its line: it is part of a sentence."""


def find_object(body: bytes, meant: Callable[[dict[str, Any]], bool]) -> Embedded | None:
    """Return the one whole object that ``meant`` accepts, or None where there is none, or more than one to choose from.

    One that a sentence quotes counts only where there is no other. The same object twice is one.
    """
    data = _utf_8(body)
    spans = (span for span in _whole_objects(data) if meant(span[0]))
    # A text with more of them than this is no answer.
    candidates = [_embedded(data, *span) for span in islice(spans, _MOST_CANDIDATES)]
    found = [each for each in candidates if not _page_is_open(each.before)]
    chosen = [each for each in found if not each.quoted] or found
    if not chosen or len(candidates) == _MOST_CANDIDATES or any(each.document != chosen[0].document for each in chosen):
        return None
    return chosen[0]


def _embedded(body: bytes, document: dict[str, Any], start: int, end: int) -> Embedded:
    before, after = readable(body[:start]), readable(body[end:])
    quoted = before.rpartition("\n")[2].strip(BLANK) and after.partition("\n")[0].strip(BLANK)
    return Embedded(document, before, after, bool(quoted))


def readable(body: bytes) -> str:
    """The text of bytes whose encoding nobody has told: UTF-8, else what Windows writes."""
    data = _utf_8(body)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _utf_8(body: bytes) -> bytes:
    encoding = _BOM.get(body[:2])
    return body[2:].decode(encoding, "replace").encode() if encoding else body


def _whole_objects(body: bytes) -> Iterator[tuple[dict[str, Any], int, int]]:
    """Every object with its bounds, but none within another, also where that other one was cut short."""
    # One character a byte: what is around the object may be in another encoding than the object.
    text = body.decode("latin-1")
    decoder = json.JSONDecoder()
    position, cut = 0, False
    for _ in range(_MOST_STARTS):
        match = _BEGINS.search(text, position)
        if match is None:
            return
        start = position = match.start()
        mark = _last_mark(text, start)
        if mark != "[" and not (cut and mark in _INSIDE):
            try:
                _, end = decoder.raw_decode(text, start)
                document = json.loads(readable(body[start:end]))
            except (ValueError, RecursionError):
                if _ANSWER.match(text, start):
                    return  # the answer itself was cut short: nothing after it is the answer
                cut = True
            else:
                yield document, start, end
                position = end
                continue
        position += 1


def _last_mark(text: str, end: int) -> str:
    """The last character before ``end`` that is not white space."""
    while end and text[end - 1].isspace():
        end -= 1
    return text[end - 1 : end]


def _page_is_open(before: str) -> bool:
    page = before.lower()
    if page.rfind("<!--") > page.rfind("-->"):
        return True
    if "<!doctype html" in page and "</html" not in page:
        return True
    return any(len(re.findall(rf"<{tag}[\s>]", page)) > page.count(f"</{tag}") for tag in _PAGE if f"<{tag}" in page)
