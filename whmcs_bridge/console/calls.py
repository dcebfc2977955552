"""What WHMCS's addon asks, and what it is answered."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from whmcs_bridge.messages import Language

# The permission to move money: WHMCS's "Add Transaction".
MONEY = "money"
# Longer is nothing that a page's form sends.
_LONGEST_FIELD = 4_000
_MOST_FIELDS = 40
# Bytes of all files of one call. As base64, and with the rest of the call, it stays below the mebibyte that proxies let
# through unasked, and below what PHP takes.
MOST_UPLOADED = 700_000
# What a month has at the most: a report for each of its days.
_MOST_FILES = 31


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


_Name = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
_Word = Annotated[str, Field(pattern=r"^[a-z_]{0,30}$")]


def _decoded(told: object) -> bytes:
    return base64.b64decode(told if isinstance(told, str) else "*", validate=True)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Admin(_Part):
    """Who looks, as WHMCS has signed them in."""

    id: int = Field(gt=0, lt=2**31)
    name: _Name
    may: list[_Word] = Field(max_length=20)

    @property
    def may_move_money(self) -> bool:
        """Whether their role lets them book and credit."""
        return MONEY in self.may

    @property
    def signature(self) -> str:
        """How the journal names them."""
        return f"{self.name or '?'} (admin {self.id})"


class Upload(_Part):
    """A file that an admin hands over, under its own name."""

    name: _Name
    body: Annotated[bytes, BeforeValidator(_decoded)]
    """In the call it is base64."""


class Call(_Part):
    """One page asked for, or one press on it.

    Beyond the contract's fields: ``language`` of the admin, ``addon`` (the page's own address), ``hooks`` (SHA-256 of
    our files there, by path), ``versions`` of what runs there, and ``numbers``: the ids of the invoices that WHMCS
    prints the number in ``fields.q`` on.
    """

    page: _Word
    method: Literal["GET", "POST"]
    fields: dict[_Word, Annotated[str, Field(max_length=_LONGEST_FIELD)]] = Field(max_length=_MOST_FIELDS)
    files: dict[_Word, Annotated[list[Upload], Field(max_length=_MOST_FILES)]] = Field(default_factory=dict)
    admin: Admin
    language: Language = "es"
    addon: Annotated[str, Field(max_length=300)] = ""
    hooks: dict[str, Annotated[str, Field(max_length=64)]] = Field(default_factory=dict, max_length=100)
    versions: dict[_Word, Annotated[str, Field(max_length=40)]] = Field(default_factory=dict, max_length=10)
    numbers: list[Annotated[int, Field(gt=0, lt=2**31)]] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _not_too_long(self) -> Call:
        if sum(len(file.body) for files in self.files.values() for file in files) > MOST_UPLOADED:
            raise ValueError("the files are too long")
        return self

    def field(self, name: str) -> str:
        """One field of the form in one line; empty where it is not there."""
        return _one_line(self.fields.get(name, ""))


class BadPage(ValueError):
    """The call is not one for a page; the message names the fields."""


def read_page_call(document: dict[str, Any]) -> Call:
    """Read what was signed. Raises ``BadPage``."""
    try:
        return Call.model_validate(document)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, detail["loc"])) for detail in error.errors()}))
        raise BadPage(f"not a call for a page: {fields[:200]}") from None


@dataclass(frozen=True, slots=True)
class File:
    """A download."""

    name: str
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the addon prints. ``html`` is ASCII, with the few elements that the PHP lets through."""

    html: str = ""
    status: int = 200
    location: str | None = None
    """Where to go on, within the addon."""
    file: File | None = None
    refresh: int | None = None
    """Seconds after which the page is to be asked for again: something goes on."""
    known: list[str] = field(default_factory=list)
    """How things stand, in a few plain lines: shown by WHMCS when the bridge cannot be asked."""

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        file = self.file and {
            "name": self.file.name,
            "type": self.file.type,
            "body": base64.b64encode(self.file.body).decode("ascii"),
        }
        told = {"status": self.status, "html": self.html, "location": self.location, "file": file}
        return told | {"refresh": self.refresh, "known": self.known}
