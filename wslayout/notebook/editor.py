"""The editor as a widget: it turns messages of the page into calls, and answers into messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from wslayout.draft import Draft
from wslayout.errors import TargetError, WslayoutError
from wslayout.files import write_file
from wslayout.layout import Budgets, Layout
from wslayout.preset_api import layout_template, list_presets
from wslayout.presets import builtin_budgets
from wslayout.preview_api import Preview, preview
from wslayout.publish.difference import Difference
from wslayout.request import AUTO
from wslayout.samples.wanted import wanted
from wslayout.view_api import apply, diff

_HERE: Final = Path(__file__).parent
_STYLES: Final = (_HERE.parent / "display" / "preview.css", _HERE / "editor.css")
_KEYS: Final = 4  # of a panel that are told
_MOST: Final = {
    "sections": 40,
    "panels": 300,
    "panels_per_section": 60,
    "lines_per_panel": 50,
    "overview": 24,
    "open_panels": 60,
}


class _Page(anywidget.AnyWidget):
    """What the browser shows."""

    _esm = _HERE / "editor.js"
    _css = "\n".join(path.read_text(encoding="utf-8") for path in _STYLES)
    state = traitlets.Dict().tag(sync=True)


class Editor:
    """A layout that is changed in a notebook, which shows it as it is."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._templates = [AUTO, *(one.name for one in list_presets())]
        self._samples: Preview | None = None
        self._sampled: frozenset[object] = frozenset()
        self._compared: Difference | None = None
        self._calls: Mapping[str, Callable[..., None]] = {
            "change": self._change,
            "tick": self._tick,
            "search": self._search,
            "plan": self._plan,
            "undo": self._undo,
            "preview": self._preview,
            "compare": self._compare,
            "save": self._save,
            "template": self._template,
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
        call = self._calls.get(str(message.get("do"))) if isinstance(message, dict) else None
        if call is None:
            return
        given = {name: value for name, value in message.items() if name != "do"}
        try:
            call(**given)
        except WslayoutError as error:
            self.page.send({"error": str(error), "hint": error.hint})
        except Exception as error:
            self.page.send({"error": f"wslayout has a bug here: {type(error).__name__}: {error}"})

    def _change(self, method: str, given: list[Any], named: dict[str, Any]) -> None:
        self._now(self._draft.changed(method, *given, **named))

    def _tick(self, key: str, *, on: bool, to: str | None = None) -> None:
        if on:
            kind = self._draft.shown_as(key)
            named = {} if kind == "line" else {"kind": kind}
            self._now(self._draft.changed("show", key, **({"to": to} if to else {}), **named))
        else:
            self._now(self._draft.changed("hide", key))

    def _search(self, text: str) -> None:
        found, total = self._draft.found(text)
        self.page.send({"found": [asdict(one) for one in found], "total": total})

    def _plan(self, **options: Any) -> None:
        self._now(self._draft.planned(**options))

    def _undo(self) -> None:
        self._now(self._draft.undone())

    def _preview(self) -> None:
        asked = wanted(self.layout)
        keys = frozenset((*asked.curves, *asked.last, *asked.media))
        if self._samples is None or not keys <= self._sampled:
            self._samples = preview(self.layout, compare=False)
            self._sampled = keys
        self.page.send({"page": replace(self._samples, layout=self.layout).html()})

    def _compare(self, to: str, name: str) -> None:
        self._show(diff(self.layout, to=to or None, name=name or None))

    def _show(self, found: Difference, *, again: bool = False) -> None:
        self._compared = found
        bundle = found._repr_mimebundle_()  # what a cell shows of it
        self.page.send({"difference": bundle["text/html"], "action": found.action, "again": again})

    def _save(self, to: str, name: str) -> None:
        found = diff(self.layout, to=to or None, name=name or None)
        if found != self._compared:  # somebody has saved the view since
            self._show(found, again=True)
            return
        applied = apply(self.layout, to=to or None, name=name or None)
        self.page.send({"saved": applied.action, "name": applied.name, "url": applied.url})

    def _template(self, path: str, *, general: bool) -> None:
        inventory = self._draft.inventory if general else None
        text = layout_template(self.layout, inventory=inventory)
        if not path.strip():
            raise TargetError("a template needs a file to be written to")
        write_file(Path(path).expanduser(), text, new=True)
        self.page.send({"written": path})

    # What it tells

    def _now(self, draft: Draft) -> None:
        self._draft = draft
        self._tell()

    def _tell(self) -> None:
        layout = self.layout
        ours = layout.figures.get("wslayout")
        theirs = layout.figures.get("automatic, first prefix")
        defaults = {**asdict(builtin_budgets()), **self._draft.options}
        self.page.state = {
            "name": layout.name,
            "project": f"{layout.entity}/{layout.project}" if layout.project else "",
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
            "undo": self._draft.before is not None,
            "lost": list(map(str, self._draft.lost)),
            "forgot": self._draft.forgot,
            "code": self.code,
        }
