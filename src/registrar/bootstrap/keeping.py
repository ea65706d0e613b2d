"""Where artifacts are kept, and what removes them."""

from __future__ import annotations

from contextlib import AsyncExitStack

from registrar.app.artifact_sweep import ArtifactSweep
from registrar.app.artifacts import Artifacts
from registrar.artifacts.files import FileBlobs
from registrar.config.settings import Settings
from registrar.ports.clock import Clock
from registrar.ports.key_rows import KeyRows
from registrar.ports.store import Store
from registrar.ports.vault import Vault


def artifacts(
    settings: Settings, store: Store, vault: Vault, clock: Clock, stack: AsyncExitStack
) -> Artifacts:
    """Connects to nothing yet. ConfigurationError for a place that cannot be one."""
    blobs = FileBlobs(settings.artifacts_url)
    stack.push_async_callback(blobs.close)
    return Artifacts(store.artifacts, blobs, vault, clock, settings.retention)


def sweep(kept: Artifacts, keys: KeyRows) -> ArtifactSweep:
    """Of the same place, and the same times."""
    return ArtifactSweep(kept.rows, kept.blobs, keys, kept.clock, kept.retention)
