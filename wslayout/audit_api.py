"""What a Python user calls to audit: `audit`."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from wslayout.api import several
from wslayout.errors import SourceError
from wslayout.inventory import MAX_KEYS
from wslayout.manifest import MANIFEST, AuditSettings, ReadManifest, read_manifest
from wslayout.patterns import match
from wslayout.progress import Progress, silent
from wslayout.read_api import read, shared
from wslayout.sources import Given, open_source
from wslayout.sources.opening import resolve
from wslayout.suggest import did_you_mean
from wslayout.wandb_api.client import GraphQL, is_public_cloud

if TYPE_CHECKING:
    from wslayout.auditing.evidence import Evidence
    from wslayout.auditing.findings import AuditReport, Certainty, Profile, Severity
    from wslayout.auditing.rule import Rule

_NO_SOURCE: Final = "no project and no runs were given"
_NO_CODE: Final = "nothing in {} could be read"
_OF_KEYS: Final = "a list of metric keys tells nothing of it"


def audit(  # noqa: PLR0913 - each is one thing a user may ask for, by name
    source: Given | None = None,
    *,
    code: str | os.PathLike[str] | None = None,
    profile: Profile | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    limits: Mapping[str, float] | None = None,
    fail_on: Severity | None = None,
    manifest: str | os.PathLike[str] | None = None,
    max_keys: int = MAX_KEYS,
    progress: Progress = silent,
    client: Callable[[], GraphQL] | None = None,
    stdin: IO[str] | IO[bytes] | None = None,
) -> AuditReport:
    """Check a project, run folders or training code against what W&B's pages on limits advise.

    Nothing is written anywhere. Only what the chosen rules need is asked of a server, at most 30
    requests, and always anew, since most of it is not in the cache that `wslayout.read` keeps; run
    folders are measured exactly.

    Args:
        source: What `wslayout.read` takes; None: only code is audited.
        code: Training code, a file or a folder; it is read and never run.
        profile: Whose limits apply: "saas", "dedicated" or "self-managed". By default what the
            login is for, "saas" where there is none.
        select: Patterns of the ids of the only rules to check.
        ignore: Patterns of the ids of rules not to check.
        limits: Other limits, by the ids of rules.
        fail_on: From which severity on the audit fails; by default what the manifest says, else
            "warning".
        manifest: The file whose part ``audit`` counts; by default ``wslayout.yaml`` in the working
            folder, if it is there. What is given here goes before it.
        max_keys: The most distinct metric keys to accept.
        progress: As for `wslayout.read`.
        client: From `wslayout.read_api.server`; by default a client of the current W&B login.
        stdin: What ``-`` stands for.

    Raises:
        SourceError: The source or the code can't be read, or a rule or a pattern is none.
        TemplateError: The manifest is wrong.
        WslayoutError: Whatever `wslayout.read` raises.
    """
    from wslayout.auditing.judging import audit as check
    from wslayout.auditing.settings import exclusions_of

    told = _manifest(manifest)
    part = AuditSettings() if told is None else told.manifest.audit
    exclusions = [] if told is None else exclusions_of(told)
    rules = applicable(
        chosen(several(select), several(ignore)), source=source is not None, code=code is not None
    )
    with shared(client) as asked:
        evidence, requests, found_profile = _evidence(
            source, rules, max_keys=max_keys, progress=progress, client=asked, stdin=stdin
        )
        evidence, notes = _with_code(evidence, code, rules)
        report = check(
            evidence,
            rules,
            profile=profile or part.profile or found_profile,
            limits={**part.limits, **_known(limits or {})},
            exclusions=exclusions,
        )
    return replace(
        report,
        requests=requests,
        notes=(*report.notes, *notes),
        fail_on=fail_on or part.fail_on,
    )


def chosen(select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that are to be checked, in their order.

    Raises:
        SourceError: A pattern means no rule.
    """
    from wslayout.auditing.rules import RULES

    ids = [rule.id for rule in RULES]
    kept = frozenset(_meant(select, ids) if select else ids) - frozenset(_meant(ignore, ids))
    return tuple(rule for rule in RULES if rule.id in kept)


def applicable(rules: Sequence[Rule], *, source: bool, code: bool) -> tuple[Rule, ...]:
    """The rules that are about what is audited: a project or runs, or training code.

    Raises:
        SourceError: None is.
    """
    found = tuple(rule for rule in rules if (code if "code" in rule.needs else source))
    if not found:
        raise SourceError(
            "no rule that was chosen is about what is audited",
            hint="Rules named code-* need --code, all others a SOURCE.",
        )
    return found


def _meant(patterns: Sequence[str], ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        try:
            matched = match(pattern, ids)
        except ValueError as error:
            raise SourceError(f"{pattern!r} is no pattern of rules: {error}") from error
        if not matched:
            raise SourceError(f"there is no rule {pattern!r}", hint=did_you_mean(pattern, ids))
        found += matched
    return found


def _known(limits: Mapping[str, float]) -> dict[str, float]:
    """The limits, if all are those of rules.

    Raises:
        SourceError: One is not.
    """
    from wslayout.auditing.rules import RULES

    ids = [rule.id for rule in RULES]
    for name, number in limits.items():
        if name not in ids:
            raise SourceError(f"there is no rule {name!r} to limit", hint=did_you_mean(name, ids))
        if not (math.isfinite(number) and number >= 0):
            raise SourceError(f"{number} is no limit of {name}: it takes a number from 0")
    return dict(limits)


def _manifest(path: str | os.PathLike[str] | None) -> ReadManifest | None:
    """The manifest that counts; None: there is none.

    Raises:
        SourceError: The one that is named can't be read.
        TemplateError: It is wrong.
    """
    if path is None and not Path(MANIFEST).is_file():
        return None
    return read_manifest(Path(path or MANIFEST))


def _evidence(
    source: Given | None,
    rules: Sequence[Rule],
    *,
    max_keys: int,
    progress: Progress,
    client: Callable[[], GraphQL],
    stdin: IO[str] | IO[bytes] | None,
) -> tuple[Evidence, int | None, Profile]:
    """What there is to go by, how many requests that took, and whose limits apply."""
    from wslayout.auditing import folders, project
    from wslayout.auditing.evidence import Known, nothing_known

    if source is None:
        return nothing_known("training code", "", _NO_SOURCE), None, "saas"
    opened = open_source(source)
    if opened.path is not None and opened.path.suffix in (".py", ".ipynb"):
        raise SourceError(
            f"{opened.path} is training code, not a source of metrics",
            hint=f"Name it with --code {shlex.quote(str(opened.path))}.",
        )
    if opened.project is not None:
        asked = client()
        entity, name = resolve(opened.project, asked)
        needs = {part for rule in rules for part in rule.needs}
        evidence, requests = project.read_evidence(
            asked, entity, name, needs, max_keys=max_keys, progress=progress
        )
        cloud = is_public_cloud(asked.login)
        return evidence, requests, "saas" if cloud else "self-managed"
    if opened.holds_runs:
        path = opened.path or Path()
        return folders.read_evidence(path, max_keys=max_keys, progress=progress), None, "saas"
    inventory = read(source, max_keys=max_keys, progress=progress, client=client, stdin=stdin)
    named = f"{shlex.quote(str(opened.path))} --to ENTITY/PROJECT" if opened.path else ""
    evidence = nothing_known(inventory.origin.label, named, _OF_KEYS)
    certainty: Certainty = "exact" if inventory.coverage.complete else "sampled"
    return replace(evidence, keys=Known(inventory, certainty)), None, "saas"


def _with_code(
    evidence: Evidence, code: str | os.PathLike[str] | None, rules: Sequence[Rule]
) -> tuple[Evidence, tuple[str, ...]]:
    """The same with what training code does."""
    if code is None or not any("code" in rule.needs for rule in rules):
        return evidence, ()
    from wslayout.auditing.code import read_code
    from wslayout.auditing.evidence import Known, Unknown

    found = read_code(Path(code))
    if not found.files:
        return replace(evidence, code=Unknown(_NO_CODE.format(code))), found.notes
    certainty: Certainty = "exact" if found.complete else "sampled"
    return replace(evidence, code=Known(found.spots, certainty)), found.notes
