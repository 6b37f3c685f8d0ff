"""The code of notebooks, cell by cell."""

from __future__ import annotations

import ast
import json
import re
from typing import NamedTuple

_MAGICS = (
    (re.compile(r"^(\s*)(?:%%?[A-Za-z]|!|\?).*$", re.MULTILINE), r"\1pass"),
    (re.compile(r"^(\s*[\w., ]+=\s*)[%!].*$", re.MULTILINE), r"\1None"),
    (re.compile(r"^(\s*)[\w.]+\?{1,2}[ \t]*$", re.MULTILINE), r"\1pass"),
)
"""Lines that are not Python: ``%matplotlib inline``, ``files = !ls``, ``run.log?``."""

_IMPORT = re.compile(r"^(?:import|from)[ \t]+wandb\b.*$", re.MULTILINE)

_OTHER_LANGUAGE = re.compile(r"\s*%%(?!time|timeit|capture|wandb)")
_CELL_MAGIC = re.compile(r"\s*%%.*")


class Cell(NamedTuple):
    """A cell of code.

    Attributes:
        number: Its number among all cells, from 1.
        source: Its code, with lines that are not Python taken out where there are such.
    """

    number: int
    source: str


def cells(text: str) -> list[Cell]:
    """The cells of code of a notebook.

    Args:
        text: The file.

    Raises:
        ValueError: It is no notebook.
        RecursionError: It is nested too deeply.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise ValueError("it is no notebook")
    found: list[Cell] = []
    for number, cell in enumerate(content["cells"], 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source")
        if isinstance(source, list):
            source = "".join(map(str, source))
        if isinstance(source, str) and not _OTHER_LANGUAGE.match(source):
            source = _CELL_MAGIC.sub("pass", source) if source.lstrip()[:2] == "%%" else source
            found.append(Cell(number, _python(source)))
    return found


def _python(source: str) -> str:
    """The Python of a cell; what is Python as it stands stays so."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, MemoryError):
        for magic, instead in _MAGICS:
            source = magic.sub(instead, source)
    return source


class Merged(NamedTuple):
    """The cells of a notebook as one module.

    Attributes:
        tree: The module.
        begins: The line of the module before each cell, with the cell.
        broken: The numbers of cells that are no Python.
    """

    tree: ast.Module
    begins: list[tuple[int, Cell]]
    broken: list[int]

    def cell(self, line: int) -> tuple[Cell, int]:
        """The cell that a line of the module is in, and its line there."""
        begin, cell = max(one for one in self.begins if one[0] < line)
        return cell, line - begin


def merged(several: list[Cell]) -> Merged:
    """Cells as one module, so that later ones know the names of those before.

    Raises:
        RecursionError: A cell is nested too deeply.
    """
    tree = ast.Module(body=[], type_ignores=[])
    begins: list[tuple[int, Cell]] = []
    broken: list[int] = []
    line = 0
    for cell in several:
        kept = cell
        try:
            inner = ast.parse(cell.source)
        except (SyntaxError, ValueError, MemoryError):
            broken.append(cell.number)
            # What a cell imports counts for those after it.
            kept = Cell(cell.number, "\n".join(_IMPORT.findall(cell.source)))
            inner = _imports(kept.source)
        ast.increment_lineno(inner, line)
        tree.body += inner.body
        begins.append((line, kept))
        line += len(kept.source.splitlines()) + 1
    return Merged(tree, begins, broken)


def _imports(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # an import that goes on in the next line
        return ast.Module(body=[], type_ignores=[])
