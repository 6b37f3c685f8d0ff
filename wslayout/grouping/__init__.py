"""The layout engine: metric keys in, sections of panels out."""

from wslayout.grouping.engine import DEFAULT_NAME, lay_out
from wslayout.grouping.options import GroupBy, Options
from wslayout.grouping.selecting import drawable_keys

__all__ = ["DEFAULT_NAME", "GroupBy", "Options", "drawable_keys", "lay_out"]
