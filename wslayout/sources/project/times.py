"""Times as W&B's servers write them."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Final

# Seconds are enough; Python 3.10 reads no other fractions than of 3 and 6 digits.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", re.ASCII)


def time_of(text: object) -> datetime | None:
    """A time of the server's, which are of UTC; None where it is none."""
    found = _MOMENT.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[0].replace(" ", "T")).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
