"""The presets in a folder, or in any place that object storage knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from igny8.rules.document import decode, parse
from igny8.rules.errors import Problem, RuleInvalidError, RuleNotFoundError, RuleStoreError
from igny8.rules.folders import RulePath, open_folder
from igny8.rules.presets.check import read_preset
from igny8.rules.presets.model import Preset
from igny8.rules.structure import problem_at


class PresetNotFoundError(RuleNotFoundError):
    """The gallery has no preset of that id; carries the nearest id that it has."""

    def __init__(self, preset_id: str, known: Iterable[str] = ()) -> None:
        super().__init__(preset_id, known)
        hint = f" Did you mean '{self.suggestion}'?" if self.suggestion else ""
        self.args = (f"There is no preset '{preset_id}'.{hint}",)


@dataclass(frozen=True, slots=True)
class StoredPreset:
    """A preset as the gallery holds it."""

    preset: Preset
    text: str
    """The YAML it was read from, with its comments."""


@dataclass(frozen=True, slots=True)
class BrokenPreset:
    """A file of the gallery that is no usable preset, with everything that is wrong with it."""

    name: str
    """What to call it: the file's path within the gallery."""
    preset_id: str | None
    """Its id, where that can be read."""
    text: str
    problems: tuple[Problem, ...]


class Gallery:
    """The presets in a place: every ``.yaml`` file there, except in hidden folders. A place that is not there is empty.

    Args:
        root: The place: a local folder, or a path into object storage.
    """

    def __init__(self, root: RulePath) -> None:
        self.root = root
        self._folder = open_folder(root)

    def all(self) -> tuple[list[StoredPreset], list[BrokenPreset]]:
        """All presets by id, and the files that are none by name.

        Raises:
            RuleStoreError: when the place cannot be listed.
        """
        try:
            names = self._folder.files()
        except FileNotFoundError:
            names = []
        except OSError as error:
            raise RuleStoreError(str(self.root), f"the presets cannot be listed: {error}") from error
        usable: dict[str, StoredPreset] = {}
        broken: list[BrokenPreset] = []
        for name in names:
            found = self._read(name)
            if isinstance(found, StoredPreset) and found.preset.id in usable:
                message = f"The id '{found.preset.id}' is that of another preset already. Give {name} another id."
                problem = problem_at(("id",), "duplicate_preset", message, found.preset.id)
                broken.append(BrokenPreset(name, found.preset.id, found.text, (problem,)))
            elif isinstance(found, StoredPreset):
                usable[found.preset.id] = found
            elif found is not None:
                broken.append(found)
        return [usable[preset_id] for preset_id in sorted(usable)], broken

    def get(self, preset_id: str) -> StoredPreset | BrokenPreset:
        """The preset of that id, or what is wrong with it.

        Raises:
            PresetNotFoundError: when there is none.
            RuleStoreError: when the place cannot be listed.
        """
        usable, broken = self.all()
        for stored in usable:
            if stored.preset.id == preset_id:
                return stored
        for other in broken:
            if preset_id in {other.preset_id, other.name}:
                return other
        raise PresetNotFoundError(preset_id, [stored.preset.id for stored in usable])

    def _read(self, name: str) -> StoredPreset | BrokenPreset | None:
        try:
            data = self._folder.read(name)
        except OSError as error:
            problem = Problem("", f"The file cannot be read: {error.strerror or error}.", "unreadable")
            return BrokenPreset(name, None, "", (problem,))
        if data is None:
            return None
        text = data.decode("utf-8-sig", "replace")
        try:
            return StoredPreset(read_preset(data, name), text)
        except RuleInvalidError as error:
            return BrokenPreset(name, _readable_id(data), text, error.problems)


def _readable_id(data: bytes) -> str | None:
    try:
        found = parse(decode(data)).data.get("id")
    except RuleInvalidError:
        return None
    return found if isinstance(found, str) else None
