"""The invoice that a person names: by its id, or by the number that is printed on it (``FE-2026-1002``)."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import complain
from whmcs_bridge.messages import bilingual
from whmcs_bridge.whmcs.answers import WhmcsError

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge

_LONGEST = 100


def invoice_name(text: str) -> int | str:
    """An id, or a printed number. For argparse: raises ``ArgumentTypeError`` with a sentence."""
    name = text.strip().removeprefix("#").strip()
    if re.fullmatch(r"0*[1-9][0-9]{0,9}", name):
        return int(name)
    # A printed number has figures; an option's mistyped value has none.
    if name.isprintable() and len(name) <= _LONGEST and re.search(r"[0-9]", name) and not name.lstrip("-").isdigit():
        return name
    told = repr(text[:40])
    raise argparse.ArgumentTypeError(
        bilingual(f"{told} no es el número de un aviso de cobro", f"{told} is no invoice's number")
    )


def invoice_of(bridge: Bridge, name: int | str) -> int | None:
    """Return the id; for a printed number WHMCS is asked, None: it has none of it. Raises ``WhmcsError``."""
    return name if isinstance(name, int) else bridge.whmcs.invoice_by_number(name)


def find_invoice(bridge: Bridge, name: int | str) -> int | None:
    """Return the id; None after the reason was told."""
    try:
        found = invoice_of(bridge, name)
    except WhmcsError as error:
        complain_of_whmcs(error)
        return None
    if found is None:
        complain(
            f"WHMCS no tiene un aviso de cobro con el número {name}.", f"WHMCS has no invoice with the number {name}."
        )
    return found


def complain_of_whmcs(error: WhmcsError) -> int:
    """Say that WHMCS could not be asked, and give the exit status."""
    return complain(f"WHMCS no responde como debe: {error}.", f"WHMCS does not answer as it should: {error}.")
