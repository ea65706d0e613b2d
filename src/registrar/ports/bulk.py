"""Bulk operations: each is kept, with what it has taken, until all of that was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from registrar.domain.audit import Act
from registrar.domain.bulk import BulkFilter, BulkOperation, BulkResult, Skip
from registrar.domain.dead_letter import fingerprint_of, is_dead
from registrar.domain.registration import Registration, State, Transition
from registrar.ports.store import PageCursor


@dataclass(frozen=True, slots=True)
class Matching:
    """Ids that match, and where to read on; None where nothing is left."""

    ids: tuple[str, ...]
    after: PageCursor | None = None


@dataclass(frozen=True, slots=True)
class HeldOperation:
    """An operation that this process works on, as long as nobody has another fence."""

    operation: BulkOperation
    fence: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What one item of an operation led to: a transition, or a reason why there is none.

    Neither: a defect.
    """

    registration_id: str
    transition: Transition | None = None
    skip: Skip | None = None

    @property
    def result(self) -> BulkResult | Skip:
        """To be counted."""
        return self.skip or (BulkResult.DONE if self.transition else BulkResult.FAILED)


class BulkRows(Protocol):
    """Part of the store. Raises StoreUnavailable when the database does not answer."""

    async def matching(
        self, tenant_id: str, where: BulkFilter, after: PageCursor | None, limit: int
    ) -> Matching:
        """At most `limit` ids, and a bounded part of the tenant's registrations read for them.

        What is of FAILED alone, or is named by its id, is found at once.
        """
        ...

    async def begin(
        self, operation: BulkOperation, ids: Sequence[str], act: Act | None = None
    ) -> BulkOperation:
        """Durable with all it has taken when it returns; one of the same request is returned."""
        ...

    async def of_request(self, tenant_id: str, request_id: str) -> BulkOperation | None:
        """What this request has made."""
        ...

    async def get(self, tenant_id: str, operation_id: str) -> BulkOperation | None:
        """Of this tenant only."""
        ...

    async def listed(
        self, tenant_id: str, limit: int, after: PageCursor | None = None
    ) -> list[BulkOperation]:
        """Newest first; a cursor of the time it was requested and its id."""
        ...

    async def cancel(
        self, tenant_id: str, operation_id: str, at: datetime, act: Act | None = None
    ) -> BulkOperation | None:
        """As it is then, nothing more of it is done; None for what does not run, or is not there.

        Whoever works on it can write nothing any more.
        """
        ...

    async def claim(self, limit: int, lease: timedelta) -> list[HeldOperation]:
        """Operations that are due and held by nobody, for so long, by the database's clock."""
        ...

    async def items(self, operation_id: str, limit: int) -> list[str]:
        """Ids that were not looked at yet, the oldest first."""
        ...

    async def advance(
        self, held: HeldOperation, looked: Sequence[Looked], pause: timedelta, at: datetime
    ) -> BulkOperation | None:
        """One transaction: transitions, items and counts; due again after the pause.

        What somebody else has moved meanwhile stays an item; what another registration of its
        product keeps out is a DUPLICATE. None, and nothing is done, where it is no longer held.
        """
        ...


def bulk_begun(operation: BulkOperation) -> object:
    """As the audit log shows it: explicit ids by their number alone."""
    wish, where = operation.wish, operation.wish.where
    shown = {
        name: value
        for name in where.__struct_fields__
        if (value := getattr(where, name)) and name != "registration_ids"
    }
    return {
        "kind": wish.kind,
        "filter": shown,
        "registration_ids": len(where.registration_ids),
        "reason": wish.reason,
        "rate": wish.rate,
        "acknowledge_duplicate_risk": wish.acknowledge_duplicate_risk,
        "matched": operation.matched,
    }


def bulk_ended(operation: BulkOperation) -> object:
    """As the audit log shows it: how far it was."""
    names = ("state", "done", "skipped", "failed", "remaining")
    return {name: getattr(operation, name) for name in names}


def selects(where: BulkFilter, one: Registration) -> bool:
    """Whether it is meant; what the databases ask in their own words."""
    failed_at = one.updated_at if is_dead(one) else None
    return (
        (not where.registration_ids or one.id in where.registration_ids)
        and (not where.manufacturer_ids or one.manufacturer_id in where.manufacturer_ids)
        and (not where.tiers or one.tier in where.tiers)
        and (not where.states or one.state in where.states)
        and (one.state is not State.FAILED or failed_at is not None)
        and _of_cause(where, one)
        and accepted_then(where, one)
        and _between(where.failed_after, failed_at, where.failed_before)
    )


def accepted_then(where: BulkFilter, one: Registration) -> bool:
    """Whether it was accepted in the time that is meant."""
    return _between(where.created_after, one.created_at, where.created_before)


def _of_cause(where: BulkFilter, one: Registration) -> bool:
    code = one.failure.code if one.failure else ""
    return (not where.failure_codes or code in where.failure_codes) and (
        not where.fingerprints or fingerprint_of(one) in where.fingerprints
    )


def _between(after: datetime | None, at: datetime | None, before: datetime | None) -> bool:
    if at is None:
        return after is None and before is None
    return (after is None or at > after) and (before is None or at < before)
