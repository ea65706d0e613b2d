"""The section `lookup`: an API that only looks up, before and after a person has registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.auth.declared import Auth, declared
from registrar.connectors.kit.conditions import Condition, condition
from registrar.connectors.kit.manifest import operations
from registrar.connectors.kit.manifest.operations import Operation, Rule

PLACE = ("lookup",)
WATCH_INTERVAL = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Lookup:
    """No route: nothing is ever registered through it."""

    evidence: str
    auth: Auth
    read_timeout: float
    max_body: int
    fields: tuple[mapping.FieldMap, ...]
    precheck: Operation | None
    """Asked before a person is."""
    verify: Operation | None
    """Asked whether the person has done it."""
    health: Operation | None
    errors: tuple[Rule, ...]
    when: Condition | None = None
    """Only of such records it is asked."""
    watch_interval: timedelta = WATCH_INTERVAL
    """How often it is asked while a person registers the product."""

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret that a request of it refers to."""
        found = operations.secrets((self.precheck, self.verify, self.health))
        return found | set(self.auth.references)


def lookup(data: Mapping[str, Any]) -> Lookup:
    """From a manifest; raises Misplaced."""
    made = {name: operations.operation(one) for name, one in data["http"].items()}
    seconds = data.get("watch_interval")
    fields, errors = data.get("fields", ()), data.get("errors", ())
    return Lookup(
        evidence=data["evidence"],
        auth=declared(data["auth"]),
        read_timeout=float(data["network"]["read_timeout"]),
        max_body=data["network"]["max_body"],
        fields=tuple(operations.each(mapping.field_map, fields, [*PLACE, "fields"])),
        precheck=made.get("precheck"),
        verify=made.get("verify"),
        health=made.get("health"),
        errors=tuple(operations.each(operations.rule, errors, [*PLACE, "errors"])),
        when=condition(data["when"]) if "when" in data else None,
        watch_interval=timedelta(seconds=seconds) if seconds else WATCH_INTERVAL,
    )
