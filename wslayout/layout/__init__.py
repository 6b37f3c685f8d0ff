"""What a workspace looks like, as plain data; nothing here knows W&B, files or the screen."""

from wslayout.layout.budgets import Budgets
from wslayout.layout.figures import NOT_SHOWN_PENALTY, Figures, figures
from wslayout.layout.ids import is_stable_id, short_hash, stable_id
from wslayout.layout.layout import BY_HAND, Layout, figures_of
from wslayout.layout.values import PANEL_KINDS, LeftOut, Panel, PanelKind, Section, TemplateUse

__all__ = [
    "BY_HAND",
    "NOT_SHOWN_PENALTY",
    "PANEL_KINDS",
    "Budgets",
    "Figures",
    "Layout",
    "LeftOut",
    "Panel",
    "PanelKind",
    "Section",
    "TemplateUse",
    "figures",
    "figures_of",
    "is_stable_id",
    "short_hash",
    "stable_id",
]
