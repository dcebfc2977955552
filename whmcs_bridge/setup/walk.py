"""``setup`` from its beginning: answers of a file or a person, over what was set before; then the work."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from whmcs_bridge.messages import bilingual
from whmcs_bridge.settings import Problem, Settings, SettingsError
from whmcs_bridge.setup.answers import TARGET, WHMCS_DIR, BadAnswers, read_answers, strangers
from whmcs_bridge.setup.dialogue import Dialogue, Stopped
from whmcs_bridge.setup.follow import follow
from whmcs_bridge.setup.install import Install, with_secret
from whmcs_bridge.setup.machine import Machine, say, yes
from whmcs_bridge.setup.notes import Notes
from whmcs_bridge.setup.places import Target, likely_target, places_of
from whmcs_bridge.setup.prove import settings_from
from wompi_gateway.keys import Environment

UNUSABLE = 2


def setup(answers: Path | None, target: str | None, root: Path | None, *, dry: bool) -> int:
    """Run it. Returns the exit status: 0 when nothing is red, 1 otherwise, 2 when the answers cannot be used."""
    try:
        given = read_answers(answers) if answers else {}
        complain(strangers(given))
        answered = given.pop(TARGET, "").lower()
        wanted = target or answered or likely_target(dict(os.environ))
        places = places_of(_target(wanted), root.resolve() if root else None)
        before, noted = places.existing(), Notes(places).whmcs_dir
        if answers is None:
            _needs_terminal()
            given = {} if _only_update(before) else Dialogue(places, before).ask()
        whmcs_dir = given.pop(WHMCS_DIR, noted)
        values = with_secret({**before, **{name: value for name, value in given.items() if value}})
        settings = settings_from(values)
    except (BadAnswers, SettingsError) as error:
        complain(error.problems)
        return UNUSABLE
    except Stopped:
        print(
            bilingual("\nNada se pierde: siga con la misma orden.", "\nNothing is lost: go on with the same command.")
        )
        return 1
    work = Install(
        places,
        values,
        settings,
        Path(whmcs_dir) if whmcs_dir else None,
        dry=dry,
        shows_secrets=answers is None and not dry,
        machine=Machine(dry),
        confirm=(lambda: True) if answers else wants_it,
    )
    status = work.run()
    tests = settings.keys.environment is Environment.SANDBOX
    if answers is None and given and places.is_real and not dry and not work.stopped and tests:
        follow(places, settings)
    if places.is_real and not dry and not work.stopped:
        _say_goodbye(settings, tests=tests)
    if status == 0 and answers is None and not dry:
        Dialogue(places, before).forget()
    return status


def _say_goodbye(settings: Settings, *, tests: bool) -> None:
    """Where the pages are, the one command for every day, and how to take real money."""
    say(
        f"\nLas páginas: {settings.bridge_url} para quien paga; en WHMCS, Addons → Wompi, para usted"
        "\nTodos los días, y si algo va mal: wompi-bridge doctor",
        f"\nThe pages: {settings.bridge_url} for payers; in WHMCS, Addons → Wompi, for you"
        "\nEvery day, and when something is wrong: wompi-bridge doctor",
    )
    if tests:
        say("Para cobrar de verdad: wompi-bridge go-live", "To take real money: wompi-bridge go-live")


def wants_it() -> bool:
    """Ask before anything is written."""
    try:
        return yes(input(bilingual("\n¿Escribirlo así? [S/n] ", "\nWrite it so? [Y/n] ")))
    except (EOFError, KeyboardInterrupt):
        return False


def _only_update(before: dict[str, str]) -> bool:
    """An installation that is whole may only be brought up to date: after an upgrade nobody wants nine questions."""
    try:
        settings_from(before)
    except SettingsError:
        return False
    try:
        es = "Aquí ya hay un puente configurado. ¿Solo ponerlo al día, sin cambiar respuestas? [S/n] "
        return yes(input(bilingual(es, "A bridge is set up here already. Only bring it up to date? [Y/n] ")))
    except (EOFError, KeyboardInterrupt):
        raise Stopped from None


def _target(word: str) -> Target:
    if word not in list(Target):
        es, en = f"debe ser {', '.join(Target)}", f"must be one of {', '.join(Target)}"
        raise BadAnswers([Problem(TARGET, es, en)])
    return Target(word)


def _needs_terminal() -> None:
    if not sys.stdin.isatty():
        es = "sin una terminal, dé las respuestas en un archivo: --answers ARCHIVO"
        en = "without a terminal, give the answers in a file: --answers FILE"
        raise BadAnswers([Problem("setup", es, en)])


def complain(problems: list[Problem]) -> None:
    """One sentence a setting."""
    for problem in problems:
        print(f"{problem.name}: {bilingual(problem.es, problem.en)}.", file=sys.stderr)
