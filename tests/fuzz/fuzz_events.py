"""``make fuzz``: coverage-guided fuzzing of ``parse_event``, with a second opinion on every input.

``python -m tests.fuzz.fuzz_events [FOLDER] [libFuzzer options]``; atheris must be installed. The folder (default
``.fuzz``) keeps the corpus from run to run, and whatever is found is written beside it. Half of the changed
events are signed again, so that the search gets behind the checksum.
"""

from __future__ import annotations

import copy
import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

atheris = importlib.import_module("atheris")  # not a dependency of the project: there are no types to import

with atheris.instrument_imports(include=["wompi_gateway"]):
    from tests.fuzz.corpus import ODD, write_seeds
    from tests.fuzz.judge import SECRETS, compare
    from tests.wompi_gateway.signing import sign


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """LibFuzzer's own mutation of the bytes, or a change of the document; signed again every other time."""
    dice = random.Random(seed)
    by_bytes = dice.random() < 0.4
    mutated: bytes = atheris.Mutate(data, max_size) if by_bytes else data
    try:
        document: Any = json.loads(mutated)
        for _ in range(0 if by_bytes else dice.randint(1, 3)):
            _change(document, dice)
        if dice.random() < 0.5:
            document = sign(document, dice.choice(SECRETS))
        changed = json.dumps(document, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return bytes(atheris.Mutate(data, max_size))
    return changed if len(changed) <= max_size else mutated


def _change(document: Any, dice: random.Random) -> None:
    """Put something else into a place of the document, take the place out, or put something beside it."""
    node = document
    while True:
        places: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return
        place = dice.choice(places)
        if not isinstance(node[place], (dict, list)) or dice.random() < 0.15:
            break
        node = node[place]
    match dice.randrange(5):
        case 0:
            del node[place]
        case 1 if isinstance(node, list):
            node.insert(place, copy.deepcopy(dice.choice(ODD)))
        case 1:
            node[str(dice.choice(ODD))] = copy.deepcopy(dice.choice(ODD))
        case 2 if isinstance(node[place], str) and node[place]:
            at = dice.randrange(len(node[place]))
            node[place] = node[place][:at] + dice.choice("aZ9_-. \n\x00ñ") + node[place][at + dice.randrange(2) :]
        case _:
            node[place] = copy.deepcopy(dice.choice(ODD))


def main(arguments: list[str]) -> None:
    """Fuzz until an option of libFuzzer, such as ``-max_total_time=300``, says that it is enough."""
    options = [argument for argument in arguments if argument.startswith("-")]
    folder = Path(next((argument for argument in arguments if not argument.startswith("-")), ".fuzz"))
    corpus = folder / "corpus"
    write_seeds(corpus)
    usual = ["-max_len=8192", "-timeout=10", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *usual, *options, str(corpus)], compare, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
