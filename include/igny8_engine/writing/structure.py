"""The tree of pages of a site, planned from its clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from igny8_engine.writing.english import clipped, listed, title_case
from igny8_engine.writing.model import ClusterBrief, PagePlan
from igny8_engine.writing.phrases import Phrase, normalised, stem, stems_of, words_of
from igny8_engine.writing.slug import distinct_slug

MORE_TOPICS = "More Topics"
"""The hub of what belongs to no other."""
_LONGEST_TITLE = 60
_SMALLEST_HUB = 3
_SMALLEST_PAIR_HUB = 2
"""Two words in a row say enough of what a hub is about to join two pages, one word joins three."""
_MANY = 8
_LARGEST_SHARES = (0.25, 0.6)
"""Hubs are made from words in few of the names first; a word in most of them divides nothing."""


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
    subjects = [hub.title for hub in hubs if hub.title != MORE_TOPICS] or [_title(name) for name in names]
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
    features = {name: _features(name) for name in names}
    hubs: list[_Hub] = []
    left = list(names)
    for largest in _LARGEST_SHARES:
        allowed = {
            feature
            for feature in frozenset().union(*features.values())
            if len(names) < _MANY or sum(feature in own for own in features.values()) <= largest * len(names)
        }
        while (shared := _most_shared(left, features, allowed)) is not None:
            members = tuple(name for name in left if shared in features[name])
            left = [name for name in left if name not in members]
            hubs.append(_Hub(_hub_title(members, shared.split()[0]), members))
    if len(left) >= _MANY and hubs:
        hubs.append(_Hub(MORE_TOPICS, tuple(left)))
        left = []
    return hubs, left


def _features(name: str) -> frozenset[str]:
    """The stems of a name and its pairs of neighbouring stems."""
    order = [stem(word) for word in words_of(name)]
    single = stems_of(name)
    pairs = pairwise(order)
    return single | {f"{one} {other}" for one, other in pairs if {one, other} <= single}


def _most_shared(left: Sequence[str], features: dict[str, frozenset[str]], allowed: set[str]) -> str | None:
    counts = Counter(feature for name in left for feature in features[name] & allowed)
    fitting = [one for one, count in counts.items() if count >= (_SMALLEST_PAIR_HUB if " " in one else _SMALLEST_HUB)]
    return max(fitting, key=lambda one: (counts[one], " " in one, one), default=None)


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
