"""From a model's answers to texts: Markdown becomes clean HTML, pages are put in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from igny8_engine.html import plain_text, sanitize
from igny8_engine.providers.outputs import PageAnswer, StructureAnswer, TextAnswer
from igny8_engine.writing import markup
from igny8_engine.writing.model import PagePlan, TextDraft
from igny8_engine.writing.slug import slug

_HEADING = re.compile(r"<h2[^>]*>(.*?)</h2>", re.DOTALL)


@cache
def _markdown() -> MarkdownIt:
    def nothing(_: RendererHTML, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: EnvType) -> str:
        return ""

    def heading(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        # The text's own headings are h2; what is below them is h3, or h4 at the deepest.
        tokens[at].tag = f"h{min(max(int(tokens[at].tag[1]), 3), 4)}"
        return renderer.renderToken(tokens, at, options, env)

    def alternative(
        renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        return escape(renderer.renderInlineAsText(tokens[at].children or [], options, env))

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Links and images of a model lead to addresses that it made up, or that a search phrase talked it into.
    for rule, render in {
        "link_open": nothing,
        "link_close": nothing,
        "image": alternative,
        "heading_open": heading,
        "heading_close": heading,
    }.items():
        markdown.add_render_rule(rule, render)
    return markdown


def to_html(markdown: str) -> str:
    """Render Markdown without raw HTML, links and images, and with headings from h3 on."""
    return str(_markdown().render(markdown)).strip()


def body_html(answer: TextAnswer) -> str:
    """The body of a text: introduction, sections and questions."""
    parts = [to_html(answer.introduction)]
    for section in answer.sections:
        parts += [markup.heading(2, section.heading), to_html(section.body)]
    if answer.faq:
        parts.append(markup.heading(2, "Frequently asked questions"))
        for item in answer.faq:
            parts += [markup.heading(3, item.question), to_html(item.answer)]
    return sanitize("\n".join(parts))


def text_draft(answer: TextAnswer, focus_keyword: str) -> TextDraft:
    """The text as the engine stores it."""
    return TextDraft(
        title=answer.title,
        slug=slug(answer.title),
        excerpt=answer.excerpt,
        meta_title=answer.meta_title,
        meta_description=answer.meta_description,
        focus_keyword=focus_keyword,
        html=body_html(answer),
        category=answer.category,
        tags=tuple(dict.fromkeys(answer.tags)),
    )


def page_plans(answer: StructureAnswer) -> list[PagePlan]:
    """The pages, parents before children; the answer must have passed its checks."""
    below: dict[str | None, list[PageAnswer]] = {}
    for page in answer.pages:
        below.setdefault(page.parent, []).append(page)
    ordered = list(below[None])
    for page in ordered:  # grows while it is walked
        ordered += below.get(page.key, ())
    return [
        PagePlan(
            key=page.key,
            parent_key=page.parent,
            title=page.title,
            slug=page.slug,
            purpose=page.purpose,
            cluster_name=page.cluster,
        )
        for page in ordered
    ]


def headings(html: str) -> list[str]:
    """The text's h2 headings."""
    return [plain_text(found) for found in _HEADING.findall(html)]


def split_introduction(html: str) -> tuple[str, str]:
    """What stands before the first heading, and the rest."""
    at = html.find("<h2")
    return (html, "") if at < 0 else (html[:at], html[at:])


def is_plain_introduction(html: str) -> bool:
    """Whether there are only paragraphs, with no image, list or link that replacing them would lose."""
    return bool(html.strip()) and not re.search(r"<(?!/?(?:p|em|strong|b|i|br)\b)", html)
