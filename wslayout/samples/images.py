"""Images that runs logged, as thumbnails; nothing but images of known formats passes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from wslayout.sources.remote import Place

if TYPE_CHECKING:
    from PIL import Image

THUMBNAIL: Final = 160
"""Pixels of the longer side of a thumbnail."""

_LARGEST_FILE: Final = 20_000_000
_SMALL: Final = 12_000  # bytes; such files are shown as they are
_MOST_PIXELS: Final = 40_000_000  # of an image that is shrunk
_SHOWN_PIXELS: Final = 1_000_000  # of one that is shown as it is: a browser unpacks it whole
_LARGE: Final = 24_000  # bytes of a thumbnail that is better kept with losses

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def thumbnail(path: Place) -> tuple[str, bytes] | None:
    """A small image as (media type, data); None where the file is none that can be shown.

    Without pillow only small PNG files can, since nothing else shrinks and checks images.
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
    if media_type == "image/png" and len(data) <= _SMALL and 0 < _png_pixels(data) <= _SHOWN_PIXELS:
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
        from PIL import Image, ImageOps
    except ImportError:
        return None
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            image: Image.Image = opened
            if image.mode.startswith("I"):  # of 16 bits, which "RGB" would cut at 255
                image = image.convert("F").point(lambda value: value / 257).convert("L")
            image.thumbnail((THUMBNAIL, THUMBNAIL))
            image = ImageOps.exif_transpose(image)
            if image.mode in ("RGBA", "LA", "P", "PA"):
                image = image.convert("RGBA")
                small = _saved(image, "PNG", optimize=True)
                if len(small) <= _LARGE:
                    return "image/png", small
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return "image/jpeg", _saved(image.convert("RGB"), "JPEG", quality=75)
    # Pillow raises what its many decoders raise, for files that anybody may have logged.
    except Exception:
        return None


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _png_pixels(data: bytes) -> int:
    """How many pixels a PNG says it has; 0 where it is none (its first part tells the size)."""
    if data[12:16] != b"IHDR" or len(data) < 24:
        return 0
    return int.from_bytes(data[16:20], "big") * int.from_bytes(data[20:24], "big")
