"""The project's own file, ``wslayout.yaml``: its presets, and the views to keep up to date."""

from wslayout.manifest.model import (
    MANIFEST,
    AuditSettings,
    Manifest,
    ReadManifest,
    TargetEntry,
    manifest_schema,
    read_manifest,
)

__all__ = [
    "MANIFEST",
    "AuditSettings",
    "Manifest",
    "ReadManifest",
    "TargetEntry",
    "manifest_schema",
    "read_manifest",
]
