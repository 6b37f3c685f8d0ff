"""Large projects are sampled: what is read, when it is enough, and what is said of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.large_project import COMMON, measure
from tests.clients import client_at
from tests.wandb_server import KeyInfo, Run, WandbServer, faults
from tests.wandb_server.generated import GeneratedRuns
from wslayout.errors import EmptySource, RequestRejected
from wslayout.inventory import Inventory
from wslayout.sources.project import sampling
from wslayout.sources.project.estimating import (
    COMMON_RUNS,
    COMMON_SHARE,
    Sightings,
    common_share,
    common_unseen,
    effective,
    unseen_share,
)
from wslayout.sources.project.run_names import Draw, letters_of
from wslayout.sources.project.server import read_project
from wslayout.sources.project.strata import halving
from wslayout.sources.project.times import time_of
from wslayout.wandb_api.client import Client

SAMPLED = "WslayoutRunKeys"

units = st.lists(st.sets(st.sampled_from("abcdefghij")), max_size=12)


def drawn(runs: Sequence[set[str]], elsewhere: Sequence[set[str]] = ()) -> Sightings:
    found = Sightings()
    for keys in runs:
        found.draw(keys)
    for keys in elsewhere:
        found.meet(keys)
    return found


# -- the estimate -------------------------------------------------------------------------------


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_share_is_a_share(singles: int, observations: int) -> None:
    assert 0 <= unseen_share(min(singles, observations), observations) <= 1


@given(units)
def test_nothing_is_unseen_where_every_run_was_drawn_twice(runs: list[set[str]]) -> None:
    twice = drawn([*runs, *runs])
    assert twice.singles == 0
    assert twice.unseen_share == (0 if any(runs) else 1)
    assert twice.unseen_share <= drawn(runs).unseen_share


@given(st.integers(1, 30))
def test_everything_is_unseen_where_each_run_has_its_own(count: int) -> None:
    assert drawn([{f"only_{number}"} for number in range(count)]).unseen_share == 1


@given(units, units, st.randoms(use_true_random=False))
def test_sightings_count_as_a_recount_does(
    runs: list[set[str]], elsewhere: list[set[str]], chance: Any
) -> None:
    found = Sightings()
    steps = [(found.draw, keys) for keys in runs] + [(found.meet, keys) for keys in elsewhere]
    chance.shuffle(steps)
    for step, keys in steps:
        step(keys)
    times = Counter(key for keys in runs for key in keys)
    met = set().union(*elsewhere)
    assert found.observations == times.total()
    assert found.singles == sum(count == 1 and key not in met for key, count in times.items())
    assert {n: c for n, c in found.counts.items() if n and c} == Counter(times.values())


def test_the_estimate_is_what_leaving_a_run_out_would_bring() -> None:
    runs = [{"a", "b"}, {"a", "c"}, {"a", "d"}]
    found = drawn(runs, [{"d"}])
    left_out = [
        len(keys - {"d"}.union(*(one for at, one in enumerate(runs) if at != place)))
        for place, keys in enumerate(runs)
    ]
    assert found.unseen_share == sum(left_out) / 6 == 2 / 6


@given(
    st.dictionaries(st.integers(1, 30), st.integers(0, 1_000)),
    st.integers(0, 200_000),
    st.none() | st.integers(1, 100_000),
)
def test_common_keys_unseen_are_a_number(
    counts: dict[int, int], runs: int, total: int | None
) -> None:
    assert common_unseen(counts, runs, total) >= 0


@pytest.mark.parametrize("total", [None, 1_000, 10_000, 1_000_000])
def test_a_few_equal_runs_are_no_proof(total: int | None) -> None:
    assert common_unseen({20: 500}, 20, total) > 1
    assert common_unseen({1_000: 500}, 1_000, total) < 0.1


def test_the_bound_of_common_keys_holds_where_their_number_is_known() -> None:
    # Keys that just 0.5 % of the runs have: with the chance e^-m one is not drawn.
    keys = 10**18
    for runs in (500, 1_000, 2_000):
        mean = runs * COMMON_SHARE
        chance = [math.exp(-mean) * mean**j / math.factorial(j) for j in range(40)]
        counts = {j: round(keys * chance[j]) for j in range(1, 40)}
        unseen = keys * chance[0]
        assert common_unseen(counts, runs, None) == pytest.approx(unseen, rel=0.01)


def test_small_projects_have_other_common_keys() -> None:
    assert common_share(None) == common_share(10**6) == COMMON_SHARE
    assert common_share(1_000) == COMMON_RUNS / 1_000
    assert common_share(10) == 1


def test_drawing_without_putting_back_misses_less() -> None:
    assert effective(10, None) == 10
    assert 10 < effective(10, 100) < 11
    assert effective(100, 100) == math.inf


# -- what is drawn ------------------------------------------------------------------------------


def test_ends_of_names_are_drawn_once_and_alike() -> None:
    first, second = (Draw(["a1b2c3d4", "xyz09876"], 10_000, 100) for _ in range(2))
    one, another = first.ends(100), first.ends(100)
    assert one is not None
    assert another is not None
    assert not set(one.texts) & set(another.texts)
    assert [one, another] == [second.ends(100), second.ends(100)]
    assert one.match([f"anything{one.texts[0].upper()}"])
    assert not one.match([f"anything{another.texts[0]}"])


def test_a_draw_learns_how_many_runs_an_end_brings() -> None:
    draw = Draw(["00017", "00042"], 10_000, 100)  # ends of two digits would do, too
    first = draw.ends(100)
    assert first is not None
    draw.found(len(first.texts) * 50)
    second = draw.ends(100)
    assert second is not None
    assert len(second.texts) == 2


def test_all_ends_can_be_drawn() -> None:
    draw = Draw(["0", "1"], 3, 1)
    found: list[str] = []
    while ends := draw.ends(2):
        draw.found(1)
        found += ends.texts
    assert sorted(found) == [f"{digit}" for digit in range(10)]


@pytest.mark.parametrize(
    ("names", "letters"),
    [
        (["run-01", "run-72"], [10, 10]),
        (["3a", "4f"], [16, 10]),
        (["k3x9", "0zt1"], [10, 36]),
        (["Xk", "ab"], [36, 62]),
        (["a_1", "b_2"], [10, 1, 16]),
        (["7-final", "8-final"], [1, 1, 1, 1, 1, 1, 10]),
        (["x-final", "x-final"], []),
        (["00", "00"], [10, 10]),
        (["été", "été"], []),
    ],
)
def test_letters_that_names_end_with(names: list[str], letters: list[int]) -> None:
    assert [len(one) for one in letters_of(names, 90)] == letters


def test_halving_spreads_evenly() -> None:
    assert [halving(n) for n in range(1, 6)] == [1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8]


@pytest.mark.parametrize(
    "text", ["2025-01-02T03:04:05", "2025-01-02T03:04:05.5Z", "2025-01-02 03:04:05"]
)
def test_times_of_a_server(text: str) -> None:
    assert time_of(text) == datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", [None, 3, "", "yesterday", "2025-13-02T03:04:05"])
def test_times_that_are_none(text: object) -> None:
    assert time_of(text) is None


# -- a project with only single runs to give ----------------------------------------------------


@pytest.fixture
def server(wandb_server: WandbServer) -> WandbServer:
    wandb_server.disable("project_history_keys", "fields")
    return wandb_server


@pytest.fixture
def client(server: WandbServer) -> Iterator[Client]:
    with client_at(server.url) as client:
        yield client


def read(client: Client, **more: Any) -> Inventory:
    return read_project(client, "demo", "p", **more)


def notes(inventory: Inventory) -> str:
    return "; ".join(inventory.coverage.notes)


KEYS = {f"k{number}": KeyInfo() for number in range(5)}


def equal(count: int) -> list[Run]:
    return [Run(f"r{at:05}", KEYS) for at in range(count)]


def test_equal_runs_take_few_requests(server: WandbServer, client: Client) -> None:
    server.add_project("demo/p", equal(10_000))
    inventory = read(client)
    coverage = inventory.coverage
    assert inventory.keys == sorted(KEYS)
    assert server.count(SAMPLED) <= 12
    assert (coverage.complete, coverage.runs_total, coverage.unseen_share) == (False, 10_000, 0)
    assert coverage.runs_read is not None
    assert coverage.runs_read < 1_500
    assert f"{coverage.runs_read:,} of 10,000 runs were read" in notes(inventory)
    assert "drawn at random" in notes(inventory)
    assert "an estimated 0.0% of what runs log" in notes(inventory)
    assert coverage.describe().endswith("about 0.0% of what runs log unseen")


def test_the_same_project_is_sampled_alike(
    server: WandbServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MOST_PAGES", 15)
    server.add_project("demo/p", GeneratedRuns(1_000, 1_000))
    first, second = (read(client, page_size=20) for _ in range(2))
    assert first == second
    assert first.coverage == second.coverage
    asked = [record.variables for record in server.select(SAMPLED)]
    assert asked[: len(asked) // 2] == asked[len(asked) // 2 :]


def test_runs_that_all_differ_stop_at_the_limit(
    server: WandbServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MOST_PAGES", 12)
    server.add_project("demo/p", [Run(f"r{at}", {f"k{at}": KeyInfo()}) for at in range(1_000)])
    inventory = read(client, page_size=20)
    assert server.count(SAMPLED) == 12
    assert inventory.coverage.unseen_share is not None
    assert inventory.coverage.unseen_share > 0.9
    assert "stopped after 12 pages" in notes(inventory)


def test_runs_without_metrics_are_not_read_for_ever(server: WandbServer, client: Client) -> None:
    server.add_project("demo/p", [Run(f"r{at:05}", {"_step": KeyInfo()}) for at in range(5_000)])
    with pytest.raises(EmptySource, match="5,000 runs"):
        read(client)
    assert server.count(SAMPLED) <= 12


def test_a_group_of_its_own_is_met(server: WandbServer, client: Client) -> None:
    def run(at: int) -> Run:
        odd = at == 1_111
        keys = {**KEYS, "odd": KeyInfo()} if odd else KEYS
        kind = "odd" if odd else "usual"
        return Run(f"r{at:05}", keys, group=kind, job_type="x", state="finished")

    server.add_project("demo/p", [run(at) for at in range(2_000)])
    assert "odd" in read(client, page_size=20).keys


ERAS = [f"era_{era}" for era in range(10)]


def of_eras(name: Callable[[int], str] = "r{:05}".format, count: int = 900) -> list[Run]:
    keys = [{**KEYS, era: KeyInfo()} for era in ERAS]
    return [Run(name(at), keys[at * len(ERAS) // count], group=f"g{at}") for at in range(count)]


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        ({"$nin"}, "a part of the sample (of further states"),
        ({"$regex"}, "a part of the sample (drawn at random"),
        ({"$regex", "$nin", "$ne"}, "at times in between"),
        ({"-created_at"}, "a part of the sample (the newest"),
        ({"-created_at", "+created_at"}, "a part of the sample (the oldest"),
        ({"-created_at", "$regex", "createdAt"}, "a part of the sample (at times in between"),
    ],
)
def test_what_is_refused_is_left_out(
    server: WandbServer, client: Client, refused: set[str], says: str
) -> None:
    server.add_project("demo/p", of_eras())
    server.options.refuses = refused
    inventory = read(client, page_size=20)
    assert set(KEYS) < set(inventory.keys)
    assert says in notes(inventory)
    if "createdAt" not in refused and "+created_at" not in refused:
        assert set(ERAS) <= set(inventory.keys)


@pytest.mark.parametrize(
    ("ignored", "says"),
    [
        ({"name"}, "does not filter runs by how their names end"),
        ({"name", "createdAt"}, "does not filter runs by when they were created"),
        ({"$nin"}, "drawn at random"),
    ],
)
def test_filters_that_a_server_passes_over_are_noticed(
    server: WandbServer, client: Client, ignored: set[str], says: str
) -> None:
    server.add_project("demo/p", of_eras())
    server.options.ignores = ignored
    inventory = read(client, page_size=20)
    assert says in notes(inventory)
    assert inventory.coverage.runs_read is not None
    assert inventory.coverage.runs_read <= 900


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (lambda at: f"{at}-final", "drawn at random by"),
        (lambda at: f"{at}-seed{at % 3}", "drawn at random by"),
        (lambda at: f"{at:05}-Δ", "too many names end alike"),
    ],
)
def test_names_that_people_chose(
    server: WandbServer, client: Client, name: Callable[[int], str], says: str
) -> None:
    server.add_project("demo/p", of_eras(name))
    inventory = read(client, page_size=20)
    assert set(ERAS) <= set(inventory.keys)
    assert says in notes(inventory)


def test_a_server_that_gives_no_runs_at_all(server: WandbServer, client: Client) -> None:
    server.add_project("demo/p", equal(30))
    server.fail(faults.graphql_error("filtered or ordered"), operation=SAMPLED, times=None)
    with pytest.raises(RequestRejected, match="filtered or ordered"):
        read(client)


# -- at size ------------------------------------------------------------------------------------


def test_a_generated_project_is_what_it_says() -> None:
    runs = GeneratedRuns(400, 1_000)
    counted = Counter(key for run in runs[:] for key in run.keys or {})
    assert counted == runs.runs_with()
    assert len({run.name for run in runs[:]}) == 400
    assert runs[7] == runs[7]
    assert dict(runs[7].keys or {}) == dict.fromkeys(
        runs.keys_of(7), KeyInfo(count=500, previous=0.5)
    )


def test_common_keys_of_a_large_project_are_found() -> None:
    found = measure(GeneratedRuns(6_000, 1_500))
    assert found.missing == 0
    assert found.common > 500
    assert found.requests <= 150
    assert found.read.megabytes <= 250
    assert found.read.unseen_share is not None
    assert found.read.unseen_share < sampling.UNSEEN
    assert found.read.unseen_share == pytest.approx(found.unseen_share, abs=0.001)
    assert found.read.runs < 6_000 / 2
    assert COMMON == COMMON_SHARE
