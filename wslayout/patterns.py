"""Patterns of metric keys: globs that know ``/``, and regular expressions that engines read alike.

W&B matches with RE2 today and did with JavaScript. Here pydantic's engine (Rust's ``regex``)
matches, in time linear in the text: no pattern of a shared preset can hang anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

_LONGEST: Final = 1_000
"""Characters of a pattern."""

_REPEATED: Final = 1_000
"""What RE2 repeats at most."""

_NOT_SHARED: Final = (
    (r"\(\?(?!:)", "only `(?:…)` of the groups that begin with `(?` is read everywhere"),
    (r"\\[1-9]", "references to groups (`\\1`) are not read by RE2"),
    (r"\\[AzZGQECXpPkKRhHvVN]", "this escape is not read alike everywhere"),
    (r"\[\[:", "classes such as `[[:alpha:]]` are not read alike everywhere"),
    (r"[*+?}]\+", "possessive quantifiers are not read by RE2"),
    (r"(?:[*+]|\{[0-9,]+\})(?:\*|\{)|\?[*{]", "RE2 repeats nothing twice"),
    (r"\\[uU<>]", "this escape is not read alike everywhere"),
    (
        r"(?<!\\)\[\^?\]?(?:[^\]\\]|\\.)*?(?:&&|--|~~|\[)",
        "`&&`, `--`, `~~` and `[` within `[…]` are not read alike",
    ),
)


def checked_regex(pattern: str | None) -> str | None:
    """The pattern, if all engines read it alike.

    Raises:
        ValueError: They don't, or it is no pattern; the message says why.
    """
    if pattern is None:
        return None
    _not_too_long(pattern)
    bare = re.sub(r"\\\\", "..", pattern)
    for syntax, why in _NOT_SHARED:
        if found := re.search(syntax, bare):
            raise ValueError(f"{found[0]!r} in a pattern: {why}")
    if any(int(most) > _REPEATED for most in re.findall(r"(?<!\\)\{(?:\d+,)?(\d+),?\}", bare)):
        raise ValueError(f"a pattern repeats something more than {_REPEATED:,} times")
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


def _of_ascii(pattern: str) -> str:
    """The pattern with its classes as RE2 reads them; Rust's have all of Unicode."""
    pieces: list[str] = []
    inside = False
    for word in re.findall(r"(?s)\\.|\[\^?\]?|.", pattern):
        kind = _ASCII.get(word[1:].lower()) if word[0] == "\\" else None
        if kind is None:
            pieces.append(word)
            inside = (inside or (word[0] == "[")) and word != "]"
        elif word[1].isupper():
            pieces.append(word if inside else f"[^{kind}]")
        else:
            pieces.append(kind if inside else f"[{kind}]")
    return "".join(pieces)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    from typing import Annotated

    from pydantic import OnErrorOmit, StringConstraints, TypeAdapter
    from pydantic_core import SchemaError

    one = Annotated[str, StringConstraints(pattern=_of_ascii(pattern))]
    try:
        # One call for all keys: a call for each would take a hundred times as long.
        return TypeAdapter(list[OnErrorOmit[one]])
    except SchemaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = lines[-1].removeprefix("SchemaError: ").removeprefix("error: ")
        raise ValueError(f"no pattern: {said}") from error
