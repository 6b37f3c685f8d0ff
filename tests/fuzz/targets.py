"""All targets, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from tests.fuzz import files, history, names, run_files, templates, urls, views


class Target(NamedTuple):
    """An entrance of wslayout.

    Attributes:
        run: Gives it what bytes stand for; any error but the documented ones is a crash.
        seeds: Gives inputs to start from.
        examples: How many inputs take about a second.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    examples: int


TARGETS: Final[Mapping[str, Target]] = {
    "run_file": Target(run_files.run_file, run_files.seeds, 40),
    "history_keys": Target(history.history_keys, history.seeds, 100),
    "server": Target(history.server, history.server_seeds, 50),
    "merging": Target(views.merging, views.seeds, 12),
    "views": Target(views.views, views.seeds, 5),
    "template": Target(templates.template, templates.seeds, 20),
    "layout_file": Target(files.layout_file, files.seeds, 12),
    "manifest_file": Target(files.manifest_file, files.manifest_seeds, 50),
    "names": Target(names.names, names.seeds, 3),
    "key_list": Target(names.key_list, names.list_seeds, 15),
    "url": Target(urls.url, urls.seeds, 100),
    "pattern": Target(urls.pattern, urls.seeds, 50),
}
