"""Where internal links are put, and where never."""

from __future__ import annotations

import pytest

from igny8_engine.wordpress.internal_links import Option, Target, find_options, ranked, with_internal_links

BURR = Target("content:1", "https://b.example/burr/", "Choosing a Burr Grinder", "burr grinder")
SCALE = Target("post:7", "https://b.example/scale/", "How to Descale an Espresso Machine at Home")


def words(options: list[Option]) -> dict[str, str]:
    return {option.target.ref: " ".join(option.phrase) for option in options}


def test_words_are_the_keyword_or_the_longest_part_of_a_title() -> None:
    html = "<p>A good Burr  Grinder helps.</p><p>Next, descale an espresso machine.</p>"
    assert words(find_options(html, ["Dialling in"], [BURR, SCALE])) == {
        "content:1": "burr grinder",
        "post:7": "descale an espresso machine",
    }


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Burr grinder</h2>",
        "<ul><li><h3>The burr grinder</h3></li></ul>",
        '<p>See <a href="https://else.example/">a burr grinder</a>.</p>',
        "<p><code>burr grinder</code></p><pre>burr grinder</pre>",
        '<figure><img src="/a.png" alt="burr grinder"/><figcaption>A burr grinder</figcaption></figure>',
        "<details><summary>burr grinder</summary></details>",
        "<p>A burr. Grinder and burr, grinder.</p>",
        "<p>The burr grinders, an unburr grinder.</p>",
        "burr grinder outside of any paragraph",
    ],
)
def test_places_that_are_left_alone(html: str) -> None:
    assert find_options(html, ["Dialling in"], [BURR]) == []
    assert with_internal_links(html, [(("burr", "grinder"), BURR.url)]) == (html, [])


def test_a_text_never_leads_where_it_leads_already_nor_away_with_its_own_subject() -> None:
    linked = '<p>The burr grinder.</p><p><a href="https://b.example/burr#top">Here</a></p>'
    assert find_options(linked, ["Dialling in"], [BURR]) == []
    assert with_internal_links(linked, [(("burr", "grinder"), BURR.url)])[1] == []
    assert find_options("<p>The burr grinder.</p>", ["Cleaning a burr grinder"], [BURR]) == []
    others = [Target("post:8", "https://b.example/8/", "Espresso Machine Repairs"), SCALE]
    # What stands in two titles says of neither that it is meant.
    assert find_options("<p>An espresso machine.</p>", ["Dialling in"], others) == []


def test_each_target_once_and_one_link_in_a_paragraph() -> None:
    html = "<p>Burr grinder, burr grinder &amp; drip tray.</p><ul><li>a drip tray</li></ul><p>burr grinder</p>"
    tray = (("drip", "tray"), "https://b.example/tray/?a=1&b=2")
    put, placed = with_internal_links(html, [(("burr", "grinder"), BURR.url), tray, (("burr", "grinder"), BURR.url)])
    assert placed == [0, 1]
    assert put == (
        '<p><a href="https://b.example/burr/">Burr grinder</a>, burr grinder &amp; drip tray.</p>'
        '<ul><li>a <a href="https://b.example/tray/?a=1&amp;b=2">drip tray</a></li></ul><p>burr grinder</p>'
    )


def test_inside_of_emphasis_is_fine() -> None:
    html = "<p>A <strong>burr grinder</strong> helps.</p>"
    assert "<strong><a href=" in with_internal_links(html, [(("burr", "grinder"), BURR.url)])[0]


def test_the_same_cluster_comes_first_and_what_is_far_off_never() -> None:
    near = Target("content:2", "https://b.example/2/", "Water", is_near=True)
    options = [
        Option(SCALE, ("descale",), by_keyword=False),
        Option(BURR, ("burr", "grinder"), by_keyword=True),
        Option(near, ("water",), by_keyword=False),
    ]
    close = {"post:7": 0.3, "content:1": 0.2, "content:2": 0.1}
    assert [option.target.ref for option in ranked(options, close, 0.4)] == ["content:2", "content:1"]
    assert [option.target.ref for option in ranked(options, {**close, "post:7": 0.5}, 0.4)] == [
        "content:2", "post:7", "content:1",
    ]  # fmt: skip
