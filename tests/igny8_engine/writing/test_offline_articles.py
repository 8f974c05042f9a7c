"""The promises of offline articles, over many clusters."""

from __future__ import annotations

import html
import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from writing_examples import SITE, brief, plain, sample_clusters, sentence_set

from igny8_engine.writing.article import article
from igny8_engine.writing.cluster import Subject
from igny8_engine.writing.document import Document, level
from igny8_engine.writing.ideas import ideas
from igny8_engine.writing.model import ArticleBrief, ClusterBrief, IdeaDraft, KeywordFact, TextDraft
from igny8_engine.writing.offline import OfflineWriter
from igny8_engine.writing.phrases import Phrase
from igny8_engine.writing.readability import readability, word_count
from igny8_engine.writing.seo import mentions

ODD_CLUSTERS = [
    brief("latte art", "latte art"),
    brief("latte art", ("latte art", 9900), ("how to make latte art", 2400)),
    brief("descaling", "descale espresso machine", "why descale espresso machine", "descaler"),
    brief("قهوة", ("قهوة إسبريسو", 100), "طريقة عمل القهوة"),
    brief("カプチーノ", "カプチーノ 作り方", "カプチーノとは"),
    brief("☕", "☕🎉", "☕ coffee emoji"),
    brief("<script>", "<script>alert(1)</script>", "a & b < c", '"quoted" <b>phrase</b>'),
    brief("Größe", "größe siebträger", "wie groß ist ein siebträger"),
    brief("12345", "12345", "2 vs 3"),
    brief("q", *[f"how to clean grinder model number {number}" for number in range(60)]),
    brief("w", " ".join(["very"] * 60)),
    brief("mixed", "a", "b", "I", "how to", "vs", "best", "what is", "why", "?"),
    brief("no keywords"),
]


class _Balance(HTMLParser):
    """Raises on a tag that is closed out of order or left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def written(cluster: ClusterBrief, number: int = 0) -> tuple[IdeaDraft, TextDraft]:
    idea = ideas(Subject(cluster), number + 1, ())[number]
    return idea, article(ArticleBrief(idea, cluster))


def check_promises(cluster: ClusterBrief, idea: IdeaDraft, text: TextDraft) -> None:
    assert 0 < len(text.title) <= 60
    assert 0 < len(text.meta_title) <= 60
    assert text.title == idea.title
    assert 120 <= len(text.meta_description) <= 160, text.meta_description
    assert text.meta_description.endswith((".", "!", "?"))
    main = Phrase(idea.keyword).text
    if len(main) <= 60:
        assert main.casefold() in text.title.casefold()
        assert mentions(text.meta_description, main) or not re.search(r"\w", main)
    assert main.casefold() in Document(text.html).text(until_heading=True).casefold()
    assert re.fullmatch(r"[^\W_]+(?:-[^\W_]+)*", text.slug)
    body = plain(text)
    assert word_count(body) >= 400
    for mark in ("{", "}", "[", "]", "TODO", "lorem", "None", "XXX"):
        assert mark not in re.sub(r"\s+", " ", body) or any(mark in one.phrase for one in cluster.keywords)
    known = " ".join([cluster.name, *cluster.neighbours, *(one.phrase for one in cluster.keywords)])
    known += " ".join(f" {one.volume} {one.volume:,}" for one in cluster.keywords if one.volume)
    for number in re.findall(r"\d[\d,.]*\d|\d", f"{body} {text.meta_description} {text.excerpt}"):
        assert number in known
    balance = _Balance()
    balance.feed(text.html)
    balance.close()
    assert not balance.open
    assert balance.tags <= {"p", "h2", "h3", "ul", "ol", "li", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    headings = Document(text.html).headings()
    assert level(headings[0]) == 2
    assert 6 <= sum(level(one) == 2 for one in headings) <= 10
    assert sum(level(one) == 3 for one in headings) >= 3
    said = re.findall(r"<(?:p|li)>(.*?)</(?:p|li)>", text.html)
    assert len(set(said)) == len(said)


@pytest.fixture(scope="module")
def sample() -> list[tuple[ClusterBrief, IdeaDraft, TextDraft]]:
    return [(cluster, *written(cluster)) for cluster in sample_clusters()]


def test_sample_articles_keep_their_promises(sample: list[tuple[ClusterBrief, IdeaDraft, TextDraft]]) -> None:
    assert len(sample) >= 12
    for cluster, idea, text in sample:
        check_promises(cluster, idea, text)


def test_sample_articles_have_a_fitting_length_and_are_easy_to_read(
    sample: list[tuple[ClusterBrief, IdeaDraft, TextDraft]],
) -> None:
    for _, _, text in sample:
        body = plain(text)
        assert 550 <= word_count(body) <= 1200
        assert readability(body).flesch >= 60
        assert readability(body).words_per_sentence <= 20


def test_no_two_sample_articles_share_more_than_three_tenths_of_their_sentences(
    sample: list[tuple[ClusterBrief, IdeaDraft, TextDraft]],
) -> None:
    exact = [sentence_set(text) for _, _, text in sample]
    masked = [_masked(cluster, text) for cluster, _, text in sample]
    assert max(_shared(one, other) for one, other in itertools.combinations(exact, 2)) <= 0.30
    between = [_shared(one, other) for one, other in itertools.combinations(masked, 2)]
    assert max(between) <= 0.35
    assert sum(between) / len(between) <= 0.12


def test_articles_without_known_siblings_share_few_sentences_too() -> None:
    alone = [ClusterBrief(one.name, one.keywords, one.site_name) for one in sample_clusters()]
    exact = [sentence_set(written(one)[1]) for one in alone]
    assert max(_shared(one, other) for one, other in itertools.combinations(exact, 2)) <= 0.30


def test_articles_of_one_cluster_share_few_sentences() -> None:
    for cluster in sample_clusters()[:6]:
        texts = [written(cluster, number)[1] for number in range(3)]
        for one, other in itertools.combinations([sentence_set(text) for text in texts], 2):
            assert _shared(one, other) <= 0.30


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / min(len(one), len(other))


def _masked(cluster: ClusterBrief, text: TextDraft) -> set[str]:
    subject = Subject(cluster)
    forms = {name.casefold() for name in cluster.neighbours}
    for phrase in (*subject.phrases, subject.subject):
        forms |= {phrase.text.casefold(), phrase.topic.strip("“”").casefold(), (phrase.instruction or "").casefold()}
    found = set()
    for sentence in sentence_set(text):
        masked = sentence
        for form in sorted(forms - {""}, key=len, reverse=True):
            masked = masked.replace(" ".join(re.findall(r"\w+", form)) or form, "#")
        found.add(re.sub(r"\b(?:a|an|the) #", "#", re.sub(r"\d+", "#", masked)))
    return found


@pytest.mark.parametrize("cluster", ODD_CLUSTERS, ids=lambda cluster: str(cluster.name))
def test_odd_clusters_give_whole_articles(cluster: ClusterBrief) -> None:
    for number in range(2):
        check_promises(cluster, *written(cluster, number))


def test_keywords_stay_text() -> None:
    _, text = written(brief("x", "<script>alert(1)</script> espresso", "<img src=x onerror=alert(1)>"))
    assert "<script" not in text.html
    assert "<img" not in text.html
    assert "&lt;script&gt;" in text.html


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
natural = st.lists(
    st.sampled_from(
        [
            "how",
            "to",
            "clean",
            "best",
            "a",
            "vs",
            "espresso",
            "machine",
            "what",
            "is",
            "why",
            "does",
            "for",
            "with",
            "cost",
            "too",
            "not",
            "grinder",
            "it",
        ]
    ),
    min_size=1,
    max_size=7,
).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.builds(KeywordFact, words | natural, st.none() | st.integers(0, 10**7)), min_size=1, max_size=12),
    words,
)
def test_any_keywords_give_a_whole_article(facts: list[KeywordFact], name: str) -> None:
    cluster = ClusterBrief(name, tuple(facts), SITE, ("Moka pot", "Milk"))
    idea, text = written(cluster)
    assert 0 < len(text.title) <= 60
    assert 120 <= len(text.meta_description) <= 160
    assert word_count(plain(text)) >= 400
    balance = _Balance()
    balance.feed(text.html)
    balance.close()
    assert not balance.open
    assert all(not sentence.startswith(" ") for sentence in idea.outline)


def test_the_same_brief_gives_the_same_text_in_another_process() -> None:
    cluster = brief("latte art", ("latte art", 9900), ("how to make latte art", 2400), neighbours=("milk", "grinders"))
    code = (
        "from igny8_engine.writing.model import *\n"
        "from igny8_engine.writing.cluster import Subject\n"
        "from igny8_engine.writing.ideas import ideas\n"
        "from igny8_engine.writing.article import article\n"
        f"cluster = {cluster!r}\n"
        "print(article(ArticleBrief(ideas(Subject(cluster), 1, ())[0], cluster)).html)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7",
        "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert found.stdout.strip() == written(cluster)[1].html.strip()


async def test_the_article_follows_a_given_outline_and_its_questions() -> None:
    cluster = brief("grind size", ("espresso grind size", 3600), "grind too fine", "grind size chart")
    idea = IdeaDraft(
        "Espresso Grind Size for Patient People",
        "espresso grind size",
        ("Why it matters", "Reading a grind size chart", "When the grind is too fine"),
        ("Who needs a chart?",),
        "For patient people.",
    )
    text = await OfflineWriter().article(ArticleBrief(idea, cluster))
    found = re.findall(r"<h[23]>(.*?)</h[23]>", text.html)
    assert [one for one in found if one in idea.outline] == list(idea.outline)
    assert "Who needs a chart?" in found
    assert text.title == idea.title
    assert text.excerpt == "For patient people."
    assert word_count(plain(text)) >= 400


def test_demand_is_told_with_the_given_numbers_only() -> None:
    _, text = written(brief("grinders", ("hand grinder", 2400), ("electric grinder", 1300), ("grinder cleaning", 90)))
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td></tr>", text.html)
    assert rows == [("Hand grinder", "2,400"), ("Electric grinder", "1,300"), ("Grinder cleaning", "90")]
    _, without = written(brief("grinders", "hand grinder", "electric grinder", "grinder cleaning"))
    assert "<table>" not in without.html
    assert "searches a month" not in html.unescape(without.html)
