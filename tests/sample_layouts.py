"""Layouts to show in tests, made by hand."""

from __future__ import annotations

import math

from wslayout.demo_metrics import png
from wslayout.layout import Layout, LeftOut, Panel, PanelKind, Section, figures, stable_id
from wslayout.samples import Bars, Curve, Grid, Picture, Samples

HOSTILE_NAMES = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    '"><svg onload=alert(1)>',
    "' style='position:fixed;inset:0' x='",
    "{{ 7 * 7 }}{% raw %}",
    "</style><style>*{display:none}</style>",
    "line\nbreak\ttab\x00nul\x1b[31mred\x7f",
    "turned \u202egnp.exe\u2069 \u200bzero",
    "損失/検証/とても長い名前",
    "דיוק/אימות/loss",
    "🏳️‍🌈/👩‍🔬/emoji",
    "x" * 5_000,
    "a/" * 2_500,
    "Z̸̡̢͇͕̦̘͂̔͝a̴̧̨͙̪l̵̙͝g̶̨͘o̴",
    "  spaces   kept  ",
    "&amp;&lt;&#x41;",
    "javascript:alert(1)",
)


def panel(
    title: str,
    *keys: str,
    kind: PanelKind = "line",
    represented: tuple[str, ...] = (),
    x_axis: str | None = None,
    reason: str = "",
) -> Panel:
    return Panel(
        id=stable_id(kind, *keys),
        kind=kind,
        title=title,
        keys=keys,
        represented=represented,
        x_axis=x_axis,
        reason=reason,
    )


def section(
    name: str,
    *panels: Panel,
    is_open: bool = True,
    pinned: bool = False,
    columns: int = 3,
    rows: int = 2,
    reason: str = "",
) -> Section:
    return Section(
        id=stable_id(name),
        name=name,
        panels=panels,
        is_open=is_open,
        pinned=pinned,
        columns=columns,
        rows=rows,
        reason=reason,
    )


def small() -> Layout:
    layers = [f"grad_norm/layers.{index}" for index in range(48)]
    return Layout(
        name="Vision · wslayout",
        sections=(
            section(
                "Overview",
                panel("loss", "train/loss", "val/loss", reason="the headline loss on both splits"),
                panel("val/accuracy", "val/accuracy", kind="scalar"),
                pinned=True,
            ),
            section(
                "Gradients",
                panel(
                    "gradient norm by layer",
                    *layers[::11],
                    represented=tuple(name for name in layers if name not in layers[::11]),
                    x_axis="trainer/global_step",
                ),
                panel("test", "test/accuracy", "test/f1", kind="bar"),
                is_open=False,
                columns=2,
            ),
            section(
                "Media",
                panel("val/predictions", "val/predictions", kind="media"),
                panel("val/worst_classes", "val/worst_classes", kind="table"),
                is_open=False,
            ),
        ),
        left_out=(
            LeftOut(reason="internal to W&B", keys=("_runtime", "_step", "_timestamp")),
            LeftOut(reason="over the budget of panels", keys=("perf/mfu",), chartable=True),
        ),
        x_axis="trainer/global_step",
        source="./wandb",
        coverage="3 runs read, complete",
        figures={
            "wslayout": figures([(2, 3, 0), (2, 7, 43), (2, 2, 0)], left_out=1, spec_bytes=4_210),
            "automatic, first prefix": figures(
                [(48, 48, 0), (3, 3, 0), (1, 1, 0)], left_out=0, spec_bytes=12_800
            ),
            "automatic, last prefix": figures(
                [(48, 48, 0), (3, 3, 0), (1, 1, 0)], left_out=0, spec_bytes=12_800
            ),
        },
    )


def hostile() -> Layout:
    """Every hostile name in every place that a name can stand in."""
    names = HOSTILE_NAMES
    return Layout(
        name=names[0],
        source=names[1],
        coverage=names[2],
        x_axis=names[3],
        sections=tuple(
            section(
                name,
                panel(name, *names, represented=names, x_axis=name, reason=name),
                panel(name, name, kind="bar"),
                panel(name, name, kind="media"),
                reason=name,
            )
            for name in names
        ),
        left_out=tuple(LeftOut(reason=name, keys=names, chartable=True) for name in names),
        figures={name: figures([(3, 3, 0)], left_out=1) for name in ("wslayout", *names[:3])},
    )


def large() -> Layout:
    """52 panels in 10 sections: reinforcement learning of a language model."""
    tasks = ("gsm8k", "math500", "aime24", "humaneval", "mbpp", "livecodebench")
    splits = ("env/all", "test/env/all")
    statistics = ("mean", "std", "min", "max")
    timed = ("gen", "old_log_prob", "ref", "values", "adv", "actor", "critic", "testing")
    layers = [f"grad_norm/model.layers.{index}.self_attn.q_proj.weight" for index in range(64)]
    activations = [f"activations/model.layers.{index}/max" for index in range(64)]

    def spread(names: list[str], title: str) -> Panel:
        shown = tuple(names[round(at * (len(names) - 1) / 9)] for at in range(10))
        rest = tuple(name for name in names if name not in shown)
        return panel(title, *shown, represented=rest, reason="10 of 64 layers, evenly spaced")

    def both(name: str) -> Panel:
        return panel(name, *(f"{split}/{name}" for split in splits))

    sections = (
        section(
            "Overview",
            both("reward/total"),
            both("pass_rate"),
            panel("policy loss", "actor/pg_loss", "actor/kl_loss", "actor/entropy_loss"),
            panel("KL to the reference", "optim/kl_sample_train_v1", "optim/kl_sample_train_v2"),
            panel("response length", *(f"response_length/{s}" for s in ("min", "mean", "max"))),
            panel("throughput", "perf/throughput"),
            pinned=True,
            reason="the six that people look at first",
        ),
        section(
            "Outcome",
            both("by_group/frac_all_good"),
            both("by_group/frac_all_bad"),
            both("by_group/frac_mixed"),
            both("num_passed"),
            reason="env/… and test/env/…",
        ),
        section(
            "Evaluation by task",
            panel("accuracy mean@8", *(f"val-core/{task}/acc/mean@8" for task in tasks)),
            panel("accuracy best@8", *(f"val-core/{task}/acc/best@8/mean" for task in tasks)),
            panel("accuracy maj@8", *(f"val-core/{task}/acc/maj@8/mean" for task in tasks)),
            *(
                panel(f"{task} · reward", *(f"val-aux/{task}/reward/{s}@8" for s in statistics))
                for task in tasks
            ),
            reason="val-core/… and val-aux/…",
        ),
        section(
            "Policy health",
            panel("entropy", "actor/entropy", "optim/entropy"),
            panel("clip fraction", "actor/pg_clipfrac", "actor/pg_clipfrac_lower"),
            panel("PPO KL", "actor/ppo_kl"),
            panel("advantages", *(f"critic/advantages/{s}" for s in ("min", "mean", "max"))),
            panel("returns", *(f"critic/returns/{s}" for s in ("min", "mean", "max"))),
            panel("values", *(f"critic/values/{s}" for s in ("min", "mean", "max"))),
            panel("explained variance", "critic/vf_explained_var"),
        ),
        section(
            "Optimisation",
            panel("learning rate", "optim/lr", "actor/lr", "critic/lr"),
            panel("gradient norm", "actor/grad_norm", "critic/grad_norm"),
            panel("value loss", "critic/vf_loss", "critic/vf_clipfrac"),
            is_open=False,
        ),
        section(
            "Gradients & activations",
            spread(layers, "q_proj gradient norm by layer"),
            spread(activations, "largest activation by layer"),
            is_open=False,
            columns=2,
        ),
        section(
            "Rollouts",
            both("turns_per_episode"),
            both("ob_tokens_per_turn"),
            both("ac_tokens_per_turn"),
            panel("prompt length", *(f"prompt_length/{s}" for s in statistics)),
            panel("response clip ratio", "response_length/clip_ratio"),
            is_open=False,
        ),
        section(
            "Timing",
            *(
                panel(f"time · {name}", f"timing_s/{name}", f"timing_per_token_ms/{name}")
                for name in timed
            ),
            is_open=False,
        ),
        section(
            "System",
            panel("GPU memory", *(f"system/gpu.{index}.memoryAllocated" for index in range(8))),
            panel("GPU utilisation", *(f"system/gpu.{index}.gpu" for index in range(8))),
            panel("model FLOPs utilisation", "perf/mfu/actor", "perf/mfu/critic"),
            panel("peak memory", "perf/max_allocated_gb", "perf/max_reserved_gb", kind="bar"),
            is_open=False,
        ),
        section(
            "Media",
            panel("rollout samples", "val/generations", kind="table"),
            panel("reward histogram", "env/all/reward_histogram", kind="media"),
            panel("attention", "val/attention_map", "val/attention_rollout", kind="media"),
            panel("final score", "test/final_score", kind="scalar"),
            is_open=False,
        ),
    )
    return Layout(
        name="verl GRPO · wslayout",
        sections=sections,
        left_out=(
            LeftOut(
                reason="over the budget of 60 panels",
                keys=tuple(f"weight_norm/model.layers.{index}" for index in range(640)),
                chartable=True,
            ),
            LeftOut(reason="internal to W&B", keys=("_runtime", "_step", "_timestamp", "_wandb")),
            LeftOut(reason="text, which no panel draws", keys=("trainer/phase", "val/prompt")),
        ),
        x_axis="training/global_step",
        source="team/verl-grpo",
        entity="team",
        project="verl-grpo",
        coverage="120 of 2,400 runs read, about 0.4% of what runs log unseen",
        figures={
            "wslayout": figures(
                [(len(s.panels), 20, 10) for s in sections], left_out=640, spec_bytes=38_400
            ),
            "automatic, first prefix": figures(
                [(640, 640, 0), (64, 64, 0), (64, 64, 0), *[(8, 8, 0)] * 22, *[(1, 1, 0)] * 9],
                left_out=0,
                spec_bytes=412_000,
            ),
            "automatic, last prefix": figures(
                [(6, 6, 0)] * 20 + [(1, 1, 0)] * 840, left_out=0, spec_bytes=688_000
            ),
        },
    )


def everything() -> tuple[Layout, Samples]:
    """Sixty panels of every kind, as full as they can be."""
    names = [f"a/rather/long/name/of/a/metric.{n}" for n in range(600)]
    lines = [panel(f"panel {n}", *names[10 * n : 10 * n + 10]) for n in range(50)]
    others = [
        panel("bars", "b0", "b1", kind="bar"),
        panel("one run", "b0", kind="bar"),
        panel("number", "b1", kind="scalar"),
        panel("images", "img", kind="media"),
        panel("histogram", "hist", kind="media"),
        panel("rows", "t", kind="table"),
        panel("nothing known", "none", kind="scatter"),
        *(panel(f"alone {n}", names[n]) for n in range(3)),
    ]
    ys = tuple(math.sin(step) for step in range(120))
    curves = {
        (name, ""): tuple(
            Curve(run=run, xs=tuple(map(float, range(120))), ys=ys) for run in range(5)
        )
        for name in names
    }
    pixels = png(90, lambda x, y: (x * y % 256, x % 256, y % 256))
    samples = Samples(
        runs=tuple(f"run {n}" for n in range(5)),
        curves=curves,
        last={"b0": {0: 1.0, 1: -2.0}, "b1": {2: 3.0}},
        pictures={
            "img": tuple(Picture(run=n, media_type="image/png", data=pixels) for n in range(5))
        },
        bars={"hist": (Bars(run=0, counts=(1.0, 5.0, 2.0)),)},
        grids={"t": Grid(columns=("a", "b"), rows=(("1", "2"),), more_rows=3, more_columns=1)},
        notes=("A note.",),
    )
    return Layout(name="full", sections=(section("all", *lines, *others),)), samples
