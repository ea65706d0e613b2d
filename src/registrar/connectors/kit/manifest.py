"""Manifests: checked by `reading`, and made into frozen data.

A manifest that is wrong raises ConfigurationError with file, line and path; whoever loads many
quarantines that one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from registrar.connectors.kit import mapping, reading
from registrar.connectors.kit.auth.declared import Auth, declared
from registrar.connectors.kit.conditions import Condition, condition
from registrar.connectors.kit.reading import Problem
from registrar.domain.errors import ConfigurationError
from registrar.domain.manufacturer import IdentifierRule, Manufacturer, TierListing
from registrar.domain.outcome import Code, Effect, Tier
from registrar.domain.policy import Capabilities

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class When:
    """All of it must hold of an answer."""

    status: frozenset[int] = frozenset()
    conditions: tuple[Condition, ...] = ()

    @property
    def values(self) -> tuple[Any, ...]:
        """Every value that a condition names."""
        return tuple(value for one in self.conditions for value in one.values)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an expected answer means; `reference` is where its confirmation stands."""

    when: When
    means: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an unwelcome answer means."""

    name: str
    when: When
    code: Code
    effect: Effect
    field: str = ""
    canonical: str = ""
    """The field that this answer always means, where the manufacturer names none."""
    reference: str = ""
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One HTTP request; texts may hold `{canonical.path}` and `{secret:reference}`."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    with_body: bool
    answers: tuple[Answer, ...]


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
        texts = [
            text
            for one in (self.submit, self.verify, self.health)
            if one is not None
            for text in (one.path, *one.headers.values(), *one.query.values())
        ]
        found = {name for text in texts for name in re.findall(r"\{secret:([^}]+)\}", text)}
        return frozenset(found | set(self.auth.references))


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manufacturer. `manufacturer` is the part that callers may see, nothing enabled yet."""

    manufacturer: Manufacturer
    api: ApiTier
    evidence: str = ""


def load(path: Path) -> Manifest:
    """Raises ConfigurationError for the first problem."""
    made, found = _examined(path)
    if made is None:
        raise ConfigurationError(f"{path.name}:{found[0]}")
    return made


def problems(path: Path) -> list[Problem]:
    """All that can be told at once: what the schema refuses hides the rest."""
    return _examined(path)[1]


def _examined(path: Path) -> tuple[Manifest | None, list[Problem]]:
    try:
        source = reading.read(path)
    except reading.Unreadable as error:
        return None, [error.problem]
    wrong = [source.problem(*one) for one in reading.findings(source.data, path.parent.name)]
    if wrong:
        return None, wrong
    try:
        return _manifest(source.data), []
    except _Wrong as error:
        return None, [source.problem(error.place, str(error))]


class _Wrong(ValueError):
    """Where in the manifest, and what."""

    def __init__(self, place: list[str | int], message: str) -> None:
        super().__init__(message)
        self.place = place


def _manifest(data: dict[str, Any]) -> Manifest:
    identity, api = data["identity"], data["tiers"]["api"]
    capabilities = _capabilities(api["capabilities"])
    listing = TierListing(
        Tier.API,
        api["audience"],
        api["evidence"],
        enabled=False,
        sources=tuple(api["sources"]),
        verify=capabilities.verify,
        idempotency=capabilities.idempotency,
    )
    rules = [
        IdentifierRule(**one | {"patterns": tuple(one["patterns"])}) for one in data["identifiers"]
    ]
    manufacturer = Manufacturer(
        id=identity["id"],
        name=identity["name"],
        brands=tuple(identity["brands"]),
        countries=tuple(identity["countries"]),
        version=data["version"],
        identifiers=tuple(rules),
        required_fields=tuple(dict.fromkeys([*data["required_fields"], *_needed(api)])),
        tiers=(listing,),
        fictitious=identity.get("fictitious", False),
        window_days=data.get("window_days"),
        max_in_flight=data.get("max_in_flight", 16),
    )
    return Manifest(manufacturer, _api(api, capabilities), api["evidence"])


def _needed(api: dict[str, Any]) -> list[str]:
    """What the request cannot be made without, where only one canonical field can give it."""
    return [
        one["from"][0]
        for one in api["fields"]
        if one.get("required") is True
        and "when" not in one
        and len(one["from"]) == 1
        and "." in one["from"][0]
    ]


def _capabilities(data: dict[str, Any]) -> Capabilities:
    times = {"absence_delay", "poll_interval", "confirmation_deadline", "send_deadline"}
    read: dict[str, Any] = {
        key: timedelta(seconds=value) if key in times else value for key, value in data.items()
    }
    return Capabilities(**read)


def _api(data: dict[str, Any], capabilities: Capabilities) -> ApiTier:
    http = data["http"]
    return ApiTier(
        capabilities=capabilities,
        auth=declared(data["auth"]),
        read_timeout=float(data["network"]["read_timeout"]),
        max_body=data["network"]["max_body"],
        fields=tuple(_each(mapping.field_map, data, "fields")),
        submit=_operation(http["submit"]),
        verify=_operation(http["verify"]),
        health=_operation(http["health"]) if "health" in http else None,
        errors=tuple(_each(_rule, data, "errors")),
    )


def _each(
    make: Callable[[dict[str, Any]], Made], data: dict[str, Any], name: str
) -> Iterator[Made]:
    for index, one in enumerate(data[name]):
        try:
            yield make(one)
        except ValueError as error:
            raise _Wrong(["tiers", "api", name, index], str(error)) from error


def _operation(data: dict[str, Any]) -> Operation:
    return Operation(
        method=data["method"],
        path=data["path"],
        headers=data.get("headers", {}),
        query=data.get("query", {}),
        with_body="body" in data,
        answers=tuple(
            Answer(_when(one["when"]), one["means"], one.get("reference", ""))
            for one in data["answers"]
        ),
    )


def _rule(data: dict[str, Any]) -> Rule:
    code, effect = Code(data["code"]), Effect(data["effect"])
    if code in {Code.REGISTERED, Code.ACCEPTED_PENDING}:
        raise ValueError(f"rule {data['name']}: an error is never a success")
    when = _when(data["when"])
    if effect is Effect.REFUSED and _troubled(when):
        raise ValueError(f"rule {data['name']}: a 5xx refuses only by what its body says")
    rest = {key: data.get(key, "") for key in ("field", "canonical", "reference", "guidance")}
    return Rule(data["name"], when, code, effect, **rest)


def _troubled(when: When) -> bool:
    """Whether a server that has failed may match by its status alone."""
    failing = not when.status or max(when.status) >= 500  # noqa: PLR2004 - HTTP's server errors
    return failing and not when.conditions


def _when(data: dict[str, Any]) -> When:
    own = [data] if "path" in data else []
    return When(
        status=frozenset(data.get("status", ())),
        conditions=tuple(map(condition, [*own, *data.get("also", ())])),
    )
