from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wslayout.errors import EmptySource, SourceError, TooManyKeys
from wslayout.inventory import COLUMNS, Coverage, Inventory, Origin
from wslayout.sources.tables.lines import read_lines
from wslayout.sources.tables.table import read_frame, read_table

KEYSETS = sorted((Path(__file__).parent / "data" / "keysets").glob("*.json"))
ODD = [
    "nan", "NA", "null", "1", "None", "true", "a,b", 'say "hi"', "two\nlines", " spaced ",
    "検証/損失", "😀", "<b>&amp;</b>", "k" * 5000, "a;b", "tab\there", "State",
]  # fmt: skip

Write = Callable[[str, Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_bytes(text.encode())
        return path

    return write


@pytest.fixture
def full() -> Inventory:
    """An inventory with every column and every odd name."""
    frame = pd.DataFrame({"key": ODD, "kind": "number", "runs": range(len(ODD))})
    frame["points"] = [None, 2**50, *range(len(ODD) - 2)]
    frame["points"] = frame["points"].astype("Int64")
    frame["monotonic"] = pd.Series([True, False, None] * 5 + [True, None], dtype="boolean")
    frame["step_metric"] = pd.Series([None, "epoch"] * 8 + ["NA"], dtype="string")
    return Inventory.from_frame(frame, coverage=Coverage(False, 9, 4, 0.1, ("x",)))


def same(one: Inventory, other: Inventory) -> None:
    pd.testing.assert_frame_equal(one.frame, other.frame)


def test_every_key_set_reads() -> None:
    assert KEYSETS
    for path in KEYSETS:
        data = json.loads(path.read_text())
        inventory = read_table(path)
        assert inventory.keys == sorted(data["keys"])
        assert set(inventory.frame["kind"]) <= {
            *("number", "histogram", "image", "table", "audio", "video", "string", "bool", "list"),
            *("html", "graph", "object3d", "plotly"),
        }
        assert inventory.coverage.runs_total == data.get("n_runs")
        runs = data.get("runs_with_key")
        known = {row["key"]: row["runs"] for row in inventory.records() if "runs" in row}
        assert known == (runs or {})


def test_round_trips(full: Inventory, write: Write) -> None:
    same(read_table(write("a.csv", full.to_csv())), full)
    back = read_table(write("a.json", full.to_json()))
    same(back, full)
    assert back.coverage == full.coverage
    lines = "\n".join(json.dumps(row) for row in full.records())
    same(read_table(write("a.jsonl", lines)), full)
    tsv = full.frame.to_csv(index=False, sep="\t")
    same(read_table(write("a.tsv", tsv)), full)
    semicolons = full.frame.to_csv(index=False, sep=";")
    same(read_table(write("b.csv", semicolons)), full)
    same(read_frame(full.to_frame()), full)
    same(read_frame(full.to_frame().set_index("key")), full)
    same(read_lines(io.StringIO(full.to_json())), full)


def test_parquet_round_trip(full: Inventory, write: Write) -> None:
    pytest.importorskip("pyarrow")
    same(read_table(write("a.parquet", full.to_parquet())), full)
    same(read_table(write("noname", full.to_parquet())), full)
    by_type = full.to_frame()[["key", "kind"]].rename(columns={"key": "name", "kind": "type"})
    read = read_table(write("b.pq", by_type.to_parquet()))
    assert read.keys == full.keys


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (["b", "a", "b"], {"a": "number", "b": "number"}),
        ({"a": None, "b": {}}, {"a": "number", "b": "number"}),
        ({"a": "image-file", "b": "float"}, {"a": "image", "b": "number"}),
        ({"a": "number", "b": "odd"}, {"a": "number", "b": "unknown"}),
        ({"keys": {"a": "table-file"}, "n_runs": 3}, {"a": "table"}),
        ({"keys": ["a"]}, {"a": "number"}),
        ([{"key": "a", "type": "histogram"}, {"metric": "b"}], {"a": "histogram", "b": "unknown"}),
        (
            {"loss": 1, "bad": "NaN", "x": {"y": [1]}, "v": {"_type": "video-file"}, "_wandb": 1},
            {"loss": "number", "bad": "number", "x.y": "list", "v": "video"},
        ),
        ({"keys": {"_type": "table-file"}, "n": 1}, {"keys": "table", "n": "number"}),
    ],
)  # fmt: skip
def test_json_forms(content: object, kinds: dict[str, str], write: Write) -> None:
    path = write("x.json", content)
    for inventory in (read_table(path), read_lines(io.BytesIO(path.read_bytes()))):
        assert dict(zip(inventory.keys, inventory.frame["kind"], strict=True)) == kinds
    assert read_table(path).origin == Origin(str(path))


@pytest.mark.parametrize("name", ["key", "metric", "name"])
def test_csv_header_names(name: str, write: Write) -> None:
    path = write(
        "x.csv", f"\ufeffwhen, {name} ,type,runs,key2\r\n1,loss,image-file,,x\r\n\r\n2,acc\r\n"
    )
    inventory = read_table(path)
    assert inventory.keys == ["acc", "loss"]
    assert inventory.frame["kind"].tolist() == ["unknown", "image"]
    assert inventory.frame["runs"].isna().all()


def test_duplicates_are_merged(write: Write) -> None:
    inventory = read_table(write("x.csv", "key,kind,runs\na,string,1\na,number,2\n"))
    assert inventory.records() == [{"key": "a", "kind": "number", "runs": 3}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "loss\nacc\n", "no column 'key'.*the columns are: 'loss'"),
        ("x.csv", "key,kind\na,b,c\n", "line 2 has 3 fields, the header 2"),
        ("x.csv", 'key\n"open\n', "not CSV: line"),
        ("x.csv", "key,runs\na,many\n", "'runs' holds 'many', which is not a whole number"),
        ("x.csv", "key,runs\na,-1\n", "not a whole number of 0 or more"),
        ("x.csv", "key,runs\na,1.5\n", "not a whole number"),
        ("x.csv", "key,monotonic\na,maybe\n", "neither true nor false"),
        ("x.csv", b"key\n\xe9t\xe9\n", "not UTF-8 text: byte 0xe9"),
        ("x.csv", "key\nloss\n".encode("utf-16"), "it is UTF-16 text"),
        ("x.csv", b"PAR1 and so on", "not CSV: it is a Parquet file"),
        ("x.csv", b"PK\x03\x04 and so on", "a zip archive or a spreadsheet"),
        ("x.csv", bytes(range(256)), "it is binary"),
        ("x.parquet", "key\nloss\n", "x.parquet is not a Parquet file"),
        ("x.parquet", b"PAR1 cut off", "not a Parquet file that can be read"),
        ("x.json", "{", "not JSON"),
        ("x.json", '{"key": "a"}\n{"key": "b"}', "not JSON: Extra data"),
        ("x.json", "[" * 200_000, "not JSON that can be read"),
        ("x.json", "3", "a JSON number is not a table"),
        ("x.json", "[1, 2]", "item 1 of the list is a number, not a key"),
        ("x.json", '["a", null]', "item 2 of the list is a null, not a key"),
        ("x.json", '[{"key": 5}]', "item 1: 'key' is a number, not a key"),
        ("x.json", '[{"a": 5}]', "item 1: there is no column 'key'"),
        ("x.json", '{"format": "wslayout-inventory", "keys": []}', "not an inventory"),
        ("x.json", '{"keys": {"a": "number"}, "runs_with_key": [1]}', "must map names"),
        ("x.json", '{"keys": {"a": "number"}, "runs_with_key": {"a": "b"}}', "'runs' holds 'b'"),
        ("x.jsonl", '{"key": "a"}\n{"key": ', "line 2 is not JSON"),
        ("x.jsonl", "[1]", "line 1 is a list, not a row"),
        ("x.docx", "loss", "can't tell what .*x.docx is"),
    ],
)
def test_bad_files(name: str, content: Any, message: str, write: Write) -> None:
    path = write(name, content)
    with pytest.raises(SourceError, match=message) as caught:
        read_table(path)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.csv", ""), ("x.csv", "key\n"), ("x.json", "[]"), ("x.json", "{}"), ("x.jsonl", "\n\n"),
     ("x.txt", "\n"), ("x.json", '{"keys": []}')],
)  # fmt: skip
def test_empty_files(name: str, content: str, write: Write) -> None:
    with pytest.raises(EmptySource):
        read_table(write(name, content))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file") as caught:
        read_table(tmp_path / "x.csv")
    assert caught.value.hint
    with pytest.raises(SourceError, match="directory"):
        read_table(tmp_path)


def test_lines_are_taken_as_they_are(write: Write) -> None:
    text = " lead\ntrail \r\n\n   \n[train] loss\n{odd\nnan\n1\na\x0bb\u2028c\nlast"
    expected = sorted(
        [" lead", "trail ", "[train] loss", "{odd", "nan", "1", "a\x0bb\u2028c", "last"]
    )
    assert read_lines(io.BytesIO(text.encode())).keys == expected
    assert read_lines(io.StringIO(text, newline="")).keys == expected
    assert read_lines(io.StringIO("[train] loss\nb")).keys == ["[train] loss", "b"]
    assert read_lines(io.StringIO("\ufeffa\n")).origin.label == "stdin"
    assert read_table(write("x.txt", "\ufeff" + text)).keys == expected
    assert read_lines(io.StringIO("a\nb\n")).frame["runs"].isna().all()


def test_json_lines_on_stdin() -> None:
    text = '{"key": "a", "runs": 2}\n{"key": "b"}\n'
    assert read_lines(io.StringIO(text)).records() == [
        {"key": "a", "kind": "number", "runs": 2},
        {"key": "b", "kind": "number"},
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"keys": ', "not JSON"),
        (b'["a", ', "not JSON"),
        (b"[1, 2]", "item 1 of the list is a number"),
        (b"a\0b", "binary"),
        (b"ok\n\xff\xfe", "not UTF-8"),
    ],
)
def test_bad_streams(content: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_lines(io.BytesIO(content))


def test_empty_stream() -> None:
    with pytest.raises(EmptySource):
        read_lines(io.StringIO("\n \n"))


def test_keys_that_are_no_valid_unicode_are_left_out(write: Write) -> None:
    for content in (
        r'["a", "\ud800"]',
        r'{"a": 1, "\ud800": 2}',
        r'{"keys": {"a": "x", "\ud800": "y"}}',
    ):
        inventory = read_table(write("x.json", content))
        assert inventory.keys == ["a"]
        assert inventory.coverage.notes == ("1 key without a usable name was left out",)


def test_an_endless_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wslayout.sources.tables.lines.MAX_LINE", 100)
    with pytest.raises(SourceError, match="longer than 100 characters"):
        read_lines(io.StringIO("x" * 1000))


@pytest.mark.parametrize("form", ["x.csv", "x.jsonl", "x.txt", "x.json", "-"])
def test_too_many_keys_in_bounded_pieces(
    form: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wslayout.sources.tables.rows.ROWS_AT_ONCE", 100)
    names = [f"key{number}" for number in range(1000)]
    text = {
        "x.csv": "key\n" + "\n".join(names),
        "x.jsonl": "\n".join(json.dumps(name) for name in names),
        "x.json": json.dumps(names),
    }.get(form, "\n".join(names))

    def read(limit: int) -> Inventory:
        if form == "-":
            return read_lines(io.StringIO(text), max_keys=limit)
        return read_table(write(form, text), max_keys=limit)

    assert len(read(1000)) == 1000
    with pytest.raises(TooManyKeys):
        read(999)


def test_a_stream_of_two_million_keys_stops_early() -> None:
    read = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            nonlocal read
            text = b"".join(b"key%07d\n" % n for n in range(read, read + 500))
            read += 500
            buffer[: len(text)] = text
            return len(text)

    with pytest.raises(TooManyKeys):
        read_lines(io.BufferedReader(Endless()), max_keys=100_000)
    assert read < 500_000


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"a": [1]}), "no column 'key'.*the columns are: 'a'"),
        (pd.DataFrame({"key": [1, 2]}), "column 'key' holds int64, not names"),
        (pd.DataFrame({"key": ["a"], "runs": ["x"]}), "'runs'"),
        (pd.DataFrame({"key": ["a"], "runs": [-1]}), "below 0"),
        (pd.DataFrame({("key", "x"): ["a"]}), "no column 'key'"),
    ],
)
def test_bad_frames(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_frame(frame)


def test_frames_with_more_than_is_needed() -> None:
    frame = pd.DataFrame([["a", "b", 1, True]], columns=["key", "key", 7, "other"])
    assert read_frame(frame).keys == ["a"]
    with pytest.raises(EmptySource):
        read_frame(pd.DataFrame({"key": []}))
    kept = read_frame(pd.DataFrame({"key": pd.Series(["a", None, "", "\ud800"], dtype="object")}))
    assert kept.keys == ["a"]
    assert kept.coverage.notes == ("3 keys without a usable name were left out",)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=200)
    | st.builds(lambda head, tail: head + tail, st.sampled_from([b"key,runs\n", b"[", b'{"keys":']),
                st.binary(max_size=60)),
    suffix=st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".txt", ".parquet", ""]),
)  # fmt: skip
def test_any_bytes_never_crash(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with contextlib.suppress(SourceError):
        assert list(read_table(path).frame.columns) == list(COLUMNS)
    with contextlib.suppress(SourceError):
        assert list(read_lines(io.BytesIO(content)).frame.columns) == list(COLUMNS)


names = st.sampled_from(["a", "b", "c", "d/e"])
rows = st.fixed_dictionaries(
    {"key": names, "kind": st.sampled_from(["number", "image", "string"])},
    optional={
        "runs": st.integers(0, 9),
        "points": st.integers(0, 9),
        "max_points": st.integers(0, 9),
        "monotonic": st.booleans(),
        "single_valued": st.booleans(),
        "step_metric": st.sampled_from(["epoch", "env/step"]),
    },
)


@settings(max_examples=15, deadline=None)
@given(
    parts=st.lists(st.lists(rows, min_size=1, max_size=4), min_size=2, max_size=3), data=st.data()
)
def test_inventories_merge_in_any_order(
    parts: list[list[dict[str, Any]]], data: st.DataObject
) -> None:
    def merged(order: list[list[dict[str, Any]]]) -> Inventory:
        first, *rest = (read_lines(io.StringIO(json.dumps(part))) for part in order)
        for part in rest:
            first = first.merge(part)
        return first

    same(merged(parts), merged(data.draw(st.permutations(parts))))


def test_lines_are_counted_with_the_blank_ones(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    path.write_text('"a"\n\n\nb\n', encoding="utf-8")
    with pytest.raises(SourceError, match="line 4 is not JSON"):
        read_table(path)
