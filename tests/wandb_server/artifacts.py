"""Artifacts: versions of small sets of files, and the rules by which they come about.

A version is pending until it is committed. Content that a collection already holds makes no new
version: the old one gets the new aliases, and keeps its metadata and description.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from tests.wandb_server.state import Account, Project, opaque_id
from tests.wandb_server.storage import Storage
from tests.wandb_server.world import World


@dataclass
class ArtifactSequence:
    """All versions of one artifact, oldest first, and which of them each alias names."""

    number: int
    project: Project = field(repr=False)
    name: str
    type: str
    versions: list[Artifact] = field(default_factory=list, repr=False)
    aliases: dict[str, Artifact] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        return opaque_id("ArtifactCollection", self.number)

    @property
    def latest_artifact(self) -> Artifact | None:
        return self.versions[-1] if self.versions else None

    def named(self, alias: str) -> Artifact | None:
        """The version of that alias, or of that number (``v3``)."""
        by_number = (version for version in self.versions if f"v{version.version_index}" == alias)
        return self.aliases.get(alias) or next(by_number, None)

    def with_digest(self, digest: str) -> Artifact | None:
        return next((version for version in self.versions if version.digest == digest), None)


@dataclass
class Artifact:
    """One version; ``version_index`` is its number once it is committed."""

    number: int
    artifact_sequence: ArtifactSequence
    digest: str
    metadata: str | None
    description: str | None
    created_at: datetime
    updated_at: datetime
    wanted_aliases: list[str]
    version_index: int | None = None
    manifest: Manifest | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        return opaque_id("Artifact", self.number)

    @property
    def project(self) -> Project:
        return self.artifact_sequence.project

    @property
    def state(self) -> str:
        return "PENDING" if self.version_index is None else "COMMITTED"

    @property
    def alias_names(self) -> list[str]:
        aliases = self.artifact_sequence.aliases
        return sorted(alias for alias, version in aliases.items() if version is self)


@dataclass
class Manifest:
    """What an artifact holds: a JSON file in the storage, and whose it is."""

    number: int
    artifact: Artifact = field(repr=False)

    @property
    def id(self) -> str:
        return opaque_id("ArtifactManifest", self.number)

    @property
    def key(self) -> str:
        return f"{self.artifact.project.path}/manifests/{self.number}.json"


@dataclass(frozen=True)
class Entry:
    """One file of a manifest; what is only referred to is not stored."""

    name: str
    digest: str
    size: int
    is_reference: bool


def file_key(project: Project, digest: str) -> str:
    """Where a project keeps the content of that digest (MD5 in base 64, as W&B writes it)."""
    try:
        return f"{project.path}/files/{base64.b64decode(digest, validate=True).hex()}"
    except binascii.Error:
        raise GraphQLError(f"invalid digest: {digest}") from None


class Artifacts:
    """All artifacts of a world."""

    def __init__(self, world: World, storage: Storage) -> None:
        self._world = world
        self._storage = storage
        self._sequences: dict[tuple[str, str], ArtifactSequence] = {}
        self._artifacts: dict[str, Artifact] = {}

    # -- reading ------------------------------------------------------------------------------

    def sequence(self, project: Project, name: str) -> ArtifactSequence | None:
        return self._sequences.get((project.path, name))

    def named(self, project: Project, name: str) -> Artifact | None:
        """The version of a name such as ``layout``, ``layout:blue`` or ``layout:v1``."""
        collection, _, alias = name.partition(":")
        sequence = self.sequence(project, collection)
        return sequence.named(alias or "latest") if sequence else None

    def artifact(self, account: Account | None, artifact_id: str) -> Artifact | None:
        found = self._artifacts.get(artifact_id)
        return found if found and found.project.readable_by(account) else None

    def entries(self, artifact: Artifact) -> list[Entry]:
        """The files of an artifact, as its manifest lists them."""
        manifest = artifact.manifest
        if manifest is None or manifest.key not in self._storage:
            return []
        contents = json.loads(self._storage[manifest.key])["contents"]
        return [
            Entry(name, given["digest"], given.get("size", 0), "ref" in given)
            for name, given in contents.items()
        ]

    def holds(self, key: str) -> bool:
        return key in self._storage

    def contents(self, artifact: Artifact) -> dict[str, bytes]:
        """The files of an artifact by name."""
        return {
            entry.name: self._storage[file_key(artifact.project, entry.digest)]
            for entry in self.entries(artifact)
            if not entry.is_reference
        }

    # -- writing ------------------------------------------------------------------------------

    def create(self, account: Account | None, given: dict[str, Any]) -> Artifact:
        """A pending version; the committed one with the same content, if there is one."""
        project = self._world.writable_project(account, given["entity_name"], given["project_name"])
        sequence = self._sequence(
            project, given["artifact_collection_name"], given["artifact_type_name"]
        )
        wanted = [
            alias["alias"]
            for alias in given.get("aliases") or []
            if alias["artifact_collection_name"] == sequence.name
        ]
        same = sequence.with_digest(given["digest"])
        if same and given.get("enable_digest_deduplication"):
            sequence.aliases.update(dict.fromkeys(wanted, same))
            return same
        now = self._world.clock.tick()
        artifact = Artifact(
            number=self._world.number(),
            artifact_sequence=sequence,
            digest=given["digest"],
            metadata=given.get("metadata"),
            description=given.get("description"),
            created_at=now,
            updated_at=now,
            wanted_aliases=wanted,
        )
        self._artifacts[artifact.id] = artifact
        return artifact

    def add_manifest(self, account: Account | None, artifact_id: str) -> Manifest:
        artifact = self.pending(account, artifact_id)
        artifact.manifest = Manifest(self._world.number(), artifact)
        return artifact.manifest

    def commit(self, account: Account | None, artifact_id: str) -> Artifact:
        """Make a pending artifact a version, if all that it lists has come."""
        artifact = self.pending(account, artifact_id)
        if artifact.manifest is None or artifact.manifest.key not in self._storage:
            raise GraphQLError("artifact has no manifest")
        for entry in self.entries(artifact):
            if not entry.is_reference and not self.holds(file_key(artifact.project, entry.digest)):
                raise GraphQLError(f"artifact file was not uploaded: {entry.name}")
        sequence = artifact.artifact_sequence
        artifact.version_index = len(sequence.versions)
        artifact.updated_at = self._world.clock.tick()
        sequence.versions.append(artifact)
        sequence.aliases.update(dict.fromkeys(artifact.wanted_aliases, artifact))
        return artifact

    def pending(self, account: Account | None, artifact_id: str) -> Artifact:
        """An artifact that may still be written."""
        artifact = self.artifact(account, artifact_id)
        if artifact is None:
            raise GraphQLError("artifact not found", extensions={"code": "NOT_FOUND"})
        self._world.writable_project(account, artifact.project.entity_name, artifact.project.name)
        if artifact.state != "PENDING":
            raise GraphQLError("artifact is already committed")
        return artifact

    def _sequence(self, project: Project, name: str, kind: str) -> ArtifactSequence:
        found = self.sequence(project, name)
        if found is None:
            found = ArtifactSequence(self._world.number(), project, name, kind)
            self._sequences[project.path, name] = found
        if found.type != kind:
            raise GraphQLError(f"artifact collection {name} already has the type {found.type}")
        return found
