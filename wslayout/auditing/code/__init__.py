"""The static check of training code: what in it does what W&B warns of."""

from __future__ import annotations

from wslayout.auditing.code.reading import CodeRead, read_code

__all__ = ["CodeRead", "read_code"]
