"""Ideas, pages and site plans."""

from __future__ import annotations

import pytest
from writing_examples import SITE, brief, plain, sample_clusters

from igny8_engine.writing.model import ClusterBrief, PageBrief
from igny8_engine.writing.offline import OfflineWriter
from igny8_engine.writing.phrases import Phrase
from igny8_engine.writing.readability import word_count
from igny8_engine.writing.slug import slug

writer = OfflineWriter()


def test_provider() -> None:
    assert writer.provider == "offline"


async def test_ideas_are_distinct_and_hold_their_keyword() -> None:
    for cluster in sample_clusters():
        found = await writer.ideas(cluster, 5, ())
        titles = [idea.title.casefold() for idea in found]
        assert len(set(titles)) == len(titles) == 5
        for idea in found:
            assert len(idea.title) <= 60
            assert idea.keyword in {one.phrase for one in cluster.keywords}
            assert idea.keyword.casefold() in idea.title.casefold() or len(idea.keyword) > 60
            assert 4 <= len(idea.outline) <= 7
            assert len(set(idea.outline)) == len(idea.outline)
            assert 3 <= len(idea.questions) <= 5
            assert all(question.endswith("?") for question in idea.questions)
            assert idea.summary.endswith(".")


async def test_taken_titles_are_not_used_again() -> None:
    cluster = sample_clusters()[0]
    first = await writer.ideas(cluster, 4, ())
    later = await writer.ideas(cluster, 4, [idea.title.upper() for idea in first])
    assert later
    assert not {idea.title.casefold() for idea in later} & {idea.title.casefold() for idea in first}


@pytest.mark.parametrize(
    ("phrase", "topic", "question"),
    [
        ("how to descale espresso machine", "descaling an espresso machine", "How do you descale an espresso machine?"),
        ("descale espresso machine", "descaling an espresso machine", "How do you descale an espresso machine?"),
        ("how often to descale espresso machine", None, "How often should you descale an espresso machine?"),
        ("why is my espresso sour", None, "Why is my espresso sour?"),
        ("why descale espresso machine", None, "Why should you descale an espresso machine?"),
        ("what is portafilter", None, "What is a portafilter?"),
        ("what is latte art", None, "What is latte art?"),
        ("what grind size for espresso", None, "What grind size is right for espresso?"),
        ("is espresso machine worth it", None, "Is an espresso machine worth it?"),
        ("do i need a grinder", None, "Do I need a grinder?"),
        ("latte vs cappuccino", "latte vs cappuccino", "What sets latte and cappuccino apart?"),
        ("best espresso machine under 500", "the best espresso machine under 500", None),
        ("hour meter", "an hour meter", None),
        ("usb cable", "a USB cable", None),
        ("coffee beans", "coffee beans", None),
        ("espresso grind size", "the espresso grind size", None),
        ("milk frothing", "milk frothing", None),
        ("how to set up a grinder", "setting up a grinder", "How do you set up a grinder?"),
        ("espresso tastes sour", "“espresso tastes sour”", None),
        ("قهوة", "“قهوة”", None),
        ("wdt tool", "a WDT tool", None),
    ],
)
def test_phrases_are_said_grammatically(phrase: str, topic: str | None, question: str | None) -> None:
    if topic is not None:
        assert Phrase(phrase).topic == topic
    if question is not None:
        assert Phrase(phrase).question == question


async def test_pages_about_a_cluster() -> None:
    for cluster in sample_clusters()[:10]:
        text = await writer.page(PageBrief(cluster.name, "Overview.", SITE, cluster, ("Milk", "Beans")))
        assert word_count(plain(text)) >= 200
        assert 120 <= len(text.meta_description) <= 160
        assert cluster.keywords[0].phrase in plain(text).casefold()
        assert "Beans" in plain(text)


@pytest.mark.parametrize("title", ["Home", "About", "Contact", "Espresso Machines"])
async def test_pages_about_the_site_say_only_what_is_known(title: str) -> None:
    brief_ = PageBrief(title, "What this page is for.", SITE, None, ("Latte Art", "Coffee Beans", "About"))
    text = await writer.page(brief_)
    body = plain(text)
    assert "latte art" in body
    assert SITE in body
    assert not any(character.isdigit() for character in body)
    assert "{" not in body
    assert word_count(body) >= 100
    assert text.title == title


async def test_structure_is_a_tree_with_a_page_for_each_cluster() -> None:
    clusters = sample_clusters()
    plans = await writer.structure(SITE, clusters)
    keys: dict[str, int] = {}
    for plan in plans:
        assert plan.key not in keys
        assert plan.parent_key is None or plan.parent_key in keys
        keys[plan.key] = 1 if plan.parent_key is None else keys[plan.parent_key] + 1
        assert plan.slug == slug(plan.slug)
        assert 0 < len(plan.title) <= 60
        assert plan.purpose.endswith(".")
    assert max(keys.values()) == 3
    assert len({plan.slug for plan in plans}) == len(plans)
    assert sorted(plan.cluster_name for plan in plans if plan.cluster_name) == sorted({one.name for one in clusters})
    assert [plan.parent_key for plan in plans].count(None) == 1
    assert {"About", "Contact"} <= {plan.title for plan in plans}
    assert plans == await writer.structure(SITE, clusters)


@pytest.mark.parametrize(
    "names",
    [[], ["☕", "🎉"], ["same", "same"], ["قهوة سوداء", "قهوة بيضاء"], ["about", "contact", "home"], ["a" * 200]],
    ids=str,
)
async def test_structure_of_odd_clusters(names: list[str]) -> None:
    clusters: list[ClusterBrief] = [brief(name, f"{name} one") for name in names]
    plans = await writer.structure("", clusters)
    assert len({plan.key for plan in plans}) == len({plan.slug for plan in plans}) == len(plans)
    assert {plan.cluster_name for plan in plans} - {None} == set(names)
