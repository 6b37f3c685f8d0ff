"""Presets that a team shares as W&B artifacts: pushed, fetched, pulled and pinned.

What an artifact holds is one template, ``template.yaml``, and the files beside it that it extends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from wslayout.errors import TargetError, TemplateError
from wslayout.files import write_file
from wslayout.presets.finding import BUILT_IN, ENDINGS, Finder, is_path, why_no_name
from wslayout.presets.found import Found
from wslayout.presets.pinned import MAIN, PINNED, digest_of, pin
from wslayout.presets.references import ARTIFACT, ArtifactRef, parse_reference
from wslayout.shown import ToldInWords
from wslayout.templates.load import extended_by, load
from wslayout.templates.nodes import MAX_BYTES, read_yaml

MAX_FILES: Final = 50
"""Files of a shared preset."""

_MOST_BYTES: Final = 4 * MAX_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an artifact holds.

    Attributes:
        version: Its version (``v3``).
        files: Its files, by path.
    """

    version: str
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """``sha256:`` and the digest of all files and their names."""
        return digest_of(self.files)


class Store(Protocol):
    """Keeps artifacts; `wslayout.wandb_api.artifacts.ArtifactStore` does so in W&B."""

    def load(self, path: str, *, most: int) -> tuple[str, dict[str, bytes]]:
        """The version and the files of ``entity/project/name:alias``, of so many bytes at most.

        Raises:
            TemplateError: It is none of ours, too large, or not there.
            AuthError, ServerError: The server said no, or nothing.
        """

    def save(
        self,
        path: str,
        files: Mapping[str, bytes],
        *,
        description: str,
        metadata: Mapping[str, Any],
    ) -> str:
        """Keep files as a new version; the version, which is the old one for the same files.

        Raises:
            TemplateError: The name is that of something else.
            AuthError, ServerError: The server said no, or nothing.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed(ToldInWords):
    """What `push` did.

    Attributes:
        reference: Where the preset is now, by version and with its digest.
        version: The version.
        digest: The digest of what it holds.
        files: How many files it holds.
    """

    reference: str
    version: str
    digest: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled(ToldInWords):
    """What `pull` did.

    Attributes:
        name: What the preset is called here.
        folder: Where it is kept.
        reference: Where it came from, by version and with its digest.
        version: The version.
        digest: The digest of what it holds, which is checked at every use.
        use: What names it as a template here: its name; its path, where that is of another.
    """

    name: str
    folder: str
    reference: str
    version: str
    digest: str
    use: str


def fetch(store: Store, reference: str) -> Found:
    """The preset that a reference to an artifact names.

    Raises:
        TemplateError: The reference is none, or the artifact is not what it says.
        AuthError, ServerError: The server said no, or nothing.
    """
    ref = parse_reference(reference)
    return _found(ref, _load(store, ref))


def _load(store: Store, ref: ArtifactRef) -> Stored:
    version, files = store.load(ref.path, most=_MOST_BYTES)
    return Stored(version=version, files=checked_files(files, ref.path))


def _found(ref: ArtifactRef, stored: Stored) -> Found:
    if ref.digest and ref.digest != stored.digest:
        raise TemplateError(
            f"{ref.path} holds {stored.digest}, not what was pinned: {ref.digest}",
            hint="Look at what changed, then pin the new digest.",
        )
    return Found(
        name=ref.name,
        label=f"{ref.source}:{stored.version}/{MAIN}",
        source=ref.source,
        data=stored.files[MAIN],
        version=stored.version,
        files=stored.files,
    )


def push(store: Store, finder: Finder, preset: str, target: str) -> Pushed:
    """Share a preset as an artifact.

    Args:
        store: Keeps artifacts.
        finder: Finds the preset and what it extends.
        preset: Its name or path.
        target: ``wandb-artifact:entity/project/name``; an alias moves to the new version.

    Raises:
        TemplateError: The preset is wrong, or extends one that others don't have.
        AuthError, ServerError: The server said no, or nothing.
    """
    ref = parse_reference(target)
    if ref.digest:
        raise TemplateError("a digest is what `push` gives, not what it takes")
    if re.fullmatch(r"v\d+", ref.alias):
        raise TemplateError(
            f"{ref.alias} is a version, which W&B gives itself",
            hint="Push without an alias, or to one such as stable.",
        )
    found = finder.find(preset)
    loaded = load(found, finder.extended)
    files = {MAIN: found.data, **_beside(found, finder, set())}
    digest = digest_of(files)
    version = store.save(
        ref.path,
        files,
        description=loaded.template.description,
        metadata={"wslayout": "preset", "digest": digest, "name": found.name},
    )
    pinned = ArtifactRef(ref.entity, ref.project, ref.name, version, digest)
    return Pushed(reference=str(pinned), version=version, digest=digest, files=len(files))


def pull(
    store: Store,
    finder: Finder,
    reference: str,
    folder: Path,
    name: str = "",
    *,
    private: bool = False,
) -> Pulled:
    """Keep an artifact's preset among one's own, pinned to what it holds now.

    Args:
        store: Keeps artifacts.
        finder: Finds what it extends.
        reference: ``wandb-artifact:entity/project/name:alias``.
        folder: The folder of presets that gets it.
        name: What it is called here; by default as there.
        private: Whether it is for the user alone.

    Raises:
        TemplateError: The artifact holds no template that can be used.
        TargetError: It can't be written.
        AuthError, ServerError: The server said no, or nothing.
    """
    ref = parse_reference(reference)
    called = name or ref.name
    if wrong := why_no_name(called):
        raise TemplateError(wrong, hint="Give another with --name.")
    stored = _load(store, ref)
    load(_found(ref, stored), finder.extended)
    pinned = ArtifactRef(ref.entity, ref.project, ref.name, stored.version, stored.digest)
    home = folder / called
    if home.exists() and not (home / PINNED).is_file() and _holds_something(home):
        raise TargetError(
            f"{home} is there already, and nothing that was pulled",
            hint="Give the preset another name with --name, or another folder with --to.",
        )
    # Should it end in between, what is pinned and not there says that it must be pulled again.
    write_file(home / PINNED, pin(str(pinned), stored.files), private=private)
    for name_of_file, data in stored.files.items():
        write_file(home / name_of_file, data, private=private)
    path = str(home / MAIN)
    try:
        is_found = finder.find(called).label == path
    except TemplateError:
        is_found = False
    return Pulled(
        use=called if is_found else path,
        name=home.name,
        folder=str(home),
        reference=str(pinned),
        version=stored.version,
        digest=stored.digest,
    )


def _holds_something(home: Path) -> bool:
    return not home.is_dir() or any(home.iterdir())


def _beside(found: Found, finder: Finder, seen: set[str]) -> dict[str, bytes]:
    """The files that a template extends, by their paths beside it.

    Raises:
        TemplateError: It extends a preset that others may not have.
    """
    files: dict[str, bytes] = {}
    for reference, _ in extended_by(read_yaml(found.data, found.label), []):
        if reference.startswith(ARTIFACT):
            continue  # which others have, too
        if not is_path(reference):
            base = finder.extended(reference, found, [found.label])
            if base.source != BUILT_IN:
                raise TemplateError(
                    f"{found.label} extends the preset {reference!r} of {base.source}, which "
                    "others may not have",
                    hint="Copy it beside the template and extend it as a file, or push it first.",
                )
            continue
        other = finder.beside(reference, found)
        path = PurePosixPath(reference)
        if len(path.parts) != 1 or _folder(other) != _folder(found):
            raise TemplateError(
                f"{found.label} extends {reference!r} in another folder",
                hint="Put all files of a shared preset into one folder.",
            )
        if path.name == MAIN or path.suffix not in ENDINGS:
            raise TemplateError(
                f"{found.label} extends {path.name!r}, which can't stand in a shared preset",
                hint=f"Call it otherwise: {MAIN} is what the template itself is called there.",
            )
        if path.name not in seen:
            seen.add(path.name)
            files[path.name] = other.data
            files |= _beside(other, finder, seen)
    return files


def _folder(found: Found) -> Path | None:
    return found.folder.resolve() if found.folder else None


def checked_files(files: Mapping[str, bytes], label: str) -> dict[str, bytes]:
    """The files of an artifact, if it may be one of ours.

    Raises:
        TemplateError: It is none.
    """
    if MAIN not in files:
        raise TemplateError(f"{label} holds no {MAIN}: it is no preset that wslayout pushed")
    if len(files) > MAX_FILES or sum(map(len, files.values())) > _MOST_BYTES:
        raise TemplateError(f"{label} holds {len(files)} files or too much: it is no preset")
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or len(path.parts) != 1 or "\\" in name:
            raise TemplateError(f"{label} holds the file {name!r}: a preset's files stand together")
    return {name: data for name, data in files.items() if name.endswith(ENDINGS)}
