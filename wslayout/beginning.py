"""`init`: a first manifest for a project, by a look at what it logs."""

from __future__ import annotations

from collections.abc import Sequence

from wslayout.inventory import Inventory
from wslayout.layout import Budgets
from wslayout.manifest import MANIFEST

_TEXT = """\
# {manifest}: the saved views that `wslayout regenerate` keeps up to date. What people edit in them
# in the browser stays. See what it would do: wslayout diff

targets:
  - project: {project}        # or a pattern, {entity}/*, or a list of them
    # {found}
    template: auto            # or a preset, a YAML file beside this one, wandb-artifact:…
    # name: Our view          # another name is another view
    # set: {{}}                 # parameters of the template
    limits:
      panels: {panels}
      sections: {sections}
    # exclude: ["debug/**"]   # metrics without a panel; also include, kinds, pin
"""


def first_manifest(
    inventory: Inventory, project: str, budgets: Budgets, notes: Sequence[str]
) -> str:
    """The text of a manifest with one target.

    Args:
        inventory: The project's keys.
        project: ``entity/project``.
        budgets: How large workspaces become.
        notes: What `wslayout.plan` said of the presets that fit.
    """
    presets = [note for note in notes if note.startswith("Laid out by")]
    found = f"{len(inventory):,} metric keys."
    if presets:
        found += f" {presets[0].removesuffix('.')} at present."
    return _TEXT.format(
        manifest=MANIFEST,
        project=_quoted(project),
        entity=project.partition("/")[0],
        found=" ".join(found.split()),
        panels=budgets.panels,
        sections=budgets.sections,
    )


def _quoted(project: str) -> str:
    """A project as YAML has it."""
    from wslayout.templates.nodes import write_yaml

    return write_yaml([project]).strip().removeprefix("- ")
