"""No rule cries wolf on real key sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.keysets import KEYSETS, keyset_inventory
from wslayout.audit_api import audit
from wslayout.inventory import Inventory


@pytest.mark.parametrize("path", KEYSETS, ids=lambda path: path.stem)
def test_no_rule_cries_wolf(path: Path) -> None:
    report = audit(keyset_inventory(path))
    assert not report.findings, [(one.message, one.examples) for one in report.findings]
    passed = {one.rule for one in report.passed}
    assert {"distinct-metrics", "duplicate-metrics"} <= passed
    # Where all kinds are those of numbers, they may not have been told.
    assert ("indexed-media" in passed) == (len(set(keyset_inventory(path).frame["kind"])) > 1)
    # What a list of keys does not tell is never said to be well.
    assert {"run-count", "value-size", "config-size"} <= {one.rule for one in report.not_checked}


def test_key_sets_with_counts_of_runs() -> None:
    """The same as if a server had counted."""
    for path in KEYSETS[::7]:
        inventory = keyset_inventory(path)
        frame = inventory.to_frame().assign(runs=3, points=300, max_points=100)
        assert not audit(Inventory.from_frame(frame)).findings
