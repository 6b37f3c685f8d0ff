"""The engine's weights, read from ``weights.yaml``, which says what each is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from wslayout.grouping.cut import Weights
from wslayout.grouping.tree import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a panel is worth; each attribute is explained in ``weights.yaml``."""

    headline: float
    runs: float
    curve: float
    varies: float
    number: float
    media: float
    table: float
    claimed: float
    priority: float
    reserved: float
    plumbing: float
    split: float
    statistic: float
    category: float
    depth: float
    further: float

    def of_kind(self, kind: str) -> float:
        """What a panel is worth for what it draws: a number, media, else a table."""
        if kind == "number":
            return self.number
        return self.media if kind == "media" else self.table

    def of_slot(self, slot: str) -> float:
        """What a panel is worth for what its lines differ in."""
        if slot == "single":
            return 0.0
        return {"split": self.split, "statistic": self.statistic, "category": self.category}.get(
            slot, 0.0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All weights of the engine.

    Attributes:
        search: What a search costs.
        shape: What poorer headings cost.
        tie: Topic-first must be cheaper than prefix-first by this share.
        value: What a panel is worth.
    """

    search: Weights
    shape: Shape
    tie: float
    value: Value


@cache
def load_settings() -> Settings:
    """The weights that ship with the package; read once, as they never change."""
    text = files("wslayout.grouping").joinpath("weights.yaml").read_text(encoding="utf-8")
    return settings_of(yaml.safe_load(text))


def settings_of(data: Mapping[str, Any]) -> Settings:
    """The weights that a parsed YAML file states."""
    return Settings(
        search=Weights(**data["search"]),
        shape=Shape(**data["shape"]),
        tie=data["tie"],
        value=Value(**data["value"]),
    )
