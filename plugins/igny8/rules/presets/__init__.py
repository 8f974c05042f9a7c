"""Presets: rules with places that are filled in when they are used, to be shared between accounts and installations."""

from igny8.rules.presets.check import check_preset, read_preset
from igny8.rules.presets.export import dump_preset, preset_of
from igny8.rules.presets.gallery import BrokenPreset, Gallery, PresetNotFoundError, StoredPreset
from igny8.rules.presets.instantiate import as_text, instantiate
from igny8.rules.presets.model import Preset, PresetInput

__all__ = [
    "BrokenPreset",
    "Gallery",
    "Preset",
    "PresetInput",
    "PresetNotFoundError",
    "StoredPreset",
    "as_text",
    "check_preset",
    "dump_preset",
    "instantiate",
    "preset_of",
    "read_preset",
]
