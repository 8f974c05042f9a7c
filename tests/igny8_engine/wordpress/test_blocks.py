from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igny8_engine.html import plain_text, sanitize
from igny8_engine.wordpress.blocks import to_blocks


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", ""),
        ("<p>Hi &amp; bye</p>", "<!-- wp:paragraph -->\n<p>Hi &amp; bye</p>\n<!-- /wp:paragraph -->"),
        ("loose <em>words</em>", "<!-- wp:paragraph -->\n<p>loose <em>words</em></p>\n<!-- /wp:paragraph -->"),
        ("<p> </p>", ""),
        ("<h2>A</h2>", '<!-- wp:heading -->\n<h2 class="wp-block-heading">A</h2>\n<!-- /wp:heading -->'),
        (
            '<h3 id="a">A</h3>',
            '<!-- wp:heading {"level":3} -->\n<h3 class="wp-block-heading" id="a">A</h3>\n<!-- /wp:heading -->',
        ),
        (
            "<ol start='3'><li>A<ul><li><p>B</p></li></ul></li></ol>",
            (
                '<!-- wp:list {"ordered":true,"start":3} -->\n<ol class="wp-block-list" start="3">'
                '<!-- wp:list-item -->\n<li>A<!-- wp:list -->\n<ul class="wp-block-list">'
                "<!-- wp:list-item -->\n<li>B</li>\n"
                "<!-- /wp:list-item --></ul>\n<!-- /wp:list --></li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list -->"
            ),
        ),
        (
            "<table><caption>C</caption><tr><td>1</td></tr></table>",
            (
                '<!-- wp:table {"hasFixedLayout":false} -->\n<figure class="wp-block-table"><table><tbody>'
                '<tr><td>1</td></tr></tbody></table><figcaption class="wp-element-caption">C</figcaption></figure>'
                "\n<!-- /wp:table -->"
            ),
        ),
        (
            "<blockquote><p>Q</p><cite>W</cite></blockquote>",
            (
                '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:paragraph -->\n<p>Q</p>\n'
                "<!-- /wp:paragraph -->\n\n<!-- wp:paragraph -->\n<p><cite>W</cite></p>\n<!-- /wp:paragraph -->"
                "</blockquote>\n<!-- /wp:quote -->"
            ),
        ),
        (
            "<pre><code>a &lt; b</code></pre>",
            '<!-- wp:code -->\n<pre class="wp-block-code"><code>a &lt; b</code></pre>\n<!-- /wp:code -->',
        ),
        (
            "<pre>plain</pre>",
            '<!-- wp:preformatted -->\n<pre class="wp-block-preformatted">plain</pre>\n<!-- /wp:preformatted -->',
        ),
        (
            "<hr>",
            '<!-- wp:separator -->\n<hr class="wp-block-separator has-alpha-channel-opacity"/>\n<!-- /wp:separator -->',
        ),
        (
            '<p><img src="https://e.test/a.png" alt="A" width="9"></p>',
            (
                '<!-- wp:image -->\n<figure class="wp-block-image"><img src="https://e.test/a.png" alt="A"/></figure>\n'
                "<!-- /wp:image -->"
            ),
        ),
        (
            '<figure><img src="https://e.test/a.png" alt=""><figcaption>C</figcaption></figure>',
            (
                '<!-- wp:image -->\n<figure class="wp-block-image"><img src="https://e.test/a.png" alt=""/>'
                '<figcaption class="wp-element-caption">C</figcaption></figure>\n<!-- /wp:image -->'
            ),
        ),
        (
            "<details><summary>Q</summary><p>A</p></details>",
            (
                '<!-- wp:details -->\n<details class="wp-block-details"><summary>Q</summary>'
                "<!-- wp:paragraph -->\n<p>A</p>\n<!-- /wp:paragraph --></details>\n<!-- /wp:details -->"
            ),
        ),
        ("<dl><dt>T</dt><dd>D</dd></dl>", "<!-- wp:html -->\n<dl><dt>T</dt><dd>D</dd></dl>\n<!-- /wp:html -->"),
        ("<section><p>In</p></section>", "<!-- wp:paragraph -->\n<p>In</p>\n<!-- /wp:paragraph -->"),
        ("<!-- wp:html --><script>x</script>", ""),
    ],
)
def test_blocks(html: str, blocks: str) -> None:
    assert to_blocks(html) == blocks


_TAGS = st.sampled_from(
    [
        "p",
        "h2",
        "h3",
        "ul",
        "ol",
        "li",
        "a",
        "em",
        "table",
        "tr",
        "td",
        "th",
        "blockquote",
        "pre",
        "code",
        "section",
        "details",
        "summary",
        "div",
        "dl",
    ]
)
_HTML = st.recursive(
    st.text(alphabet="ab <>&\"'-é☕", max_size=6),
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", _TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(_HTML)
def test_no_word_is_lost_and_blocks_nest(html: str) -> None:
    blocks = to_blocks(html)
    text = re.sub(r"<!--.*?-->", " ", blocks)
    assert "".join(plain_text(text).split()) == "".join(plain_text(sanitize(html)).split())
    depth: list[str] = []
    for closing, name in re.findall(r"<!-- (/?)wp:([a-z-]+)[^>]*-->", blocks):
        if closing:
            assert depth.pop() == name
        else:
            depth.append(name)
    assert depth == []
