"""Why a key has no panel although there would be room: its nature, or an option."""

from __future__ import annotations

import shlex
from typing import Final

from wslayout.grouping.explanation import Explanation, listed, option
from wslayout.grouping.options import Options
from wslayout.grouping.selecting import (
    COUNTER,
    EXCLUDED,
    INTERNAL,
    NOT_ASKED,
    NOT_INCLUDED,
    refusal,
)
from wslayout.inventory import CHARTABLE_KINDS, Inventory
from wslayout.patterns import escape

_LOG_INSTEAD: Final = {
    "bool": "Log it as 0 or 1 to see it as a curve.",
    "string": "Log it in a wandb.Table or as wandb.Html to see it in a panel.",
    "list": "Log its numbers one by one or as a wandb.Histogram to see them in a panel.",
    "map": "Log its values under keys of their own to see them in panels.",
    "unknown": "If it is a number, a table of keys can say so in its column `kind`.",
}


def ruled_out(
    key: str, kind: str, reason: str, inventory: Inventory, options: Options
) -> Explanation:
    """Of a key that may have no panel."""
    advice: list[str] = []
    if reason == INTERNAL:
        why = ["W&B logs it by itself and shows it elsewhere."]
    elif reason == COUNTER and key in inventory.step_metrics:
        why = ["`define_metric` made it the x-axis of other keys, so it needs no panel."]
    elif reason == COUNTER:
        why = ["It counts how far a run is, which makes it an x-axis rather than a panel."]
    elif kind not in CHARTABLE_KINDS:
        why = [f"It is of kind {kind}, which W&B draws no panel for."]
        advice = [_LOG_INSTEAD[kind]] if kind in _LOG_INSTEAD else []
    else:
        why, advice = _obstacles(key, kind, options)
    if key == options.x_axis:
        why.append("It is the x-axis of every line plot.")
    elif reason in (INTERNAL, COUNTER) and kind == "number":
        advice.append(f"{option('--x-axis', key)} makes it the x-axis of every line plot.")
    if kind in CHARTABLE_KINDS:
        advice.append(f"{option('--pin', key)} draws it anyway.")
    return Explanation(key=key, placed="left out", reasons=tuple(why), advice=tuple(advice))


def _obstacles(key: str, kind: str, options: Options) -> tuple[list[str], list[str]]:
    """Every option that rules a key out, and what to do about each."""

    def refuses(one: Options, reason: str) -> bool:
        refuse = refusal(one, [key])
        return refuse is not None and refuse(key, kind) == reason

    why: list[str] = []
    advice: list[str] = []
    if options.kinds and refuses(Options(kinds=options.kinds), NOT_ASKED.format(kind=kind)):
        if all(("kinds", one) in options.of_template for one in options.kinds):
            asked = f"the template's `select.kinds` asks for {', '.join(options.kinds)} only"
            way = f"Add {kind} to `select.kinds` of the template."
        else:
            words = shlex.join(word for name in options.kinds for word in ("--kinds", name))
            asked, way = f"`{words}` asks for others only", f"Add {option('--kinds', kind)}."
        why.append(f"It is of kind {kind}, and {asked}.")
        advice.append(way)
    if options.include and refuses(Options(include=options.include), NOT_INCLUDED):
        why.append(f"No pattern of those to include matches it: {listed(options.include)}.")
        advice.append(
            f"Add {escape(key)!r} to `select.include` of the template."
            if all(("include", one) in options.of_template for one in options.include)
            else f"Add {option('--include', escape(key))}."
        )
    for glob in dict.fromkeys(options.exclude):
        if refuses(Options(exclude=(glob,)), EXCLUDED.format(glob=glob)):
            why.append(f"The pattern {glob!r} excludes it.")
            advice.append(
                f"Take {glob!r} out of `select.exclude` of the template."
                if ("exclude", glob) in options.of_template
                else f"Drop {option('--exclude', glob)}."
            )
    return why, advice
