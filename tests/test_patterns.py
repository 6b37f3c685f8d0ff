"""Patterns of metric keys: what globs match, and which regular expressions are read."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslayout.patterns import checked_pattern, checked_regex, escape, find, glob_regex, match

KEYS = [
    "a",
    "a/b",
    "a/b/c",
    "loss",
    "train/loss",
    "train/x/loss",
    "x.y",
    "w-1",
    "é/ü",
    "a{b}",
    "[x]",
]


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("*", ["a", "loss", "x.y", "w-1", "a{b}", "[x]"]),
        ("**", KEYS),
        ("**/loss", ["loss", "train/loss", "train/x/loss"]),
        ("train/**", ["train/loss", "train/x/loss"]),
        ("a/**/c", ["a/b/c"]),
        ("a/**/b", ["a/b"]),
        ("{a,train}/*", ["a/b", "train/loss"]),
        ("{train/**,a}", ["a", "train/loss", "train/x/loss"]),
        ("{**/loss,x.?}", ["loss", "train/loss", "train/x/loss", "x.y"]),
        ("?", ["a"]),
        ("[a-l]*", ["a", "loss", "a{b}"]),
        ("[!a-l]*", ["x.y", "w-1", "[x]"]),
        ("a\\{b\\}", ["a{b}"]),
        ("\\[x\\]", ["[x]"]),
        ("*ss", ["loss"]),
        ("é/*", ["é/ü"]),
        ("regex:^t.*s$", ["train/loss", "train/x/loss"]),
        ("regex:b", ["a/b", "a/b/c", "a{b}"]),
        ("nothing", []),
    ],
)
def test_what_patterns_find(glob: str, found: list[str]) -> None:
    assert find(glob, KEYS) == found


@given(st.text())
def test_an_escaped_text_matches_itself_alone(text: str) -> None:
    assert match(escape(text), [text, f"{text}x", f"x{text}"]) == [text]


words = st.text(alphabet="ab*?/.", max_size=8)


@given(words, st.lists(st.text(alphabet="ab/.", max_size=6), max_size=8))
def test_globs_without_crossing_agree_with_fnmatch(glob: str, keys: list[str]) -> None:
    glob = re.sub(r"\*+", "*", glob)
    parts = glob.split("/")

    def agrees(key: str) -> bool:
        own = key.split("/")
        return len(own) == len(parts) and all(map(fnmatch.fnmatchcase, own, parts))

    assert match(glob, keys) == [key for key in keys if agrees(key)]


@given(st.text(max_size=20), st.lists(st.text(max_size=6), max_size=5))
def test_any_text_is_a_glob(glob: str, keys: list[str]) -> None:
    assert set(match(glob, keys)) <= set(keys)
    assert glob_regex(glob)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a(?=b)", "groups that begin"),
        ("(?P<x>a)", "groups that begin"),
        ("(?i)a", "groups that begin"),
        ("(a)\\1", "references to groups"),
        ("a++", "possessive"),
        ("[[:alpha:]]", "not read alike"),
        ("\\A", "not read alike"),
        ("\\u0061", "not read alike"),
        ("\\<a", "not read alike"),
        ("[a--b]", "not read alike"),
        ("[a&&b]", "not read alike"),
        ("[[a]b]", "not read alike"),
        ("a**", "repeats nothing twice"),
        ("a{2}{3}", "repeats nothing twice"),
        ("a{1,1001}", "more than 1,000 times"),
        ("a???", "repeats nothing twice"),
        ("[\\s-_]", "is no range"),
        ("[.-\\w]", "is no range"),
        ("[\\W_]", "not read alike"),
        ("(a", "no pattern"),
        ("(a{1,500}){1,500}", "no pattern"),
        ("x" * 1_001, "characters"),
    ],
)
def test_what_engines_read_differently(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked_regex(pattern)
    with pytest.raises(ValueError, match=said):
        checked_pattern(f"regex:{pattern}")


@pytest.mark.parametrize(
    "pattern",
    ["[+*]", "[*{]", r"\+*", r"\*{2}", "[{1001}]", "a{2}?", "a+?b", r"[\w.-]", "[^]]", "[]a]"],
)
def test_what_engines_read_alike(pattern: str) -> None:
    assert checked_regex(pattern) == pattern


def test_classes_are_of_ascii_as_in_re2() -> None:
    keys = ["loss_1", "größe", "١", "a b", "a\u2003b"]
    assert find("regex:^\\w+$", keys) == ["loss_1"]
    assert find("regex:^[\\d]+$", keys) == []
    assert find("regex:a\\sb", keys) == ["a b"]
    assert find("regex:^\\D$", keys) == ["١"]
    assert find("regex:[\\[\\]]|\\[\\w", keys) == []


def test_no_pattern_takes_for_ever() -> None:
    assert find("regex:^(a+)+$", ["a" * 5_000 + "!"]) == []
    assert find("*a" * 100 + "*b", ["a" * 5_000]) == []


def test_surrogates() -> None:
    assert find("train/*", ["train/\ud800", "é"]) == ["train/\ud800"]
