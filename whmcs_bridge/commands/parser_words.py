"""The parser's own words in the terminal's language, and what an argument of the same name means in every command."""

from __future__ import annotations

import argparse

from whmcs_bridge.messages import bilingual

# argparse asks gettext for each of these sentences; without a catalogue it gets them back in English.
_SPANISH = {
    "usage: ": "uso: ",
    "positional arguments": "qué se da",
    "options": "opciones",
    "show this help message and exit": "muestra esta ayuda y termina",
    "%(prog)s: error: %(message)s\n": "%(prog)s: error: %(message)s\n",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r no es ninguna de: %(choices)s",
    "invalid %(type)s value: %(value)r": "%(value)r no sirve aquí",
    "the following arguments are required: %s": "falta: %s",
    "unrecognized arguments: %s": "esto no se entiende: %s",
    "not allowed with argument %s": "no va junto con %s",
    "one of the arguments %s is required": "hace falta uno de estos: %s",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s puede ser: %(matches)s",
    "ignored explicit argument %r": "no lleva ningún valor, y se dio %r",
    "expected one argument": "falta su valor",
    "expected at least one argument": "falta por lo menos un valor",
    "expected at most one argument": "lleva un solo valor",
}
# Where a command does not say it in its own way.
_EXPLAINED = {
    "host": ("dirección en la que escucha (127.0.0.1)", "the address to listen on (127.0.0.1)"),
    "invoice": ("número del aviso de cobro en WHMCS", "the invoice's number in WHMCS"),
    "json": ("para programas: JSON", "for programs: JSON"),
    "limit": ("cuántos a lo más", "how many at the most"),
    "port": ("puerto en el que escucha (8080)", "the port to listen on (8080)"),
    "purpose": (
        "pay: para quien entró a WHMCS; mail: para un correo, sin datos de nadie (mail)",
        "pay: for who is signed in at WHMCS; mail: for an e-mail, with nobody's data (mail)",
    ),
    "state": ("solo los que están en ese estado", "only those in this state"),
    "transaction": ("número de la transacción en Wompi", "the transaction's id at Wompi"),
}


def speak() -> None:
    """Let argparse speak the terminal's language. Sentences that a later Python adds stay in English."""
    if bilingual("es", "en") == "es":
        # The name by which argparse calls gettext: there is no other way to give it words without a compiled catalogue.
        vars(argparse)["_"] = lambda text: _SPANISH.get(text, text)


def explain(parser: argparse.ArgumentParser) -> None:
    """Give every argument that came without one a sentence of help."""
    for action in parser._actions:
        if action.help is None and action.dest in _EXPLAINED:
            action.help = bilingual(*_EXPLAINED[action.dest])
