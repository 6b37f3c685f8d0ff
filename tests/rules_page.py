"""Writes ``wslayout/auditing/README.md``, the page of the audit's rules: ``make docs``."""

from __future__ import annotations

from pathlib import Path

from wslayout.auditing import docs
from wslayout.auditing.rules import RULES

PAGE = Path(docs.__file__).parent / "README.md"

if __name__ == "__main__":
    PAGE.write_text(docs.rules_page(RULES), encoding="utf-8")
