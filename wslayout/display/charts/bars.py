"""Bar charts and histograms."""

from __future__ import annotations

from collections.abc import Iterable

from wslayout.display.charts.drawn import COLOURS, HEIGHT, MARGIN, WIDTH, Bar, Drawing
from wslayout.display.charts.scales import Scale, bounds, ends_of, said
from wslayout.layout import Panel
from wslayout.samples import Bars, Samples


def chart(panel: Panel, samples: Samples) -> Drawing | None:
    """Last values as bars, one a metric and run; None where none is known."""
    known = [
        (place, key, run, value)
        for place, key in enumerate(panel.keys)
        for run, value in sorted(samples.last.get(key, {}).items())
    ]
    if not known:
        return None
    by_run = len(panel.keys) == 1
    ends = bounds(panel, "range_x")
    along = Scale([0.0, *(value for *_, value in known)], ends=ends)
    upright = panel.settings.get("orientation") == "v"
    size = WIDTH if upright else HEIGHT - 2 * MARGIN
    step = size / len(known)
    bars = []
    for row, (place, _, run, value) in enumerate(known):
        begin, end = sorted(min(max(along.of(one), 0.0), 1.0) for one in (0.0, value))
        at = row * step + step * 0.12
        thick = min(step * 0.76, 40 if upright else 16)
        colour = (run if by_run else place) % COLOURS
        if upright:
            top = HEIGHT - MARGIN - end * (HEIGHT - 2 * MARGIN)
            long = max((end - begin) * (HEIGHT - 2 * MARGIN), 1)
            bars.append(_bar(colour, at, top, thick, long))
        else:
            long = max((end - begin) * WIDTH, 1)
            bars.append(_bar(colour, begin * WIDTH, MARGIN + at, long, thick))
    low, high = ends_of(along)
    return Drawing(
        bars=tuple(bars),
        low=low if upright else "",
        high=high if upright else "",
        first="" if upright else low,
        last="" if upright else high,
        values={key: extent_of(samples.last[key].values()) for _, key, _, _ in known},
        label=f"{len(bars):,} bars",
        by_run=by_run,
    )


def histogram(found: Bars) -> Drawing:
    """A logged histogram."""
    most = max(found.counts) or 1.0
    step = WIDTH / len(found.counts)
    heights = [(HEIGHT - 2 * MARGIN) * count / most for count in found.counts]
    low, high = ("", "") if found.ends is None else ends_of(Scale(found.ends))
    return Drawing(
        bars=tuple(
            _bar(0, place * step, HEIGHT - MARGIN - height, step * 0.86, height)
            for place, height in enumerate(heights)
        ),
        low="0",
        high=said(most),
        first=low,
        last=high,
        label=f"a histogram of {len(heights):,} bins" + (f", from {low} to {high}" if low else ""),
    )


def _bar(colour: int, x: float, y: float, width: float, height: float) -> Bar:
    return Bar(
        colour=colour, x=round(x, 1), y=round(y, 1), width=round(width, 1), height=round(height, 1)
    )


def extent_of(values: Iterable[float]) -> str:
    """The lowest and the highest value in words."""
    known = list(values)
    low, high = said(min(known)), said(max(known))
    return low if low == high else f"{low} … {high}"
