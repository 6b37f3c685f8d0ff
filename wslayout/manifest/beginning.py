"""`init`: a first manifest for a project, by a look at what it logs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from wslayout.inventory import Inventory
from wslayout.layout import Budgets
from wslayout.manifest.model import MANIFEST
from wslayout.patterns import escape

_TEXT = """\
# {called}: the saved views that `wslayout regenerate{option}` keeps up to date. What people edit
# in them in the browser stays. See what it would do: wslayout diff{option}

targets:
  - project: {project}        # or a pattern, {entity}/*, or a list of them
    # {found}
    # template: team.yaml     # a YAML file beside this one, a preset, wandb-artifact:…
    # name: Our view          # another name is another view
    # set: {{}}                 # parameters of the template
    # limits:                 # how large the view may become; else as the template says
    #   panels: {panels}
    #   sections: {sections}
    # exclude: ["debug/**"]   # metrics without a panel; also include, kinds, pin
"""


def first_manifest(
    inventory: Inventory,
    project: str,
    budgets: Budgets,
    notes: Sequence[str],
    path: Path = Path(MANIFEST),
) -> str:
    """The text of a manifest with one target.

    Args:
        inventory: The project's keys.
        project: ``entity/project``.
        budgets: How large workspaces become.
        notes: What `wslayout.plan` said of the presets that fit.
        path: The file that it is for.
    """
    presets = [note for note in notes if note.startswith("Laid out by")]
    found = f"{len(inventory):,} metric keys."
    if presets:
        found += f" {presets[0].removesuffix('.')} at present."
    return _TEXT.format(
        called=" ".join(path.name.split()),
        option=" ".join(file_option(path).split("\n")),
        project=_quoted(project),
        entity=project.partition("/")[0],
        found=" ".join(found.split()),
        panels=budgets.panels,
        sections=budgets.sections,
    )


def file_option(path: Path) -> str:
    """What commands need to find a manifest: nothing, or `` -f`` and its path."""
    return "" if str(path) == MANIFEST else f" -f {shlex.quote(str(path))}"


def _quoted(project: str) -> str:
    """The one project of that name as YAML has it: no pattern, whatever is in its name."""
    text = escape(project)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", text, re.ASCII):
        return text
    # YAML breaks lines also at these.
    unseen = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
    quoted = json.dumps(text, ensure_ascii=False)
    return unseen.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
