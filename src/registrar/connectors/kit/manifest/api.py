"""The section `tiers.api`: the HTTP API that registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.auth.declared import Auth, declared
from registrar.connectors.kit.manifest import operations
from registrar.connectors.kit.manifest.operations import Operation, Rule
from registrar.domain.policy import Capabilities

PLACE = ("tiers", "api")
_TIMES = {"absence_delay", "poll_interval", "confirmation_deadline", "send_deadline"}


@dataclass(frozen=True, slots=True)
class ApiTier:
    """The HTTP route."""

    capabilities: Capabilities
    auth: Auth
    read_timeout: float
    max_body: int
    fields: tuple[mapping.FieldMap, ...]
    submit: Operation
    verify: Operation
    health: Operation | None
    errors: tuple[Rule, ...]

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret that a request of this tier refers to."""
        found = operations.secrets((self.submit, self.verify, self.health))
        return found | set(self.auth.references)


def api(data: Mapping[str, Any]) -> ApiTier:
    """From a manifest; raises Misplaced."""
    http = data["http"]
    return ApiTier(
        capabilities=_capabilities(data["capabilities"]),
        auth=declared(data["auth"]),
        read_timeout=float(data["network"]["read_timeout"]),
        max_body=data["network"]["max_body"],
        fields=tuple(operations.each(mapping.field_map, data["fields"], [*PLACE, "fields"])),
        submit=operations.operation(http["submit"]),
        verify=operations.operation(http["verify"]),
        health=operations.operation(http["health"]) if "health" in http else None,
        errors=tuple(operations.each(operations.rule, data["errors"], [*PLACE, "errors"])),
    )


def needed(data: Mapping[str, Any]) -> list[str]:
    """What the request cannot be made without, where only one canonical field can give it."""
    return [
        one["from"][0]
        for one in data["fields"]
        if one.get("required") is True
        and "when" not in one
        and len(one["from"]) == 1
        and "." in one["from"][0]
    ]


def _capabilities(data: dict[str, Any]) -> Capabilities:
    read: dict[str, Any] = {
        key: timedelta(seconds=value) if key in _TIMES else value for key, value in data.items()
    }
    return Capabilities(**read)
