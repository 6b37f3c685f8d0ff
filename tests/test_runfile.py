from __future__ import annotations

import json
import os
import random
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.framing import BLOCK, framed
from wslayout.errors import SourceError, TooManyKeys
from wslayout.sources.folders import runfile, runlog
from wslayout.sources.folders.key_facts import KeyFacts
from wslayout.sources.folders.run_records import record_class
from wslayout.sources.folders.runfile import read_run_file, read_run_files
from wslayout.sources.folders.runlog import HEADER

LONG = "k" * 5000
ODD = ['x\ny\t"q"\'<b>&amp;日本😀', " spaced ", "State", "a.b/c:d", "検証/損失", "<script>", LONG]

LOGGING = """
import json, sys
import numpy as np
import wandb

run = wandb.init(
    mode="offline", dir=sys.argv[1], project="demo", entity="team", group="sweep", name="first",
    id="first1", settings=wandb.Settings(console="off", x_disable_stats=True),
)
run.define_metric("env/step")
run.define_metric("rl/*", step_metric="env/step")
run.define_metric("rl/loss", step_metric="epoch", summary="min")
run.define_metric("rl/own")
run.define_metric("secret", hidden=True)
nan, inf = float("nan"), float("inf")
odd = json.loads(sys.argv[2])
for i in range(8):
    run.log({
        "train/loss": 1 / (i + 1), "env/step": i * 10, "flat": 3.5, "np": np.float32(i),
        "rl/loss": 2.0 - i, "rl/reward": float(i), "rl/deep/er": i, "rl/own": i, "secret": 1,
        "nested": {"a": {"b": i, "c.d": -i}, "s": "x"}, "big": 10**30,
        "nan": nan, "inf": inf, "ninf": -inf, "sometimes_nan": nan if i % 2 else 1.0,
        "gap": [5.0, nan, 3.0][i % 3], "text_nan": "NaN", "mixed_nan": "NaN" if i % 2 else 1.0,
        "flag": True, "text": f"t{i}", "none": None, "list": [1, 2], "array": np.arange(400),
        "mixed": i if i < 3 else "x", **dict.fromkeys(odd, 1),
    })
image = {"_type": "image-file", "path": "media/images/a.png", "width": 4, "size": 3,
         "masks": {"m": {"_type": "mask", "path": "p"}}}
run.log({
    "img": image, "deep": {"img": image, "n": 1}, "hist": wandb.Histogram([1, 2, 3]),
    "table": wandb.Table(columns=["a"], data=[[1]]), "html": wandb.Html("<b>", inject=False),
    "strange": {"_type": "not-known", "x": 1}, "own_type": {"_type": 3},
})
run.summary["best_acc"] = 0.9
run.summary["best"] = {"x": {"y": 1}}
run.summary["note"] = "hi"
run.summary["worst"] = nan
run.finish()
"""


@pytest.fixture(scope="session")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that the real SDK logged offline."""
    folder = tmp_path_factory.mktemp("runfile")
    env = {**os.environ, "WANDB_SILENT": "true"}
    command = [sys.executable, "-c", LOGGING, str(folder), json.dumps(ODD)]
    subprocess.run(command, check=True, env=env, timeout=120)
    (file,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    return file


@pytest.fixture(scope="session")
def inspected(logged: Path) -> list[dict[str, Any]]:
    """The same file's records as wandb's own command line reads them."""
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(logged)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def record(**kinds: Any) -> bytes:
    """One history record, in the plain form: names to JSON texts."""
    from wandb.proto import wandb_internal_pb2

    message = wandb_internal_pb2.Record()  # type: ignore[attr-defined]
    for key, text in kinds.items():
        message.history.item.add(nested_key=[key], value_json=text)
    return bytes(message.SerializeToString())


def test_facts_of_a_real_run(logged: Path) -> None:
    run = read_run_file(logged)
    assert (run.run_id, run.display_name, run.group) == ("first1", "first", "sweep")
    assert (run.entity, run.project) == ("team", "demo")
    assert (run.finished, run.complete, run.notes) == (True, True, ())
    number = KeyFacts("number", 8, monotonic=True, single_valued=False)
    expected = {
        "train/loss": KeyFacts("number", 8, monotonic=False, single_valued=False),
        "env/step": number,
        "flat": KeyFacts("number", 8, monotonic=True, single_valued=True),
        "np": number,
        "rl/loss": KeyFacts("number", 8, False, False, "epoch"),
        "rl/reward": KeyFacts("number", 8, True, False, "env/step"),
        "rl/deep/er": number,
        "rl/own": number,
        "secret": KeyFacts("number", 8, True, True, hidden=True),
        "nested.a.b": number,
        "nested.a.c.d": KeyFacts("number", 8, False, False),
        "nested.s": KeyFacts("string", 8, None, True),
        "nan": KeyFacts("number", 8, True, True),
        "inf": KeyFacts("number", 8, True, True),
        "ninf": KeyFacts("number", 8, True, True),
        "sometimes_nan": number,
        "gap": KeyFacts("number", 8, False, False),
        "text_nan": KeyFacts("string", 8, None, True),
        "mixed_nan": number,
        "mixed": KeyFacts("number", 3, True, False),
        "flag": KeyFacts("bool", 8, None, True),
        "text": KeyFacts("string", 8, None, False),
        "none": KeyFacts("null", 8, None, True),
        "list": KeyFacts("list", 8, None, True),
        "array": KeyFacts("histogram", 8),
        "epoch": KeyFacts("number", 8, True, True),
        "_step": KeyFacts("number", 9, True, False),
        "img": KeyFacts("image", 1),
        "deep.img": KeyFacts("image", 1),
        "deep.n": KeyFacts("number", 1, None, True),
        "hist": KeyFacts("histogram", 1),
        "table": KeyFacts("table", 1),
        "html": KeyFacts("html", 1),
        "strange": KeyFacts("unknown", 1),
        "own_type._type": KeyFacts("number", 1, None, True),
        "best_acc": KeyFacts("number", 0),
        "best.x.y": KeyFacts("number", 0),
        "note": KeyFacts("string", 0),
        "worst": KeyFacts("null", 0),  # what the SDK makes of a NaN set by hand
    }
    assert {key: run.keys[key] for key in expected} == expected
    assert set(run.keys) == {*expected, *ODD, "big", "_runtime", "_timestamp"}


def test_keys_and_counts_agree_with_wandbs_own_reader(
    logged: Path, inspected: list[dict[str, Any]]
) -> None:
    run = read_run_file(logged)
    counts: Counter[str] = Counter()
    for entry in inspected:
        if entry["type"] == "history":
            counts.update(list(entry["history"]["item"]))
    media = {key.removesuffix("._type") for key in counts if key.endswith("._type")}
    media -= {"own_type"}
    plain = {
        key: count
        for key, count in counts.items()
        if not any(key.startswith(f"{owner}.") for owner in media)
    }
    for owner in [owner for owner in media if ".masks." not in owner]:
        plain[owner] = counts[f"{owner}._type"]
    read = {key: facts.points for key, facts in run.keys.items() if facts.points}
    # Of a key of mixed kinds we count the values that can be plotted.
    assert read == {**plain, "mixed": 3}


def test_a_file_cut_anywhere_is_read_up_to_there(logged: Path, tmp_path: Path) -> None:
    whole = logged.read_bytes()
    everything = read_run_file(logged)
    assert len(whole) > BLOCK, "the run should span blocks"
    ends = [end for end, _ in chunks(whole)]
    cuts = {cut for end in ends for cut in (end - 1, end, end + 3, end + 8)}
    cuts |= {BLOCK - 1, BLOCK, BLOCK + 1, len(HEADER)}
    file = tmp_path / "run-cut.wandb"
    known = -1
    for cut in sorted(cut for cut in cuts if len(HEADER) <= cut < len(whole)):
        file.write_bytes(whole[:cut])
        run = read_run_file(file)
        # The summary stands before the history, so a cut between them makes the count fall.
        points = sum(facts.points for facts in run.keys.values())
        assert points >= known
        known = points
        assert set(run.keys) <= set(everything.keys)
        assert not run.finished
        if run.complete:
            assert cut in ends or cut == len(HEADER)
        else:
            assert len(run.notes) == 1
            assert "run-cut.wandb: the file breaks off" in run.notes[0]
            assert "byte" in run.notes[0]


def chunks(data: bytes) -> list[tuple[int, int]]:
    """End and type of each chunk, by the book."""
    position, found = len(HEADER), []
    while position + 7 <= len(data):
        if BLOCK - position % BLOCK < 7:
            position += BLOCK - position % BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", data, position)
        position += 7 + length
        found.append((position, kind))
    return found


@pytest.mark.parametrize("cut", range(1, len(HEADER)))
def test_a_file_cut_in_its_header_is_refused(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "run-x.wandb"
    file.write_bytes(HEADER[:cut])
    with pytest.raises(SourceError, match="within its header"):
        read_run_file(file)


def test_a_bad_checksum_costs_one_block_at_most(tmp_path: Path) -> None:
    records = [record(**{f"key{i}": "1" * 900}) for i in range(200)]
    data = bytearray(framed(records))
    data[BLOCK + 100] ^= 0x40
    file = tmp_path / "run-x.wandb"
    file.write_bytes(data)
    run = read_run_file(file)
    assert not run.complete
    assert len(run.notes) == 1
    assert "damaged at byte" in run.notes[0]
    lost = 200 - len(run.keys)
    assert 30 <= lost <= 37
    assert {"key0", "key199"} <= set(run.keys)


def test_zeros_left_by_a_crash_are_one_note(tmp_path: Path) -> None:
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed([record(loss="1")]) + bytes(5 * BLOCK))
    run = read_run_file(file)
    assert list(run.keys) == ["loss"]
    assert len(run.notes) == 1
    assert "only zeros from byte" in run.notes[0]


def test_a_record_over_many_blocks(tmp_path: Path) -> None:
    file = tmp_path / "run-x.wandb"
    big = record(loss="1", text=json.dumps("x" * 300_000))
    file.write_bytes(framed([big, record(loss="2")]))
    run = read_run_file(file)
    assert run.complete
    assert run.keys["loss"] == KeyFacts("number", 2, True, False)
    assert run.keys["text"].kind == "string"


def test_a_record_over_the_cap_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlog, "MAX_RECORD_BYTES", 100_000)
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed([record(big=json.dumps("x" * 300_000)), record(loss="2")]))
    run = read_run_file(file)
    assert list(run.keys) == ["loss"]
    assert "too big" in run.notes[0]


def test_a_record_that_is_no_protobuf_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed([record(a="1"), b"\xff\xff\xff", record(b="2")]))
    run = read_run_file(file)
    assert sorted(run.keys) == ["a", "b"]
    assert "can't be decoded" in run.notes[0]


def test_parts_of_a_resumed_run_are_one(tmp_path: Path) -> None:
    for name, value in (("one", "5"), ("two", "4")):
        (tmp_path / name).write_bytes(framed([record(loss=value, flat="1")]))
    run = read_run_files([tmp_path / "one", tmp_path / "two"])
    assert run.keys["loss"] == KeyFacts("number", 2, False, False)
    assert run.keys["flat"] == KeyFacts("number", 2, True, True)


def test_typed_values_count_like_json_texts(tmp_path: Path) -> None:
    from wandb.proto import wandb_internal_pb2
    from wandb.sdk.interface.history_value import set_history_value

    message = wandb_internal_pb2.Record()  # type: ignore[attr-defined]
    values = {"i": 3, "f": 0.5, "n": float("nan"), "b": True, "s": 'a"b', "z": None, "l": [1]}
    for key, value in values.items():
        item = message.history.item.add(nested_key=[key])
        set_history_value(item, value, json_form=False, typed_form=True)
    item = message.history.item.add(key="old", value_json='{"_type": "image-file"}')
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed([message.SerializeToString()]))
    kinds = {key: facts.kind for key, facts in read_run_file(file).keys.items()}
    assert kinds == {
        "i": "number", "f": "number", "n": "number", "b": "bool", "s": "string", "z": "null",
        "l": "list", "old": "image",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("glob", "key", "matches"),
    [
        ("rl/*", "rl/a", True),
        ("rl/*", "rl/a/b", False),
        ("rl*", "rl/a", False),
        ("*", "loss", True),
        ("*", "a/b", False),
        ("*", "a\nb", True),
        ("a?/*", "ab/c", True),
        ("[a-c]x*", "bxy", True),
        ("[^a-c]x*", "bxy", False),
        ("[[&&~~]*", "&", True),
        (r"\[a*", "[ab", True),
        ("[z-a]*", "m", False),
        ("[unclosed*", "[unclosed", False),
        ("a.b*", "axb", False),
    ],
)
def test_globs_match_as_in_the_sdk(glob: str, key: str, matches: bool, tmp_path: Path) -> None:
    from wandb.proto import wandb_internal_pb2

    definition = wandb_internal_pb2.Record()  # type: ignore[attr-defined]
    definition.metric.glob_name = glob
    definition.metric.step_metric = "my_step"
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed([definition.SerializeToString(), record(**{key: "1"})]))
    assert (read_run_file(file).keys[key].step_metric == "my_step") is matches


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"key,kind\n", "not a W&B run file"),
        (HEADER[:6] + b"\x01" + b"x" * 100, "format version 1"),
        (os.urandom(5000), "not a W&B run file"),
    ],
)
def test_what_is_no_run_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "run-x.wandb"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        read_run_file(file)
    assert str(file) in str(caught.value)
    assert caught.value.hint


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_run_file(tmp_path / "run-x.wandb")
    with pytest.raises(SourceError, match="directory"):
        read_run_file(tmp_path)


def test_too_many_keys(logged: Path) -> None:
    with pytest.raises(TooManyKeys, match="more than 10 "):
        read_run_file(logged, max_keys=10)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_flipped_bytes_never_crash(data: st.DataObject, logged: Path, tmp_path: Path) -> None:
    content = bytearray(logged.read_bytes())
    places = st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4, unique=True)
    for place in data.draw(places):
        content[place] ^= data.draw(st.integers(1, 255))
    file = tmp_path / "run-x.wandb"
    file.write_bytes(content)
    try:
        run = read_run_file(file)
    except SourceError:
        return
    assert not run.complete
    assert run.notes


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(payloads=st.lists(st.binary(max_size=200), max_size=5), tail=st.binary(max_size=100))
def test_any_bytes_never_crash(payloads: list[bytes], tail: bytes, tmp_path: Path) -> None:
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed(payloads) + tail)
    read_run_file(file)
    file.write_bytes(b"?" + tail)
    with pytest.raises(SourceError):
        read_run_file(file)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.dictionaries(st.text("ab._", max_size=3), json_values), max_size=4))
def test_any_json_values_are_read(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    records = [
        record(**{key: json.dumps(value) for key, value in row.items()}) if row else b""
        for row in rows
    ]
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed(records))
    run = read_run_file(file)
    assert run.complete
    assert bool(run.keys) == any(rows)


PARTS = st.sampled_from(
    ["loss", "a", "b", "nested", "\x82\x01", "é", "中", "\x12\x01a", "k" * 130, "x" * 17, "", "\n"]
)
NAMES = st.lists(PARTS, min_size=1, max_size=3).map(tuple)
NUMBERS = st.one_of(
    st.integers(-3, 3).map(str),
    st.floats(width=16).map(json.dumps),
    st.sampled_from(["NaN", "-Infinity", "1e400", "0.77182378669769", "7" * 126]),
)
VALUES = NUMBERS | st.sampled_from(
    ['"NaN"', "true", "null", '"x"', "[1]", '{"a": 1}', '"-1"', "", "N", "1.2.3", "-", "9" * 130]
)
ROWS = st.lists(
    st.tuples(
        st.dictionaries(NAMES, NUMBERS, max_size=4) | st.dictionaries(NAMES, VALUES, max_size=4),
        st.integers(0, 2**40) | st.none(),
        st.sampled_from(["row", "row", "row", "row", "summary", "own", "removed", "stats"]),
    ),
    max_size=30,
)


def log_record(number: int, row: dict[tuple[str, ...], str], step: int | None, kind: str) -> bytes:
    """A record as the SDK writes it; as a row, a summary or system metrics."""
    from wandb.proto import wandb_internal_pb2

    message = wandb_internal_pb2.Record(num=number)  # type: ignore[attr-defined]
    if kind == "stats":
        message.stats.item.add(key="cpu", value_json="1.5")
        return bytes(message.SerializeToString())
    if kind == "row" and step is not None:
        message.history.step.num = step
    if kind == "own":
        message.summary.update.add(nested_key=["_wandb", "runtime"], value_json="3")
        message.summary.update.add(key="_runtime", value_json="3")
    if kind == "removed":
        for parts in row:
            message.summary.remove.add(nested_key=list(parts))
        return bytes(message.SerializeToString())
    items = message.history.item if kind == "row" else message.summary.update
    for parts, text in row.items():
        items.add(nested_key=list(parts), value_json=text)
    return bytes(message.SerializeToString())


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS, batch=st.integers(1, 40))
def test_counting_rows_is_reading_them(
    rows: list[tuple[dict[tuple[str, ...], str], int | None, str]],
    batch: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is logged, in batches of any size."""
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed([log_record(n, *row) for n, row in enumerate(rows)]))
    monkeypatch.setattr(runfile, "_BATCH", batch * 20)
    monkeypatch.setattr(runfile, "_DIRECT", 3)
    parsed = read_run_files([file], watch=lambda record: None)
    assert read_run_file(file) == parsed


def test_rows_of_numbers_are_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the items of a row may stand in any order, as the SDK leaves them."""
    keys = ["_step", "train/loss", "train/acc", "layers.0/grad", "é", "nested"]
    parts = [("nested", "a", "b"), *((key,) for key in keys)]
    rows = []
    for step in range(1_000):
        shuffled = random.Random(step).sample(parts, len(parts))
        row = {
            one: str(step if one == ("_step",) else (step * 7919) % 1000 / 7) for one in shuffled
        }
        rows.append(log_record(3 * step, {}, None, "own"))
        rows.append(log_record(3 * step + 1, row | {("loss", "min"): "0.5"}, None, "summary"))
        rows.append(log_record(3 * step + 2, row, step, "row"))
    file = tmp_path / "run-x.wandb"
    file.write_bytes(framed(rows))
    parsed = read_run_files([file], watch=lambda record: None)
    count = 0

    def counting(damage: Any) -> Any:
        parse = runlog.record_parser(damage)

        def counted(offset: int, payload: bytes) -> Any:
            nonlocal count
            count += 1
            return parse(offset, payload)

        return counted

    monkeypatch.setattr(runfile, "record_parser", counting)
    run = read_run_file(file)
    assert count == 0
    assert run == parsed
    assert run.keys["_step"] == KeyFacts("number", 1_000, True, False)
    assert run.keys["nested.a.b"].points == 1_000


# -- the records --------------------------------------------------------------------------------


def _is_repeated(field: Any) -> bool:
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)  # protobuf 5, which has no other way


def shape(of: Any) -> dict[str, tuple[object, ...]]:
    """The fields of a message, by name."""
    return {
        field.name: (
            field.number,
            "enum" if field.name == "none" else field.type,
            _is_repeated(field),
            field.containing_oneof and field.containing_oneof.name,
        )
        for field in of.fields
    }


def test_records_are_as_wandb_writes_them() -> None:
    from wandb.proto import wandb_internal_pb2

    theirs: Any = wandb_internal_pb2.Record  # type: ignore[attr-defined]  # made by protobuf
    todo = [(record_class().DESCRIPTOR, theirs.DESCRIPTOR)]
    compared = set()
    while todo:
        ours, their = todo.pop()
        compared.add(ours.name)
        assert shape(ours).items() <= shape(their).items()
        todo += [
            (field.message_type, their.fields_by_name[field.name].message_type)
            for field in ours.fields
            if field.message_type
        ]
    assert len(compared) == 15
