"""The layout engine: metric keys in, sections of panels out."""

from wslayout.grouping.engine import DEFAULT_NAME, drawable_keys, lay_out

__all__ = ["DEFAULT_NAME", "drawable_keys", "lay_out"]
