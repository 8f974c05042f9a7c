"""Changing a rule's YAML text so that only what changed changes: comments, order and style stay."""

from __future__ import annotations

import difflib
import io
import json
import re
from typing import Final

import yaml
from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from igny8.rules.document import dump, dump_text, parse
from igny8.rules.errors import RuleInvalidError

_ITEM: Final = re.compile(r"^( *)- ", re.MULTILINE)


def update_text(old_text: str, new_document: dict[str, JsonValue]) -> str:
    """The old text with the new document in it.

    Where only single values changed, all other characters stay. Larger changes keep the comments and the order of
    what remains. A text that cannot be read, or cannot be changed so, is written anew.
    """
    try:
        old = parse(old_text)
    except RuleInvalidError:
        return dump(new_document)
    if _same(old.data, new_document):
        return old_text
    for attempt in (_replace_values, _merge):
        text = attempt(old_text, old.data, new_document, old.root)
        if text is not None and _reads_as(text, new_document):
            return text
    return dump(new_document)


def _reads_as(text: str, document: dict[str, JsonValue]) -> bool:
    try:
        return _same(parse(text).data, document)
    except RuleInvalidError:
        return False


def _same(left: JsonValue, right: JsonValue) -> bool:
    # Unlike ==, this tells 1 from true and from 1.0.
    return _key(left) == _key(right)


def _key(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _replace_values(text: str, old: JsonValue, new: JsonValue, root: yaml.Node) -> str | None:
    """Put new single values into the text in the place of old ones; ``None`` when more than that has changed."""
    edits: list[tuple[int, int, str]] = []
    if not text.isascii() and "\ufeff" in text:
        return None
    if not _collect(old, new, root, edits):
        return None
    for start, end, written in sorted(edits, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def _collect(old: JsonValue, new: JsonValue, node: yaml.Node, edits: list[tuple[int, int, str]]) -> bool:
    if _same(old, new):
        return True
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        nodes = {key.value: value for key, value in node.value}
        return all(_collect(old[key], new[key], nodes[key], edits) for key in new)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return all(
            _collect(before, after, child, edits) for before, after, child in zip(old, new, node.value, strict=True)
        )
    if isinstance(new, dict | list) or not isinstance(node, yaml.ScalarNode) or node.style in {"|", ">"}:
        return False
    written = _scalar(new, node)
    start, end = node.start_mark.index, node.end_mark.index
    if written is None or start == end:
        return False
    edits.append((start, end, written))
    return True


def _scalar(value: JsonValue, node: yaml.ScalarNode) -> str | None:
    """The value as it can stand in the node's place, in the style of quotes that was there."""
    if isinstance(value, str):
        if "\n" in value:
            return None
        return dump_text(value, node.style if node.style in {"'", '"'} else None)
    return dump({"x": value}).removeprefix("x: ").strip()


def _merge(text: str, old: JsonValue, new: dict[str, JsonValue], root: yaml.Node) -> str | None:
    del root
    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 1 << 20
    item = _ITEM.search(text)
    offset = len(item[1]) if item else 2
    editor.indent(mapping=2, sequence=offset + 2, offset=offset) if offset in {0, 2} else editor.indent(2, 4, 2)
    try:
        tree = editor.load(text)
        if not isinstance(tree, CommentedMap) or not isinstance(old, dict):
            return None
        _merge_map(tree, old, new)
        out = io.StringIO()
        editor.dump(tree, out)
    except (YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, NotImplementedError):
        return None  # what ruamel cannot do, a fresh text can
    return out.getvalue()


def _merge_map(tree: CommentedMap, old: dict[str, JsonValue], new: dict[str, JsonValue]) -> None:
    for key in [key for key in old if key not in new]:
        del tree[key]
    position = 0
    for key, value in new.items():
        if key not in old:
            tree.insert(position, key, value)
        elif not _same(old[key], value):
            _merge_child(tree, key, old[key], value)
        position = list(tree).index(key) + 1


def _merge_child(tree: CommentedMap | CommentedSeq, key: str | int, old: JsonValue, new: JsonValue) -> None:
    child = tree[key]
    if isinstance(child, CommentedMap) and isinstance(old, dict) and isinstance(new, dict):
        _merge_map(child, old, new)
    elif isinstance(child, CommentedSeq) and isinstance(old, list) and isinstance(new, list):
        _merge_list(child, old, new)
    else:
        tree[key] = new


def _merge_list(tree: CommentedSeq, old: list[JsonValue], new: list[JsonValue]) -> None:
    matcher = difflib.SequenceMatcher(a=[_key(item) for item in old], b=[_key(item) for item in new], autojunk=False)
    for operation, old_start, old_end, new_start, new_end in reversed(matcher.get_opcodes()):
        if operation == "equal":
            continue
        shared = min(old_end - old_start, new_end - new_start)
        for index in range(shared):
            _merge_child(tree, old_start + index, old[old_start + index], new[new_start + index])
        for index in reversed(range(old_start + shared, old_end)):
            del tree[index]
        for index in range(new_start + shared, new_end):
            tree.insert(old_start + index - new_start, new[index])
