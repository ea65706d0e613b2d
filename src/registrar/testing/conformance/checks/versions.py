"""25: versions that are still pinned."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from registrar.connectors.kit import manifest, reading
from registrar.domain.errors import ConfigurationError
from registrar.testing.conformance.checks.answers import happy_path_is_confirmed
from registrar.testing.conformance.checks.delivery import commit_then_drop_is_verified
from registrar.testing.conformance.checks.surprises import unknown_answers_are_no_success
from registrar.testing.conformance.subject import Check, NotApplicable, Subject, Violated

FOLDER = "versions"
STILL = (happy_path_is_confirmed, unknown_answers_are_no_success, commit_then_drop_is_verified)
"""What a version that jobs are pinned to must still do."""


async def pinned_versions_still_pass(subject: Subject) -> None:
    """Each old manifest, with today's kit and today's simulated manufacturer."""
    old = sorted((subject.folder / FOLDER).glob(f"*/{reading.FILE}"))
    if not old:
        raise NotApplicable("there is no older version")
    for path in old:
        with TemporaryDirectory() as folder:
            pinned = _pinned(subject, path, Path(folder))
            await _still(pinned, path.parent.name)


def _pinned(subject: Subject, path: Path, folder: Path) -> Subject:
    """In a folder of the manufacturer's name, as manifests must be."""
    own = folder / subject.id
    own.mkdir()
    shutil.copy(path, own / reading.FILE)
    try:
        found = manifest.load(own / reading.FILE)
    except ConfigurationError as error:
        raise Violated(f"version {path.parent.name}: {error}") from error
    if found.manufacturer.version != path.parent.name:
        raise Violated(f"version {found.manufacturer.version} is in the folder {path.parent.name}")
    return replace(subject, folder=own, manifest=found)


async def _still(pinned: Subject, version: str) -> None:
    for check in STILL:
        try:
            await check(pinned)
        except Violated as error:
            raise Violated(f"version {version}: {error}") from error


CHECKS = (Check(25, "a pinned older version still passes", pinned_versions_still_pass),)
