"""What a metric key, a title or a value may be at its worst."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.fuzz.choices import Choices
from tests.keysets import KEYSETS, load_keyset
from tests.sample_layouts import HOSTILE_NAMES

PIECES: Final = (
    "loss", "train", "val", "acc", "layers", "gpu", "_step", "State", "検証", "é", "e\u0301",
    "0", "17", "0.5", "1e-3", "0.50:0.95", "@k", "9" * 40, "٣", "²", "½", "İ", "ß", "ﬁ",
    "*", "**", "?", "[", "]", "{", "}", ",", "\\", "^", "$", "|", "(", ")", "+", "#", "%", "~",
    "<", ">", "&", '"', "'", "`", "<script>", "</style>", "-->", "]]>", "{{", "}}", "${loss}",
    "\0", "\n", "\r", "\t", "\x1b[31m", "\x7f", "\x85", "\u200b", "\u202e", "\u2028", "\ufeff",
    "\uffff", "\ud800", "\udfff", "😀", "👩\u200d🔬", " ", "\u3000",
)  # fmt: skip
JOINTS: Final = ("/", ".", "_", "", ":", "-", " ", "//", "..")

NUMBERS: Final[tuple[Any, ...]] = (
    0, 1, -1, 2**31, 2**53 + 1, 2**63, -(2**64), 10**400, -(10**400), 0.0, -0.0, 0.5, 1e308, -1e308,
    5e-324, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
JSON_TEXTS: Final = (
    "1", "-0", "0.5", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "nan", "N", "-", "1.2.3",
    "1_000", " 1", "1 ", "0x10", "\u0661", "9" * 200, "9" * 5_000, "1" * 127, "1" * 128, "true",
    "false", "null", "tru", "", '"', '"NaN"', '"x"', '"\\ud800"', "[", "[1]", "[" * 5_000, "{",
    "{}", '{"a": 1}', '{"a": {"b": NaN}}', '{"": 1}', '{"_type": "image-file"}', '{"_type": 3}',
    '{"_type": "histogram", "bins": [0], "values": []}', '{"a":' * 2_000, "{" * 5_000,
    '{"a": ' + "9" * 5_000 + "}", "\0", "\x82\x01",
)  # fmt: skip

_REAL: Final = tuple(
    key for path in KEYSETS[::9] for key in list(load_keyset(path)["keys"])[:60]
)  # fmt: skip


def hostile_text(choices: Choices) -> str:
    """A text as outsiders write them: real, hostile, or put together of pieces."""
    way = choices.number(5)
    if way == 0:
        return str(choices.pick(_REAL))
    if way == 1:
        return choices.pick(HOSTILE_NAMES)
    if way == 2:
        return choices.take(choices.number(12)).decode("utf-8", "replace")
    joint = choices.pick(JOINTS)
    return joint.join(choices.pick(PIECES) for _ in range(1 + choices.number(4)))


def hostile_value(choices: Choices, depth: int = 2) -> Any:
    """A JSON value that nobody expects."""
    way = choices.number(7 if depth else 4)
    if way == 0:
        return choices.pick((None, True, False, "", [], {}, [[]], {"": None}))
    if way in (1, 2):
        return choices.pick(NUMBERS)
    if way in (3, 4):
        return hostile_text(choices)
    if way == 5:
        return [hostile_value(choices, depth - 1) for _ in choices.several(3)]
    if way == 6:
        return {
            hostile_text(choices): hostile_value(choices, depth - 1) for _ in choices.several(3)
        }
    return nested(choices.pick((10, 149, 299, 301)), in_list=choices.flag())


def nested(levels: int, *, in_list: bool) -> Any:
    """A value of so many levels."""
    value: Any = 1
    for _ in range(levels):
        value = [value] if in_list else {"a": value}
    return value


def as_json(value: Any) -> str:
    """The JSON text of a value, with what JSON has no number for as Python writes it."""
    return json.dumps(value)
