"""YAML text as a tree whose every part knows where it stands.

Scalars are read by YAML 1.2's core schema, as editors read them: ``no`` and ``on`` are words,
``1e-3`` is a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml
from yaml import events

from wslayout.errors import Mark, Problem, TemplateError

MAX_BYTES: Final = 1 << 20
"""Bytes of a template; one of 60 panels has about 10,000."""

MAX_NODES: Final = 50_000
"""Values in a template after its aliases are written out; one of 60 panels has about 1,000."""

MAX_DEPTH: Final = 150
"""Levels of a template; expressions of panels kept verbatim have 40, and JSON is read to 200."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text, a number, true, false or null."""

    value: str | int | float | bool | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; ``at`` says where each of its keys stands."""

    fields: dict[str, Node]
    mark: Mark
    at: dict[str, Mark] = field(default_factory=dict)


Node: TypeAlias = Leaf | Items | Fields


def plain(node: Node) -> Any:
    """The value alone: what JSON would hold."""
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {name: plain(item) for name, item in node.fields.items()}


def read_yaml(data: bytes, file: str, what: str = "template") -> Fields:
    """Read the text of a template, or of another mapping.

    Args:
        data: The file's bytes: UTF-8.
        file: What errors call it.
        what: What it is, for errors.

    Raises:
        TemplateError: It is no YAML mapping in UTF-8, a key stands in it twice, or it is too large,
            too deep or, with its aliases written out, too long.
    """
    text = _decoded(data, file, what)
    try:
        root = _Builder(file).built(yaml.parse(text, Loader=_PARSER))
    except yaml.MarkedYAMLError as error:
        raise TemplateError.of([_syntax(error, text, file)]) from error
    except yaml.reader.ReaderError as error:
        # Its position is one in bytes where libyaml reads, and one in characters elsewhere.
        before = text.partition(chr(error.character))[0]
        mark = Mark(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        said = f"the character U+{error.character:04X} may not stand in YAML"
        raise TemplateError.of([Problem(mark, said)]) from error
    if root is None or (isinstance(root, Leaf) and root.value is None):
        raise TemplateError.of([Problem(Mark(file, 1, 1), f"the {what} is empty")])
    if not isinstance(root, Fields):
        said = f"a {what} is a mapping of settings (`name: …`), not {described(root)}"
        raise TemplateError.of([Problem(root.mark, said)])
    return root


# libyaml reads ten times as fast, where PyYAML was built with it.
_PARSER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def described(node: Node) -> str:
    """What a value is, for errors."""
    if isinstance(node, Items):
        return "a list" if node.items else "an empty list"
    if isinstance(node, Fields):
        return "a mapping" if node.fields else "an empty mapping"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    if isinstance(node.value, str):
        short = node.value if len(node.value) <= 60 else f"{node.value[:59]}…"
        return f"the text {short!r}"
    return f"the number {node.value}"


def _decoded(data: bytes, file: str, what: str) -> str:
    if len(data) > MAX_BYTES:
        said = f"the {what} has {len(data):,} bytes; at most {MAX_BYTES:,} are read"
        raise TemplateError.of([Problem(Mark(file, 1, 1), said)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        mark = Mark(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        kind = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding"
        hint = f"It looks like {kind}: save the file as UTF-8."
        problem = Problem(mark, f"byte 0x{data[error.start]:02x} is not UTF-8", hint)
        raise TemplateError.of([problem]) from error
    if "\0" in text:
        hint = "It may be a binary file, or UTF-16: save it as UTF-8 text."
        raise TemplateError.of([Problem(Mark(file, 1, 1), f"the {what} holds NUL bytes", hint)])
    return text


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """A syntax error in words that say what to do."""
    at = error.problem_mark or error.context_mark
    line, column = (at.line, at.column) if at else (0, 0)
    mark = Mark(file, line + 1, column + 1)
    lines = text.splitlines()
    written = lines[line] if line < len(lines) else ""
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent or written[column : column + 1] == "\t":
        return Problem(mark, "a tab; YAML is indented with spaces", "Replace it with spaces.")
    said = (error.problem or "not YAML").replace(
        "mapping values are not allowed", "a `:` can't stand"
    )
    hint = ""
    if _SPECIAL.search(written):
        hint = "Put quotes around a text that begins so: '**/loss'."
    elif ": " in written:
        hint = "Put quotes around a text that holds `: `."
    context = f" ({error.context})" if error.context and not hint else ""
    return Problem(mark, f"not YAML: {said}{context}", hint)


_SPECIAL: Final = re.compile(r"(?:^|[:\-,\[]\s)\s*[*&!@`%|>]")
"""What means something else to YAML where a text begins."""


class _Builder:
    """Makes nodes of parser events, without recursion, so that no text can exhaust the stack."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._anchors: dict[str, Node] = {}
        self._sizes: dict[int, int] = {}
        self._count = 0
        self._open: list[_Open] = []
        self._root: Node | None = None

    def built(self, parsed: Iterator[events.Event]) -> Node | None:
        """The document's root; None where there is no document."""
        documents = 0
        for event in parsed:
            if isinstance(event, events.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error(event, "a second document begins, and only one is read")
            elif isinstance(event, events.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, events.CollectionEndEvent):
                done = self._open.pop()
                node = done.closed()
                self._sizes[id(node)] = self._count - done.began
                self._take(node, event, done.anchor)
            elif isinstance(event, events.ScalarEvent):
                self._no_tag(event)
                self._take(Leaf(_scalar(event), self._mark(event)), event, event.anchor)
            elif isinstance(event, events.AliasEvent):
                self._take(self._named(event), event)
        return self._root

    def _begin(self, event: events.CollectionStartEvent) -> None:
        self._no_tag(event)
        if len(self._open) >= MAX_DEPTH:
            raise self._error(event, f"nested more than {MAX_DEPTH} levels deep")
        mapping = isinstance(event, events.MappingStartEvent)
        self._open.append(_Open(mapping, self._mark(event), event.anchor, self._count))

    def _named(self, event: events.AliasEvent) -> Node:
        """What an alias stands for; inside what it names there is nothing of that name yet."""
        found = self._anchors.get(event.anchor or "")
        if found is None:
            said = f"nothing before is named `&{event.anchor}`"
            hint = f"For the text write it in quotes: '*{event.anchor}'."
            raise self._error(event, said, hint)
        self._count += self._sizes.get(id(found), 0)
        return found

    def _take(self, node: Node, event: events.Event, anchor: str | None = None) -> None:
        """Put a value where it belongs."""
        self._count += 1
        if self._count > MAX_NODES:
            raise self._error(event, f"more than {MAX_NODES:,} values, aliases written out")
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
        elif self._open[-1].mapping:
            self._add(self._open[-1], node, event)
        else:
            self._open[-1].items.append(node)

    def _add(self, parent: _Open, node: Node, event: events.Event) -> None:
        """A key or, after one, its value."""
        if parent.key is not None:
            parent.fields[parent.key] = node
            parent.key = None
            return
        if not isinstance(node, Leaf):
            raise self._error(event, "a key that is no text", "Put quotes around it.")
        key = node.value if isinstance(node.value, str) else _written(node.value)
        if key == _MERGE and not getattr(event, "style", None):
            hint = "`extends` and a list of shared sections do the same."
            raise self._error(event, "merge keys (`<<`) are not read here", hint)
        if key in parent.fields:
            first = parent.at[key]
            raise self._error(event, f"`{key}` stands here twice, first in line {first.line}")
        parent.key, parent.at[key] = key, self._mark(event)

    def _no_tag(self, event: Any) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise self._error(event, f"the tag {event.tag!r} means nothing here")

    def _mark(self, event: events.Event) -> Mark:
        at = event.start_mark
        return Mark(self._file, at.line + 1, at.column + 1) if at else Mark(self._file, 1, 1)

    def _error(self, event: events.Event, said: str, hint: str = "") -> TemplateError:
        return TemplateError.of([Problem(self._mark(event), said, hint)])


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end is yet to come."""

    mapping: bool
    mark: Mark
    anchor: str | None
    began: int
    items: list[Node] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)
    at: dict[str, Mark] = field(default_factory=dict)
    key: str | None = None

    def closed(self) -> Node:
        if self.mapping:
            return Fields(self.fields, self.mark, self.at)
        return Items(tuple(self.items), self.mark)


_MERGE: Final = "<<"
"""YAML 1.1's merge key, where it stands without quotes."""

_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,5})?")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _scalar(event: events.ScalarEvent) -> str | int | float | bool | None:
    """A scalar's value by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

    Octal and hexadecimal numbers, infinities and NaN mean nothing in templates and stay texts.
    """
    text = event.value
    if event.style or event.tag is not None:  # in quotes, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Dumper(yaml.SafeDumper):
    """Writes YAML that `read_yaml` reads as it was."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain_text = yaml.ScalarEvent(None, None, (True, True), text)
    style = "|" if "\n" in text else None
    if _BREAKS.search(text):
        style = '"'
    elif _scalar(plain_text) != text or text == _MERGE:
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


_BREAKS: Final = re.compile("[\r\x85\u2028\u2029\ufeff]")
"""What YAML may take for the end of a line, or for nothing."""


def write_yaml(data: Any) -> str:
    """The YAML text of plain data, as `read_yaml` reads it."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _written(value: float | bool | None) -> str:
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )
