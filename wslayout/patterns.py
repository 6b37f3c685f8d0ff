"""Patterns of metric keys: globs that know ``/``, and regular expressions that engines read alike.

W&B matches with RE2 today and did with JavaScript. Here pydantic's engine (Rust's ``regex``)
matches, in time linear in the text: no pattern of a shared preset can hang anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

_LONGEST: Final = 1_000
"""Characters of a pattern."""

_REPEATED: Final = 1_000
"""What RE2 repeats at most."""

_NOT_SHARED: Final = (
    (r"\(\?(?!:)", "only `(?:…)` of the groups that begin with `(?` is read everywhere"),
    (r"\\[1-9]", "references to groups (`\\1`) are not read by RE2"),
    (r"\\[AzZGQECXpPkKRhHvVNuU<>]", "this escape is not read alike everywhere"),
    (r"\[\[:", "classes such as `[[:alpha:]]` are not read alike everywhere"),
)


def checked_regex(pattern: str | None) -> str | None:
    """The pattern, if all engines read it alike.

    Raises:
        ValueError: They don't, or it is no pattern; the message says why.
    """
    return None if pattern is None else _read_alike(pattern)


@lru_cache(maxsize=512)
def _read_alike(pattern: str) -> str:
    _not_too_long(pattern)
    bare = re.sub(r"\\\\", "..", pattern)
    for syntax, why in _NOT_SHARED:
        if found := re.search(syntax, bare):
            raise ValueError(f"{found[0]!r} in a pattern: {why}")
    _check_repeats(pattern)
    _check_classes(pattern)
    _compiled(pattern)
    return pattern


def search(pattern: str, keys: Sequence[str]) -> list[str]:
    """The keys that a regular expression is found in, in their order.

    Raises:
        ValueError: It is none; `checked_regex` raises so too.
    """
    compiled = _compiled(pattern)
    if "".join(keys).isascii():
        found: list[str] = compiled.validate_python(keys)
        return found
    clean = [_encodable(key) for key in keys]
    kept = set(compiled.validate_python(clean))
    return [key for key, read in zip(keys, clean, strict=True) if read in kept]


REGEX: Final = "regex:"
"""What begins a pattern that is a regular expression."""


def find(pattern: str, keys: Sequence[str]) -> list[str]:
    """The keys that a pattern matches: a glob, or ``regex:`` and a regular expression.

    Raises:
        ValueError: It is neither.
    """
    if pattern.startswith(REGEX):
        return search(checked_regex(pattern.removeprefix(REGEX)) or "", keys)
    return match(pattern, keys)


def checked_pattern(pattern: str) -> str:
    """The pattern, if it is one that `find` takes.

    Raises:
        ValueError: It is none; the message says why.
    """
    find(pattern, ())
    return pattern


def match(glob: str, keys: Sequence[str]) -> list[str]:
    """The keys that a glob matches from end to end, in their order.

    ``*`` and ``?`` stay within a part, ``**`` crosses ``/``, ``[ab]`` is one of some characters,
    ``{a,b}`` one of some texts, and a backslash makes the next character plain.

    Raises:
        ValueError: It is no glob.
    """
    return search(glob_regex(glob), keys)


@lru_cache(maxsize=4_096)
def glob_regex(glob: str) -> str:
    """The regular expression that matches what a glob does.

    Raises:
        ValueError: It is too long.
    """
    _not_too_long(glob)
    return f"^(?s:{''.join(_translated(glob))})$"


def escape(text: str) -> str:
    """The glob that matches a text and nothing else."""
    return re.sub(r"[\\*?\[\]{}]", r"\\\g<0>", text)


_TOKEN: Final = re.compile(r"(?s)\\.|\*+|\?|\[[!^]?\]?[^\]/]*\]|[{},]|.")


def _translated(glob: str) -> list[str]:
    pieces: list[str] = []
    words = _TOKEN.findall(glob)
    braces = _closed_braces(words)
    depth = 0
    crossed = False  # whether `**/` has taken the slash that follows it
    for place, word in enumerate(words):
        before, after = words[place - 1 : place][:1] or ["/"], words[place + 1 : place + 2]
        edges = {"/", "{", ",", "}"} if depth else {"/"}
        if place in braces or (depth and word == ","):
            depth += (word == "{") - (word == "}")
            pieces.append({"{": "(?:", "}": ")", ",": "|"}[word])
        elif word == "**" and before[0] in edges and (not after or after[0] in edges):
            crossed = after == ["/"]
            pieces.append("(?:.*/)?" if crossed else ".+" if place else ".*")
        elif word == "/" and crossed:
            crossed = False
        else:
            pieces.append(_of_one_part(word))
    return pieces


def _of_one_part(word: str) -> str:
    """What matches a piece of a glob that stays within a part."""
    if word[0] == "*":
        return "[^/]*"
    if word == "?":
        return "[^/]"
    if word[0] == "[" and len(word) > 2:
        return _class(word)
    return _plain(word[1] if len(word) == 2 and word[0] == "\\" else word)


def _closed_braces(words: Sequence[str]) -> set[int]:
    """The places of braces that belong together."""
    open_: list[int] = []
    found: set[int] = set()
    for place, word in enumerate(words):
        if word == "{":
            open_.append(place)
        elif word == "}" and open_:
            found |= {open_.pop(), place}
    return found


def _class(word: str) -> str:
    negated = word[1] in "!^"
    inside = word[2 if negated else 1 : -1]
    # A hyphen between two characters stays: it makes a range.
    escaped = re.sub(r"[\\\[\]^&~]", r"\\\g<0>", inside)
    return f"[{'^/' if negated else ''}{escaped}]"


def _plain(text: str) -> str:
    return (
        re.sub(r"[^\w\s/,'\"<>=:;!%@`-]", r"\\\g<0>", text, flags=re.ASCII)
        if text.isascii()
        else text
    )


def _encodable(key: str) -> str:
    return key.encode("utf-8", "replace").decode("utf-8")


def _not_too_long(pattern: str) -> None:
    if len(pattern) > _LONGEST:
        raise ValueError(f"a pattern of {len(pattern):,} characters; at most {_LONGEST:,} are read")


_ASCII: Final = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\\t\\n\\f\\r "}
"""What RE2 and JavaScript take `\\d`, `\\w` and `\\s` for (JavaScript some more spaces)."""


_WORD: Final = re.compile(r"(?s)\\.|\{\d+(?:,\d*)?\}|\[\^?\]?|.")


def _words(pattern: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a regular expression, each with whether it stands within ``[…]``."""
    inside = False
    for piece in _WORD.findall(pattern):
        if not inside:
            yield piece, False
            inside = piece[0] == "["
            continue
        # Within a class only an escape is more than a character.
        for word in [piece] if piece[0] == "\\" else piece:
            yield word, inside
            inside = inside and word != "]"


def _check_repeats(pattern: str) -> None:
    """Refuse repeats of repeats, and long ones, which RE2 does not read."""
    before = ""  # the quantifier that stands just before, with its `?`
    for word, inside in _words(pattern):
        repeats = not inside and (word in ("*", "+", "?") or (word[0] == "{" and len(word) > 1))
        if repeats and before and (word != "?" or before.endswith("??") or len(before) > 1):
            if word == "+" and len(before) == 1:
                raise ValueError("possessive quantifiers are not read by RE2")
            raise ValueError(f"{before + word!r} in a pattern: RE2 repeats nothing twice")
        if repeats and any(int(number) > _REPEATED for number in re.findall(r"\d+", word)):
            raise ValueError(f"a pattern repeats something more than {_REPEATED:,} times")
        before = (before + "?" if before else word[0]) if repeats else ""


def _check_classes(pattern: str) -> None:
    """Refuse what engines read differently within ``[…]``."""
    words = list(_words(pattern))
    for place, (word, inside) in enumerate(words):
        if not inside:
            continue
        after = words[place + 1][0] if place + 1 < len(words) else ""
        before = words[place - 1][0]
        if word == "[" or (word in "&-~" and word == after):
            raise ValueError("`&&`, `--`, `~~` and `[` within `[…]` are not read alike")
        if word[0] == "\\" and word[1:] in ("D", "W", "S"):
            raise ValueError(f"{word!r} within `[…]` is not read alike everywhere")
        is_range = word == "-" and after != "]" and before[0] != "["
        if is_range and _ASCII.keys() & {before[1:], after[1:]}:
            raise ValueError(f"{before + word + after!r} within `[…]` is no range: write `\\-`")


def _of_ascii(pattern: str) -> str:
    """The pattern with its classes as RE2 reads them; Rust's have all of Unicode."""
    pieces: list[str] = []
    for word, inside in _words(pattern):
        kind = _ASCII.get(word[1:].lower()) if word[0] == "\\" else None
        if kind is None or (inside and word[1].isupper()):
            pieces.append(word)
        elif word[1].isupper():
            pieces.append(f"[^{kind}]")
        else:
            pieces.append(kind if inside else f"[{kind}]")
    return "".join(pieces)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    # What a TypeAdapter makes, too, but takes as long for as for the pattern itself.
    one = core_schema.str_schema(pattern=_of_ascii(pattern))
    try:
        # One call for all keys: a call for each would take a hundred times as long.
        return SchemaValidator(
            core_schema.list_schema(core_schema.with_default_schema(one, on_error="omit"))
        )
    except SchemaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = lines[-1].removeprefix("SchemaError: ").removeprefix("error: ")
        raise ValueError(f"no pattern: {said}") from error
