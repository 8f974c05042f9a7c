"""Reading a rule's YAML text into plain data, and writing plain data as YAML.

Only the part of YAML is read that means the same to everybody: the core schema of YAML 1.2, in which ``on``, ``no`` and
``2024-01-01`` are texts and only ``true`` and ``false`` are switches. Keys are texts, none stands twice in a mapping,
and the document is at most 1 MiB long, also after its aliases are spelled out.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from typing import Final

import yaml
from pydantic import JsonValue

from igny8.rules.errors import Location, Problem, RuleInvalidError
from igny8.rules.locate import path_text
from igny8.rules.values import NUL_MESSAGE

MAX_BYTES: Final = 1024 * 1024
"""The largest text that is read as a rule, in bytes of UTF-8."""
MAX_NODES: Final = 50_000
"""The largest number of values in a document, each alias counted as often as it is used."""
MAX_DEPTH: Final = 60
"""How deeply lists and mappings may nest."""

MAX_LEVELS: Final = 1000
"""How deeply a text may nest for its structure to be made at all."""
MAX_DIGITS: Final = 30
"""How long a whole number may be."""

_TAG: Final = "tag:yaml.org,2002:"
_INT: Final = re.compile(r"^[-+]?[0-9]+$|^0o[0-7]+$|^0x[0-9a-fA-F]+$")
_FLOAT: Final = re.compile(
    r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$"
)
_BOOL: Final = {"true": True, "false": False}

_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc, valid-type]
    """Makes nodes of the core schema: the implicit types of YAML 1.1 are replaced."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way


_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+0123456789."))


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML text that has been read."""

    data: dict[str, JsonValue]
    root: yaml.Node
    """The text's structure with the places of all its parts."""


class _Builder:
    """Turns nodes into plain data, and collects everything in them that a rule must not hold."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.nodes = 0

    def build(self, node: yaml.Node, location: Location) -> JsonValue:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _TooLargeError(
                node, f"The document holds more than {MAX_NODES:,} values once its aliases are spelled out."
            )
        if len(location) > MAX_DEPTH:
            raise _TooLargeError(
                node, f"Lists and mappings nest more than {MAX_DEPTH} deep here, or contain themselves."
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, location)
        if isinstance(node, yaml.SequenceNode):
            if node.tag != f"{_TAG}seq":
                self._refuse_tag(node, location)
            return [self.build(child, (*location, index)) for index, child in enumerate(node.value)]
        if node.tag != f"{_TAG}map":
            self._refuse_tag(node, location)
        return self._mapping(node, location)

    def _mapping(self, node: yaml.Node, location: Location) -> dict[str, JsonValue]:
        data: dict[str, JsonValue] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != f"{_TAG}str":
                shown = key_node.value if isinstance(key_node, yaml.ScalarNode) else "a list or mapping"
                self._add(key_node, location, "bad_key", f"Names of fields are texts; {shown or 'nothing'} is not one.")
                continue
            key: str = key_node.value
            here = (*location, key)
            if key in data:
                message = f"'{key}' stands here a second time; it is in line {lines[key]} already."
                self._add(key_node, here, "duplicate_key", message, value=key)
            lines.setdefault(key, key_node.start_mark.line + 1)
            data[key] = self.build(value_node, here)
        return data

    def _scalar(self, node: yaml.ScalarNode, location: Location) -> JsonValue:
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "str":
                if "\x00" in text:
                    self._add(node, location, "unusable_value", NUL_MESSAGE)
                return text
            case "null":
                return None
            case "bool" if text in _BOOL:
                return _BOOL[text]
            case "int" if _INT.match(text):
                if len(text) <= MAX_DIGITS:
                    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
                self._add(node, location, "bad_number", f"The number has more than {MAX_DIGITS} digits.")
                return 0
            case "float" if _FLOAT.match(text):
                number = math.inf if text[-1].isalpha() else float(text)
                if math.isfinite(number):
                    return number
                self._add(node, location, "bad_number", f"{text} is not a number that a rule can hold.")
                return 0
            case "bool" | "int" | "float" as kind:
                self._add(node, location, "bad_tag", f"'{text}' is marked as {kind} and is none.", value=text)
                return None
        self._refuse_tag(node, location)
        return None

    def _refuse_tag(self, node: yaml.Node, location: Location) -> None:
        tag = node.tag.replace(_TAG, "!!")
        self._add(node, location, "bad_tag", f"The tag {tag} is not used in rules; leave it out.", value=tag)

    def _add(self, node: yaml.Node, location: Location, code: str, message: str, value: JsonValue = None) -> None:
        mark = node.start_mark
        self.problems.append(
            Problem(
                path_text(location),
                message,
                code,
                value=value,
                location=location,
                line=mark.line + 1,
                column=mark.column + 1,
            )
        )


class _TooLargeError(Exception):
    def __init__(self, node: yaml.Node, message: str) -> None:
        self.problem = Problem(
            "", message, "too_large", line=node.start_mark.line + 1, column=node.start_mark.column + 1
        )
        super().__init__(message)


def decode(data: bytes) -> str:
    """The text of a file's bytes, a byte order mark left out.

    Raises:
        RuleInvalidError: when the bytes are too many or no UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise RuleInvalidError([_too_long()])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = (
            f"The file is not a text in UTF-8: the byte 0x{data[error.start]:02x} in line {line} means nothing there."
            " Save it as UTF-8."
        )
        raise RuleInvalidError([Problem("", message, "bad_encoding", line=line, column=column)]) from None


def parse(text: str) -> Document:
    """Read a YAML text whose top level is a mapping.

    Raises:
        RuleInvalidError: when the text is too long, no YAML, or holds what a rule must not hold; every problem has its
            line and column.
    """
    root = _compose(text)
    builder = _Builder()
    try:
        data = builder.build(root, ())
    except _TooLargeError as error:
        raise RuleInvalidError([error.problem]) from None
    if not isinstance(data, dict):
        message = "A rule is a mapping of fields such as 'id: my-rule', and this is " + (
            "a list." if isinstance(data, list) else "a single value."
        )
        raise RuleInvalidError([Problem("", message, "not_a_mapping", line=root.start_mark.line + 1, column=1)])
    if builder.problems:
        raise RuleInvalidError(builder.problems)
    return Document(data, root)


def dump(document: dict[str, JsonValue]) -> str:
    """Plain data as YAML, in the order it has, readable and without aliases."""
    out = io.StringIO()
    yaml.dump(document, out, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return out.getvalue()


def dump_text(text: str, style: str | None) -> str:
    """A text of one line as it can stand anywhere in YAML, also within brackets, in the given quotes if any."""
    quoted: str = yaml.dump(
        [text], Dumper=_Dumper, default_style=style, default_flow_style=True, allow_unicode=True, width=1 << 20
    )
    return quoted.strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """Writes what :func:`parse` reads: quotes whatever YAML 1.1 or 1.2 would take for something else than a text."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - lists are indented
        super().increase_indent(flow, False)


_ODD: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_NOT_A_BLOCK: Final = re.compile(r"[ \t]\n|^\s|[^\S\n]$")


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style: str | None = None
    if _ODD.search(text) or _INT.match(text) or _FLOAT.match(text) or text in _BOOL:
        style = '"'
    elif "\n" in text and not _NOT_A_BLOCK.search(text):
        style = "|"
    return dumper.represent_scalar(f"{_TAG}str", text, style=style)


_Dumper.add_representer(str, _text_node)


def _compose(text: str) -> yaml.Node:
    if len(text) > MAX_BYTES or (not text.isascii() and len(text.encode("utf-8", "replace")) > MAX_BYTES):
        raise RuleInvalidError([_too_long()])
    if (lone := re.search(r"[\ud800-\udfff]", text)) is not None:
        line, column = _place(text, lone.start())
        raise RuleInvalidError(
            [Problem("", "There is half a character here.", "bad_encoding", line=line, column=column)]
        )
    try:
        if sum(map(text.count, "[{-?:")) > MAX_LEVELS:
            _check_depth(text)
        loader = _Loader(text)
        try:
            root: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise RuleInvalidError([_syntax_problem(error, text)]) from None
    except yaml.reader.ReaderError as error:
        line, column = _place(text, _index(text, error))
        message = f"The character U+{_code_point(error):04X} must not stand in YAML."
        raise RuleInvalidError([Problem("", message, "bad_yaml", line=line, column=column)]) from None
    except RecursionError:
        message = "Lists and mappings nest too deeply."
        raise RuleInvalidError([Problem("", message, "too_large", line=1, column=1)]) from None
    if root is None:
        raise RuleInvalidError([Problem("", "The document is empty.", "empty", line=1, column=1)])
    return root


def _check_depth(text: str) -> None:
    # libyaml composes recursively and crashes the process on a text that nests some 10,000 levels deep.
    loader = _Loader(text)
    depth = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_LEVELS:
                    raise RecursionError
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    finally:
        loader.dispose()


def _too_long() -> Problem:
    return Problem("", f"A rule is at most {MAX_BYTES // 1024} KiB long.", "too_large", line=1, column=1)


def _code_point(error: yaml.reader.ReaderError) -> int:
    found: object = error.character
    return found if isinstance(found, int) else ord(str(found)[0])


def _index(text: str, error: yaml.reader.ReaderError) -> int:
    # libyaml counts bytes, PyYAML characters; the character itself is known to both.
    return max(text.find(chr(_code_point(error))), 0)


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    if line > len(lines):
        line, column = max(len(lines), 1), len(lines[-1]) + 1 if lines else 1
    here = lines[line - 1] if lines else ""
    start = error.context_mark.line + 1 if error.context_mark else line
    began = f" (it began in line {start})" if start < line else ""
    detail = str(error.problem or error.context or "it cannot be read")
    message = _plain(detail, here[: len(here) - len(here.lstrip())], began)
    return Problem("", message, "bad_yaml", line=line, column=column)


def _plain(detail: str, indentation: str, began: str) -> str:  # noqa: C901 - one sentence per mistake
    """What libyaml says, in the words of somebody who writes a rule."""
    if "\t" in indentation or "'\\t'" in detail or "character '\t'" in detail or "tab character" in detail:
        return "The line is indented with a tab; YAML is indented with spaces only."
    if "expected a single document" in detail or "but found another document" in detail:
        return "A file holds one rule; this one goes on with another document after '---'."
    if "undefined alias" in detail:
        return f"The alias is used here, but no anchor of that name stands above: {detail}."
    if "duplicate anchor" in detail:
        return f"The same anchor is set twice: {detail}."
    if "mapping values are not allowed" in detail:
        return "There is a ':' where none can be. Put a text that holds ': ' into quotes, or check the indentation."
    if "could not find expected ':'" in detail:
        return f"This line should be 'name: value', and the ':' is missing{began}."
    if "end of stream" in detail or "stream end" in detail or "expected node content" in detail:
        return f"The text ends too early: a quote or bracket was never closed{began}."
    if "cannot start any token" in detail:
        return "A text must not begin with this character; put it into quotes."
    if "did not find expected key" in detail or "expected <block end>" in detail:
        return f"The indentation does not fit what stands above, or a quote or bracket was never closed{began}."
    if "expected ',' or" in detail:
        return f"A ',' or the closing bracket is missing{began}."
    if "'-' indicator" in detail or "block sequence entries are not allowed" in detail:
        return "A list item ('- ') must begin on a line of its own, indented like the other items of its list."
    return f"This is not YAML: {detail}{began}."
