"""What a preview draws: a few values of the metrics that a layout shows, from a few runs."""

from __future__ import annotations

from wslayout.samples.values import Bars, Curve, Grid, Picture, Samples

__all__ = ["Bars", "Curve", "Grid", "Picture", "Samples"]
