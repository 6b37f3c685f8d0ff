from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wslayout.errors import SourceError, TooManyKeys
from wslayout.inventory import (
    CHARTABLE_KINDS,
    COLUMNS,
    KINDS,
    MEDIA_KINDS,
    Coverage,
    Inventory,
    Origin,
    Tally,
    kind_of,
    stronger,
)

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
rows = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["a", "b/c", "損失", "x y"]) | keys,
        "kind": st.sampled_from(KINDS),
        "runs": st.none() | st.integers(0, 1_000),
        "points": st.none() | st.integers(0, 10**12),
        "max_points": st.none() | st.integers(0, 10**9),
        "monotonic": st.none() | st.booleans(),
        "single_valued": st.none() | st.booleans(),
        "step_metric": st.none() | st.sampled_from(["step", "epoch"]),
    }
)


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    frame = pd.DataFrame(draw(st.lists(rows, max_size=6)), columns=list(COLUMNS))
    coverage = Coverage(
        complete=draw(st.booleans()),
        runs_total=draw(st.none() | st.integers(0, 99)),
        runs_read=draw(st.none() | st.integers(0, 99)),
        unseen_share=draw(st.none() | st.floats(0, 1)),
        notes=tuple(sorted(draw(st.sets(st.sampled_from(["one", "two"]))))),
    )
    origin = Origin(draw(st.sampled_from(["x", "y"])), draw(st.sampled_from([None, "e"])))
    return Inventory.from_frame(frame, coverage=coverage, origin=origin)


# Each makes several pandas tables of up to six rows, which hold what there is to find soon.
few = settings(max_examples=25)


@few
@given(inventories(), inventories(), inventories())
def test_merge_is_associative_and_commutative(a: Inventory, b: Inventory, c: Inventory) -> None:
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).merge(c).frame.equals(a.merge(b.merge(c)).frame)
    assert a.merge(b).merge(c).coverage == a.merge(b.merge(c)).coverage


@few
@given(inventories())
def test_json_round_trip(inventory: Inventory) -> None:
    assert Inventory.from_json(inventory.to_json()) == inventory
    assert inventory != "an inventory"


@few
@given(inventories())
def test_frame_round_trip_whatever_the_order_of_rows(inventory: Inventory) -> None:
    told = inventory.to_frame()
    assert Inventory.from_frame(told) == inventory
    numbers = told[told["kind"] == "number"]
    assert Inventory.from_frame(numbers).origin == inventory.origin
    told.attrs[next(iter(told.attrs))] = {"coverage": 3}
    assert Inventory.from_frame(told).origin == Origin()
    shuffled = inventory.to_frame().sample(frac=1, random_state=1)
    again = Inventory.from_frame(shuffled)
    assert again.frame.equals(inventory.frame)
    assert list(again.frame.dtypes.astype(str)) == ["string", "string"] + ["Int64"] * 3 + [
        "boolean"
    ] * 2 + ["string"]


@few
@given(inventories())
def test_parquet_round_trip(inventory: Inventory) -> None:
    frame = pd.read_parquet(io.BytesIO(inventory.to_parquet()))
    assert Inventory.from_frame(frame).frame.equals(inventory.frame)


@given(st.lists(rows.map(lambda row: {k: v for k, v in row.items() if k != "max_points"})))
def test_a_tally_equals_the_merge_of_its_rows(seen: list[dict[str, Any]]) -> None:
    tally = Tally()
    for row in seen:
        tally.see(**{**row, "runs": row["runs"] or 0})
    frame = pd.DataFrame(seen, columns=[name for name in COLUMNS if name != "max_points"])
    merged = Inventory.from_frame(
        frame.assign(runs=[row["runs"] or 0 for row in seen], max_points=frame["points"])
    )
    result = tally.inventory(coverage=Coverage(), origin=Origin())
    assert result.frame.equals(merged.frame)


def test_counts_add_up_and_doubt_spreads() -> None:
    frame = pd.DataFrame(
        {
            "key": ["a", "a", "a"],
            "kind": ["string", "number", "number"],
            "runs": [1, 2, None],
            "points": [5, 7, None],
            "max_points": [5, 4, None],
            "monotonic": [True, False, None],
            "single_valued": [True, None, True],
        }
    )
    (row,) = Inventory.from_frame(frame).records()
    assert row == {
        "key": "a",
        "kind": "number",
        "runs": 3,
        "points": 12,
        "max_points": 5,
        "monotonic": False,
    }


def test_unusable_keys_are_left_out_and_counted() -> None:
    frame = pd.DataFrame({"key": ["a", "", None, 3, "bad\ud800"]})
    inventory = Inventory.from_frame(frame)
    assert inventory.keys == ["a"]
    assert inventory.coverage.notes == ("4 keys without a usable name were left out",)


def test_too_many_keys_say_the_limit() -> None:
    with pytest.raises(TooManyKeys, match="more than 2 distinct"):
        Inventory.from_frame(pd.DataFrame({"key": ["a", "b", "c"]}), max_keys=2)
    tally = Tally(max_keys=2)
    tally.see("a", "number")
    tally.see("b", "number")
    tally.see("a", "number")
    with pytest.raises(TooManyKeys):
        tally.see("c", "number")


def test_a_table_without_keys_names_its_columns() -> None:
    with pytest.raises(SourceError, match=r"no column 'key' \(its columns: 'metric', 'n'\)"):
        Inventory.from_frame(pd.DataFrame({"metric": ["a"], "n": [1]}))


def test_values_that_do_not_fit_their_column() -> None:
    with pytest.raises(SourceError, match="column 'runs' holds values that are not Int64"):
        Inventory.from_frame(pd.DataFrame({"key": ["a"], "runs": ["many"]}))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other", "version": 1}', "null"])
def test_json_that_is_no_inventory(text: str) -> None:
    with pytest.raises(SourceError, match="not an inventory"):
        Inventory.from_json(text)


def test_kinds_know_wandb_types() -> None:
    assert kind_of("images/separated") == "image"
    assert kind_of("partitioned-table") == "table"
    assert kind_of("object3D-file") == "object3d"
    assert kind_of("something new") == "unknown"
    assert set(KINDS) > CHARTABLE_KINDS > MEDIA_KINDS
    assert stronger("null", "number") == stronger("number", "null") == "number"


def test_filter_and_merge_of_different_projects() -> None:
    one = Inventory.from_frame(pd.DataFrame({"key": ["a", "b"]}), origin=Origin("e/p", "e", "p"))
    other = Inventory.from_frame(pd.DataFrame({"key": ["c"]}), origin=Origin("e/q", "e", "q"))
    assert one.filter([False, True]).keys == ["b"]
    assert one.merge(other).origin == Origin("e/p + e/q")
    assert one.merge(one).origin == one.origin


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (Coverage(), "complete"),
        (Coverage(complete=False), "runs not known, may be incomplete"),
        (Coverage(runs_total=1, runs_read=1), "1 run read, complete"),
        (Coverage(complete=False, runs_total=400, runs_read=250), "250 of 400 runs read, may be"),
        (
            Coverage(complete=False, runs_read=3, unseen_share=0.012),
            "about 1.2% of what runs log unseen",
        ),
    ],
)
def test_coverage_in_words(coverage: Coverage, words: str) -> None:
    assert words in coverage.describe()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame([["a", "b"]], columns=["key", "key"]), "more than one column 'key'"),
        (pd.DataFrame({"key": ["a"], "runs": [float("inf")]}), "not Int64"),
        (pd.DataFrame({"key": ["a"], "runs": [2**70]}, dtype=object), "'runs'"),
        (pd.DataFrame({"key": ["a"], "points": [-1]}), "counts below 0"),
        (pd.DataFrame({"key": ["a"], "points": [2**62]}), "or above"),
    ],
)
def test_tables_that_hold_nonsense(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        Inventory.from_frame(frame)


def test_kinds_as_people_write_them() -> None:
    frame = pd.DataFrame({"key": list("abcd"), "kind": ["scalar", "Number", "image-file", "?"]})
    kinds = [row["kind"] for row in Inventory.from_frame(frame).records()]
    assert kinds == ["number", "number", "image", "unknown"]


def test_an_empty_step_metric_is_none() -> None:
    frame = pd.DataFrame({"key": ["a"], "step_metric": [""]})
    assert "step_metric" not in Inventory.from_frame(frame).records()[0]


def test_a_filter_has_one_value_a_row() -> None:
    inventory = Inventory.from_frame(pd.DataFrame({"key": ["a", "b"]}))
    with pytest.raises(ValueError, match="got 1 values for 2 rows"):
        inventory.filter([True])
    assert inventory.filter(pd.Series([True, None], dtype="boolean")).keys == ["a"]
