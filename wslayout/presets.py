"""Built-in presets: where they are, and what they say."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from wslayout.errors import TemplateError
from wslayout.layout import Budgets

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def builtin_folder() -> Traversable:
    """The folder of built-in presets: in the wheel, or ``templates/`` of a checkout."""
    shipped = files("wslayout").joinpath("_data/templates")
    if shipped.is_dir():
        return shipped
    return Path(__file__).resolve().parent.parent / "templates"


def builtin_budgets(name: str = "base") -> Budgets:
    """The budgets of a built-in preset.

    Raises:
        TemplateError: There is no such preset, or it states no valid budgets.
    """
    try:
        text = builtin_folder().joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"no built-in preset {name!r}: {error}") from error
    try:
        return Budgets(**yaml.safe_load(text)["budgets"])
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise TemplateError(f"built-in preset {name!r}: {error}") from error
