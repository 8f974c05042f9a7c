"""The tree of pages of a site, planned from its clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from igny8_engine.writing.english import clipped, listed, title_case
from igny8_engine.writing.model import ClusterBrief, PagePlan
from igny8_engine.writing.phrases import Phrase, normalised, stem, stems_of
from igny8_engine.writing.slug import distinct_slug

_LONGEST_TITLE = 60
_SMALLEST_HUB = 2
_LARGEST_SHARE = 0.6
"""A word in more of the names than this is the site's subject and divides nothing."""


@dataclass(frozen=True)
class _Hub:
    title: str
    clusters: tuple[str, ...]


def structure(site_name: str, clusters: Sequence[ClusterBrief]) -> list[PagePlan]:
    """Home, a hub for clusters that share a word, a page for each cluster, About and Contact; parents come first."""
    names = list(dict.fromkeys(name for cluster in clusters if (name := cluster.name)))
    main = {cluster.name: _main_phrase(cluster) for cluster in reversed(clusters)}
    hubs, single = _hubs(names)
    taken: set[str] = set()
    site = normalised(site_name) or "Home"
    home_slug = distinct_slug("home", taken)
    subjects = [hub.title for hub in hubs] or [_title(name) for name in names]
    purpose = f"Welcomes visitors to {site} and leads them to {listed(subjects[:4]) or 'its pages'}."
    plans = [PagePlan(home_slug, None, clipped(site, _LONGEST_TITLE), home_slug, purpose, None)]
    about, contact = distinct_slug("about", taken), distinct_slug("contact", taken)
    for hub in hubs:
        key = distinct_slug(hub.title, taken, "topic")
        parts = listed([_title(name) for name in hub.clusters][:4])
        hub_purpose = f"Gives an overview of {hub.title} and leads to {parts}."
        plans.append(PagePlan(key, home_slug, hub.title, key, hub_purpose, None))
        plans += [_cluster_page(name, main[name], key, taken) for name in hub.clusters]
    plans += [_cluster_page(name, main[name], home_slug, taken) for name in single]
    plans.append(PagePlan(about, home_slug, "About", about, f"Says what {site} is about and whom it is for.", None))
    plans.append(PagePlan(contact, home_slug, "Contact", contact, f"Lets visitors of {site} get in touch.", None))
    return plans


def _cluster_page(name: str, main: Phrase, parent: str, taken: set[str]) -> PagePlan:
    key = distinct_slug(name, taken, "topic")
    purpose = f"Covers {main.topic} and the questions that belong to it."
    return PagePlan(key, parent, _title(name), key, purpose, name)


def _main_phrase(cluster: ClusterBrief) -> Phrase:
    best = max(cluster.keywords, key=lambda fact: fact.volume or 0, default=None)
    return Phrase(
        clipped(normalised(best.phrase if best is not None else cluster.name), _LONGEST_TITLE) or "the subject"
    )


def _title(name: str) -> str:
    return clipped(title_case(normalised(name)), _LONGEST_TITLE) or "Topic"


def _hubs(names: Sequence[str]) -> tuple[list[_Hub], list[str]]:
    left = list(names)
    stems = {name: stems_of(name) for name in names}
    everywhere = {
        word
        for word in frozenset().union(*stems.values())
        if len(names) > _SMALLEST_HUB and sum(word in own for own in stems.values()) > _LARGEST_SHARE * len(names)
    }
    hubs: list[_Hub] = []
    while True:
        counts: dict[str, int] = {}
        for name in left:
            for word in stems[name] - everywhere:
                counts[word] = counts.get(word, 0) + 1
        shared = max(counts, key=lambda one: (counts[one], one), default=None)
        if shared is None or counts[shared] < _SMALLEST_HUB:
            return hubs, left
        members = tuple(name for name in left if shared in stems[name])
        left = [name for name in left if name not in members]
        hubs.append(_Hub(_hub_title(members, shared), members))


def _hub_title(members: Sequence[str], word: str) -> str:
    """The longest run of words with the shared one that all members have, else the shared word as it is written."""
    first = normalised(members[0]).split()
    runs = [first[start:end] for start in range(len(first)) for end in range(start + 1, len(first) + 1)]
    common = [
        run
        for run in runs
        if any(stem(part.casefold()) == word for part in run)
        and all(f" {' '.join(run)} ".casefold() in f" {normalised(name)} ".casefold() for name in members)
    ]
    best = max(common, key=len, default=[])
    if not best:
        best = [next((part for part in first if stem(part.casefold().strip("?.,!")) == word), word)]
    return clipped(title_case(" ".join(best)), _LONGEST_TITLE)
