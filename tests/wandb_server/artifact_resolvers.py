"""The fields of artifacts, and the mutations that make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.wandb_server import storage
from tests.wandb_server.artifacts import Artifact, ArtifactSequence, Entry, Manifest, file_key
from tests.wandb_server.connections import Connection
from tests.wandb_server.context import Info, Resolver, paged
from tests.wandb_server.state import Project, opaque_id


@dataclass(frozen=True)
class File:
    """A stored file, or one that is to come; a manifest has no digest of its own here."""

    key: str
    name: str
    size_bytes: int = 0
    digest: str | None = None
    artifact: Artifact | None = None


# -- reading ----------------------------------------------------------------------------------


def _artifact(_: object, info: Info, *, id: str) -> Artifact | None:  # noqa: A002 - the schema's
    return info.context.artifacts.artifact(info.context.account, id)


def _collection(project: Project, info: Info, *, name: str) -> ArtifactSequence | None:
    return info.context.artifacts.sequence(project, name)


def _by_name(project: Project, info: Info, *, name: str) -> Artifact | None:
    return info.context.artifacts.named(project, name)


def _aliases(artifact: Artifact, info: Info) -> list[dict[str, Any]]:
    sequence = artifact.artifact_sequence
    return [
        {
            "id": opaque_id("ArtifactAlias", f"{sequence.number}:{alias}"),
            "alias": alias,
            "artifact_collection": sequence,
        }
        for alias in artifact.alias_names
    ]


def _files(
    artifact: Artifact,
    info: Info,
    names: Sequence[str] | None = None,
    first: int | None = None,
    after: str | None = None,
) -> Connection:
    wanted = [
        entry
        for entry in info.context.artifacts.entries(artifact)
        if not entry.is_reference and (names is None or entry.name in names)
    ]
    return paged(info, wanted, first, after, node=lambda entry: _stored(artifact, entry))


def _stored(artifact: Artifact, entry: Entry) -> File:
    key = file_key(artifact.project, entry.digest)
    return File(key, entry.name, entry.size, entry.digest, artifact)


def _size(artifact: Artifact, info: Info) -> int:
    return sum(entry.size for entry in info.context.artifacts.entries(artifact))


def _file_count(artifact: Artifact, info: Info) -> int:
    return len(info.context.artifacts.entries(artifact))


def _direct_url(file: File, info: Info) -> str:
    return storage.url(info.context.base_url, file.key)


def _upload_url(file: File, info: Info) -> str | None:
    """Where to put the file; nowhere if that very content is there already."""
    held = file.digest is not None and info.context.artifacts.holds(file.key)
    return None if held else storage.url(info.context.base_url, file.key)


# -- writing ----------------------------------------------------------------------------------


def _create_artifact(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    made = info.context.artifacts.create(info.context.account, arguments["input"])
    return {"artifact": made}


def _create_manifest(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    artifact_id = arguments["input"]["artifact_id"]
    made = info.context.artifacts.add_manifest(info.context.account, artifact_id)
    return {"artifact_manifest": made}


def _create_files(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    artifacts, account = info.context.artifacts, info.context.account
    files = []
    for given in arguments["input"]["artifact_files"]:
        artifact = artifacts.pending(account, given["artifact_id"])
        key = file_key(artifact.project, given["md5"])
        files.append(File(key, given["name"], digest=given["md5"], artifact=artifact))
    return {"files": paged(info, files, len(files), None)}


def _commit_artifact(_: object, info: Info, **arguments: Any) -> dict[str, Any]:
    artifact_id = arguments["input"]["artifact_id"]
    return {"artifact": info.context.artifacts.commit(info.context.account, artifact_id)}


def _manifest_file(manifest: Manifest, info: Info) -> File:
    return File(manifest.key, "wandb_manifest.json", artifact=manifest.artifact)


RESOLVERS: dict[str, Resolver] = {
    "Query.artifact": _artifact,
    "Mutation.createArtifact": _create_artifact,
    "Mutation.createArtifactManifest": _create_manifest,
    "Mutation.createArtifactFiles": _create_files,
    "Mutation.commitArtifact": _commit_artifact,
    "Project.artifact": _by_name,
    "Project.artifactCollection": _collection,
    "Project.artifactCollectionMembership": _by_name,
    "ArtifactSequence.artifactMembership": lambda sequence, info, alias_name: sequence.named(
        alias_name
    ),
    "ArtifactCollectionMembership.id": lambda artifact, info: opaque_id(
        "ArtifactCollectionMembership", artifact.number
    ),
    "ArtifactCollectionMembership.aliases": _aliases,
    "ArtifactCollectionMembership.artifactCollection": lambda artifact, info: (
        artifact.artifact_sequence
    ),
    "ArtifactCollectionMembership.artifact": lambda artifact, info: artifact,
    "ArtifactCollectionMembership.files": _files,
    "Artifact.artifactType": lambda artifact, info: {"name": artifact.artifact_sequence.type},
    "Artifact.ttlDurationSeconds": lambda artifact, info: -2,  # never
    "Artifact.ttlIsInherited": lambda artifact, info: True,
    "Artifact.tags": lambda artifact, info: [],
    "Artifact.historyStep": lambda artifact, info: None,
    "Artifact.commitHash": lambda artifact, info: None,
    "Artifact.size": _size,
    "Artifact.fileCount": _file_count,
    "Artifact.aliases": _aliases,
    "Artifact.currentManifest": lambda artifact, info: artifact.manifest,
    "ArtifactManifest.file": _manifest_file,
    "File.id": lambda file, info: opaque_id("File", file.key),
    "File.md5": lambda file, info: file.digest,
    "File.storagePath": lambda file, info: file.key,
    "File.directUrl": _direct_url,
    "File.uploadUrl": _upload_url,
    "File.uploadHeaders": lambda file, info: [],
    "File.uploadMultipartUrls": lambda file, info: None,
}
