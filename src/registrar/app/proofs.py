"""Proofs of purchase that a submission names: claimed before it is stored, bound after.

A claim is of the request, not of the registration: whoever repeats the request meets its own claim,
and a process that ends between the two leaves one that the sweeper settles.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from msgspec.structs import replace

from registrar.app import tokens
from registrar.app.commands import Caller, Submit
from registrar.domain.artifact import ArtifactKind
from registrar.domain.errors import InvalidRequest, StoreUnavailable, Violation
from registrar.domain.registration import State
from registrar.ports.artifacts import ArtifactRows
from registrar.ports.clock import Clock
from registrar.ports.store import Inserted, InsertStatus, NewRegistration, Store

MOST = 5
"""Proofs of one registration."""

FIELD = "purchase.proofs"
_OVER = frozenset({State.FAILED, State.CANCELLED, State.REJECTED})
"""States in which a registration is in nobody's way."""

_MADE = frozenset({InsertStatus.CREATED, InsertStatus.REPLAYED})


def _named(command: Submit) -> tuple[str, ...]:
    return command.submission.purchase.proofs


class Inserting(Protocol):
    """Makes one registration durable, with its neighbours. A `Batcher` in production."""

    async def add(self, item: NewRegistration) -> Inserted:
        """After the commit."""
        ...


@dataclass(frozen=True, slots=True)
class Proofs:
    """Each step does nothing for a submission without any. `kept`: how long, once bound."""

    store: Store
    inserting: Inserting
    clock: Clock
    kept: timedelta

    @property
    def _rows(self) -> ArtifactRows:
        return self.store.artifacts

    async def checked(self, caller: Caller, command: Submit) -> Submit:
        """With what is wrong about them among its violations."""
        named = _named(command)
        if not named:
            return command
        if len(named) > MOST or len(set(named)) < len(named):
            problem = Violation(FIELD, "length", f"At most {MOST} are named, each of them once.")
            return replace(command, violations=(*command.violations, problem))
        found = await self._rows.find(caller.tenant_id, list(filter(tokens.is_artifact_id, named)))
        unknown = tuple(
            Violation(f"{FIELD}[{place}]", "unknown", "There is no such proof of purchase.")
            for place, one in enumerate(named)
            if one not in found or found[one].kind is not ArtifactKind.PROOF_OF_PURCHASE
        )
        return replace(command, violations=(*command.violations, *unknown))

    async def insert(self, caller: Caller, command: Submit, item: NewRegistration) -> Inserted:
        """Raises InvalidRequest where one of them belongs to another registration."""
        named = _named(command)
        if not named:
            return await self.inserting.add(item)
        if not await self._rows.claim(caller.tenant_id, named, command.request_id):
            return await self._in_the_way(caller, item)
        inserted = await self.inserting.add(item)
        await self._settle(caller, command, inserted)
        return inserted

    async def _in_the_way(self, caller: Caller, item: NewRegistration) -> Inserted:
        """The product's own registration, under way or done: what the insert would have met.

        That says more than whose the proof is.
        """
        found = await self.store.lookup(caller.tenant_id, serial=item.serial_index)
        if found is None or found.registration.state in _OVER:
            problem = "One of them belongs to another registration."
            raise InvalidRequest((Violation(FIELD, "in_use", problem),))
        return Inserted(InsertStatus.DUPLICATE, found.registration)

    async def _settle(self, caller: Caller, command: Submit, inserted: Inserted) -> None:
        """Bound to the registration that the request has made, or free again."""
        # The registration is durable: the sweeper does what cannot be done now.
        with suppress(StoreUnavailable):
            if inserted.status in _MADE:
                until = self.clock.now() + self.kept
                made = inserted.registration.id
                await self._rows.bind(caller.tenant_id, command.request_id, made, until)
            else:
                await self._rows.release(caller.tenant_id, command.request_id)
