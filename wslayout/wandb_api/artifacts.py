"""Small W&B artifacts, through the wandb SDK: it hashes, uploads and downloads."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from wslayout.addresses import without_password
from wslayout.errors import AuthError, ServerError, TemplateError, WslayoutError
from wslayout.wandb_api.auth import find_login

TYPE: Final = "wslayout-preset"
"""The type of artifacts that hold presets, and of the runs that W&B files them under."""


class ArtifactStore:
    """Keeps presets as artifacts in the projects of the current W&B login."""

    def load(self, path: str, *, most: int) -> tuple[str, dict[str, bytes]]:
        """The version of an artifact, and its files.

        Args:
            path: ``entity/project/name:alias``.
            most: Bytes that it may hold.

        Raises:
            TemplateError: It is no preset, too large, or not there.
            AuthError, ServerError: The server said no, or nothing.
        """
        import wandb

        with _errors(path, "read"), tempfile.TemporaryDirectory() as folder:
            artifact: Any = wandb.Api().artifact(path)
            if artifact.type != TYPE:
                raise TemplateError(f"{path} is an artifact of type {artifact.type}, not {TYPE}")
            if artifact.size > most:
                raise TemplateError(f"{path} has {artifact.size:,} bytes: it is no preset")
            artifact.download(root=folder)
            files = {
                file.relative_to(folder).as_posix(): file.read_bytes()
                for file in sorted(Path(folder).rglob("*"))
                if file.is_file()
            }
            return artifact.version, files

    def save(
        self,
        path: str,
        files: Mapping[str, bytes],
        *,
        description: str,
        metadata: Mapping[str, Any],
    ) -> str:
        """Keep files as a new version, and give it; the same files stay the version that they are.

        W&B files every version under a run, so that a short run of job type
        ``wslayout-preset`` stands in the project, too.

        Args:
            path: ``entity/project/name:alias``; the alias and ``latest`` move to it.
            files: The files, by name.
            description: What W&B shows of it.
            metadata: What W&B keeps beside it.

        Raises:
            TemplateError: The name is that of an artifact of another type.
            AuthError, ServerError: The server said no, or nothing.
        """
        import wandb

        where, _, alias = path.partition(":")
        entity, project, name = where.split("/")
        with _errors(path, "save"), tempfile.TemporaryDirectory() as folder:
            artifact = wandb.Artifact(
                name, type=TYPE, description=description, metadata=dict(metadata)
            )
            for file_name, data in files.items():
                with artifact.new_file(file_name, mode="wb") as file:
                    file.write(data)
            # Nothing of this machine belongs to a preset.
            settings = wandb.Settings(
                silent=True,
                console="off",
                disable_git=True,
                disable_code=True,
                x_disable_meta=True,
                x_disable_stats=True,
                x_save_requirements=False,
            )
            with wandb.init(
                entity=entity,
                project=project,
                job_type=TYPE,
                dir=folder,
                settings=settings,
                reinit="create_new",
            ) as run:
                logged = run.log_artifact(artifact, aliases=[*dict.fromkeys([alias, "latest"])])
                logged.wait()
            version: str = logged.version
            return version


@contextlib.contextmanager
def _errors(path: str, what: str) -> Iterator[None]:
    """What the SDK raises, as errors of ours."""
    import wandb

    try:
        yield
    except (wandb.errors.Error, ValueError) as error:
        # No traceback shows the SDK's own error, which may hold the key.
        raise _meaning(error, path, what) from None


def _meaning(error: Exception, path: str, what: str) -> WslayoutError:
    """The error of ours for one of the SDK's."""
    said = _without_key(" ".join(str(error).split()))
    lowered = said.lower()
    if "not found" in lowered or "does not exist" in lowered:
        return TemplateError(
            f"there is no artifact {path}, or this account can't see it",
            hint=f"An artifact is called entity/project/name:alias. W&B says: {said}",
        )
    if "already exists with type" in lowered:
        return TemplateError(f"can't {what} {path}: {said}", hint="Take another name.")
    if any(words in lowered for words in _NOT_LOGGED_IN):
        return AuthError(f"not logged in to W&B: {said}", hint="Run `wandb login`.")
    if "permission denied" in lowered or "403" in lowered:
        return AuthError(f"can't {what} {path}: {said}")
    return ServerError(f"can't {what} {path}: {said}", hint="Try again later.")


_NOT_LOGGED_IN: Final = ("api key", "log in", "login", "not logged in", "invalid credentials")


def _without_key(text: str) -> str:
    """A text of the SDK without the key, should the server have echoed it."""
    try:
        key = find_login().api_key
    except AuthError:
        key = None
    return without_password(text.replace(key, "<hidden>") if key else text)
