"""Which keys are W&B's own."""

from __future__ import annotations

import re
from typing import Final

# The groups of W&B's system metrics, as its SDK names them: system.gpu.0.temp, system/disk.in.
_SYSTEM: Final = re.compile(
    r"system[/.](?:cpu|gpu|gpus|memory|disk|network|proc|tpu|ipu|trn|neuron|trainium|apple|dcgm)\b"
)


def is_internal(key: str) -> bool:
    """Whether W&B logs a key itself and shows it elsewhere (``_step``, ``system/gpu.0.temp``).

    What people log below ``system/`` themselves (``system/sps``) is theirs.
    """
    return key.startswith("_") or (key.startswith("system") and _SYSTEM.match(key) is not None)
