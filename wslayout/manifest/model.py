"""What ``wslayout.yaml`` may say, and where each thing stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from wslayout.auditing.findings import Profile, Severity
from wslayout.errors import Mark, SourceError, SpecError, TemplateError
from wslayout.patterns import checked_pattern
from wslayout.templates.checking import Document, checked, in_order, mark_at
from wslayout.templates.model import BudgetLimits, KeyPattern, Kind
from wslayout.templates.nodes import MAX_BYTES, Fields, read_yaml
from wslayout.templates.panels import MetricName, Strict
from wslayout.templates.schema import schema_of
from wslayout.wandb_api.project import usable_name
from wslayout.wandb_api.rawspec import check_name

MANIFEST: Final = "wslayout.yaml"
"""What the file is called."""


def _project(pattern: str) -> str:
    entity, slash, project = pattern.strip().partition("/")
    if not slash or not entity or not project or "/" in project:
        raise ValueError("a project is given as entity/project, or as entity/pattern")
    if is_pattern(entity):
        raise ValueError("only the project may be a pattern, not the entity before the /")
    if is_pattern(project):
        return checked_pattern(f"{entity}/{project}")
    wrong = next((one for one in (entity, project) if not usable_name(one)), None)
    if wrong is not None:
        raise ValueError(f"{wrong!r} is no name of an entity or a project")
    return f"{entity}/{project}"


def is_pattern(text: str) -> bool:
    """Whether a name in a manifest is a pattern, that stands for several or for an odd one."""
    return any(char in text for char in "*?[{\\")


def _view_name(name: str) -> str:
    try:
        return check_name(name.strip())
    except SpecError as error:
        raise ValueError(str(error)) from error


def _source(text: str) -> str:
    if text.strip() in ("", "-"):
        raise ValueError("a source is a file, a folder or a project")
    return text


def _reason(text: str) -> str:
    if not text.strip():
        raise ValueError("an exclusion needs a reason")
    return text.strip()


ViewName = Annotated[str, AfterValidator(_view_name)]


ProjectPattern = Annotated[
    str,
    AfterValidator(_project),
    Field(description="entity/project; `*`, `?`, `[ab]` and `{a,b}` stand for several projects."),
]


class TargetEntry(Strict):
    """A view to keep up to date, in one project or in many."""

    project: ProjectPattern | Annotated[list[ProjectPattern], Field(min_length=1)] = Field(
        description="Where to save it."
    )
    without: list[ProjectPattern] = Field(
        default_factory=list, description="Projects that the patterns do not mean."
    )
    source: Annotated[str, AfterValidator(_source)] | None = Field(
        default=None,
        description="Where the metric keys come from, if not from the project: another project, "
        "or files, whose paths begin at the manifest.",
    )
    template: str | None = Field(
        default=None, description="A preset, a YAML file, wandb-artifact:…, or auto (auto)."
    )
    set: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="Parameters of the template."
    )
    name: ViewName | None = Field(default=None, description="What the view is called.")
    view: str | None = Field(default=None, description="The id of another view to write into.")
    adopt: bool = Field(default=False, description="Also if wslayout did not make that view.")
    limits: BudgetLimits = BudgetLimits()
    include: list[KeyPattern] = Field(default_factory=list)
    exclude: list[KeyPattern] = Field(default_factory=list)
    kinds: list[Kind] = Field(default_factory=list)
    pin: list[MetricName] = Field(default_factory=list)
    x_axis: MetricName | None = None
    overlay: Literal["splits", "none"] | None = None
    group_by: Literal["auto", "prefix", "topic"] | None = None

    @property
    def projects(self) -> list[str]:
        """Where to save it: names and patterns."""
        return [self.project] if isinstance(self.project, str) else self.project

    def options(self) -> dict[str, Any]:
        """What `wslayout.plan` is asked."""
        given: Mapping[str, Any] = {
            "template": self.template,
            "parameters": dict(self.set),
            "name": self.name,
            "include": tuple(self.include),
            "exclude": tuple(self.exclude),
            "kinds": tuple(self.kinds),
            "pin": tuple(self.pin),
            "x_axis": self.x_axis,
            "overlay_splits": None if self.overlay is None else self.overlay == "splits",
            "group_by": self.group_by,
            **self.limits.model_dump(exclude_none=True),
        }
        return {name: value for name, value in given.items() if value not in (None, (), {})}


class AuditExclusion(Strict):
    """What the audit knows of and leaves as it is."""

    rule: str = Field(description="The id of a rule: `wslayout audit --rules` lists them.")
    match: list[KeyPattern] = Field(
        default_factory=list,
        description="Patterns of the runs, metric keys, views or files that are meant; none: all.",
    )
    reason: Annotated[str, AfterValidator(_reason)] = Field(description="Why; it is shown.")


class AuditSettings(Strict):
    """How `wslayout audit` judges."""

    profile: Profile | None = Field(
        default=None, description="Whose limits apply; by default what the login is for."
    )
    fail_on: Severity = Field(
        default="warning", description="From which severity on it ends with exit code 1."
    )
    limits: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="Other limits, by the ids of rules."
    )
    exclude: list[AuditExclusion] = Field(
        default_factory=list, description="What is known, with the reason."
    )


class Manifest(Strict):
    """The views to keep up to date, and the presets of a repository."""

    presets: dict[str, str] = Field(
        default_factory=dict, description="Names for templates: files and artifacts."
    )
    targets: list[TargetEntry] = Field(
        default_factory=list, description="The views that `wslayout regenerate` keeps up to date."
    )
    audit: AuditSettings = AuditSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadManifest:
    """The manifest, and where each thing stands in it.

    Attributes:
        manifest: What it says.
        path: The file.
        root: What it was read from.
    """

    manifest: Manifest
    path: Path
    root: Fields

    def mark(self, *location: str | int) -> Mark:
        """Where a value stands."""
        return mark_at(self.root, location)


_DOCUMENT: Final = Document(Manifest, MANIFEST)


def read_manifest(path: Path) -> ReadManifest:
    """Read a manifest.

    Raises:
        SourceError: There is none, or it can't be read.
        TemplateError: Something is wrong in it; it names everything.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise SourceError(f"{path} is no regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SourceError(
            f"can't read {path}: {reason or error}",
            hint="`wslayout init PROJECT` writes one."
            if isinstance(error, FileNotFoundError)
            else "",
        ) from error
    problems: list[Any] = []
    root = read_yaml(data, path.name, "manifest")
    manifest = checked(root, problems, _DOCUMENT)
    if problems or manifest is None:
        raise TemplateError.of(in_order(problems))
    return ReadManifest(manifest=manifest, path=path, root=root)


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of manifests, in draft 07."""
    return schema_of(Manifest, MANIFEST)
