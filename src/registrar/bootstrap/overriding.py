"""Overrides of error rules: the operators' use cases, and what a worker heeds."""

from __future__ import annotations

from registrar.app.audit import Audit
from registrar.app.heeding import Heeding
from registrar.app.overrides import Overrides
from registrar.connectors.kit import override_lints
from registrar.connectors.kit.catalogue import FileCatalogue
from registrar.ports.clock import Clock
from registrar.ports.store import Store


def overrides(catalogue: FileCatalogue, store: Store, clock: Clock, audit: Audit) -> Overrides:
    """Checked by the schema of the manifests."""
    return Overrides(catalogue, store.overrides, override_lints.violations, clock, audit)


async def heeding(store: Store, catalogue: FileCatalogue) -> Heeding:
    """With those in force already known, if the database answers."""
    made = Heeding(store.overrides, catalogue.overrides)
    await made.once()
    return made
