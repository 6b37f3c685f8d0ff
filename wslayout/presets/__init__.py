"""Presets: templates that people find by name."""

from wslayout.presets.builtin import builtin_budgets, builtin_folder, builtin_names
from wslayout.presets.finding import BUILT_IN, Finder, Places, default_places, no_artifacts
from wslayout.presets.found import Found, Listed

__all__ = [
    "BUILT_IN",
    "Finder",
    "Found",
    "Listed",
    "Places",
    "builtin_budgets",
    "builtin_folder",
    "builtin_names",
    "default_places",
    "no_artifacts",
]
