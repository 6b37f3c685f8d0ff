"""What people write for a W&B project: ``entity/project``, or any URL of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from wslayout.addresses import shown
from wslayout.errors import SourceError

# First path parts of the W&B app that are pages of its own, not entities.
_APP_PAGES: Final = re.compile(
    r"account|admin|articles|authorize|billing|fully-connected|gallery|home|login|logout"
    r"|organizations|orgs|pricing|profile|quickstart|registry|reports|settings|signup|site"
    r"|subscriptions|system-admin|teams|usage",
    re.IGNORECASE,
)
# Second path parts that list what an entity has.
_ENTITY_PAGES: Final = re.compile(r"billing|members|projects|settings", re.IGNORECASE)
# Names that end so are files, which don't exist if we are asked, rather than projects.
_FILE: Final = re.compile(
    r".*\.(csv|feather|gz|html|ipynb|json|jsonl|ndjson|parquet|pq|py|tsv|txt|wandb|ya?ml|zip)",
    re.IGNORECASE,
)
# The public cloud has several names for one server; the API's and the app's differ.
_CLOUD: Final = "wandb.ai"
_CLOUD_HOST: Final = re.compile(r"((api|app|www)\.)?wandb\.ai|(api\.)?forge\.coreweave\.com")
# Where the app lives below a path, as on forge, that path stands before the entity.
_FORGE_PREFIX: Final = "wandb"
_BAD_NAME: Final = re.compile(r"[\x00-\x1f\x7f/\\#?%:]")
_NAME_LIMIT: Final = 256
_HOST: Final = re.compile(
    r"localhost(:\d+)?|[\w-]+(\.[\w-]+)*:\d+|(\w[\w-]*\.)+[a-z]{2,}", re.IGNORECASE
)
_VIEW_ID: Final = re.compile(r"[\w.-]{1,128}", re.ASCII)
_HINT: Final = (
    "A project is given as entity/project, or as a URL like https://wandb.ai/entity/project."
)


@dataclass(frozen=True, slots=True)
class ProjectRef:
    """A W&B project as somebody named it.

    Attributes:
        entity: The team or user that owns it; None: the login's default.
        project: Its name.
        host: Host and port of the URL it came from, in lower case; None where it was no URL.
        view_id: The saved view that the URL showed (``?nw=<id>``), if any.
        page: The page of the project that it showed ("runs", "workspace", …), if any.
    """

    entity: str | None
    project: str
    host: str | None = None
    view_id: str | None = None
    page: str | None = field(default=None, compare=False)


def parse_project(text: str, *, target: bool = False) -> ProjectRef | None:
    """The project that ``text`` names, or None where it is something else (a path, …).

    Args:
        text: ``entity/project``, or the URL of any page of a project, with or without
            ``https://``.
        target: Whether it can only be a project, for somebody saves to it: a single word is
            one of the default entity, and ``team/train.py`` is one. Sources leave this off.

    Raises:
        SourceError: A URL that is broken, or not that of a project.
    """
    text = text.strip()
    if re.match(r"https?://", text, re.IGNORECASE):
        return _from_url(text, target=target)
    parts = text.rstrip("/").split("/")
    if _CLOUD_HOST.fullmatch(parts[0]) or (len(parts) >= 3 and _HOST.fullmatch(parts[0])):
        return _from_url(f"https://{text}", target=target)
    named = all(map(usable_name, parts)) and not text.startswith((".", "~", "-"))
    if not named or (_FILE.fullmatch(parts[-1]) and not (target and len(parts) == 2)):
        return None
    if len(parts) == 2:
        return ProjectRef(parts[0], parts[1])
    return ProjectRef(None, parts[0]) if target and len(parts) == 1 else None


def check_host(ref: ProjectRef, *, base_url: str, app_url: str) -> None:
    """Refuse a URL of another server than the one that the login is for.

    Raises:
        SourceError: The hosts differ. (The API key is only ever sent to ``base_url``.)
    """
    ours = {deployment(_host(urlsplit(url))) for url in (base_url, app_url)}
    if ref.host is None or deployment(ref.host) in ours:
        return
    logged_in = _host(urlsplit(base_url))
    raise SourceError(
        f"that URL is on {ref.host}, but your W&B login is for {logged_in}",
        hint=f"Give the project as entity/project if it is on {logged_in}; if {ref.host} is your "
        "W&B, set WANDB_BASE_URL to its address and run `wandb login`.",
    )


def deployment(host: str) -> str:
    """One name for all hosts of one server: the cloud has several, others have ``api.``."""
    host = host.lower()
    if _CLOUD_HOST.fullmatch(host):
        return _CLOUD
    return re.sub(r"^(?:api|app)\.(?=[^.:]+\.)", "", host)


def _from_url(text: str, *, target: bool) -> ProjectRef | None:
    try:
        url = urlsplit(text)
        host = _host(url)
        query = parse_qs(url.query)
    except ValueError as error:
        raise SourceError(f"not a URL that can be read: {shown(text)!r}", hint=_HINT) from error
    if not host:
        raise SourceError(f"a URL without a host: {shown(text)!r}", hint=_HINT)
    if _FILE.fullmatch(url.path) and not target:
        return None
    parts = [unquote(part) for part in url.path.split("/") if part]
    if host.endswith("forge.coreweave.com") and parts[:1] == [_FORGE_PREFIX]:
        parts = parts[1:]
    if len(parts) < 2 or _APP_PAGES.fullmatch(parts[0]) or _ENTITY_PAGES.fullmatch(parts[1]):
        _no_project(host, url.path)
    entity, project = parts[:2]
    if not usable_name(entity) or not usable_name(project):
        _no_project(host, url.path)
    wanted = [found for found in query.get("nw", []) if _VIEW_ID.fullmatch(found)]
    view_id = re.sub(r"^nw-|-v$", "", wanted[0]) if wanted else ""
    return ProjectRef(entity, project, host, view_id or None, parts[2] if parts[2:] else None)


def _no_project(host: str, path: str) -> NoReturn:
    # Not the whole URL: user name, password and query are nobody's business.
    place = shown(f"https://{host}{path}").removeprefix("https://")
    raise SourceError(f"not the URL of a W&B project: {place!r}", hint=_HINT)


def _host(url: SplitResult) -> str:
    """Host and, where it isn't the scheme's own, port; ValueError for a broken port."""
    name = (url.hostname or "").lower()
    name = f"[{name}]" if ":" in name else name
    usual = {"http": 80, "https": 443}.get(url.scheme.lower())
    return name if url.port in (None, usual) else f"{name}:{url.port}"


def usable_name(part: str) -> bool:
    """Whether an entity or a project can be called so."""
    try:
        part.encode()
    except UnicodeEncodeError:
        return False
    return bool(part.strip(" .")) and len(part) <= _NAME_LIMIT and not _BAD_NAME.search(part)
