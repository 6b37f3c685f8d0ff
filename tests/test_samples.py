"""Values that a preview draws: read from real runs and from the loopback server, thinned, drawn."""

from __future__ import annotations

import io
import json
import math
import random
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit_runs import LoggedRun, WrittenRun, histogram, html, image, log_offline, table
from tests.conftest import WandbEnv
from tests.sample_layouts import HOSTILE_NAMES, everything, panel, section
from tests.wandb_server import KeyInfo, Run, WandbServer, faults
from wslayout.display.charts.drawing import drawing
from wslayout.display.charts.drawn import HEIGHT, WIDTH, Drawing, Line
from wslayout.display.charts.scales import said
from wslayout.display.html import render_layout
from wslayout.errors import EmptySource
from wslayout.layout import Layout
from wslayout.preview_api import preview
from wslayout.samples import Bars, Curve, Grid, Samples
from wslayout.samples.folders import sample_folders
from wslayout.samples.images import THUMBNAIL, thumbnail
from wslayout.samples.media import bars_of
from wslayout.samples.server import CURVES, sample_project
from wslayout.samples.thinning import STRETCHES, Thinner, thinned
from wslayout.samples.values import RUNS
from wslayout.samples.wanted import Wanted, wanted
from wslayout.wandb_api.connection import connect

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PROJECT = "demo/project"


# Thinning


@given(st.lists(st.tuples(FINITE, FINITE), max_size=700), st.integers(1, 20))
def test_thinning_keeps_the_lowest_and_the_highest(
    points: list[tuple[float, float]], stretches: int
) -> None:
    thinner = Thinner(stretches)
    for x, y in points:
        thinner.add(x, y)
    xs, ys = thinner.points()
    assert len(xs) == len(ys) <= 4 * stretches + 2
    # In the order in which they were taken, and from the first to the last.
    rest = iter(points)
    assert all(point in rest for point in zip(xs, ys, strict=True))
    if points:
        assert ((xs[0], ys[0]), (xs[-1], ys[-1])) == (points[0], points[-1])
        assert min(ys) == min(y for _, y in points)
        assert max(ys) == max(y for _, y in points)


@given(st.lists(FINITE, max_size=2 * STRETCHES - 1))
def test_a_short_curve_stays_as_it_is(ys: list[float]) -> None:
    thinner = Thinner()
    for x, y in enumerate(ys):
        thinner.add(float(x), y)
    assert thinner.points() == (tuple(map(float, range(len(ys)))), tuple(ys))


@given(st.lists(FINITE, max_size=2_000), st.integers(4, 100))
def test_a_curve_keeps_its_direction(ys: list[float], most: int) -> None:
    xs, kept = thinned([float(x) for x in range(len(ys))], ys, most)
    assert list(xs) == sorted(xs)
    assert len(kept) <= max(most, 6)


# Runs on disk

ROWS: list[dict[str, Any]] = [
    {
        "loss": 1 / (step + 1),
        "epoch": step // 10,
        "eval": {"deep": {"score": step}},
        "odd": float("nan") if step % 2 else float(step),
        **({"img": image(200), "hist": histogram(1, 2, 2, 3)} if step == 39 else {}),
        **({"page": html("<script>"), "t": table(["a", 1.5], ["b", 2])} if step == 39 else {}),
    }
    for step in range(40)
]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("sampled")
    runs = [
        LoggedRun(id="old", rows=ROWS[:3]),
        *(LoggedRun(id=f"new{number}", rows=ROWS, wave=1) for number in range(2)),
        LoggedRun(id="old", rows=ROWS[:5], wave=2),  # resumed
    ]
    log_offline({top / "runs": runs})
    return top / "runs"


def test_values_of_real_runs(logged: Path) -> None:
    asked = Wanted(
        curves=(("loss", ""), ("loss", "epoch"), ("eval.deep.score", ""), ("odd", ""), ("no", "")),
        last=("eval.deep.score", "loss"),
        media=("img", "hist", "page", "t"),
    )
    found = sample_folders(logged, asked)
    assert sorted(found.runs) == ["new0", "new1", "old"]
    assert found.runs[0] == "old"  # resumed last
    assert found.notes == ()
    for run, name in enumerate(found.runs):
        (curve,) = [one for one in found.curves["loss", ""] if one.run == run]
        # Offline, each part of a resumed run counts its own steps.
        steps = range(40) if name != "old" else [*range(3), *range(5)]
        assert curve.xs == tuple(map(float, steps))
        assert curve.ys[:3] == pytest.approx((1, 1 / 2, 1 / 3))
    over_epochs = found.curves["loss", "epoch"][1]
    assert set(over_epochs.xs) == {0.0, 1.0, 2.0, 3.0}
    assert found.curves["eval.deep.score", ""][1].ys[-1] == 39
    assert found.curves["odd", ""][1].ys == tuple(map(float, range(0, 40, 2)))
    assert ("no", "") not in found.curves
    assert found.last["eval.deep.score"] == {0: 4.0, 1: 39.0, 2: 39.0}
    pictures = found.pictures["img"]
    assert {one.run for one in pictures} == {1, 2}
    assert {one.media_type for one in pictures} == {"image/jpeg"}
    assert all(len(one.data) < 20_000 for one in pictures)
    assert sum(found.bars["hist"][0].counts) == 4
    assert found.grids["t"] == Grid(columns=("c0", "c1"), rows=(("a", "1.5"), ("b", "2")))
    assert found.pictures.keys() == {"img"}


def test_only_the_newest_runs_are_read(logged: Path) -> None:
    found = sample_folders(logged, Wanted(curves=(("loss", ""),)), most_runs=1)
    assert found.runs == ("old",)
    assert found.notes == ("Values are those of 1 of 3 runs, the newest that hold any.",)


def test_runs_that_stopped_at_once_take_no_room(tmp_path: Path) -> None:
    WrittenRun(id="good", rows=[(None, {"loss": 1})]).write(tmp_path)
    for number in range(1, 7):
        WrittenRun(id=f"crash{number}", number=number).write(tmp_path)
    found = sample_folders(tmp_path, Wanted(curves=(("loss", ""),)))
    assert found.runs == ("good",)
    assert found.curves["loss", ""][0].ys == (1.0,)
    nothing = sample_folders(tmp_path, Wanted(curves=(("no", ""),)))
    assert (nothing.runs, nothing.notes) == ((), ("The newest runs hold no values.",))


def test_values_known_from_a_summary_alone(tmp_path: Path) -> None:
    place = tmp_path / "wandb" / "run-20260101_000000-a" / "files"
    place.mkdir(parents=True)
    (place / "wandb-summary.json").write_text('{"loss": 0.5, "acc": {"max": 0.9}, "a": {"b": 2}}')
    found = sample_folders(tmp_path, Wanted(last=("loss", "acc", "a.b")))
    assert found.last == {"loss": {0: 0.5}, "acc": {0: 0.9}, "a.b": {0: 2.0}}


def test_what_a_summary_holds_in_place_of_the_last_value(tmp_path: Path) -> None:
    """`define_metric(summary="max")`, as the SDK writes it."""
    code = """
import wandb
run = wandb.init(mode="offline", dir=DIR, settings=wandb.Settings(console="off"))
run.define_metric("acc", summary="max")
for value in (0.1, 0.9, 0.2):
    run.log({"acc": value, "loss": value})
run.finish()
"""
    script = tmp_path / "log.py"
    script.write_text(code.replace("DIR", repr(str(tmp_path))))
    done = subprocess.run(
        [sys.executable, str(script)], check=False, capture_output=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    found = sample_folders(tmp_path / "wandb", Wanted(last=("acc", "loss")))
    assert found.last == {"acc": {0: 0.9}, "loss": {0: 0.2}}


def test_a_row_without_its_x_is_no_point(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"epoch": 0},
        {"loss": 5.0},
        {"loss": 4.0, "epoch": 1},
        {"epoch": 2},
        {"loss": 3.0},
    ]
    WrittenRun(id="a", rows=[(None, row) for row in rows]).write(tmp_path)
    found = sample_folders(tmp_path, Wanted(curves=(("loss", "epoch"),)))
    assert (found.curves["loss", "epoch"][0].xs, found.curves["loss", "epoch"][0].ys) == (
        (1.0,),
        (4.0,),
    )


def test_times_on_the_x_axis(tmp_path: Path) -> None:
    start = 1_790_000_000.0
    rows = [(start + 60 * n, {"loss": 1.0, "_runtime": 60.0 * n}) for n in range(3)]
    WrittenRun(id="a", rows=rows).write(tmp_path)
    one = panel("p", "loss")
    ends = {}
    for axis in ("RelativeTime(Process)", "WallTime", "Step"):
        layout = Layout(name="x", sections=(section("s", one),), settings={"x_axis": axis})
        found = drawing(one, layout.sections[0], layout, sample_folders(tmp_path, wanted(layout)))
        assert found is not None
        ends[axis] = (found.first, found.last)
    assert ends == {
        "RelativeTime(Process)": ("0", "120"),
        "WallTime": ("2026-09-21 14:13", "2026-09-21 14:15"),
        "Step": ("0", "2"),
    }


def test_images_are_taken_from_the_run_alone(tmp_path: Path, logged: Path) -> None:
    """A path that leads out of the run's folder shows nothing of this machine."""
    (picture,) = (logged / "wandb").glob("*new0/files/media/images/*")
    shutil.copy(picture, tmp_path / "secret.png")
    for name in ("../../../secret.png", str(tmp_path / "secret.png"), "a\0b", "", "media"):
        row = {"img": {"_type": "image-file", "path": name}}
        place = WrittenRun(id="a", rows=[(None, row)]).write(tmp_path / "runs")
        (place / "files").mkdir()
        found = sample_folders(tmp_path / "runs", Wanted(media=("img",)))
        assert found.pictures == {}
        shutil.rmtree(tmp_path / "runs")
    row = {"img": {"_type": "image-file", "path": "secret.png"}}
    place = WrittenRun(id="a", rows=[(None, row)]).write(tmp_path / "runs")
    (place / "files").symlink_to(tmp_path)
    assert sample_folders(tmp_path / "runs", Wanted(media=("img",))).pictures == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"\x89PNG\r\n\x1a\n" + b"x" * 50_000,
        b"GIF89a" + b"\0" * 20_000,
    ],
)
def test_what_is_no_image_is_not_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(content)
    assert thumbnail(file) is None
    assert thumbnail(tmp_path / "gone.png") is None


def test_large_images_become_small(logged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    (picture,) = (logged / "wandb").glob("*new0/files/media/images/*")
    found = thumbnail(picture)
    assert found is not None
    with Image.open(io.BytesIO(found[1])) as shrunk:
        assert max(shrunk.size) == THUMBNAIL
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    assert thumbnail(picture) is None
    notes = sample_folders(logged, Wanted(media=("img",))).notes
    assert any("pillow" in note for note in notes)


def encoded(image: Any, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def shown_of(tmp_path: Path, data: bytes) -> Any:
    """The thumbnail of an image, opened."""
    from PIL import Image

    file = tmp_path / "image"
    file.write_bytes(data)
    found = thumbnail(file)
    assert found is not None
    assert len(found[1]) <= 24_000
    return Image.open(io.BytesIO(found[1]))


def test_images_as_a_browser_shows_them(tmp_path: Path) -> None:
    from PIL import Image

    values = random.Random(0).choices(range(20_000, 40_001), k=200 * 200)
    deep = Image.frombytes("I;16", (200, 200), struct.pack("<40000H", *values))
    low, high = shown_of(tmp_path, encoded(deep, "PNG")).convert("L").getextrema()
    assert 40 < low < high < 200  # of 255, as 20,000 and 40,000 are of 65,535
    noise = Image.effect_noise((300, 400), 90)
    upright = Image.Exif()
    upright[0x0112] = 6  # turned by a quarter
    turned = shown_of(tmp_path, encoded(noise, "JPEG", exif=upright, quality=95))
    assert turned.size == (160, 120)
    loud = Image.merge("RGBA", [noise, noise, noise, noise])
    assert shown_of(tmp_path, encoded(loud, "PNG")).mode == "RGB"
    still = shown_of(
        tmp_path,
        encoded(
            Image.new("P", (20, 20)),
            "GIF",
            save_all=True,
            append_images=[Image.new("P", (20, 20), 1)],
        ),
    )
    assert getattr(still, "n_frames", 1) == 1


def test_a_small_file_of_very_many_pixels_is_not_shown(tmp_path: Path) -> None:
    from PIL import Image

    file = tmp_path / "bomb.png"
    file.write_bytes(encoded(Image.new("1", (9_000, 9_000)), "PNG", optimize=True))
    assert file.stat().st_size < 20_000
    assert thumbnail(file) is None


def test_runs_that_can_not_be_read_leave_a_note(tmp_path: Path) -> None:
    WrittenRun(id="a", rows=[(None, {"loss": 1})]).write(tmp_path)
    bad = WrittenRun(id="b", number=1).write(tmp_path)
    (bad / "run-b.wandb").write_bytes(b"no such file")
    found = sample_folders(tmp_path, Wanted(curves=(("loss", ""),)))
    assert found.runs == ("a",)
    assert len(found.notes) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmptySource):
        sample_folders(tmp_path / "empty", Wanted())


# A server


@pytest.fixture
def server(wandb_env: WandbEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    monkeypatch.chdir(tmp_path)
    rows = [{"loss": 1 / (step + 1), "epoch": step // 10} for step in range(500)]
    keys = {name: KeyInfo("number", count=500) for name in ("loss", "epoch")}
    runs = [
        Run(f"run{n}", keys=keys, rows=rows, summary={"best": n, "a": {"b": 2}}) for n in range(8)
    ]
    wandb_env.server.add_project(PROJECT, runs=runs)
    return wandb_env.server


def asked_of(server: WandbServer, asked: Wanted) -> Samples:
    from wslayout.wandb_api.auth import find_login

    client = connect(find_login())
    try:
        return sample_project(client, "demo", "project", asked)
    finally:
        client.close()


def test_values_of_a_project_take_a_request_a_run(server: WandbServer) -> None:
    found = asked_of(server, Wanted(curves=(("loss", ""), ("no", "")), last=("best", "a.b")))
    assert len(server.requests) == RUNS + 1
    assert found.runs == ("run7", "run6", "run5", "run4", "run3")
    assert len(found.curves["loss", ""]) == RUNS
    curve = found.curves["loss", ""][0]
    assert (curve.xs[0], curve.ys[0], len(curve.xs)) == (0, 1, 60)
    assert ("no", "") not in found.curves
    assert found.last == {
        "best": {n: 7.0 - n for n in range(RUNS)},
        "a.b": dict.fromkeys(range(RUNS), 2.0),
    }
    assert found.notes == ()


def test_runs_of_a_project_that_logged_nothing_are_passed_over(server: WandbServer) -> None:
    rows = [{"loss": 1.0}]
    keys = {"loss": KeyInfo("number", count=1)}
    runs = [Run("good", keys=keys, rows=rows, summary={"acc": {"max": 0.9}}), Run("crash")]
    server.add_project(PROJECT, runs=runs)
    found = asked_of(server, Wanted(curves=(("loss", ""),), last=("acc",)))
    assert found.runs == ("good",)
    assert found.last == {"acc": {0: 0.9}}


def test_what_a_server_refuses_leaves_a_note(server: WandbServer) -> None:
    many = Wanted(curves=tuple((f"k{n}", "") for n in range(CURVES + 50)))
    assert asked_of(server, many).notes == (
        f"Values of {CURVES} of {CURVES + 50} lines were asked for.",
    )
    one = Wanted(curves=(("loss", ""),))
    server.fail(faults.forbidden(), operation="WslayoutSampledHistory", times=None)
    assert "gave no values" in asked_of(server, one).notes[0]
    server.heal()
    # One run that is refused takes no other with it.
    refused = faults.graphql_error("no", "X")
    server.fail(refused, operation="WslayoutSampledHistory", times=1)
    found = asked_of(server, one)
    assert found.runs == ("run6", "run5", "run4", "run3")
    assert found.notes == ("The server gave no values of run7.",)
    server.heal()
    server.disable("sampled_history")
    (note,) = asked_of(server, one).notes
    assert "schematic" in note


ODD = st.recursive(
    st.none() | st.booleans() | FINITE | st.text(max_size=5) | st.sampled_from(["NaN", "Infinity"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["loss", "_step", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(ODD, ODD)
def test_whatever_a_server_gives(history: object, summary: object) -> None:
    class Server:
        login: Any = None

        def execute(
            self, query: str, variables: Mapping[str, Any], **options: Any
        ) -> dict[str, Any]:
            if "sampledHistory" not in query:
                runs = {"edges": [{"node": {"name": "a"}}]}
                return {"project": {"runs": runs}}
            run = {"sampledHistory": history, "summaryMetrics": json.dumps(summary)}
            return {"project": {"run": run}}

        def close(self) -> None: ...

    found = sample_project(
        Server(), "demo", "project", Wanted(curves=(("loss", ""),), last=("loss", "x.loss"))
    )
    for curve in found.curves.get(("loss", ""), ()):
        assert all(map(math.isfinite, (*curve.xs, *curve.ys)))


# Drawings


def curves_of(*ys: float) -> Samples:
    return Samples(
        runs=("a",),
        curves={("k", ""): (Curve(run=0, xs=tuple(map(float, range(len(ys)))), ys=ys),)},
    )


def drawn(samples: Samples, kind: Any = "line", **settings: Any) -> Drawing | None:
    one = replace(panel("t", "k", kind=kind), settings=settings)
    return drawing(one, section("s", one), Layout(name="x", sections=()), samples)


@settings(max_examples=200)
@given(st.lists(FINITE, min_size=1, max_size=300), st.booleans())
def test_any_curve_stays_within_its_panel(ys: list[float], log_y: bool) -> None:
    found = drawn(curves_of(*ys), log_y=log_y)
    assert found is not None
    assert ("not above 0" in found.note) == (log_y and min(ys) <= 0)
    if not found.lines:
        assert max(ys) <= 0
        return
    (line,) = found.lines
    for x, y in points_of(line):
        assert 0 <= x <= 1
        assert -0.01 <= y <= 1.01


ENDS = st.none() | st.lists(st.none() | FINITE, min_size=2, max_size=2)


@given(st.dictionaries(st.integers(0, 4), FINITE, min_size=1), st.sampled_from("hv"), ENDS)
def test_any_bars_stay_within_their_panel(
    values: dict[int, float], orientation: str, ends: list[float | None] | None
) -> None:
    samples = Samples(runs=("a",) * 5, last={"k": values})
    found = drawn(samples, "bar", orientation=orientation, range_x=ends)
    assert found is not None
    assert len(found.bars) == len(values)
    for bar in found.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH + 1.1
        assert bar.y >= 0
        assert bar.y + bar.height <= HEIGHT


def points_of(line: Line) -> list[tuple[float, float]]:
    """Where the points of a path stand: right of the left end, and above the lower one."""
    x, y, *steps = map(int, re.findall(r"-?\d+", line.path.removesuffix("h0")))
    found = [(x, y)]
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        found.append((x, y))
    return [(x / 4 / WIDTH, (HEIGHT - 4 - y / 4) / (HEIGHT - 8)) for x, y in found]


@settings(max_examples=200)
@given(st.lists(FINITE, min_size=1, max_size=50), ENDS, ENDS)
def test_given_ends_of_axes_cut_and_keep_the_scale(
    ys: list[float], xs: list[float | None] | None, ends: list[float | None] | None
) -> None:
    found = drawn(curves_of(*ys), range_x=xs, range_y=ends)
    assert found is not None
    assert found.is_cut == any(end is not None for pair in (xs, ends) for end in pair or ())
    assert all(abs(at) <= 22 for line in found.lines for one in points_of(line) for at in one)
    half = drawn(curves_of(0.0, 1.0, 2.0, 4.0), range_y=[0, 2], range_x=[1, None])
    assert half is not None
    assert (half.low, half.high, half.first, half.last) == ("0", "2", "1", "3")
    expected = [(-0.5, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 2.0)]
    for (x, y), (at_x, at_y) in zip(points_of(half.lines[0]), expected, strict=True):
        assert x == pytest.approx(at_x, abs=0.01)
        assert y == pytest.approx(at_y, abs=0.01)


def test_what_is_drawn_otherwise_says_so() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"plot_type": "stacked-area"}, "a plot of type stacked-area: not drawn here"),
        ({"custom_expressions": ["${k} * 2"]}, "expressions: not drawn here"),
        ({"groupby": "lr"}, "grouped runs: not drawn here"),
    )
    for told, said_ in cases:
        assert drawn(curves_of(1.0, 2.0), **told) == Drawing(note=said_)
    for name, value in (("plot_type", "line"), ("metric_regex", "k"), ("groupby", None)):
        found = drawn(curves_of(1.0, 2.0), **{name: value})
        assert found is not None
        assert found.lines
    unseen = drawn(curves_of(-1.0, 0.0, 5.0), log_y=True)
    assert unseen is not None
    assert unseen.note == "2 points are not above 0, as logarithmic axes need"


def test_runs_as_points() -> None:
    last = {"k": {0: 1.0, 1: 3.0, 2: 9.0}, "other": {0: 0.0, 1: 10.0}}
    samples = Samples(runs=("a", "b", "c"), last=last)
    found = drawn(samples, "scatter", x="k", y="other")
    assert found is not None
    assert (found.first, found.last, found.low, found.high) == ("1", "3", "0", "10")
    assert [one.colour for one in found.lines] == [1, 0]
    assert [points_of(one)[0] for one in found.lines] == [(1, 1), (0, 0)]
    assert drawn(samples, "scatter", x="config.lr", y="other") is None


def test_histograms_say_where_they_begin_and_end() -> None:
    samples = Samples(runs=("a",), bars={"k": (Bars(run=0, counts=(1, 5), ends=(-2, 2)),)})
    found = drawn(samples, "media")
    assert found is not None
    assert (found.first, found.last, found.low, found.high) == ("-2", "2", "0", "5")
    assert found.label == "a histogram of 2 bins, from -2 to 2"
    near = drawn(curves_of(1_000_000.0, 1_000_000.5))
    assert near is not None
    assert (near.low, near.high) == ("1000000", "1000000.5")
    video = drawn(Samples(runs=("a",), others={"k": "video"}), "media")
    assert video == Drawing(note="video: not drawn here")


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ({"values": [1, 2], "bins": [0, 0.5, 1]}, (0, 1)),
        ({"values": [1, 2], "bins": [0, 0.5]}, None),
        ({"values": [1, 2], "packedBins": {"min": -1, "size": 2, "count": 2}}, (-1, 3)),
        ({"values": [1, 2], "packedBins": {"min": "x", "size": 2}}, None),
        ({"values": [1] * 49, "bins": list(range(50))}, (0, 50)),
        ({"values": [1, 2]}, None),
    ],
)
def test_ends_of_logged_histograms(value: dict[str, Any], ends: tuple[float, float] | None) -> None:
    found = bars_of(value, 3)
    assert found is not None
    assert (found.run, found.ends) == (3, ends)
    assert sum(found.counts) == sum(value["values"])
    assert bars_of({"values": []}, 0) is None
    assert bars_of({"values": [1, "x"]}, 0) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.5123, "0.512"),
        (12.0, "12"),
        (1234.5, "1234"),
        (999.6, "999.6"),
        (999.4e9, "999G"),
        (12_345.0, "12.3k"),
        (-2_500_000.0, "-2.5M"),
        (7e9, "7G"),
        (1e20, "1.0e+20"),
        (3e-5, "3.0e-05"),
    ],
)
def test_numbers_in_few_characters(value: float, text: str) -> None:
    assert said(value) == text


def test_sixty_full_panels_are_a_small_page() -> None:
    layout, samples = everything()
    page = render_layout(layout, samples=samples)
    assert len(page.encode()) < 1_500_000
    for text in ("3 more rows, 1 more column", "data:image/png;base64,", "A note.", ">run 4<"):
        assert text in page


def test_names_that_are_written_out_leave_the_page_small() -> None:
    keys = ["\u202e" * 150 + str(n) for n in range(600)]
    lines = [panel(keys[at], *keys[at : at + 10]) for at in range(0, 600, 10)]
    layout = Layout(name="x", sections=(section("s", *lines),))
    curves = curves_of(*map(float, range(60))).curves["k", ""]
    samples = Samples(runs=("a",), curves={(key, ""): curves for key in keys})
    assert len(render_layout(layout, samples=samples).encode()) < 1_500_000


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_values_add_nothing_to_the_page(name: str) -> None:
    def tags(text: str) -> list[str]:
        samples = Samples(
            runs=(text,),
            grids={"k": Grid(columns=(text,), rows=((text,),))},
            notes=(text,),
        )
        layout = Layout(name="x", sections=(section("s", panel("p", "k", kind="table")),))
        return re.findall(r"<[a-z]+", render_layout(layout, samples=samples, notes=[text]))

    assert tags(name) == tags("harmless")


# What a layout needs, and the whole way


def test_what_a_layout_needs() -> None:
    layout = Layout(
        name="x",
        x_axis="epoch",
        sections=(
            section(
                "s",
                panel("a", "a1", "a2", x_axis="time"),
                panel("b", "b1"),
                panel("c", "c1", kind="scalar"),
                panel("d", "d1", kind="media"),
            ),
        ),
    )
    assert wanted(layout) == Wanted(
        curves=(("a1", "time"), ("b1", "epoch"), ("a2", "time")), last=("c1",), media=("d1",)
    )


def test_a_preview_of_runs_on_disk(logged: Path, tmp_path: Path) -> None:
    found = preview(str(logged))
    assert found.samples is not None
    assert len(found.samples.runs) == 3
    assert found.difference is None
    assert 'class="plot"' in found.save(tmp_path / "a" / "page.html").read_text()
    again = preview(found.layout)
    assert again == found
    assert preview(found.layout, values=False).samples is None
    assert preview(found.layout, values=str(logged)) == found
    for values in ("nosuch", tmp_path / "a" / "page.csv", ["a", "b"]):
        (note,) = preview(found.layout, values=values).notes
        assert note.startswith("No values could be read: ")
    with pytest.raises(TypeError, match="takes no 'panels'"):
        preview(found.layout, panels=3)


def test_a_preview_of_a_project_tells_what_would_change(server: WandbServer) -> None:
    from wslayout.view_api import apply

    first = preview(PROJECT)
    assert first.difference is None
    assert first.samples is not None
    assert first.samples.curves
    assert not server.views(PROJECT)
    apply(PROJECT)
    second = preview(PROJECT, exclude="epoch", x_axis="epoch")
    assert second.difference is not None
    assert second.difference.differs
    assert "Compared to the saved view" in second.html()
    server.fail(faults.forbidden(), operation="WslayoutGetView", times=None)
    third = preview(PROJECT)
    assert third.difference is None
    assert "could not be compared" in third.notes[0]
    assert "could not be compared" in third.html()
