"""Who we are on which server: found by wandb's own code, from wandb's own settings.

Nothing here reads a file or variable of its own: the environment, netrc and the
settings file are searched by wandb, in wandb's order, so what ``wandb login`` did holds.
wandb is imported only when a login is asked for, since that takes half a second.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from wslayout.addresses import without_password
from wslayout.errors import AuthError, TargetError


class Secret(str):
    """A string that doesn't show itself in a repr, and so in no traceback's locals."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden>"


@dataclass(frozen=True, slots=True)
class Login:
    """A login to one W&B server.

    Attributes:
        base_url: Where its API lives, without a final slash.
        app_url: Where its web app lives, without a final slash.
        api_key: The key; None where the login has an identity token, which only
            wandb's own code can use.
        entity: The default entity from wandb's settings, if set there.
        project: The default project from wandb's settings, if set there.
        notes: Sentences worth telling the user.
    """

    base_url: str
    app_url: str
    api_key: Secret | None = field(repr=False)
    entity: str | None = None
    project: str | None = None
    notes: tuple[str, ...] = ()


_NO_KEY_NOTE = (
    "this login has an identity token and no API key, so requests go through the wandb SDK, "
    "which hides why a request waits or fails"
)


def find_login() -> Login:
    """The login that wandb itself would use now, without asking or printing anything.

    Raises:
        AuthError: Not logged in, or the key or the server's address is malformed.
    """
    with _silenced() as said:
        base_url, entity, project = _settings()
        key, app_url = _credentials(base_url)
    if app_url is None:
        unread = " (wandb could not read its netrc file)" if "netrc" in said.getvalue() else ""
        raise AuthError(
            f"not logged in to W&B at {base_url}{unread}",
            hint=f"Run `wandb login --host={base_url}`, or set WANDB_API_KEY.",
        )
    return Login(
        base_url=base_url,
        app_url=app_url,
        api_key=key,
        entity=entity,
        project=project,
        notes=() if key is not None else (_NO_KEY_NOTE,),
    )


def known_server() -> Login:
    """What wandb's settings say of the server, whether or not somebody is logged in there.

    Raises:
        AuthError: They can't be used.
    """
    with _silenced():
        base_url, entity, project = _settings()
    return Login(base_url, app_url=base_url, api_key=None, entity=entity, project=project)


def _settings() -> tuple[str, str | None, str | None]:
    """Base URL, default entity and project, with the precedence of ``wandb.Api``."""
    from pydantic import ValidationError
    from wandb import env
    from wandb.errors import Error
    from wandb.sdk import wandb_setup

    try:
        settings = wandb_setup.singleton().settings
        base_url = env.get_base_url(str(settings.base_url)) or ""
        return (
            without_password(base_url).rstrip("/"),
            env.get_entity(settings.entity),
            env.get_project(settings.project),
        )
    except ValidationError as error:
        problem = _field_names(error)
    except (Error, ValueError, OSError) as error:
        problem = str(error) or type(error).__name__
    if key := os.environ.get(env.API_KEY):
        problem = problem.replace(key, "<hidden>")
    raise AuthError(
        f"wandb's own settings can't be used: {without_password(problem)}",
        hint="Check the WANDB_… variables (WANDB_API_KEY, and WANDB_BASE_URL, an address such as "
        "https://api.wandb.ai) and wandb's settings file.",
    )


def _field_names(error: Exception) -> str:
    """Which settings are wrong, and how; never their values, one of which is the key."""
    details = error.errors(include_input=False, include_url=False)  # type: ignore[attr-defined]
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in details)


def _credentials(base_url: str) -> tuple[Secret | None, str | None]:
    """The API key, if it is one, and the app's URL; (None, None): not logged in."""
    from wandb.errors import AuthenticationError, UsageError
    from wandb.sdk.lib import wbauth

    problem = ""
    auth = None
    try:
        auth = wbauth.authenticate_session(
            host=base_url, source="wslayout", prompt=False, update_session=False
        )
    except (AuthenticationError, UsageError) as error:
        problem = f"the W&B login for {base_url} can't be used: {error}"
        hint = f"Run `wandb login --relogin --host={base_url}`, or mend WANDB_API_KEY."
    except (ValueError, TypeError) as error:
        problem = f"{base_url!r} is not the address of a W&B server: {error}"
        hint = "Set WANDB_BASE_URL to the server's address, such as https://api.wandb.ai."
    if problem:  # raised out here, so that no frame that held the key hangs on the error
        raise AuthError(problem, hint=hint)
    if auth is None or not auth.host.is_same_url(base_url):
        return None, None
    key = Secret(auth.api_key) if isinstance(auth, wbauth.AuthApiKey) else None
    return key, auth.host.app_url


@contextlib.contextmanager
def _silenced() -> Iterator[io.StringIO]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        yield said


def target_names(login: Login, entity: str | None, project: str | None) -> tuple[str, str]:
    """Entity and project, each from the login's defaults where it is None.

    Raises:
        TargetError: There is no default for one that is missing.
    """
    entity, project = entity or login.entity, project or login.project
    if not entity or not project:
        missing = "entity" if not entity else "project"
        raise TargetError(
            f"no {missing} given, and wandb's settings have no default one",
            hint="Give the project as entity/project.",
        )
    return entity, project
