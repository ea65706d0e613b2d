"""The use cases of whole customers, on a store of keys in memory."""

from __future__ import annotations

from registrar.app.audit import Audit
from registrar.app.customers import Customers
from registrar.app.erasing import Erasures
from registrar.app.queries import Queries
from registrar.store.memory_key_rows import MemoryKeyRows


def customers(queries: Queries) -> Customers:
    """Over what these queries read."""
    store, vault = queries.store, queries.vault
    audit = Audit(store.audit, vault.keys)
    erasures = Erasures(store, vault, MemoryKeyRows(), queries.clock, audit)
    return Customers(queries, store.artifacts, erasures, audit)
