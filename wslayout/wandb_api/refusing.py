"""What W&B's client refuses, asked before anything is built.

The client takes a second to import, so that happens with the first thing that a template names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wslayout.layout import Panel


class SpecClient:
    """Refuses what wandb-workspaces' classes refuse."""

    def check_panel(self, panel: Panel) -> None:
        """Refuse a panel that can't be built.

        Raises:
            TemplateError: So it is.
        """
        from wslayout.wandb_api.spec_panels import build_panel

        build_panel(panel)

    def check_runs(self, runs: Mapping[str, Any]) -> None:
        """Refuse settings of a run set that can't be built.

        Raises:
            TemplateError: So it is.
        """
        from wslayout.wandb_api.spec_runs import run_settings

        run_settings(runs)
