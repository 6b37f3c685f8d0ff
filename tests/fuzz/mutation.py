"""Real things with a few of their parts changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.fuzz.choices import Choices
from tests.fuzz.hostile import hostile_text, hostile_value

Holder = dict[str, Any] | list[Any]


def mutated(value: Any, choices: Choices, *, most: int = 4) -> Any:
    """A copy of a JSON value with some changes, in places and of kinds that the bytes choose."""
    whole = [copy.deepcopy(value)]
    for _ in choices.several(most):
        _change(whole, choices)
    return whole[0]


def _change(whole: list[Any], choices: Choices) -> None:
    holder, key = _place(whole, choices)
    way = choices.number(7)
    old = _at(holder, key)
    if way in (0, 1):
        _put(holder, key, hostile_value(choices))
    elif way == 2:
        _put(holder, key, choices.pick((None, [old], {"a": old}, [old, old], str(old)[:50])))
    elif way == 3 and holder is not whole:
        if isinstance(holder, dict):
            del holder[key]
        else:
            del holder[int(key)]
    elif way == 4 and isinstance(holder, dict):
        holder[hostile_text(choices)] = holder.pop(key) if choices.flag() else copy.deepcopy(old)
    elif way == 5 and isinstance(holder, list) and holder is not whole:
        holder.insert(choices.number(len(holder)), copy.deepcopy(old))
    elif way == 6:
        other, name = _place(whole, choices)
        _put(holder, key, copy.deepcopy(_at(other, name)))
    elif isinstance(old, str):
        _put(holder, key, old + hostile_text(choices))
    else:
        _put(holder, key, hostile_value(choices, depth=1))


def _place(whole: list[Any], choices: Choices) -> tuple[Holder, Any]:
    """A place in a value: what holds it, and under which key."""
    holder: Holder = whole
    key: Any = 0
    for _ in range(choices.number(11)):
        below = _at(holder, key)
        if not isinstance(below, (dict, list)) or not below:
            break
        holder = below
        key = (
            choices.pick(list(below)) if isinstance(below, dict) else choices.number(len(below) - 1)
        )
    return holder, key


def _at(holder: Any, key: Any) -> Any:
    return holder[key]


def _put(holder: Any, key: Any, value: Any) -> None:
    holder[key] = value


def mutated_bytes(data: bytes, choices: Choices, *, most: int = 4) -> bytes:
    """Bytes of which some are flipped, cut out, repeated or put in."""
    found = bytearray(data)
    for _ in choices.several(most):
        at = choices.number(max(len(found) - 1, 0))
        end = at + choices.number(40)
        match choices.number(4):
            case 0 if at < len(found):
                found[at] ^= 1 + choices.number(254)
            case 1:
                del found[at:end]
            case 2:
                found[at:at] = found[at:end]
            case 3:
                found[at:at] = choices.take(choices.number(12))
            case _:
                del found[at:]
    return bytes(found)


def mutated_text(text: str, choices: Choices, *, most: int = 4) -> str:
    """A text of which some is cut out, repeated or put in."""
    for _ in choices.several(most):
        at = choices.number(len(text))
        end = min(len(text), at + choices.number(60))
        text = text[:at] + choices.pick(("", text[at:end] * 2, hostile_text(choices))) + text[end:]
    return text


def walk(value: Any) -> Iterator[Any]:
    """A value and all that is in it."""
    stack = [value]
    while stack:
        one = stack.pop()
        yield one
        if isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list):
            stack += one
