"""The command line: parse, call one library function, show, exit."""

from wslayout.cli.main import main

__all__ = ["main"]
