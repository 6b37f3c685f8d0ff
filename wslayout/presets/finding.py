"""Where presets are looked for, in which order.

A path; the project's ``wslayout.yaml``; the folders in ``WSLAYOUT_PRESETS`` and the user's
configuration; installed packages; W&B artifacts; the built-in ones.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib import metadata, util
from pathlib import Path, PurePosixPath
from typing import Final

from wslayout.errors import Problem, TemplateError
from wslayout.manifest import MANIFEST, ReadManifest, read_manifest
from wslayout.presets.builtin import builtin_folder
from wslayout.presets.found import Found, Listed
from wslayout.presets.pinned import MAIN, PINNED, read_pulled
from wslayout.presets.references import ARTIFACT
from wslayout.suggest import did_you_mean
from wslayout.templates.nodes import MAX_BYTES, Leaf, read_yaml

ENTRY_POINTS: Final = "wslayout.presets"
"""The entry-point group of packages with presets: each names a package that holds YAML files."""

BUILT_IN: Final = "built-in"

ENDINGS: Final = (".yaml", ".yml")
"""What the names of templates end with."""

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""What presets may be called."""

Fetch = Callable[[str], Found]
"""Gets the preset of a reference to a W&B artifact."""


def no_artifacts(reference: str) -> Found:
    """What gets no artifacts."""
    raise TemplateError(f"{reference} can't be read here: W&B is not asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to look.

    Attributes:
        project: The folder whose ``wslayout.yaml`` counts, and that paths start from.
        manifest: What counts instead of that file, where it is read already.
        folders: Folders of presets, the first wins.
        packages: Names of packages and the folders that they keep presets in.
    """

    project: Path
    folders: tuple[Path, ...] = ()
    packages: tuple[tuple[str, Path], ...] = ()
    manifest: ReadManifest | None = None


def default_places(environment: Mapping[str, str], project: Path) -> Places:
    """The places that count for a process: its environment, its user, its packages."""
    from platformdirs import user_config_path

    named = [Path(one) for one in environment.get("WSLAYOUT_PRESETS", "").split(os.pathsep) if one]
    return Places(
        project=project,
        folders=(*named, user_config_path("wslayout", appauthor=False) / "presets"),
        packages=tuple(_packages()),
    )


def _packages() -> Iterator[tuple[str, Path]]:
    """The folders of installed packages with presets; their code is not run."""
    for point in _entry_points(tuple((folder, _changed_at(folder)) for folder in sys.path)):
        # A spec of what is inside a package would import the package.
        top, *inside = point.module.split(".")
        try:
            spec = util.find_spec(top)
        except (ImportError, ValueError, AttributeError):
            continue
        for folder in (spec.submodule_search_locations if spec else None) or ():
            yield point.name, Path(folder, *inside)


@lru_cache(maxsize=1)
def _entry_points(folders: tuple[tuple[str, int], ...]) -> list[metadata.EntryPoint]:
    """What installed packages name, as long as nothing is installed in these folders or removed.

    Reading them takes as long as a small project's plan, and every plan needs them.
    """
    return sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda one: one.name)


def _changed_at(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0


def why_no_name(name: str) -> str:
    """Why nobody could find a preset by this name; "" where they could."""
    if NAME.fullmatch(name) and not name.endswith(ENDINGS):
        return ""
    return f"{name!r} is no name for a preset: letters, digits, `-`, `_` and `.`"


def is_path(reference: str) -> bool:
    """Whether a reference is a file's path rather than a preset's name."""
    return reference.endswith(ENDINGS) or "/" in reference or os.sep in reference


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds presets in some places.

    Attributes:
        places: Where.
        fetch: Gets W&B artifacts.
    """

    places: Places
    fetch: Fetch = no_artifacts

    def find(self, reference: str, *, but: Collection[str] = ()) -> Found:
        """The template that a user named: a path, a reference to an artifact, or a name.

        Args:
            reference: What the user wrote.
            but: Labels of files that are not meant: those that extend one of the same name.

        Raises:
            TemplateError: There is none, or it can't be read.
        """
        if reference.startswith(ARTIFACT):
            return self.fetch(reference)
        if is_path(reference):
            path = self.places.project / Path(reference).expanduser()
            if path.name == MAIN and (path.parent / PINNED).is_file():
                return _read_preset(path.parent / PINNED, reference, "file")
            return read_template(path, reference)
        if not NAME.fullmatch(reference):
            raise TemplateError(f"{reference!r} is neither the name of a preset nor a path")
        for candidate in self._candidates(reference):
            if candidate.label not in but:
                return candidate
        names = sorted({listed.name for listed in self.listed(described=False)})
        raise TemplateError(
            f"there is no preset {reference!r}",
            hint=did_you_mean(reference, names, "There are: "),
        )

    def beside(self, name: str, found: Found) -> Found:
        """A file that a template extends by its path, in the template's own folder.

        Raises:
            TemplateError: It is not in that folder, or can't be read.
        """
        if found.files is not None:
            return _of_files(name, found)
        if found.folder is None:
            raise TemplateError(
                f"{found.label} has no folder, so it can't extend the file {name!r}"
            )
        folder = found.folder.resolve()
        if Path(name).is_absolute():
            raise TemplateError(f"{name!r} is an absolute path; templates extend files beside them")
        try:
            target = (folder / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise TemplateError(f"can't read {name!r}: {error}") from error
        if not target.is_relative_to(folder):
            raise TemplateError(
                f"{name!r} leaves the folder of {found.label}",
                hint="A template may only extend files in its own folder and below, and presets.",
            )
        label = str(Path(found.label).parent / name)
        return read_template(target, label, source=found.source)

    def extended(self, reference: str, by: Found, stack: Collection[str]) -> Found:
        """What a template extends: a file beside it, an artifact or a preset.

        A preset may extend the one that it hides: a team's ``trl`` the built-in ``trl``.

        Args:
            reference: What it says.
            by: The template.
            stack: Labels of the templates being read.

        Raises:
            TemplateError: There is none, or it can't be read.
        """
        if is_path(reference) and not reference.startswith(ARTIFACT):
            return self.beside(reference, by)
        if by.files is not None and not reference.startswith(ARTIFACT):
            return self.built_in(reference)
        return self.find(reference, but=stack if reference == by.name else ())

    def built_in(self, name: str) -> Found:
        """A preset that means the same to everybody, whatever others of its name they have.

        Raises:
            TemplateError: There is none.
        """
        files = {path.stem: path for path in _files(builtin_folder())}
        if name not in files:
            raise TemplateError(
                f"{name!r} is no built-in preset",
                hint="What is shared extends built-in presets, its own files and artifacts.",
            )
        return _read_preset(files[name], f"{BUILT_IN} {name}", BUILT_IN)

    def listed(self, *, described: bool = True) -> list[Listed]:
        """All presets that can be found by name, in the order in which they are looked for.

        Args:
            described: Whether to read what each says of itself.
        """
        return [
            replace(listed, description=_about(read)) if described and read else listed
            for listed, read in self.readable()
        ]

    def readable(self) -> Iterator[tuple[Listed, Callable[[], Found] | None]]:
        """The same, each with what reads it; None where W&B would be asked."""
        first: dict[str, str] = {}
        for source, name, label, read in self._known():
            listed = Listed(name=name, source=source, label=label, hidden_by=first.get(name, ""))
            first.setdefault(name, source)
            yield listed, None if label.startswith(ARTIFACT) else read

    def _candidates(self, name: str) -> Iterator[Found]:
        for _, found, _, read in self._known():
            if found == name:
                yield read()

    def _known(self) -> Iterator[tuple[str, str, str, Callable[[], Found]]]:
        """Source, name, label and a reader of each preset, the first to be taken first."""
        for name, reference in sorted(self._of_the_project().items()):
            yield MANIFEST, name, reference, partial(self._of_manifest, reference)
        folders = [(f"folder {folder}", folder) for folder in self.places.folders]
        packages = [(f"package {name}", folder) for name, folder in self.places.packages]
        for source, folder in [*folders, *packages, (BUILT_IN, builtin_folder())]:
            for path in _files(folder):
                shown = f"built-in {path.stem}" if source == BUILT_IN else str(path)
                yield source, _name(path), shown, partial(_read_preset, path, shown, source)

    def _of_manifest(self, reference: str) -> Found:
        if reference.startswith(ARTIFACT):
            return self.fetch(reference)
        path = self.places.project / reference
        return read_template(path, reference, source="file")

    def _of_the_project(self) -> dict[str, str]:
        """The presets that the project's own file names."""
        path = self.places.project / MANIFEST
        read = self.places.manifest
        if read is None:
            if not path.is_file():
                return {}
            read = read_manifest(path)
        named = read.manifest.presets
        wrong = [
            Problem(read.mark("presets", name), why) for name in named if (why := why_no_name(name))
        ]
        if wrong:
            raise TemplateError.of(wrong)
        return named


def read_template(path: Path, label: str, *, source: str = "file") -> Found:
    """The template in a file.

    Raises:
        TemplateError: It can't be read.
    """
    return Found(
        name=path.stem,
        label=label,
        source=source,
        data=_read(path, label),
        folder=path.parent,
    )


def _read_preset(path: Path, label: str, source: str) -> Found:
    """A preset in a folder of presets: a file, or what was pulled."""
    if path.name != PINNED:
        return read_template(path, label, source=source)
    home = path.parent
    names = [other.name for other in home.iterdir() if other.suffix in ENDINGS]
    files = {name: _read(home / name, str(home / name)) for name in sorted(names)}
    return read_pulled(_read(path, label), files, home.name, str(home / MAIN))


def _name(path: Path) -> str:
    return path.parent.name if path.name == PINNED else path.stem


def _of_files(name: str, found: Found) -> Found:
    """A file of a shared preset that another of its files extends."""
    path = PurePosixPath(name)
    files = found.files or {}
    if path.is_absolute() or len(path.parts) != 1 or path.name not in files:
        raise TemplateError(
            f"{found.label} holds no file {name!r}",
            hint=did_you_mean(path.name, files, "It holds: "),
        )
    home, _, _ = found.label.rpartition("/")
    return Found(
        name=path.stem,
        label=f"{home}/{path.name}",
        source=found.source,
        data=files[path.name],
        version=found.version,
        files=files,
    )


def _read(path: Path, label: str) -> bytes:
    try:
        if path.is_dir():
            raise TemplateError(f"{label} is a folder, not a template")
        if path.exists() and not path.is_file():
            raise TemplateError(f"{label} is no regular file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        hint = "" if path.exists() else _near_files(path)
        raise TemplateError(
            f"can't read the template {label}: {reason or error}", hint=hint
        ) from error


def _near_files(path: Path) -> str:
    try:
        names = [other.name for other in path.parent.iterdir() if other.suffix in ENDINGS]
    except OSError:
        return ""
    return did_you_mean(path.name, names)


def _files(folder: Path) -> Iterable[Path]:
    try:
        inside = list(folder.iterdir())
        found = [path for path in inside if path.suffix in ENDINGS and path.is_file()]
        found += [path / PINNED for path in inside if (path / PINNED).is_file()]
    except OSError:
        return []
    return sorted((path for path in found if NAME.fullmatch(_name(path))), key=_name)


def _about(read: Callable[[], Found]) -> str:
    """What a preset says of itself, in one line."""
    try:
        found = read()
        root = read_yaml(found.data, found.label)
    except TemplateError as error:
        return f"can't be read: {str(error).splitlines()[0]}"
    said = root.fields.get("description")
    text = said.value if isinstance(said, Leaf) and isinstance(said.value, str) else ""
    return " ".join(text.split())
