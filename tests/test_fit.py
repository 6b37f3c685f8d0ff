"""The fit of the engine's weights: small, as a whole one takes minutes."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from tests.agreement import LAYOUTS, LEFT_OUT, agreement, by_engine, project_of, projects
from tests.agreement import settings_with as settings_of_weights
from tests.fit import (
    RANGES,
    WEIGHTS,
    Fit,
    agreements_with,
    costs_with,
    current_weights,
    fit,
    middle,
    neighbours,
    sampled,
    with_weights,
    within_limits,
)
from tests.keysets import KEYSETS, keyset_inventory
from wslayout.grouping import lay_out
from wslayout.grouping.weights import load_settings, settings_of
from wslayout.presets import builtin_budgets

SMALL = LAYOUTS[:4]
"""Two layouts of each of two projects."""

LARGE = ("Hongkuan-Zhou__learn_from_play", "Noam-Diamant__rome", "wilrop__ipro")
FEW = tuple(path for path in KEYSETS if path.stem in (*LARGE, "Nadav-out__nanoGPT"))


def small_fit() -> Fit:
    return fit(6, layouts=SMALL, keysets=FEW, processes=1)


def test_a_fit_finds_the_same_weights_each_time() -> None:
    first, second = small_fit(), small_fit()
    assert first.scores.shape == (6, 4)
    assert np.array_equal(first.scores, second.scores)
    assert first.proposed == second.proposed
    assert first.left_out == second.left_out
    assert list(first.left_out) == ["AsJayTee/DSA4262-Foursight", "PrimeIntellect-ai/prime-rl"]


def test_a_project_has_no_say_in_the_weights_without_it() -> None:
    found = small_fit()
    for project, weights in found.left_out.items():
        others = [project_of(path) != project for path in SMALL]
        assert weights == middle(found.settings, found.scores[:, others])


def test_a_fit_that_nothing_can_afford_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fit.MEAN_COST", 0.1)
    with pytest.raises(ValueError, match="no setting is within the limits"):
        small_fit()


def test_the_weights_without_each_project_are_there_and_can_be_had() -> None:
    stored = json.loads(LEFT_OUT.read_text(encoding="utf-8"))
    assert list(stored) == list(projects())
    for weights in stored.values():
        assert list(weights) == list(RANGES)
        assert all(RANGES[name].near(value) == value for name, value in weights.items())


def test_the_fit_measures_what_the_reports_do() -> None:
    current = current_weights()
    assert agreements_with(current, tuple(SMALL)) == [agreement(path, by_engine) for path in SMALL]
    costs = costs_with(current, FEW)
    assert tuple(costs) == LARGE
    for path in FEW:
        if path.stem in LARGE:
            made = lay_out(keyset_inventory(path), builtin_budgets()).figures
            ours, automatic = made["wslayout"], made["automatic, first prefix"]
            assert costs[path.stem] == ours.search_cost / automatic.search_cost


def test_the_shipped_weights_are_within_the_limits_on_28_key_sets() -> None:
    costs = costs_with(current_weights(), tuple(KEYSETS))
    assert len(costs) == 28
    assert within_limits(costs)


def test_sampled_settings_keep_to_their_ranges() -> None:
    drawn = sampled(50)
    assert drawn[:10] == sampled(10)
    for weights in [*drawn, *neighbours(drawn[0])]:
        for name, range_ in RANGES.items():
            assert range_.low <= weights[name] <= range_.high
            assert range_.near(weights[name]) == weights[name]
    for name, range_ in RANGES.items():
        assert len({weights[name] for weights in sampled(500)}) == range_.steps + 1


def test_the_middle_is_that_of_the_best() -> None:
    settings = [{**current_weights(), "tie": tie} for tie in (0.0, 0.1, 0.2, 0.4)]
    scores = np.array([[0.2, 0.8], [0.9, 0.5], [0.6, 0.8], [0.1, 0.1]])
    assert middle(settings, scores, 0.5)["tie"] == 0.15
    assert middle(settings, scores, 0.01)["tie"] == 0.1  # of equals the first


def test_weights_are_written_where_they_stand_and_comments_stay() -> None:
    text = WEIGHTS.read_text(encoding="utf-8")
    assert with_weights(text, current_weights()) == text
    drawn = sampled(1)[0]
    written = with_weights(text, drawn)
    assert settings_of(yaml.safe_load(written)) == settings_of_weights(drawn)
    assert settings_of_weights({}) == load_settings()

    def comments(yaml_text: str) -> list[tuple[int, str]]:
        return [
            (line.index("#"), line[line.index("#") :])
            for line in yaml_text.splitlines()
            if "#" in line
        ]

    assert comments(written) == comments(text)
