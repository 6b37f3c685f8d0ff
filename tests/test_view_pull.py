"""From saved views back to templates: the same view again, for every type of panel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import wandb_workspaces.reports.v2.interface as wr
import wandb_workspaces.workspaces as ws
from hypothesis import given
from hypothesis import strategies as st
from wandb_workspaces import expr

import wslayout
from tests.conftest import WandbEnv
from tests.keysets import inventory_of
from tests.wandb_server import KeyInfo, Run, WandbServer
from wslayout.cli.main import run
from wslayout.errors import SourceError, TemplateError, ViewNotFound
from wslayout.layout import Layout
from wslayout.templates.nodes import plain, read_yaml, write_yaml
from wslayout.templates.writing import generalised, template_of
from wslayout.wandb_api.patching import patch_between, patched, without_nulls
from wslayout.wandb_api.reading_panels import as_spec, read_panel
from wslayout.wandb_api.reading_spec import read_spec

KEYS = ["a", "b", "train/loss", "val/loss", "img", "tab", "State", *(f"l.{n}/x" for n in range(4))]

PANELS: list[Any] = [
    wr.LinePlot(
        title="t ${weight}",
        y=["train/loss", "val/loss"],
        log_y=True,
        log_x=False,
        range_x=(None, 5),
        range_y=(0.5, None),
        title_x="x",
        title_y="y",
        ignore_outliers=True,
        groupby=wr.Config("model.depth"),
        groupby_aggfunc="mean",
        groupby_rangefunc="stddev",
        smoothing_factor=0.5,
        smoothing_type="gaussian",
        smoothing_show_original=True,
        max_runs_to_show=7,
        custom_expressions=["${train/loss} + ${a}"],
        plot_type="stacked-area",
        font_size="small",
        legend_position="east",
        legend_template="${run:displayName}",
        aggregate=True,
        xaxis_expression="${a} * 2",
        xaxis_format="datetime",
        legend_fields=["run:displayName"],
        point_visualization_method="sampling",
        line_titles={"r:a": "A"},
        line_colors={"r:a": "#ff0000"},
        line_widths={"r:a": 2.5},
        line_marks={"r:a": "dashed"},
    ),
    wr.LinePlot(x=None, metric_regex="^l\\.[0-9]+/x$"),
    wr.LinePlot(y=["a"], x="b", groupby="Group", layout=wr.Layout(x=1, y=2, w=3, h=4)),
    wr.LinePlot(y=[]),
    wr.BarPlot(
        title="bars",
        metrics=["a", "b"],
        orientation="v",
        range_x=(0, 1),
        groupby="model",
        max_runs_to_show=3,
        max_bars_to_show=4,
        line_titles={"r:a": "A"},
        line_colors={"r:a": "red"},
        legend_template="x",
        font_size="large",
    ),
    wr.ScalarChart(title="s", metric="a", groupby_aggfunc="max", custom_expressions=["${a}"]),
    wr.ScatterPlot(
        x=wr.Config("lr"),
        y="train/loss",
        z=wr.SummaryMetric("config.odd"),
        range_z=(0, 1),
        log_x=True,
        running_ymin=True,
        regression=True,
        gradient=[wr.GradientPoint(color="#ff0000", offset=10)],
    ),
    wr.ScatterPlot(x="run.createdAt", y="a"),
    wr.ParallelCoordinatesPlot(
        title="p",
        columns=[
            wr.ParallelCoordinatesPlotColumn(wr.Config("a.b"), log=True, inverted=True),
            wr.ParallelCoordinatesPlotColumn("a", display_name="L"),
        ],
        gradient=[wr.GradientPoint(color="#00ff00")],
        font_size="auto",
    ),
    wr.ParameterImportancePlot(with_respect_to="train/loss"),
    wr.MediaBrowser(title="m", media_keys=["img"], num_columns=3, mode="grid", grid_x_axis="step"),
    wr.MediaBrowser(media_keys=["img"], gallery_axis="run"),
    wr.WeavePanelSummaryTable(table_name="tab"),
    wr.MarkdownPanel(markdown="# ${title}\n\n* a\n"),
    wr.MarkdownPanel(markdown=""),
    wr.RunComparer(diff_only="split"),
    wr.RunComparer(),
    wr.CodeComparer(diff="unified"),
    wr.CustomChart.from_table("tab", chart_fields={"x": "a"}, chart_strings={"title": "q"}),
    wr.CustomChart(
        query={"history": {"keys": ["a", "b"]}},
        chart_name="wandb/line/v0",
        chart_fields={"x": "a", "y": "b"},
    ),
    wr.WeavePanelArtifact(artifact="art"),
]


def dumped(panel: Any) -> dict[str, Any]:
    spec: dict[str, Any] = panel._to_model().model_dump(by_alias=True)
    return spec


def bare(value: Any) -> Any:
    """A spec without what tells who made it, and without nulls."""
    if isinstance(value, dict):
        said = {name: bare(item) for name, item in value.items() if item is not None}
        return {name: said[name] for name in said if name not in ("__id__", "isAuto")}
    return [bare(item) for item in value] if isinstance(value, list) else value


def whole(spec: dict[str, Any]) -> Any:
    """The same for a whole view, without the run set's own id."""
    found = bare(spec)
    for run_set in found["section"]["runSets"]:
        run_set.pop("id", None)
    return found


def through_a_template(layout: Layout, folder: Path, *, keeps_ids: bool = False) -> Layout:
    """The layout that a project gets with the template of another."""
    path = folder / "pulled.yaml"
    text = write_yaml(template_of(layout, as_spec, keeps_ids=keeps_ids))
    path.write_text(text, encoding="utf-8")
    return wslayout.plan(inventory_of(*KEYS), template=path)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: type(panel).__name__)
def test_every_panel_is_said_and_built_again(panel: Any, tmp_path: Path) -> None:
    raw = dumped(panel)
    read = read_panel(raw, "p1")
    assert bare(as_spec(read)) == bare(raw)
    known = not isinstance(panel, wr.WeavePanelArtifact)
    assert (read.kind != "verbatim") == known
    workspace = ws.Workspace(
        entity="e",
        project="p",
        name="n",
        sections=[ws.Section(name="S", panels=[panel])],
        auto_generate_panels=False,
    )
    spec = workspace._to_model().spec.model_dump(by_alias=True)
    layout, notes = read_spec(spec, "n")
    assert not notes
    again = wslayout.spec(through_a_template(layout, tmp_path))
    assert whole(again) == whole(spec)


def view(*, automatic: bool = False) -> ws.Workspace:
    return ws.Workspace(
        entity="demo",
        project="project",
        name="By hand",
        sections=[
            ws.Section(
                name="Same name",
                is_open=True,
                pinned=True,
                panels=[wr.LinePlot(y=["train/loss", "val/loss"]), wr.MarkdownPanel(markdown="x")],
                layout_settings=ws.SectionLayoutSettings(columns=4, rows=1),
                panel_settings=ws.SectionPanelSettings(
                    x_axis="a", x_min=1, smoothing_type="gaussian", smoothing_weight=3
                ),
            ),
            ws.Section(name="Same name", panels=[wr.LinePlot(y=[f"l.{n}/x"]) for n in range(4)]),
            ws.Section(name="", panels=[wr.ScalarChart(metric="a")]),
        ],
        settings=ws.WorkspaceSettings(
            x_axis="b",
            x_max=9.5,
            max_runs=20,
            smoothing_type="average",
            smoothing_weight=10,
            ignore_outliers=True,
            group_by_prefix="last",
            tooltip_color_run_names=False,
            tooltip_number_of_runs="all_runs",
            remove_legends_from_panels=True,
            point_visualization_method="downsampling",
        ),
        runset_settings=ws.RunsetSettings(
            query="q",
            regex_query=True,
            filters="Config('lr') == 0.1 and State == 'finished'",
            groupby=[expr.Config("model"), expr.Metric("Group")],
            order=[expr.Ordering(expr.Summary("loss"), ascending=False)],
            run_settings={"abc": ws.RunSettings(color="#ff0000", disabled=True)},
            pinned_columns=["summary:loss"],
        ),
        auto_generate_panels=automatic,
    )


def test_a_whole_view_comes_back(tmp_path: Path) -> None:
    spec = view()._to_model().spec.model_dump(by_alias=True)
    layout, notes = read_spec(spec, "By hand")
    assert notes == []
    assert layout.runs["filters"]
    assert layout.runs["order"] == ["-summary.loss"]
    again = through_a_template(layout, tmp_path)
    assert whole(wslayout.spec(again)) == whole(spec)
    assert wslayout.spec(again) == wslayout.spec(through_a_template(layout, tmp_path))


def test_what_nothing_expresses_is_kept(tmp_path: Path) -> None:
    spec = view()._to_model().spec.model_dump(by_alias=True)
    section = spec["section"]
    section["newField"] = {"deep": [1, 2, {"x": "${y}"}]}
    section["settings"]["futureSetting"] = True
    section["panelBankConfig"]["sections"][0]["futureField"] = "kept"
    section["panelBankConfig"]["sections"][0]["panels"][0]["config"]["future"] = {"a": 1}
    panel = {"viewType": "Future", "config": {"metrics": ["a"], "q": "${z}"}, "layout": {"x": 1}}
    section["panelBankConfig"]["sections"][0]["panels"].append(panel)
    section["panelBankConfig"]["panelConfigOverrides"] = {"__custom_panel__:x1": {"title": "t"}}
    layout, _ = read_spec(spec, "By hand")
    again = wslayout.spec(through_a_template(layout, tmp_path, keeps_ids=True))
    assert whole(again) == whole(spec)
    ids = [
        [panel.get("__id__") for panel in one["panels"]]
        for one in section["panelBankConfig"]["sections"]
    ]
    kept = [
        [panel.get("__id__") for panel in one["panels"]]
        for one in again["section"]["panelBankConfig"]["sections"]
    ]
    assert kept[1:] == ids[1:]
    assert kept[0][:2] == ids[0][:2]


def test_an_automatic_view_becomes_manual() -> None:
    workspace = view(automatic=True)
    layout, notes = read_spec(workspace._to_model().spec.model_dump(by_alias=True), "n")
    assert any("automatic mode" in note for note in notes)
    assert wslayout.spec(layout)["section"]["settings"]["shouldAutoGeneratePanels"] is False


def test_names_that_only_the_app_accepts(tmp_path: Path) -> None:
    spec = view()._to_model().spec.model_dump(by_alias=True)
    for name, called in (
        ("🎉 a < b", "a b"),
        ("", "view"),
        ("x" * 300, "x" * 128),
        ("${p}", "{p}"),
    ):
        layout, notes = read_spec(spec, name)
        assert layout.name == called
        assert len(notes) == 1
        assert through_a_template(layout, tmp_path).name == called


json_values = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from("abcd"), json_values, max_size=4)


@given(objects, objects)
def test_a_patch_makes_one_of_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert patched(one, patch_between(one, other)) == without_nulls(other)
    assert patch_between(one, one) == {}


extra = st.dictionaries(
    st.sampled_from(["future", "chartTitle", "metrics", "xAxis", "limit", "groupBy", "plotType"]),
    st.none() | st.booleans() | st.integers(0, 9) | st.lists(st.text(), max_size=2),
    max_size=3,
)  # fmt: skip


@given(st.sampled_from(range(len(PANELS))), extra)
def test_whatever_an_app_writes_into_a_panel_comes_back(place: int, config: dict[str, Any]) -> None:
    raw = dumped(PANELS[place])
    raw["config"] = {**raw["config"], **config}
    assert bare(as_spec(read_panel(raw, "p1"))) == bare(raw)


def test_generalising() -> None:
    kinds = dict.fromkeys([*KEYS, "train/acc", "l.4/x", "l.4/y"], "number")
    assert generalised(["l.0/x", "l.1/x", "l.2/x"], kinds) == ["l.0/x", "l.1/x", "l.2/x"]
    assert generalised([f"l.{n}/x" for n in range(5)], kinds) == ["l.*/x"]
    assert generalised(["train/loss", "train/acc"], kinds) == ["train/**"]
    assert generalised(["train/loss", "a"], kinds) == ["train/loss", "a"]
    assert generalised(["odd[1]", "odd{a}"], {}) == ["odd\\[1\\]", "odd\\{a\\}"]


def test_dollars_in_texts_mean_themselves(tmp_path: Path) -> None:
    text = "$${x} $$${x} ${x} $x ${a/b} $${a/b}"
    for panel in (
        wr.MarkdownPanel(markdown=text),
        wr.LinePlot(y=["a"], title=text, legend_template=text),
    ):
        read = read_panel(dumped(panel), "p")
        layout = Layout(name="n", sections=(wslayout.Section(id="s", name="S", panels=(read,)),))
        (again,) = through_a_template(layout, tmp_path).panels
        assert bare(as_spec(again)) == bare(dumped(panel))


def test_a_generalised_template_shows_all_that_the_view_did(tmp_path: Path) -> None:
    kinds = dict.fromkeys(KEYS, "number")
    sections = [
        ws.Section(name="A", panels=[wr.LinePlot(y=["a", "b"]), wr.LinePlot(y=["train/loss"])]),
        ws.Section(name="B", panels=[wr.LinePlot(y=["train/loss"], log_y=True)]),
        ws.Section(name="C", panels=[wr.LinePlot(y=[f"l.{n}/x"]) for n in range(4)]),
    ]
    workspace = ws.Workspace(entity="e", project="p", name="n", sections=sections)
    layout, _ = read_spec(workspace._to_model().spec.model_dump(by_alias=True), "n")
    path = tmp_path / "t.yaml"
    path.write_text(write_yaml(template_of(layout, as_spec, kinds=kinds)), encoding="utf-8")
    found = wslayout.plan(inventory_of(*KEYS), template=path)
    for before, after in zip(layout.sections, found.sections, strict=True):
        drawn = {key for panel in after.panels for key in panel.keys + panel.represented}
        assert drawn == {key for panel in before.panels for key in panel.keys}


def test_generalising_what_wslayout_wrote() -> None:
    layout = wslayout.plan(inventory_of("train/loss", "val/loss", "train/acc", "val/acc", "lr"))
    read, _ = read_spec(wslayout.spec(layout), "v")
    kinds = dict.fromkeys(["train/loss", "val/loss", "train/acc", "val/acc", "lr"], "number")
    template = template_of(read, as_spec, kinds=kinds)
    assert not any(section.get("panels") for section in template["sections"])
    assert any(section.get("match") for section in template["sections"])


@pytest.fixture
def server(wandb_env: WandbEnv) -> WandbServer:
    keys = {key: KeyInfo("number", count=9) for key in KEYS}
    wandb_env.server.add_project("demo/project", runs=[Run("one", keys=keys)])
    return wandb_env.server


def test_a_view_saved_by_the_client_is_pulled_and_applied(
    server: WandbServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = view()
    saved.save()  # type: ignore[no-untyped-call]  # untyped upstream
    (live,) = server.views("demo/project")
    target = tmp_path / "template.yaml"
    assert run(["view", "pull", saved.url, "-o", str(target)]) == 0
    assert "Wrote the template" in capsys.readouterr().err
    text = target.read_text(encoding="utf-8")
    assert plain(read_yaml(text.encode(), "t"))["name"] == "By hand"
    assert run(["preset", "check", str(target), "--on", "demo/project"]) == 0
    assert run(["apply", "demo/project", "-t", str(target), "--name", "Again", "-y"]) == 0
    again = next(one for one in server.views("demo/project") if one.display_name == "Again")
    assert whole(json.loads(again.spec)) == whole(json.loads(live.spec))
    capsys.readouterr()
    assert run(["view", "pull", saved.url, "--generalise"]) == 0
    general = plain(read_yaml(capsys.readouterr().out.encode(), "t"))
    assert general["sections"][1]["match"] == ["l.*/x"]
    assert general["sections"][0]["match"] == ["train/loss", "val/loss"]


def test_no_such_view(server: WandbServer) -> None:
    with pytest.raises(SourceError, match="no URL of a saved view"):
        wslayout.pull_view("demo/project")
    with pytest.raises(ViewNotFound, match="abcdefghijk"):
        wslayout.pull_view(f"{server.url}/demo/project?nw=abcdefghijk")


def test_generalising_leaves_what_people_composed() -> None:
    panels = (
        wr.LinePlot(title="lr, grad norm", y=["lr", "grad_norm"]),
        wr.LinePlot(title="↑", y=["train/loss"]),
        wr.LinePlot(title="2", y=["val/loss"]),
        wr.LinePlot(title="loss", y=["train/loss", "val/loss"]),
    )
    section = ws.Section(name="S", panels=list(panels))
    spec = ws.Workspace(entity="e", project="p", name="n", sections=[section])._to_model().spec
    read, _ = read_spec(spec.model_dump(by_alias=True), "v")
    kinds = dict.fromkeys(["lr", "grad_norm", "train/loss", "val/loss"], "number")
    (found,) = template_of(read, as_spec, kinds=kinds)["sections"]
    assert [panel.get("title") for panel in found["panels"]][:3] == ["lr, grad norm", "↑", "2"]


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"x": 1}
    for _ in range(levels):
        inner = {"fromOp": {"name": "pick", "inputs": {"obj": inner}}}
    return {"__id__": "deep", "viewType": "Weave", "config": {"panel2Config": {"exp": inner}}}


def odd_views() -> dict[str, dict[str, Any]]:
    """Views with what people and the app may write, and YAML or templates take otherwise."""
    views: dict[str, dict[str, Any]] = {}
    for name in ("dollars", "deep", "merge key", "odd ids"):
        spec = json.loads(json.dumps(view()._to_model().spec.model_dump(by_alias=True)))
        bank = spec["section"]["panelBankConfig"]
        first = bank["sections"][0]
        if name == "dollars":
            first["name"] = "cost in ${usd}"
        elif name == "deep":
            first["panels"].append(nested(30))
        elif name == "merge key":
            spec["section"]["odd"] = {"<<": {"a": 1}}
        else:
            first["panels"][0]["__id__"] = "a.b é" * 20
            bank["panelConfigOverrides"] = {"a": {"x": 1}}
        views[name] = spec
    return views


@pytest.mark.parametrize("name", list(odd_views()))
def test_odd_views_come_back(server: WandbServer, tmp_path: Path, name: str) -> None:
    spec = odd_views()[name]
    server.add_view("demo/project", name="nw-odd-v", spec=json.dumps(spec), display_name="Odd")
    text, _ = wslayout.pull_view(f"{server.url}/demo/project?nw=odd")
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    again = wslayout.spec(wslayout.plan("demo/project", template=path))
    assert whole(again) == whole(spec)


def test_views_that_no_template_gives(server: WandbServer) -> None:
    spec = odd_views()["deep"]
    first = spec["section"]["panelBankConfig"]["sections"][0]
    first["panels"].append(nested(80))
    server.add_view("demo/project", name="nw-odd-v", spec=json.dumps(spec), display_name="Odd")
    with pytest.raises(TemplateError, match="no template gives the view 'Odd' again"):
        wslayout.pull_view(f"{server.url}/demo/project?nw=odd")


def test_halves_of_characters(server: WandbServer, tmp_path: Path) -> None:
    spec = odd_views()["dollars"]
    spec["section"]["odd"] = "a\ud800b"
    server.add_view("demo/project", name="nw-odd-v", spec=json.dumps(spec), display_name="Odd")
    text, notes = wslayout.pull_view(f"{server.url}/demo/project?nw=odd")
    assert "a?b" in text
    assert any("Halves of characters" in note for note in notes)
