"""The form that a model's answers must have, as far as the answer alone can tell.

Titles, descriptions and lengths are those that search engines show whole. What depends on the task is in
:mod:`igny8_engine.providers.checks`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from igny8.actions.generate_site_structure import MOST_PAGES
from igny8_engine.writing.description import LONGEST_DESCRIPTION, LONGEST_META_TITLE, SHORTEST_DESCRIPTION

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\r\n<>]+$")]
"""One line of plain text."""
Title = Annotated[Line, Field(min_length=2, max_length=LONGEST_META_TITLE)]
MetaDescription = Annotated[Line, Field(min_length=SHORTEST_DESCRIPTION, max_length=LONGEST_DESCRIPTION)]
Heading = Annotated[Line, Field(min_length=2, max_length=110)]
Summary = Annotated[Line, Field(min_length=20, max_length=400)]
Markdown = Annotated[str, StringConstraints(strip_whitespace=True, min_length=40, max_length=20_000)]
Label = Annotated[Line, Field(max_length=40)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class IdeaAnswer(_Answer):
    """One idea for an article."""

    title: Title = Field(description="The article's title, at most 60 characters, with the words of the main keyword.")
    keyword: Line = Field(description="The main keyword: one of the cluster's phrases, copied exactly.")
    outline: list[Heading] = Field(min_length=3, max_length=10, description="The section headings in reading order.")
    questions: list[Heading] = Field(max_length=8, description="The questions that the article answers at its end.")
    summary: Summary = Field(description="One or two sentences on what the article is for.")


class IdeasAnswer(_Answer):
    """Ideas for articles."""

    ideas: list[IdeaAnswer] = Field(min_length=1, max_length=5, description="The ideas, the most useful one first.")


class SectionAnswer(_Answer):
    """A section of a text."""

    heading: Heading = Field(description="The section's heading, as plain text.")
    body: Markdown = Field(description="The section's text in Markdown, without its heading.")


class QuestionAnswer(_Answer):
    """A question with its answer."""

    question: Heading = Field(description="The question, as a reader asks it.")
    answer: Markdown = Field(description="The answer: two to four sentences.")


class TextAnswer(_Answer):
    """A written article or page."""

    title: Title = Field(description="The title, at most 60 characters, with the words of the main keyword.")
    meta_title: Title = Field(description="The title that search engines show, at most 60 characters.")
    meta_description: MetaDescription = Field(
        description="The description that search engines show: between 120 and 160 characters."
    )
    excerpt: Summary = Field(description="One or two sentences for overviews.")
    introduction: Markdown = Field(description="One or two paragraphs before the first heading, in Markdown.")
    sections: list[SectionAnswer] = Field(min_length=2, max_length=12, description="The sections in reading order.")
    faq: list[QuestionAnswer] = Field(default_factory=list, max_length=10, description="The questions and answers.")
    category: Label = Field(description="The category, a few words.")
    tags: list[Label] = Field(default_factory=list, max_length=10, description="The tags, a few words each.")


class PageAnswer(_Answer):
    """A page of a planned site."""

    key: Line = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$", description="A short key, unique in this plan.")
    parent: str | None = Field(description="The key of the page above; null for the home page only.")
    title: Title = Field(description="The page's title, at most 60 characters.")
    slug: Line = Field(
        pattern=r"^[^\s/A-Z]{1,100}$", description="The page's part of the address: lower case words with hyphens."
    )
    purpose: Summary = Field(description="One sentence on what the page does for its visitor.")
    cluster: str | None = Field(description="The cluster that the page is about, named as in the data, or null.")


class StructureAnswer(_Answer):
    """The pages of a site."""

    pages: list[PageAnswer] = Field(
        min_length=1, max_length=MOST_PAGES, description="All pages; their order does not matter."
    )


class ImprovementAnswer(_Answer):
    """A better beginning of a text."""

    title: Title = Field(description="The title, at most 60 characters, with the words of the focus keyword.")
    meta_description: MetaDescription = Field(
        description="The description that search engines show: between 120 and 160 characters."
    )
    introduction: Markdown = Field(description="One or two paragraphs in Markdown, 40 to 150 words.")
