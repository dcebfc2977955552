"""The state of one installation while it is made, and how its files are shown and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from whmcs_bridge.messages import bilingual
from whmcs_bridge.settings import Settings
from whmcs_bridge.setup.files import File, files_of
from whmcs_bridge.setup.machine import Machine, yes
from whmcs_bridge.setup.notes import Notes
from whmcs_bridge.setup.places import Places
from whmcs_bridge.setup.writing import Outcome, difference, outcome_of, write


@dataclass
class Work:
    """One installation. ``values`` are the answers over what was there before."""

    places: Places
    values: dict[str, str]
    settings: Settings
    whmcs_dir: Path | None
    dry: bool = False
    shows_secrets: bool = False
    """A person reads along, and needs the values that are to be pasted into WHMCS."""
    machine: Machine = field(default_factory=Machine)
    confirm: Callable[[], bool] = lambda: True
    """Whether to write what was shown."""
    red: int = 0
    stopped: bool = False
    changed: bool = False
    """Some file of the settings is another than before this run."""
    notes: Notes = field(init=False)

    def __post_init__(self) -> None:
        self.notes = Notes(self.places)

    def files(self, *, site: bool) -> list[File]:
        made = files_of(self.places, self.values)
        return made if site else [file for file in made if file.path.name != "wompi-bridge.conf"]

    def show(self, file: File) -> bool:
        """Print what changes in a file; False where it is as it should be. Raises ``NotWritable``."""
        outcome = outcome_of(file)
        if outcome is Outcome.UNCHANGED:
            return False
        word = {Outcome.WRITTEN: ("nuevo", "new"), Outcome.UPDATED: ("cambia", "changes")}[outcome]
        print(f"   {bilingual(*word)}: {file.path} ({file.mode:o})", flush=True)
        if self.dry or outcome is Outcome.UPDATED:
            print("\n".join(f"      {line}" for line in difference(file, self.values).splitlines()))
        return True

    def write(self, file: File) -> None:
        """Whatever happens from here on, the next run knows that the bridge has not read it yet."""
        if self.places.is_real:
            self.notes.written()
        write(file)

    def asks(self, es: str, en: str) -> bool:
        """Wait for the person, if there is one. False: there is none, or they want to go on."""
        try:
            return self.shows_secrets and yes(input(f"   {bilingual(es, en)} [S/n] "))
        except (EOFError, KeyboardInterrupt):
            return False

    def started(self, *, well: bool) -> None:
        """The bridge that runs has read what is written; or it does not run."""
        if not self.dry and well:
            self.notes.started()
        self.red += not well
