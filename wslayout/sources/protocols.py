"""The protocols of URLs: what can be told of a URL before any file system is asked."""

from __future__ import annotations

import re
from typing import Final

from wslayout.errors import SourceError
from wslayout.sources.urls import password_in, shown

_PROTOCOLS: Final = re.compile(r"(?:^|(?<=::))[^:/]+(?=://|::)")
_CACHES: Final = frozenset({"blockcache", "cached", "filecache", "simplecache"})
_ARCHIVES: Final = {"libarchive": "7z", "tar": "tar", "zip": "zip"}  # and how one may end
# What fsspec has them for: the content of a URL itself, other file systems, graphs of tasks.
_NO_PLACES: Final = frozenset(
    {"async_wrapper", "asyncwrapper", "dask", "data", "dir", "generic", "reference"}
)
_ROOTED: Final = frozenset({"memory"})  # whose topmost folder is one to log to
_LIKE: Final = "URLs are those of folders and files, such as s3://bucket/wandb."


def checked_url(url: str) -> str:
    """A URL with its protocols in small letters, which is how file systems are called.

    Raises:
        SourceError: It names nothing that could hold runs or keys, whatever is installed.
    """
    url = _PROTOCOLS.sub(lambda found: found[0].lower(), url)
    if "/" in password_in(url):
        raise _refused(url, "its password holds a slash", "Write %2F for each.")
    protocols = _PROTOCOLS.findall(url)
    for protocol in protocols:
        if protocol == "wandb":
            raise _refused(
                url,
                "wandb:// is no URL of W&B",
                "A project is given as entity/project, or as https://wandb.ai/entity/project.",
            )
        if protocol in _NO_PLACES:
            raise _refused(url, f"{protocol}:// names no folder or file of its own", _LIKE)
    first = protocols[0]
    if "::" not in url and first in _CACHES:
        why = f"{first} is put before the URL of what it keeps"
        raise _refused(url, why, f"As in {first}::s3://bucket/wandb.")
    if "::" not in url and first in _ARCHIVES:
        like = f"As in {first}://wandb::file:///home/me/runs.{_ARCHIVES[first]}."
        raise _refused(url, "it names no archive", like)
    protocol, begins, rest = url.rpartition("::")[2].partition("://")
    if begins and not rest.strip("/") and protocol not in _ROOTED:
        raise _refused(url, f"nothing stands behind {protocol}://", _LIKE)
    return url


def unknown_protocol(url: str) -> SourceError | None:
    """The error for a URL with a protocol that fsspec doesn't know; None where it knows all."""
    from fsspec import available_protocols

    known = frozenset(available_protocols())
    unknown = next((one for one in _PROTOCOLS.findall(url) if one not in known), None)
    if unknown is None:
        return None
    listed = sorted(known - _NO_PLACES - _CACHES - {"http", "https", "wandb"})
    return _refused(
        url,
        f"there is no protocol {unknown!r}",
        f"These can be read, some with a package of their own: {', '.join(listed)}.",
    )


def miswritten(url: str) -> SourceError:
    """The error for a URL that a file system can't make out, and fails on without a word."""
    protocol = _PROTOCOLS.findall(url)[0]
    return _refused(
        url,
        f"{protocol}:// URLs are written in another way",
        f"See what fsspec's documentation says of {protocol}.",
    )


def _refused(url: str, why: str, hint: str) -> SourceError:
    return SourceError(f"can't read {shown(url)}: {why}", hint=hint)
