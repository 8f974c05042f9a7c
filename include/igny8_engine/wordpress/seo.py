"""The SEO plugins of WordPress: which one a site has, and how its title and description are written there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import JsonValue

from igny8_engine.wordpress.answers import Post
from igny8_engine.wordpress.client import WordPressClient

SeoPlugin = Literal["yoast", "rank_math", "all_in_one_seo", "seopress", "igny8"]
SeoField = Literal["title", "description", "focus_keyword", "canonical"]

NAMES: Final[Mapping[SeoPlugin, str]] = {
    "yoast": "Yoast SEO",
    "rank_math": "Rank Math",
    "all_in_one_seo": "All in One SEO",
    "seopress": "SEOPress",
    "igny8": "the IGNY8 plugin",
}
"""What people call them."""

_NAMESPACES: Final[Mapping[str, SeoPlugin]] = {
    "yoast/v1": "yoast",
    "rankmath/v1": "rank_math",
    "aioseo/v1": "all_in_one_seo",
    "seopress/v1": "seopress",
    "igny8/v1": "igny8",  # the last: it writes them into the page itself where no SEO plugin does
}
_META: Final[Mapping[SeoPlugin, Mapping[SeoField, str]]] = {
    "yoast": {
        "title": "_yoast_wpseo_title",
        "description": "_yoast_wpseo_metadesc",
        "focus_keyword": "_yoast_wpseo_focuskw",
        "canonical": "_yoast_wpseo_canonical",
    },
    "rank_math": {
        "title": "rank_math_title",
        "description": "rank_math_description",
        "focus_keyword": "rank_math_focus_keyword",
        "canonical": "rank_math_canonical_url",
    },
    "all_in_one_seo": {},
    "seopress": {
        "title": "_seopress_titles_title",
        "description": "_seopress_titles_desc",
        "focus_keyword": "_seopress_analysis_target_kw",
        "canonical": "_seopress_robots_canonical",
    },
    "igny8": {"title": "igny8_seo_title", "description": "igny8_seo_description", "canonical": "igny8_canonical"},
}
_AIOSEO: Final = "aioseo_meta_data"
_OWN_FIELDS: Final[tuple[SeoField, ...]] = ("title", "description")
"""What All in One SEO takes in it."""


@dataclass(frozen=True, slots=True)
class SeoTexts:
    """What search engines shall read of an article; empty is nothing of its own."""

    title: str = ""
    description: str = ""
    focus_keyword: str = ""
    canonical: str = ""
    """The address of the original, where this is a copy; else the post's own is."""

    def told(self) -> dict[SeoField, str]:
        """The texts that are not empty."""
        texts: dict[SeoField, str] = {
            "title": self.title,
            "description": self.description,
            "focus_keyword": self.focus_keyword,
            "canonical": self.canonical,
        }
        return {name: text for name, text in texts.items() if text}


@dataclass(frozen=True, slots=True)
class SeoAdapter:
    """How one site takes them."""

    plugin: SeoPlugin
    meta: Mapping[SeoField, str]
    """The fields that go into the post's ``meta``, by their names there."""
    route: bool
    """Whether the plugin takes title and description at an address of its own or in a field of its own."""

    @property
    def writable(self) -> frozenset[SeoField]:
        """The fields that the site takes."""
        if not self.route:
            return frozenset(self.meta)
        more: set[SeoField] = {"focus_keyword", "canonical"} if self.plugin == "rank_math" else set()
        return frozenset({"title", "description", *more, *self.meta})

    def fields(self, texts: SeoTexts) -> dict[str, JsonValue]:
        """What is sent with the post: ``meta`` and fields of the plugin's."""
        told = texts.told()
        fields: dict[str, JsonValue] = {}
        meta: dict[str, JsonValue] = {self.meta[name]: text for name, text in told.items() if name in self.meta}
        if meta:
            fields["meta"] = meta
        if self.plugin == "all_in_one_seo" and self.route:
            fields[_AIOSEO] = {name: text for name, text in told.items() if name in _OWN_FIELDS}
        return fields

    async def write(self, client: WordPressClient, post_id: int, texts: SeoTexts) -> list[SeoField]:
        """Write what does not go with the post; returns the fields that the site has otherwise afterwards."""
        left = {name: text for name, text in texts.told().items() if name not in self.meta}
        if not self.route or not left:
            return []
        if self.plugin == "rank_math":
            await client.set_rank_math(post_id, {_META["rank_math"][name]: text for name, text in left.items()})
        elif self.plugin == "seopress":
            title, description = left.get("title", ""), left.get("description", "")
            found = await client.set_seopress(post_id, title=title, description=description)
            shown: dict[SeoField, str] = {"title": found.title, "description": found.description}
            return [name for name in shown if name in left and not _same(shown[name], left[name])]
        return []

    def differing(self, post: Post, texts: SeoTexts) -> list[SeoField]:
        """The fields sent with the post that are otherwise in the site's answer."""
        told = texts.told()
        wrong = [name for name in told if name in self.meta and not _same(post.meta.get(self.meta[name]), told[name])]
        if self.plugin == "all_in_one_seo" and self.route:
            wrong += [
                name for name in _OWN_FIELDS if name in told and not _same(post.aioseo_meta_data.get(name), told[name])
            ]
        return wrong


async def seo_adapter(client: WordPressClient, kind: Literal["post", "page"] = "post") -> SeoAdapter | None:
    """How the site takes SEO texts; ``None`` where it has no SEO plugin that we know and not ours either."""
    namespaces = (await client.index()).namespaces
    plugin = next((plugin for namespace, plugin in _NAMESPACES.items() if namespace in namespaces), None)
    if plugin is None:
        return None
    writable = await client.writable(kind)
    meta = {name: key for name, key in _META[plugin].items() if f"meta.{key}" in writable}
    route = plugin in {"rank_math", "seopress"} or (plugin == "all_in_one_seo" and _AIOSEO in writable)
    return SeoAdapter(plugin, meta, route)


def _same(found: object, wanted: str) -> bool:
    return isinstance(found, str) and " ".join(found.split()) == " ".join(wanted.split())
