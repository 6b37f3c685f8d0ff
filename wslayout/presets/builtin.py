"""Built-in presets: where they are, and what they say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from wslayout.errors import TemplateError
from wslayout.layout import Budgets


def builtin_folder() -> Path:
    """The folder of built-in presets: in the wheel, or ``templates/`` of a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_data" / "templates"
    return shipped if shipped.is_dir() else package.parent / "templates"


def builtin_names() -> list[str]:
    """The names of the built-in presets."""
    return sorted(path.stem for path in builtin_folder().glob("*.yaml"))


@cache
def builtin_budgets(name: str = "base") -> Budgets:
    """The budgets of a built-in preset; read once, as it never changes.

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
