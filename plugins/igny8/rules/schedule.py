"""Whether a rule's trigger is complete: crons, time zone, events and assets."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Final

from croniter import CroniterBadDateError, CroniterError, croniter

from igny8.rules.errors import Location, Problem, nearest
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON, listed, shortened

_FIELDS: Final = ("minute", "hour", "day of month", "month", "day of week")
_PRESETS: Final = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")
MAX_CRON: Final = 250
"""How many characters a cron may have."""
_START: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - a cron is checked on wall-clock time, and always on the same
_CHANCE: Final = re.compile(r"(?:^|[\s,])[rh](?:\(|/|,|\s|$)", re.IGNORECASE)


def trigger_problems(document: Mapping[str, JSON]) -> Iterator[Problem]:
    """Everything that is wrong with trigger, schedule, timezone, event and assets as far as it can be read."""
    trigger = document.get("trigger")
    yield from _belonging(document, trigger)
    schedule = document.get("schedule")
    for location, cron in _crons(schedule):
        fault = cron_fault(cron)
        if fault:
            yield problem_at(location, fault[0], fault[1], cron, fault[2])
    if isinstance(schedule, list):
        for index, entry in enumerate(schedule):
            if entry in schedule[:index]:
                message = f"The cron '{entry}' stands in the list twice."
                yield problem_at(("schedule", index), "duplicate", message, entry)
    timezone = document.get("timezone")
    if isinstance(timezone, str):
        yield from zone_problems(timezone)
    assets = document.get("assets")
    for index, asset in enumerate(assets if isinstance(assets, list) else []):
        if isinstance(asset, str) and (reason := _asset_fault(asset)):
            yield problem_at(("assets", index), "bad_asset", reason, asset)


def _belonging(document: Mapping[str, JSON], trigger: object) -> Iterator[Problem]:
    has_schedule = document.get("schedule") is not None
    has_event = document.get("event") is not None
    has_assets = bool(document.get("assets"))
    if trigger == "schedule" and not has_schedule:
        message = "A rule with trigger schedule needs a schedule, for example '0 6 * * MON'."
        yield problem_at(("schedule",), "missing", message)
    if trigger == "event" and not (has_event or has_assets):
        message = "A rule with trigger event needs an event such as keywords.imported, or assets."
        yield problem_at(("event",), "missing", message)
    if trigger in ("event", "manual") and has_schedule:
        message = f"A rule with trigger {trigger} has no schedule. Take it out, or make the trigger schedule."
        yield problem_at(("schedule",), "does_not_belong", message, document.get("schedule"))
    if trigger in ("schedule", "manual"):
        for name, there in (("event", has_event), ("assets", has_assets)):
            if there:
                message = f"A rule with trigger {trigger} has no {name}. Take it out, or make the trigger event."
                yield problem_at((name,), "does_not_belong", message, document.get(name))


def _crons(schedule: object) -> Iterator[tuple[Location, str]]:
    if isinstance(schedule, str):
        yield ("schedule",), schedule
    elif isinstance(schedule, list):
        yield from ((("schedule", index), cron) for index, cron in enumerate(schedule) if isinstance(cron, str))


@lru_cache(maxsize=4096)
def cron_fault(cron: str) -> tuple[str, str, str | None] | None:
    """What is wrong with a cron as (code, sentence, suggestion); ``None`` when nothing is."""
    shown = shortened(cron)
    if cron.startswith("@"):
        if cron in _PRESETS:
            return None
        return "bad_cron", f"'{shown}' is not a schedule. Known are {listed(_PRESETS)}.", nearest(cron, _PRESETS)
    if len(cron) > MAX_CRON:
        return "bad_cron", f"'{shown}' is longer than the {MAX_CRON} characters that a cron may have.", None
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        count = f"{len(fields)} field{'s' if len(fields) != 1 else ''}"
        return "bad_cron", f"'{shown}' has {count}; a cron has five: {listed(_FIELDS)}.", None
    if _CHANCE.search(cron):
        return "bad_cron", f"'{shown}' leaves its time to chance (R or H); give the time.", None
    try:
        croniter(cron, _START).get_next(datetime)
    except CroniterBadDateError:
        return "never_fires", f"'{shown}' never comes: there is no such day.", None
    except (CroniterError, ValueError, KeyError, IndexError) as error:
        return "bad_cron", f"'{shown}' is not a cron: {_worst_field(fields) or error}.", None
    return None


def _worst_field(fields: list[str]) -> str | None:
    for index, (text, name) in enumerate(zip(fields, _FIELDS, strict=True)):
        alone = ["*"] * len(_FIELDS)
        alone[index] = text
        if not croniter.is_valid(" ".join(alone)):
            return f"'{shortened(text, 30)}' is no {name}"
    return None


def zone_problems(name: str) -> Iterator[Problem]:
    """What is wrong with the name of a time zone."""
    if not zone_exists(name):
        message = f"'{shortened(name)}' is not a time zone. Use an IANA name such as Europe/Berlin."
        yield problem_at(("timezone",), "unknown_timezone", message, name, _nearest_zone(name))


@lru_cache(maxsize=1024)
def zone_exists(name: str) -> bool:
    """Whether there is a time zone of that name."""
    if name in {"localtime", "posixrules", "Factory"}:
        return False  # what these mean depends on the machine
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _nearest_zone(name: str) -> str | None:
    wanted = name.replace(" ", "_")
    city = {zone.rsplit("/", 1)[-1]: zone for zone in _zones() if "/" in zone}
    found = nearest(wanted, _zones(), 0.75)
    if found is None and (near := nearest(wanted.rsplit("/", 1)[-1], city, 0.75)):
        return city[near]
    return found or city.get(wanted)


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zoneinfo.available_timezones() - {"localtime", "posixrules", "Factory"}))


def _asset_fault(asset: str) -> str | None:
    if not asset.strip():
        return "An asset's address must not be empty."
    if len(asset) > 1500:  # noqa: PLR2004 - Airflow's own limit
        return "An asset's address has at most 1500 characters."
    if not asset.isascii():
        return "An asset's address is made of ASCII characters; write others as %XX."
    if asset.lower().startswith("airflow:"):
        return "Addresses that begin with airflow: are Airflow's own."
    return None
