"""What is known of forms, and what is done about it."""

from __future__ import annotations

from registrar.app.forms import Forms
from registrar.connectors.kit.catalogue import FileCatalogue
from registrar.connectors.kit.web.known import ManifestForms
from registrar.ports.store import Store


def forms(catalogue: FileCatalogue, store: Store) -> Forms:
    """By the manifests in force."""
    return Forms(ManifestForms(catalogue), store.forms, store.connectors)
