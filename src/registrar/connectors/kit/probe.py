"""What a manufacturer asks: found by preparing its request with one field blanked at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from typing import Any

from msgspec.structs import replace

from registrar.connectors.kit import prepare, universal
from registrar.connectors.kit.http import Request
from registrar.connectors.kit.manifest import ApiTier
from registrar.connectors.kit.mapping import Unmappable
from registrar.domain.customer import Address, Consents, Customer, CustomerType
from registrar.domain.errors import ConfigurationError
from registrar.domain.product import Identifier, Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Job

REQUIRED, SENT, NEVER = "required", "sent", "never"
PATHS = (*sorted(universal.OF_THE_JOB), *universal.leaves())
_KINDS = re.compile(r"\[kind=([a-z0-9_]+)")


def asked(tier: ApiTier | None) -> dict[str, str]:
    """Of every canonical path: required, sent, never, or instead of which other it is sent.

    Without a tier nothing is sent. Raises ConfigurationError where not even a full record fits.
    """
    if tier is None:
        return dict.fromkeys(PATHS, NEVER)
    found = {kind: _of(tier, kind) for kind in CustomerType}
    return {path: _said({kind: found[kind][path] for kind in found}) for path in PATHS}


def section(tier: ApiTier | None) -> dict[str, list[str]]:
    """The same by word, as `asks` of scenarios.yaml has it; without what is never sent."""
    found: dict[str, list[str]] = {}
    for path, word in asked(tier).items():
        if word != NEVER:
            found.setdefault(word, []).append(path)
    return found


def _said(words: dict[CustomerType, str]) -> str:
    """One word where persons and businesses are asked the same."""
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return ", ".join(f"{kind}: {word}" for kind, word in words.items())


def _of(tier: ApiTier, kind: CustomerType) -> dict[str, str]:
    full = _full(tier, kind)
    try:
        _request(tier, full)
    except Unmappable as error:
        raise ConfigurationError(f"a full record does not fit: {error}") from error
    tried = _Tried(tier, full)
    return {path: tried.word(path) for path in PATHS}


@dataclass(frozen=True, slots=True)
class _Tried:
    """Requests of one full record without some of its fields; each is prepared once."""

    tier: ApiTier
    full: Job
    _made: dict[frozenset[str], Request | None] = field(default_factory=dict)

    def word(self, path: str) -> str:
        if self._needed(path):
            return REQUIRED
        if self._counts(path):
            return SENT
        return self._instead(path) or NEVER

    def _instead(self, path: str) -> str:
        """A second source shows only where the first one is empty."""
        for other in PATHS:
            if other != path and not self._needed(other) and self._counts(path, other):
                return f"instead of {other}"
        return ""

    def _needed(self, path: str) -> bool:
        return self._without(path) is None

    def _counts(self, path: str, *lacking: str) -> bool:
        """Whether what lacks these is another request, or none, without the path too."""
        return self._without(*lacking) != self._without(*lacking, path)

    def _without(self, *paths: str) -> Request | None:
        """None where there is no request without these."""
        key = frozenset(paths)
        if key not in self._made:
            self._made[key] = _attempt(self.tier, reduce(blanked, paths, self.full))
        return self._made[key]


def _attempt(tier: ApiTier, job: Job) -> Request | None:
    try:
        return _request(tier, job)
    except Unmappable:
        return None


def _request(tier: ApiTier, job: Job) -> Request:
    secrets = {name: name for name in tier.secrets}
    return prepare.request(tier, tier.submit, job, "https://manufacturer.example", secrets)


def blanked(job: Job, path: str) -> Job:
    """Without what stands at the path, whether or not a record may lack it."""
    steps = [path] if path in universal.OF_THE_JOB else ["submission", *path.split(".")]
    made: Job = _without(job, steps)
    return made


def _without(value: Any, steps: list[str]) -> Any:  # noqa: ANN401 - any part of the record
    """Also what the record always has, such as its dates: the request is asked, not the record."""
    if value is None:
        return None
    held = getattr(value, steps[0])
    return replace(value, **{steps[0]: _without(held, steps[1:]) if steps[1:] else _nothing(held)})


def _nothing(held: object) -> object:
    empty: tuple[tuple[type, object], ...] = ((str, ""), (tuple, ()), (dict, {}))
    return next((nothing for kind, nothing in empty if isinstance(held, kind)), None)


def _full(tier: ApiTier, kind: CustomerType) -> Job:
    """Nothing is missing; of further identifiers it has those that the manifest picks."""
    kinds = {one for field in tier.fields for path in field.source for one in _KINDS.findall(path)}
    identifiers = tuple(Identifier(one, "490154203237518") for one in sorted(kinds))
    submission = Submission(
        customer=_customer(kind),
        product=Product("AC26XY000001", "AC-1", "AC1/01", "Drill", "tools", identifiers),
        purchase=Purchase(
            date(2026, 10, 1),
            "DE",
            retailer="Shop",
            delivery_date=date(2026, 10, 2),
            order_number="42",
            price=Decimal("9.90"),
            currency="EUR",
        ),
        consents=_consents(),
        locale="de-DE",
        external_reference="ref",
        labels={"shelf": "1"},
    )
    return Job("reg_1", "key", "Acme", submission, "reference")


def _consents() -> Consents:
    return Consents(
        terms=True,
        data_storage=True,
        marketing_email=True,
        marketing_sms=True,
        share=True,
        text_version="1",
        given_at=datetime(2026, 10, 1, tzinfo=UTC),
    )


def _customer(kind: CustomerType) -> Customer:
    return Customer(
        "Ada",
        "King",
        "ada@example.com",
        kind,
        phone="+493012345678",
        company="Engines",
        tax_id="DE123",
        address=Address(("Long Way 1", "Yard"), "Berlin", "DE", "BE", "10115"),
        user_ref="user",
    )
