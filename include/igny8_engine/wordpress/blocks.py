"""HTML as the blocks of WordPress' editor, so that editors can go on working on it piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from igny8_engine.html import sanitize
from igny8_engine.wordpress.tree import Element, html_of, parse

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TRANSPARENT: Final = frozenset({"section"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "br", "cite", "code", "em", "i", "mark", "s", "small", "strong", "sub", "sup", "u"}
)


def to_blocks(html: str) -> str:
    """The HTML, sanitised, as blocks: paragraphs, headings, lists, tables, quotes, code, images, details, rules.

    What no block of WordPress' own can hold becomes a Custom HTML block. Nothing of the text is lost.
    """
    return "\n\n".join(_blocks(parse(sanitize(html))))


def _blocks(nodes: Iterable[Element | str]) -> list[str]:
    made: list[str] = []
    loose: list[Element | str] = []

    def close_paragraph() -> None:
        text = html_of(loose).strip()
        if text:
            made.append(_block("paragraph", f"<p>{text}</p>"))
        loose.clear()

    for node in nodes:
        if isinstance(node, str) or node.tag in _INLINE:
            loose.append(node)
            continue
        close_paragraph()
        if node.tag in _TRANSPARENT:
            made += _blocks(node.children)
        else:
            made += _element(node)
    close_paragraph()
    return made


def _element(element: Element) -> list[str]:  # noqa: C901 - one case for each block
    match element.tag:
        case "p" if (image := _only_image(element)) is not None:
            return [_image(image, None)]
        case "p":
            return [_block("paragraph", element.html())] if element.inner().strip() else []
        case tag if tag in _HEADINGS:
            level = int(tag[1])
            options = {} if level == 2 else {"level": level}  # noqa: PLR2004 - 2 is WordPress' default
            return [_block("heading", element.classed("wp-block-heading").html(), options)]
        case "ul" | "ol" if _is_plain_list(element):
            return [_list(element)]
        case "blockquote":
            inside = "\n\n".join(_blocks(element.children))
            return [_block("quote", f'<blockquote class="wp-block-quote">{inside}</blockquote>')]
        case "table":
            return [_table(element)]
        case "pre":
            return [_code(element)]
        case "hr":
            return [_block("separator", '<hr class="wp-block-separator has-alpha-channel-opacity"/>')]
        case "img":
            return [_image(element, None)]
        case "figure" if (image := element.find("img")) is not None and _is_plain_figure(element):
            return [_image(image, element.find("figcaption"))]
        case "details" if (summary := element.find("summary")) is not None:
            inside = "\n\n".join(_blocks(child for child in element.children if child is not summary))
            return [_block("details", f'<details class="wp-block-details">{summary.html()}{inside}</details>')]
    return [_block("html", element.html())]


def _block(name: str, html: str, options: Mapping[str, object] | None = None) -> str:
    # "--" would end the comment early, as in WordPress' own serialiser.
    told = json.dumps(options, separators=(",", ":")).replace("--", "\\u002d\\u002d") + " " if options else ""
    return f"<!-- wp:{name} {told}-->\n{html}\n<!-- /wp:{name} -->"


def _list(element: Element) -> str:
    ordered = element.tag == "ol"
    options: dict[str, object] = {"ordered": True} if ordered else {}
    attributes = {"class": "wp-block-list"}
    if ordered and (start := element.attributes.get("start", "")).isdecimal():
        options["start"] = int(start)
        attributes["start"] = start
    items = "\n\n".join(_item(child) for child in element.children if isinstance(child, Element) and child.tag == "li")
    opening = Element(element.tag, attributes).html().removesuffix(f"</{element.tag}>")
    return _block("list", f"{opening}{items}</{element.tag}>", options)


def _item(item: Element) -> str:
    text: list[Element | str] = []
    below: list[str] = []
    for child in item.children:
        if isinstance(child, Element) and child.tag in {"ul", "ol"} and _is_plain_list(child):
            below.append(_list(child))
        elif isinstance(child, Element) and child.tag == "p":
            text += [Element("br")] * bool(html_of(text).strip()) + child.children
        else:
            text.append(child)
    return _block("list-item", f"<li>{html_of(text).strip()}{''.join(below)}</li>")


def _table(table: Element) -> str:
    caption = table.find("caption")
    rows = Element("table", {}, [child for child in table.children if child is not caption])
    text = f'<figcaption class="wp-element-caption">{caption.inner()}</figcaption>' if caption else ""
    return _block("table", f'<figure class="wp-block-table">{rows.html()}{text}</figure>', {"hasFixedLayout": False})


def _code(pre: Element) -> str:
    code = pre.find("code")
    if code is not None and len(pre.children) == 1:
        return _block("code", f'<pre class="wp-block-code"><code>{code.inner()}</code></pre>')
    return _block("preformatted", f'<pre class="wp-block-preformatted">{pre.inner()}</pre>')


def _image(image: Element, caption: Element | None) -> str:
    shown = Element("img", {name: image.attributes.get(name, "") for name in ("src", "alt")})
    text = f'<figcaption class="wp-element-caption">{caption.inner()}</figcaption>' if caption else ""
    return _block("image", f'<figure class="wp-block-image">{shown.html()}{text}</figure>')


def _only_image(element: Element) -> Element | None:
    inside = [child for child in element.children if isinstance(child, Element) or child.strip()]
    first = inside[0] if len(inside) == 1 else None
    return first if isinstance(first, Element) and first.tag == "img" else None


def _is_plain_list(element: Element) -> bool:
    inside = [child for child in element.children if isinstance(child, Element) or child.strip()]
    return all(isinstance(child, Element) and child.tag == "li" for child in inside)


def _is_plain_figure(figure: Element) -> bool:
    inside = [child for child in figure.children if isinstance(child, Element) or child.strip()]
    return all(isinstance(child, Element) and child.tag in {"img", "figcaption"} for child in inside)
