"""The editor as a widget: it turns messages of the page into calls, and answers into messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import anywidget
import traitlets

from wslayout.draft import Draft
from wslayout.errors import TargetError, WslayoutError
from wslayout.files import write_file
from wslayout.layout import Budgets, Layout
from wslayout.notebook.messages import (
    Change,
    Compare,
    Message,
    Plan,
    Save,
    Search,
    Show,
    Template,
    Tick,
    Undo,
    understood,
)
from wslayout.preset_api import layout_template, list_presets
from wslayout.presets import builtin_budgets
from wslayout.preview_api import Preview, preview
from wslayout.publish.difference import Difference
from wslayout.request import AUTO
from wslayout.samples.values import Axis
from wslayout.samples.wanted import wanted
from wslayout.view_api import apply, diff

_HERE: Final = Path(__file__).parent
_STYLES: Final = (_HERE.parent / "display" / "preview.css", _HERE / "editor.css")
_KEYS: Final = 4  # of a panel that are told
_LONG: Final = 1.0  # seconds; what takes longer to read is read only when asked for
_MOST: Final = {
    "sections": 40,
    "panels": 300,
    "panels_per_section": 60,
    "lines_per_panel": 50,
    "overview": 24,
    "open_panels": 60,
}


_Read: TypeAlias = str | tuple[str, Axis]  # a metric, on an x-axis where it is a curve


class _Page(anywidget.AnyWidget):
    """What the browser shows."""

    _esm = _HERE / "editor.js"
    _css = "\n".join(path.read_text(encoding="utf-8") for path in _STYLES)
    state = traitlets.Dict().tag(sync=True)


class Editor:
    """A layout that is changed in a notebook, which shows it as it is."""

    def __init__(self, draft: Draft, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._draft = draft
        self._clock = clock
        self._templates = [AUTO, *(one.name for one in list_presets())]
        self._samples: Preview | None = None
        self._sampled: frozenset[_Read] = frozenset()
        self._took = 0.0
        self._compared: Difference | None = None
        self._calls: Mapping[type[Message], Callable[[Any], None]] = {
            Change: self._change,
            Tick: self._tick,
            Search: self._search,
            Plan: self._plan,
            Undo: self._undo,
            Show: self._preview,
            Compare: self._compare,
            Save: self._save,
            Template: self._template,
        }
        self.page = _Page()
        self._tell()
        self.page.on_msg(self._asked)

    def __repr__(self) -> str:
        return f"<Editor of {self.layout!r}>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = self.page._repr_mimebundle_(**options)  # what a cell shows of a widget
        if bundle is None:
            return {"text/plain": repr(self)}
        data, metadata = bundle
        # What is shown where there is no kernel any more.
        still = self.layout._repr_mimebundle_()["text/html"]
        return {**data, "text/plain": repr(self), "text/html": still}, metadata

    @property
    def layout(self) -> Layout:
        """The layout as it is now."""
        return self._draft.layout

    @property
    def code(self) -> str:
        """What was done, as Python."""
        return self._draft.code()

    # What the page asks

    def _asked(self, _: object, message: Any, __: object) -> None:
        if not isinstance(message, dict) or "do" not in message:
            return  # anywidget has messages of its own
        try:
            asked = understood(message)
            self._calls[type(asked)](asked)
        except WslayoutError as error:
            self._refuse(message, str(error), error.hint)
        except Exception as error:
            self._refuse(message, f"wslayout has a bug here: {type(error).__name__}: {error}")

    def _refuse(self, message: Mapping[str, Any], error: str, hint: str = "") -> None:
        self.page.send({"error": error, "hint": hint, "asked": message["do"]})

    def _change(self, asked: Change) -> None:
        named = asked.named.model_dump(exclude_unset=True)
        self._now(self._draft.changed(asked.method, *asked.given, **named))

    def _tick(self, asked: Tick) -> None:
        if asked.on:
            kind = self._draft.metrics.shown_as(asked.key)
            named = {} if kind == "line" else {"kind": kind}
            self._now(self._draft.changed("show", asked.key, **named))
        else:
            self._now(self._draft.changed("hide", asked.key))

    def _search(self, asked: Search) -> None:
        found, total = self._draft.found(asked.text, keep=asked.keep)
        listed = [asdict(one) for one in found]
        self.page.send({"found": listed, "total": total, "text": asked.text})

    def _plan(self, asked: Plan) -> None:
        self._now(self._draft.planned(**asked.model_dump(exclude={"do"}, exclude_unset=True)))

    def _undo(self, _: Undo) -> None:
        self._now(self._draft.undone())

    def _preview(self, asked: Show) -> None:
        drawn = wanted(self.layout)
        keys: frozenset[_Read] = frozenset((*drawn.curves, *drawn.last, *drawn.media))
        samples = self._samples
        unread = keys - self._sampled
        if samples is None or asked.fresh or (unread and self._took <= _LONG):
            samples = self._read(keys)
            unread = frozenset()
        names = {one if isinstance(one, str) else one[0] for one in unread}
        page = replace(samples, layout=self.layout).html()
        self.page.send({"page": page, "unread": len(names)})

    def _read(self, keys: frozenset[_Read]) -> Preview:
        began = self._clock()
        self._samples = preview(self.layout, compare=False)
        self._took = self._clock() - began
        self._sampled = keys
        return self._samples

    def _compare(self, asked: Compare) -> None:
        self._show(diff(self.layout, to=asked.to or None, name=asked.name or None))

    def _show(self, found: Difference, *, again: bool = False) -> None:
        self._compared = found
        bundle = found._repr_mimebundle_()  # what a cell shows of it
        self.page.send({"difference": bundle["text/html"], "action": found.action, "again": again})

    def _save(self, asked: Save) -> None:
        found = diff(self.layout, to=asked.to or None, name=asked.name or None)
        if found != self._compared:  # somebody has saved the view since
            self._show(found, again=True)
            return
        applied = apply(self.layout, to=asked.to or None, name=asked.name or None)
        self.page.send({"saved": applied.action, "name": applied.name, "url": applied.url})

    def _template(self, asked: Template) -> None:
        inventory = self._draft.inventory if asked.general else None
        text = layout_template(self.layout, inventory=inventory)
        if not asked.path.strip():
            raise TargetError("a template needs a file to be written to")
        write_file(Path(asked.path).expanduser(), text, new=True)
        self.page.send({"written": asked.path})

    # What it tells

    def _now(self, draft: Draft) -> None:
        self._draft = draft
        self._tell()

    def _tell(self) -> None:
        layout = self.layout
        ours = layout.figures.get("wslayout")
        theirs = layout.figures.get("automatic, first prefix")
        named = filter(None, (layout.entity, layout.project))
        defaults = {**asdict(builtin_budgets()), **self._draft.options}
        self.page.state = {
            "name": layout.name,
            "project": "/".join(named) if layout.project else "",
            "sections": [
                {
                    "id": section.id,
                    "name": section.name,
                    "open": section.is_open,
                    "panels": [
                        {
                            "id": panel.id,
                            "title": panel.title,
                            "kind": panel.kind,
                            "keys": panel.keys[:_KEYS],
                            "more": len(panel.keys) - _KEYS + len(panel.represented),
                        }
                        for panel in section.panels
                    ],
                }
                for section in layout.sections
            ],
            "budgets": [
                {
                    "name": one.name,
                    "value": defaults[one.name],
                    "least": 0 if one.name in ("overview", "open_panels") else 1,
                    "most": _MOST[one.name],
                }
                for one in fields(Budgets)
            ],
            "template": str(self._draft.options.get("template", AUTO)),
            "templates": self._templates,
            "cost": None if ours is None else round(ours.search_cost, 1),
            "automatic": None if theirs is None else round(theirs.search_cost, 1),
            "keys": len(self._draft.inventory),
            "undo": bool(self._draft.past),
            "lost": list(map(str, self._draft.lost)),
            "forgot": self._draft.forgot,
            "code": self.code,
        }
