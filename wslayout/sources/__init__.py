"""Sources: whatever holds metric keys, read into an `Inventory`."""

from wslayout.sources.opening import Given, Source, open_source, read_source

__all__ = ["Given", "Source", "open_source", "read_source"]
