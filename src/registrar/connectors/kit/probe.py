"""What a manufacturer asks: found by preparing its request with one field blanked at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
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
    return {path: _word(tier, full, path) for path in PATHS}


def _word(tier: ApiTier, full: Job, path: str) -> str:
    if _needed(tier, full, path):
        return REQUIRED
    if _counts(tier, full, path):
        return SENT
    others = (one for one in PATHS if one != path and not _needed(tier, full, one))
    return _instead(tier, full, path, others) or NEVER


def _instead(tier: ApiTier, full: Job, path: str, others: Iterable[str]) -> str:
    """A second source shows only where the first one is empty."""
    for other in others:
        if _counts(tier, blanked(full, other), path):
            return f"instead of {other}"
    return ""


def _needed(tier: ApiTier, full: Job, path: str) -> bool:
    return _attempt(tier, blanked(full, path)) is None


def _counts(tier: ApiTier, job: Job, path: str) -> bool:
    """Whether the request is another one, or none, without it."""
    return _attempt(tier, job) != _attempt(tier, blanked(job, path))


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
