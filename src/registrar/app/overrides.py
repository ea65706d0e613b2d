"""Overrides of error rules, as operators make and end them. Of the whole installation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from registrar.app.audit import Audit
from registrar.app.commands import Caller, Manufacturers
from registrar.domain.audit import Action
from registrar.domain.errors import InvalidRequest, NotFound, RequestIdReused, Violation
from registrar.domain.outcome import Tier
from registrar.domain.override import LONGEST, ErrorOverride
from registrar.ports.clock import Clock
from registrar.ports.error_overrides import ErrorOverrides

LONGEST_TEXT = 256
LONGEST_ID = 64
ORDER = 1000
"""The order lies between its negative and this."""


class RuleCheck(Protocol):
    """By the schema of a manifest's error rules, and what an override may never say."""

    def __call__(self, given: Mapping[str, Any], *, acknowledged: bool) -> Sequence[Violation]:
        """What is wrong, by field of the contract."""
        ...


@dataclass(frozen=True, slots=True)
class NewOverride:
    """As it was asked for."""

    manufacturer_id: str
    tier: Tier
    rule: Mapping[str, Any]
    order: int
    acknowledged: bool
    reason: str
    expires_at: datetime | None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """The use cases."""

    catalogue: Manufacturers
    store: ErrorOverrides
    check: RuleCheck
    clock: Clock
    audit: Audit

    async def create(
        self, caller: Caller, asked: NewOverride, *, validate_only: bool = False
    ) -> ErrorOverride:
        """InvalidRequest, NotFound, and RequestIdReused for another body of the same request_id."""
        expires_at = self._checked(asked)
        now = self.clock.now()
        made = ErrorOverride(
            id="" if validate_only else _id(caller, asked.request_id),
            manufacturer_id=asked.manufacturer_id,
            tier=asked.tier,
            rule=asked.rule,
            order=asked.order,
            acknowledged=asked.acknowledged,
            reason=asked.reason.strip(),
            by=f"key:{caller.key_id}",
            expires_at=expires_at,
            created_at=now,
        )
        if validate_only:
            return made
        kept = await self.store.add(made, self.audit.act(caller, Action.CREATE_OVERRIDE, made.id))
        if replace(kept, created_at=now) != made:
            raise RequestIdReused
        return kept

    async def all(self, manufacturer_id: str, *, expired: bool) -> list[ErrorOverride]:
        """Of one manufacturer, or of all; in force, or also those that have expired."""
        found = await self.store.all()
        wanted = [one for one in found if manufacturer_id in {"", one.manufacturer_id}]
        if expired:
            return wanted
        # Which are over is the database's to say.
        counting = {one.override.id for one in await self.store.in_force()}
        return [one for one in wanted if one.id in counting]

    async def delete(
        self, caller: Caller, override_id: str, reason: str, *, validate_only: bool = False
    ) -> ErrorOverride:
        """NotFound where there is none."""
        wrong = _of_text(reason, "reason")
        if wrong:
            raise InvalidRequest(tuple(wrong))
        if validate_only:
            found = [one for one in await self.store.all() if one.id == override_id]
            gone = found[0] if found else None
        else:
            act = self.audit.act(caller, Action.DELETE_OVERRIDE, override_id)
            gone = await self.store.remove(override_id, act.actor, reason.strip(), act)
        if gone is None:
            raise NotFound
        return gone

    def _checked(self, asked: NewOverride) -> datetime:
        """When it ends."""
        wrong = [
            *_of_tier(asked.tier),
            *_of_order(asked.order),
            *_of_text(asked.reason, "reason"),
            *_of_request(asked.request_id),
            *self._of_end(asked.expires_at),
            *self.check(asked.rule, acknowledged=asked.acknowledged),
        ]
        if wrong or asked.expires_at is None:
            raise InvalidRequest(tuple(wrong))
        maker = self.catalogue.manufacturers().get(asked.manufacturer_id)
        if maker is None or maker.listing(asked.tier) is None:
            raise NotFound
        return asked.expires_at

    def _of_end(self, expires_at: datetime | None) -> list[Violation]:
        if expires_at is None:
            return [Violation("expire_time", "required", "An override ends.")]
        ahead = expires_at - self.clock.now()
        if ahead <= timedelta(0):
            return [Violation("expire_time", "future", "It must lie in the future.")]
        problem = f"At most {LONGEST.days} days ahead: what holds for longer belongs in a manifest."
        return [Violation("expire_time", "too_late", problem)] if ahead > LONGEST else []


def _id(caller: Caller, request_id: str) -> str:
    """The same for the same request of the same tenant."""
    if not request_id:
        return f"ovr_{secrets.token_hex(8)}"
    text = f"{caller.tenant_id}\0{request_id}".encode()
    return f"ovr_{hashlib.blake2b(text, digest_size=8).hexdigest()}"


def _of_tier(tier: Tier) -> list[Violation]:
    if tier is Tier.API:
        return []
    return [Violation("tier", "unsupported", "Only answers of an API have rules.")]


def _of_order(order: int) -> list[Violation]:
    if -ORDER <= order <= ORDER:
        return []
    return [Violation("order", "range", f"Between -{ORDER} and {ORDER}.")]


def _of_request(request_id: str) -> list[Violation]:
    if len(request_id) <= LONGEST_ID and request_id.isprintable():
        return []
    return [Violation("request_id", "length", f"At most {LONGEST_ID} printable characters.")]


def _of_text(text: str, field: str) -> list[Violation]:
    """What somebody else is to read."""
    said = text.strip()
    if 1 <= len(said) <= LONGEST_TEXT and said.isprintable():
        return []
    problem = f"Between 1 and {LONGEST_TEXT} printable characters are needed."
    return [Violation(field, "length", problem)]
