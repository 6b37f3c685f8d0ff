"""What the engine is worth, in figures: a change of it shows here what it does to each set."""

from __future__ import annotations

from itertools import chain
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.agreement import (
    LAYOUTS,
    METHODS,
    adjusted_rand_index,
    agreement,
    agreements,
    projects,
    report,
    words_lost,
)
from tests.keysets import KEYSETS, keyset_inventory
from wslayout.grouping import lay_out
from wslayout.presets import builtin_budgets


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, float]]:
    """For each layout the agreement of each method; measured once, as it takes seconds."""
    return agreements()


def test_agreement_with_people(
    measured: dict[str, dict[str, float]], snapshot: SnapshotAssertion
) -> None:
    assert len(LAYOUTS) == 16
    assert report(measured) == snapshot


@pytest.mark.parametrize(("method", "least"), [("wslayout", 0.58), ("left out", 0.50)])
def test_wslayout_agrees_with_people(
    measured: dict[str, dict[str, float]], method: str, least: float
) -> None:
    assert round(mean(row[method] for row in measured.values()), 2) >= least


def test_layouts_of_one_project_are_left_out_together() -> None:
    found = {project: [path.stem for path in paths] for project, paths in projects().items()}
    assert len(found) == 12
    assert found["PrimeIntellect-ai/prime-rl"] == [
        "PrimeIntellect-ai__prime-rl",
        "PrimeIntellect-ai__prime-rl__2",
        "unknown__prime-rl-fork-relppl",
    ]
    assert found["unknown__wavelet"] == ["unknown__wavelet", "unknown__wavelet__2"]


def test_a_project_takes_only_words_with_it_that_nobody_else_says() -> None:
    lost = {project: words_lost(project) for project in projects()}
    assert "bpb" in lost["unknown__nanochat-dataset-experiments"]
    assert "tokens per second" in lost["unknown__wavelet"]  # a word of several tokens
    assert {"loss", "reward", "lr", "train"}.isdisjoint(chain.from_iterable(lost.values()))


@pytest.mark.parametrize(("method", "known"), [("first prefix", 0.27), ("last prefix", 0.30)])
def test_wandbs_own_groupings_agree_as_was_measured_before(method: str, known: float) -> None:
    values = [agreement(path, METHODS[method]) for path in LAYOUTS]
    assert round(sum(values) / len(values), 2) == known


def test_a_rand_index_by_hand() -> None:
    # 3 pairs together on one side, 2 on the other, 1 on both, of 10: expected 3 × 2 / 10.
    one, other = "aaabc", "xxyyz"
    assert adjusted_rand_index(one, other) == pytest.approx((1 - 0.6) / (2.5 - 0.6))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.randoms())
def test_a_rand_index_ignores_what_groups_are_called(labels: list[int], random: object) -> None:
    assert adjusted_rand_index(labels, [f"group {label}" for label in labels]) == 1.0
    other = labels[::-1]
    assert adjusted_rand_index(labels, other) == pytest.approx(adjusted_rand_index(other, labels))


def test_every_key_set(snapshot: SnapshotAssertion) -> None:
    """Per set: drawable keys, sections, panels, keys left out, search cost, ratio to automatic."""
    lines = ["  keys sections panels left  cost  ratio  set"]
    for path in KEYSETS:
        figures = lay_out(keyset_inventory(path), builtin_budgets()).figures
        ours, automatic = figures["wslayout"], figures["automatic, first prefix"]
        ratio = ours.search_cost / automatic.search_cost
        lines.append(
            f"{automatic.keys_shown:6}{ours.sections:9}{ours.panels:7}{ours.keys_left_out:5}"
            f"{ours.search_cost:6.1f}{ratio:7.2f}  {path.stem}"
        )
    assert "\n".join(lines) + "\n" == snapshot
