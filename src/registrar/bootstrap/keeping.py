"""Where artifacts are kept, and what removes them and the keys that nothing needs any longer."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Protocol

from registrar.app.artifact_sweep import ArtifactSweep
from registrar.app.artifacts import Artifacts
from registrar.app.audit import Audit
from registrar.app.erasing import Erasures
from registrar.app.key_sweep import KeySweep
from registrar.app.statistics.rollup import Rollup
from registrar.artifacts.files import FileBlobs
from registrar.bootstrap.vaults import Opened
from registrar.config.settings import Settings
from registrar.ports.artifacts import Blobs
from registrar.ports.clock import Clock
from registrar.ports.key_rows import KeyRows
from registrar.ports.queue import Doorbell
from registrar.ports.store import Store
from registrar.ports.vault import Vault


class Kept(Protocol):
    """What every process has, as far as it is needed here."""

    @property
    def settings(self) -> Settings:
        """As given."""
        ...

    @property
    def store(self) -> Store:
        """The database."""
        ...

    @property
    def opened(self) -> Opened:
        """The keys."""
        ...

    @property
    def clock(self) -> Clock:
        """The machine's."""
        ...


def blobs(settings: Settings, stack: AsyncExitStack) -> Blobs:
    """Connects to nothing yet. ConfigurationError for a place that cannot be one."""
    made = FileBlobs(settings.artifacts_url)
    stack.push_async_callback(made.close)
    return made


def artifacts(
    settings: Settings, store: Store, vault: Vault, clock: Clock, blobs: Blobs
) -> Artifacts:
    """Of the times that the settings say."""
    return Artifacts(store.artifacts, blobs, vault, clock, settings.retention)


def erasures(parts: Kept) -> Erasures:
    """What forgets customers, and what is kept no longer."""
    days = parts.settings.personal_days
    audit = Audit(parts.store.audit, parts.opened.keys)
    return Erasures(
        parts.store,
        parts.opened.vault,
        parts.opened.rows,
        parts.clock,
        audit,
        timedelta(days=days) if days else None,
    )


def sweep(kept: Artifacts, keys: KeyRows) -> ArtifactSweep:
    """Of the same place, and the same times."""
    return ArtifactSweep(kept.rows, kept.blobs, keys, kept.clock, kept.retention)


def rollup(parts: Kept, doorbell: Doorbell) -> Rollup:
    """What counts the events, and forgets what is too old."""
    keep = timedelta(days=parts.settings.statistics_days)
    return Rollup(parts.store, doorbell, parts.clock, keep)


def key_sweep(settings: Settings, keys: KeyRows) -> KeySweep:
    """Of keys that were retired before the oldest backup."""
    return KeySweep(keys, timedelta(days=settings.retired_key_days))
