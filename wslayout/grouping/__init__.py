"""The layout engine: metric keys in, sections of panels out."""

from wslayout.grouping.engine import DEFAULT_NAME, lay_out
from wslayout.grouping.options import GROUP_BY, GroupBy, Options
from wslayout.grouping.selecting import drawable_keys

__all__ = ["DEFAULT_NAME", "GROUP_BY", "GroupBy", "Options", "drawable_keys", "lay_out"]
