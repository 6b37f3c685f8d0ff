"""wslayout lays out Weights & Biases workspaces.

Read a project's metric keys, lay them out, save a small saved view in manual mode::

    import wslayout as wsl

    inventory = wsl.read("team/project")   # an Inventory: one row a metric key
    layout = wsl.plan(inventory)           # a Layout: sections of panels, pure data
    wsl.apply(layout)                      # a saved view; again: "unchanged"

Names are loaded when first used, so that importing wslayout costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from wslayout.api import (
        apply,
        explain,
        plan,
        read,
        spec,
        views,
    )
    from wslayout.errors import (
        AuthError,
        BadResponse,
        EmptySource,
        Mark,
        Problem,
        ProjectNotFound,
        RateLimited,
        RequestRejected,
        ServerError,
        ServerUnreachable,
        SourceError,
        SpecError,
        TargetError,
        TemplateError,
        TooManyKeys,
        UnknownField,
        ViewConflict,
        ViewNotFound,
        ViewProtected,
        WslayoutError,
    )
    from wslayout.grouping.explanation import Explanation
    from wslayout.inventory import Coverage, Inventory, Origin
    from wslayout.layout import Budgets, Figures, Layout, LeftOut, Panel, Section, TemplateUse
    from wslayout.preset_api import (
        check_preset,
        list_presets,
        preset_text,
        pull_preset,
        pull_view,
        push_preset,
    )
    from wslayout.preset_work import Checked
    from wslayout.presets import Listed
    from wslayout.publish.apply import Applied
    from wslayout.publish.listing import ViewRow

__all__ = [
    "Applied",
    "AuthError",
    "BadResponse",
    "Budgets",
    "Checked",
    "Coverage",
    "EmptySource",
    "Explanation",
    "Figures",
    "Inventory",
    "Layout",
    "LeftOut",
    "Listed",
    "Mark",
    "Origin",
    "Panel",
    "Problem",
    "ProjectNotFound",
    "RateLimited",
    "RequestRejected",
    "Section",
    "ServerError",
    "ServerUnreachable",
    "SourceError",
    "SpecError",
    "TargetError",
    "TemplateError",
    "TemplateUse",
    "TooManyKeys",
    "UnknownField",
    "ViewConflict",
    "ViewNotFound",
    "ViewProtected",
    "ViewRow",
    "WslayoutError",
    "__version__",
    "apply",
    "check_preset",
    "explain",
    "list_presets",
    "plan",
    "preset_text",
    "pull_preset",
    "pull_view",
    "push_preset",
    "read",
    "spec",
    "views",
]

_HOMES = {
    "wslayout.api": (
        "apply",
        "explain",
        "plan",
        "read",
        "spec",
        "views",
    ),
    "wslayout.preset_api": (
        "check_preset",
        "list_presets",
        "preset_text",
        "pull_preset",
        "pull_view",
        "push_preset",
    ),
    "wslayout.preset_work": ("Checked",),
    "wslayout.presets": ("Listed",),
    "wslayout.grouping.explanation": ("Explanation",),
    "wslayout.inventory": ("Coverage", "Inventory", "Origin"),
    "wslayout.layout": (
        "Budgets",
        "Figures",
        "Layout",
        "LeftOut",
        "Panel",
        "Section",
        "TemplateUse",
    ),
    "wslayout.publish.apply": ("Applied",),
    "wslayout.publish.listing": ("ViewRow",),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((home for home, names in _HOMES.items() if name in names), "wslayout.errors")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return list(__all__)
