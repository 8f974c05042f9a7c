"""Titles and descriptions for search engines."""

from __future__ import annotations

from igny8_engine.writing.english import capitalised, clipped, spoken
from igny8_engine.writing.phrases import Phrase, normalised
from igny8_engine.writing.stock import Voice, pools

LONGEST_META_TITLE = 60
SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 120, 160
_LONGEST_LEAD = 90


def meta_title(title: str, site_name: str) -> str:
    """The title, with the site's name where both fit into 60 characters."""
    site = normalised(site_name)
    both = f"{title} | {site}"
    return both if site and len(both) <= LONGEST_META_TITLE else clipped(title, LONGEST_META_TITLE)


def meta_description(keyword: Phrase, voice: Voice) -> str:
    """Whole sentences of 120 to 160 characters in all that begin with the keyword."""
    lead = spoken(clipped(keyword.text.rstrip("?!.:;, "), _LONGEST_LEAD)) or keyword.text
    number = len(pools()["meta.open"])
    openings = [voice.say("meta.open", lead=lead, Lead=capitalised(lead)) for _ in range(number)]
    middles = voice.lines("meta.middle", number)
    shorts = voice.lines("meta.short", number)
    for opening in openings:
        endings = ["", *shorts, *middles]
        endings += [f"{middle} {short}" for middle in middles for short in shorts]
        endings += [f"{one} {two}" for one in middles for two in middles if one != two]
        for ending in endings:
            text = f"{opening} {ending}".strip()
            if SHORTEST_DESCRIPTION <= len(text) <= LONGEST_DESCRIPTION:
                return text
    padded = f"{openings[0]} {' '.join(middles)}"
    return f"{clipped(padded, LONGEST_DESCRIPTION - 1).rstrip('.')}."
