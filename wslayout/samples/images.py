"""Images that runs logged, as thumbnails; nothing but images of known formats passes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

THUMBNAIL: Final = 160
"""Pixels of the longer side of a thumbnail."""

_LARGEST_FILE: Final = 20_000_000
_SMALL: Final = 12_000  # bytes; such files are shown as they are
_MOST_PIXELS: Final = 40_000_000

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def thumbnail(path: Path) -> tuple[str, bytes] | None:
    """A small image as (media type, data); None where the file is none that can be shown.

    Without pillow only small files can, since nothing else shrinks images.
    """
    try:
        if not 0 < path.stat().st_size <= _LARGEST_FILE:
            return None
        data = path.read_bytes()
    except (OSError, ValueError):
        return None
    media_type = media_type_of(data)
    if media_type is None:
        return None
    if len(data) <= _SMALL:
        return media_type, data
    return _shrunk(data)


def media_type_of(data: bytes) -> str | None:
    """What kind of image a file holds, by its first bytes; None: none that browsers show."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS if data.startswith(start)), None)


def can_shrink() -> bool:
    """Whether pillow is there."""
    try:
        import PIL.Image  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True


def _shrunk(data: bytes) -> tuple[str, bytes] | None:
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            image.thumbnail((THUMBNAIL, THUMBNAIL))
            out = io.BytesIO()
            if image.mode in ("RGBA", "LA", "P"):
                image.convert("RGBA").save(out, "PNG", optimize=True)
                return "image/png", out.getvalue()
            image.convert("RGB").save(out, "JPEG", quality=75)
            return "image/jpeg", out.getvalue()
    # Pillow raises what its many decoders raise, for files that anybody may have logged.
    except Exception:
        return None
