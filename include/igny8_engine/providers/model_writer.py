"""The writer that has a language model write, and checks what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar

from pydantic_ai import Agent, ModelRetry
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage

from igny8_engine.html import plain_text, sanitize
from igny8_engine.providers import checks, compose, prompts
from igny8_engine.providers.connection import chat_model
from igny8_engine.providers.outputs import IdeasAnswer, ImprovementAnswer, StructureAnswer, TextAnswer
from igny8_engine.providers.patience import Patience
from igny8_engine.providers.retry import PersistentModel, piece_of_work
from igny8_engine.providers.usage import Usage, UsageMeter
from igny8_engine.writing.model import (
    ArticleBrief,
    ClusterBrief,
    IdeaDraft,
    OptimizeBrief,
    Optimized,
    PageBrief,
    PagePlan,
    TextDraft,
    Writer,
)

AnswerT = TypeVar("AnswerT", IdeasAnswer, TextAnswer, StructureAnswer, ImprovementAnswer)


class ModelWriter:
    """Writes with a language model. Every answer is structured, checked, and sent back with what is wrong about it.

    Args:
        model: any pydantic-ai name, such as ``openai:gpt-6-luna`` or ``anthropic:claude-sonnet-5-5``.
        offline: the writer whose checks and repairs ``optimize`` ends with, so that scores come from one place.
        base_url: the address of a server that speaks the provider's protocol; ``None`` is the provider's own.
        api_key: ``None`` reads the provider's own environment variable.
        patience: how long the provider is waited for.
        corrections: how often an answer that does not fit is sent back to be corrected.
        concurrency: how many pieces of work are with the model at once; the others wait their turn.
        max_tokens: the longest answer; ``None`` leaves it to the provider.

    Raises:
        ProviderSettingsError: the model cannot be connected to.
    """

    def __init__(
        self,
        model: str,
        *,
        offline: Writer,
        base_url: str | None = None,
        api_key: str | None = None,
        patience: Patience | None = None,
        corrections: int = 3,
        concurrency: int = 4,
        max_tokens: int | None = None,
    ) -> None:
        self._name = model
        self._offline = offline
        self._patience = patience or Patience()
        self._corrections = corrections
        self._slots = asyncio.Semaphore(concurrency)
        self._meter = UsageMeter()
        self._settings = ModelSettings(timeout=self._patience.timeout, max_retries=0)
        if max_tokens is not None:
            self._settings["max_tokens"] = max_tokens
        self._model = PersistentModel(chat_model(model, base_url=base_url, api_key=api_key), self._patience)

    @property
    def provider(self) -> str:
        """The model's name."""
        return self._name

    @property
    def usage(self) -> Usage:
        """What all work so far has used."""
        return self._meter.total

    def measure(self) -> AbstractContextManager[Usage]:
        """Count what the work inside a ``with`` block uses: ``with writer.measure() as usage: …``."""
        return self._meter.measure()

    async def ideas(self, cluster: ClusterBrief, count: int, taken: Sequence[str]) -> list[IdeaDraft]:
        """Up to ``count`` ideas, none with a title in ``taken``."""
        answer = await self._ask(
            IdeasAnswer,
            prompts.ideas(cluster, count, taken),
            lambda given: checks.idea_problems(given, cluster, count, taken),
        )
        phrases = {fact.phrase.casefold(): fact.phrase for fact in cluster.keywords}
        return [
            IdeaDraft(
                title=idea.title,
                keyword=phrases[idea.keyword.casefold()],
                outline=tuple(idea.outline),
                questions=tuple(idea.questions),
                summary=idea.summary,
            )
            for idea in answer.ideas
        ]

    async def article(self, brief: ArticleBrief) -> TextDraft:
        """Write an article."""
        keyword = brief.idea.keyword
        answer = await self._ask(
            TextAnswer,
            prompts.article(brief),
            lambda given: checks.text_problems(given, keyword, checks.ARTICLE_WORDS),
        )
        return compose.text_draft(answer, keyword)

    async def page(self, brief: PageBrief) -> TextDraft:
        """Write a page."""
        keyword = brief.cluster.keywords[0].phrase if brief.cluster and brief.cluster.keywords else None
        answer = await self._ask(
            TextAnswer, prompts.page(brief), lambda given: checks.text_problems(given, None, checks.PAGE_WORDS)
        )
        return compose.text_draft(answer, keyword or brief.title.casefold())

    async def structure(self, site_name: str, clusters: Sequence[ClusterBrief]) -> list[PagePlan]:
        """Plan the pages of a site, parents before children."""
        answer = await self._ask(
            StructureAnswer,
            prompts.structure(site_name, clusters),
            lambda given: checks.structure_problems(given, clusters),
        )
        return compose.page_plans(answer)

    async def optimize(self, brief: OptimizeBrief) -> Optimized:
        """Have the text's beginning improved, then score and repair it offline; the better of the two texts wins."""
        unaided = await self._offline.optimize(brief)
        introduction, rest = compose.split_introduction(brief.text.html)
        answer = await self._ask(
            ImprovementAnswer,
            prompts.optimize(brief, plain_text(introduction), compose.headings(rest)),
            lambda given: checks.improvement_problems(given, brief.text.focus_keyword),
        )
        improved, changes = _improved(brief.text, answer)
        aided = await self._offline.optimize(replace(brief, text=improved))
        if aided.score_after < unaided.score_after:
            return unaided
        return replace(aided, score_before=unaided.score_before, changes=(*changes, *aided.changes))

    async def _ask(self, form: type[AnswerT], task: str, problems: Callable[[AnswerT], list[str]]) -> AnswerT:
        agent = Agent(
            self._model,
            output_type=form,
            instructions=prompts.RULES,
            retries={"output": self._corrections},
            model_settings=self._settings,
        )

        @agent.output_validator
        def check(answer: AnswerT) -> AnswerT:
            if found := problems(answer):
                raise ModelRetry("\n".join(found))
            return answer

        used = RunUsage()
        async with self._slots:
            try:
                async with piece_of_work(self._name, self._patience):
                    return (await agent.run(task, usage=used)).output
            finally:
                self._meter.record(used.requests, used.input_tokens, used.output_tokens)


def _improved(text: TextDraft, answer: ImprovementAnswer) -> tuple[TextDraft, list[str]]:
    changes = []
    introduction, rest = compose.split_introduction(text.html)
    html = text.html
    if compose.is_plain_introduction(introduction):
        html = f"{sanitize(compose.to_html(answer.introduction))}\n{rest}"
        changes.append("Rewrote the introduction.")
    if answer.title != text.title:
        changes.append(f"Changed the title from “{text.title}” to “{answer.title}”.")
    if answer.meta_description != text.meta_description:
        changes.append("Rewrote the meta description.")
    improved = replace(
        text, title=answer.title, meta_title=answer.title, meta_description=answer.meta_description, html=html
    )
    return improved, changes
