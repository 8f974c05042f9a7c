from __future__ import annotations

import pytest

from igny8_engine.providers import checks, compose
from igny8_engine.providers.outputs import (
    IdeaAnswer,
    IdeasAnswer,
    ImprovementAnswer,
    PageAnswer,
    SectionAnswer,
    StructureAnswer,
    TextAnswer,
)
from igny8_engine.writing.model import ClusterBrief, KeywordFact


def a_page(key: str, parent: str | None, cluster: str | None = None, slug: str | None = None) -> PageAnswer:
    return PageAnswer(
        key=key,
        parent=parent,
        title=f"Page {key}",
        slug=slug or key,
        purpose="It tells visitors more.",
        cluster=cluster,
    )


def a_cluster(name: str) -> ClusterBrief:
    return ClusterBrief(name=name, keywords=(KeywordFact(name.lower()),), site_name="Site")


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        ([a_page("a", None, "Milk"), a_page("b", None)], "Exactly one page"),
        ([a_page("a", "b"), a_page("b", "a", "Milk")], "Exactly one page"),
        ([a_page("a", None), a_page("b", "c", "Milk"), a_page("c", "b")], "'b' is below itself"),
        ([a_page("a", None), a_page("b", "x", "Milk")], "'x' of 'b' is not the key"),
        ([a_page("a", None), a_page("b", "a"), a_page("b", "a", "Milk", "other")], "the key 'b'"),
        ([a_page("a", None), a_page("b", "a", None, "same"), a_page("c", "a", "Milk", "same")], "the slug 'same'"),
        ([a_page("a", None, "Milk"), a_page("b", "a", "Milk")], "the cluster 'Milk'"),
        ([a_page("a", None)], "The cluster 'Milk' has no page"),
        ([a_page("a", None, "Milk"), a_page("b", "a", "Beans")], "There is no cluster 'Beans'"),
        (
            [a_page("a", None, "Milk"), a_page("b", "a"), a_page("c", "b"), a_page("d", "c"), a_page("e", "d")],
            "'e' is 4 levels below",
        ),
    ],
)
def test_what_is_no_tree_is_named(pages: list[PageAnswer], problem: str) -> None:
    assert problem in "\n".join(checks.structure_problems(StructureAnswer(pages=pages), [a_cluster("Milk")]))


def test_pages_are_put_parents_first() -> None:
    answer = StructureAnswer(pages=[a_page("c", "b"), a_page("b", "a", "Milk"), a_page("a", None), a_page("d", "a")])
    assert checks.structure_problems(answer, [a_cluster("Milk")]) == []
    plans = compose.page_plans(answer)
    assert [plan.key for plan in plans] == ["a", "b", "d", "c"]
    assert [plan.cluster_name for plan in plans] == [None, "Milk", None, None]


@pytest.mark.parametrize(
    ("text", "phrase", "held"),
    [
        ("Espresso Grinders: how to choose", "espresso grinder", True),
        ("How to choose a grinder for espresso", "espresso grinder", True),
        ("How to choose a kettle", "espresso grinder", False),
        ("意式咖啡机怎么选", "咖啡机", True),
        ("دليل مطحنة القهوة", "مطحنة القهوة", True),
        ("Kaffeemühle reinigen", "kaffeemühle", True),
    ],
)
def test_mentions(text: str, phrase: str, held: bool) -> None:
    assert bool(checks.mentions(text, phrase)) is held


def test_word_count() -> None:
    assert checks.word_count("A grinder doesn't **grind** itself.") == 5
    assert checks.word_count("意式咖啡机怎么选") == 4


def an_idea(title: str, keyword: str, outline: list[str] | None = None) -> IdeaAnswer:
    outline = outline or ["One", "Two", "Three"]
    return IdeaAnswer(title=title, keyword=keyword, outline=outline, questions=[], summary="It helps readers decide.")


@pytest.mark.parametrize(
    ("idea", "problem"),
    [
        (an_idea("How to froth milk", "Milk"), None),
        (an_idea("How to froth oat drinks", "oat"), "'oat' is not one of the cluster's phrases"),
        (an_idea("How to froth it", "milk"), "does not hold all words of the keyword 'milk'"),
        (an_idea("Milk, explained", "milk"), "is taken"),
        (an_idea("How to froth milk", "milk", ["One", "Two", "one"]), "repeats a heading"),
    ],
)
def test_what_is_wrong_with_an_idea_is_named(idea: IdeaAnswer, problem: str | None) -> None:
    found = checks.idea_problems(IdeasAnswer(ideas=[idea]), a_cluster("Milk"), 1, ["milk, explained"])
    assert found == [] if problem is None else problem in "\n".join(found)


def test_more_ideas_than_wanted_are_refused() -> None:
    answer = IdeasAnswer(ideas=[an_idea("Milk one", "milk"), an_idea("Milk two", "milk")])
    assert checks.idea_problems(answer, a_cluster("Milk"), 1, []) == ["There are 2 ideas; give 1."]


def test_what_is_wrong_with_a_text_is_named() -> None:
    section = SectionAnswer(heading="Steps", body="First [insert brand] the milk, then wait until it is warm enough.")
    answer = TextAnswer(
        title="How to warm it",
        meta_title="How to warm it",
        meta_description="x" * 130,
        excerpt="What to know before you begin.",
        introduction="You want to know how that goes, and this says it.",
        sections=[section, section],
        category="Drinks",
    )
    found = "\n".join(checks.text_problems(answer, "milk", 400))
    assert "does not hold all words of the keyword 'milk'" in found
    assert "Neither introduction nor meta description" in found
    assert "The text has 35 words; it needs at least 400" in found
    assert "Two sections have the same heading" in found
    assert "'[insert brand]' looks like a placeholder" in found
    assert checks.text_problems(answer.model_copy(update={"sections": [section]}), None, 10) == [found.splitlines()[-1]]


def test_what_is_wrong_with_a_new_beginning_is_named() -> None:
    answer = ImprovementAnswer(
        title="Something else",
        meta_description="x" * 130,
        introduction="Nothing that says what this is all about here.",
    )
    found = "\n".join(checks.improvement_problems(answer, "milk"))
    assert "The title 'Something else'" in found
    assert "The meta description does not hold" in found
    assert "The introduction does not hold" in found
    assert "The introduction has 9 words" in found


def test_markdown_becomes_harmless_html() -> None:
    html = compose.to_html(
        "# One\n\n##### Five\n\n[a](https://x.example) <https://y.example> ![alt & more](z.png) <i>x</i>\n\n"
        "| a | b |\n|-|-|\n| 1 | 2 |"
    )
    assert "<h3>One</h3>" in html
    assert "<h4>Five</h4>" in html
    assert "<a" not in html
    assert "<img" not in html
    assert "alt &amp; more" in html
    assert "&lt;i&gt;" in html
    assert "<table>" in html


def test_only_plain_introductions_are_replaced() -> None:
    assert compose.split_introduction("<p>a</p><h2>b</h2>c") == ("<p>a</p>", "<h2>b</h2>c")
    assert compose.split_introduction("<p>a</p>") == ("<p>a</p>", "")
    assert compose.is_plain_introduction("<p>a <em>b</em></p>\n<p>c</p>")
    assert not compose.is_plain_introduction('<p>a</p><figure><img src="x"></figure>')
    assert not compose.is_plain_introduction('<p>a <a href="/x">b</a></p>')
    assert not compose.is_plain_introduction("")
