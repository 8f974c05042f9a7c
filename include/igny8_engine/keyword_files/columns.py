"""Which column holds what, told by its name, and which tool the file comes from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from igny8_engine.keyword_files.model import KeywordFileFormat
from igny8_engine.writing.model import Intent

Field = Literal["phrase", "volume", "difficulty", "intent"]


def _table(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# As they are left when case, spaces, accents and punctuation are gone; the better name first.
_NAMES: dict[Field, tuple[str, ...]] = {
    "phrase": _table("""
        keyword keywords keywordphrase searchterm searchterms searchquery searchqueries searchphrase query queries
        topqueries phrase phrases term suchbegriff suchbegriffe suchanfrage suchanfragen suchwort schlusselwort
        schlusselworter palabraclave palabrasclave consulta consultas motcle motscles requete parolachiave
        parolechiave palavrachave zoekwoord zoekterm
        """),
    "volume": _table("""
        volume searchvolume avgmonthlysearches averagemonthlysearches monthlysearches monthlyvolume
        monthlysearchvolume avgsearchvolume avgmonthlysearchvolume averagesearchvolume keywordvolume searches msv sv
        vol suchvolumen suchvolumenpromonat durchschnittlsuchanfragenpromonat
        durchschnittlichesuchanfragenpromonat suchanfragenpromonat volumen volumendebusqueda
        promediodebusquedasmensuales busquedasmensuales volumederecherche volumemensuel volumediricerca
        zoekvolume globalvolume
        """),
    "difficulty": _table("""
        difficulty keyworddifficulty kd keyworddifficultyindex keyworddiff seodifficulty seokd organicdifficulty
        difficultyscore competitionindexedvalue competitionindex schwierigkeit keywordschwierigkeit
        wettbewerbindexierterwert wettbewerbindexwert dificultad dificultaddelapalabraclave
        competenciavalorindexado competenciavalorindizado difficulte
        """),
    "intent": _table(
        "intent intents searchintent keywordintent keywordintents userintent suchintention suchabsicht intention "
        "intencion intenciondebusqueda"
    ),
}
_INTENT_FLAGS: dict[str, Intent] = {
    "informational": "informational",
    "commercial": "commercial",
    "transactional": "transactional",
    "navigational": "navigational",
}
_GOOGLE = {
    "competitionindexedvalue",
    "topofpagebidlowrange",
    "threemonthchange",
    "wettbewerbindexierterwert",
    "durchschnittlsuchanfragenpromonat",
}
_AHREFS = {"parenttopic", "parentkeyword", "trafficpotential", "globaltrafficpotential", "cps", "returnrate"}
_SEMRUSH = {"competitivedensity", "numberofresults", "keyworddifficultyindex", "keywordintents"}
_PARENTHESES = re.compile(r"\([^)]*\)|\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a row."""

    header: tuple[str, ...]
    index: dict[Field, int]
    format: KeywordFileFormat
    intent_flags: dict[int, Intent] = field(default_factory=dict)
    """Columns that say by true or false whether the keyword has an intent, as Ahrefs writes them."""

    def names(self) -> dict[str, str]:
        """The recognised columns by what they were taken for, as the file names them."""
        names: dict[str, str] = {name: self.header[at] for name, at in self.index.items()}
        if self.intent_flags and "intent" not in self.index:
            names["intent"] = ", ".join(self.header[at] for at in self.intent_flags)
        return names


def recognise(header: Sequence[str]) -> Columns:
    """What is known of a header; its ``index`` is empty when it names no known column."""
    plain = [_plain(name) for name in header]
    bare = [_plain(_PARENTHESES.sub("", name)) for name in header]
    index: dict[Field, int] = {}
    for wanted, names in _NAMES.items():
        found = next((names_of.index(name) for names_of in (plain, bare) for name in names if name in names_of), None)
        if found is not None:
            index[wanted] = found
    flags = {at: _INTENT_FLAGS[name] for at, name in enumerate(plain) if name in _INTENT_FLAGS}
    return Columns(tuple(name.strip() for name in header), index, _format(set(plain)), flags)


def _format(names: set[str]) -> KeywordFileFormat:
    if names & _GOOGLE or {"avgmonthlysearches", "competition"} <= names:
        return "google_keyword_planner"
    if names & _SEMRUSH or {"trend", "keyworddifficulty"} <= names:
        return "semrush"
    if names & _AHREFS or {"country", "difficulty", "clicks"} <= names:
        return "ahrefs"
    return "csv"


def _plain(name: str) -> str:
    spread = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in spread if char.isalnum())
