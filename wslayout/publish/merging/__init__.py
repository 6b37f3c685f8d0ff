"""The three-way merge: what wslayout last wrote, what the view holds now, what it shall hold."""

from wslayout.publish.merging.base import Base, read_base
from wslayout.publish.merging.changes import Change, Conflict, FieldChange
from wslayout.publish.merging.merge import Merged, merge

__all__ = ["Base", "Change", "Conflict", "FieldChange", "Merged", "merge", "read_base"]
