"""wslayout lays out Weights & Biases workspaces.

Read a project's metric keys, lay them out, save a small saved view in manual mode::

    import wslayout as wsl

    inventory = wsl.read("team/project")   # an Inventory: one row a metric key
    layout = wsl.plan(inventory)           # a Layout: sections of panels, pure data
    wsl.apply(layout)                      # a saved view; again: "unchanged"

Names are loaded when first used, so that importing wslayout costs next to nothing.
"""

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False  # that of typing, which takes as long to import as Python to start
if TYPE_CHECKING:
    from wslayout.api import explain, plan, spec
    from wslayout.audit_api import audit
    from wslayout.auditing.findings import AuditReport, Finding
    from wslayout.errors import (
        AuthError,
        BackupFailed,
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
    from wslayout.manifest_api import init, regenerate
    from wslayout.notebook import edit
    from wslayout.preset_api import (
        check_preset,
        layout_template,
        list_presets,
        preset_text,
        pull_preset,
        pull_view,
        push_preset,
    )
    from wslayout.preset_work import Checked
    from wslayout.presets import Listed
    from wslayout.preview_api import Preview, preview
    from wslayout.publish.apply import Applied
    from wslayout.publish.backups import Backup
    from wslayout.publish.difference import Difference
    from wslayout.publish.listing import ViewRow
    from wslayout.publish.merging import Change, Conflict, FieldChange
    from wslayout.read_api import read
    from wslayout.regeneration import Regenerated
    from wslayout.view_api import apply, backups, delete_view, diff, restore_view, views

__all__ = [
    "Applied",
    "AuditReport",
    "AuthError",
    "Backup",
    "BackupFailed",
    "BadResponse",
    "Budgets",
    "Change",
    "Checked",
    "Conflict",
    "Coverage",
    "Difference",
    "EmptySource",
    "Explanation",
    "FieldChange",
    "Figures",
    "Finding",
    "Inventory",
    "Layout",
    "LeftOut",
    "Listed",
    "Mark",
    "Origin",
    "Panel",
    "Preview",
    "Problem",
    "ProjectNotFound",
    "RateLimited",
    "Regenerated",
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
    "audit",
    "backups",
    "check_preset",
    "delete_view",
    "diff",
    "edit",
    "explain",
    "init",
    "layout_template",
    "list_presets",
    "plan",
    "preset_text",
    "preview",
    "pull_preset",
    "pull_view",
    "push_preset",
    "read",
    "regenerate",
    "restore_view",
    "spec",
    "views",
]

_HOMES = {
    "wslayout.api": ("explain", "plan", "spec"),
    "wslayout.audit_api": ("audit",),
    "wslayout.auditing.findings": ("AuditReport", "Finding"),
    "wslayout.manifest_api": ("init", "regenerate"),
    "wslayout.notebook": ("edit",),
    "wslayout.preset_api": (
        "check_preset",
        "layout_template",
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
    "wslayout.read_api": ("read",),
    "wslayout.preview_api": ("Preview", "preview"),
    "wslayout.publish.apply": ("Applied",),
    "wslayout.publish.backups": ("Backup",),
    "wslayout.publish.difference": ("Difference",),
    "wslayout.publish.listing": ("ViewRow",),
    "wslayout.publish.merging": ("Change", "Conflict", "FieldChange"),
    "wslayout.regeneration": ("Regenerated",),
    "wslayout.view_api": (
        "apply",
        "backups",
        "delete_view",
        "diff",
        "restore_view",
        "views",
    ),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((home for home, names in _HOMES.items() if name in names), "wslayout.errors")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return list(__all__)
