"""Working off bulk operations: so many registrations a second, each by the rule of a single one.

Every dispatcher may do it: an operation is held by one at a time, and what was done is in the same
transaction as its counts. Who is killed in between leaves an operation that is due again once its
lease has run out; who is overtaken, or cancelled, can write nothing any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.app.assist import nobody
from registrar.app.backlog import Backlog
from registrar.domain import lifecycle
from registrar.domain.bulk import BulkKind, BulkOperation, BulkState, BulkWish, Skip
from registrar.domain.errors import OutcomeUnverified, StateConflict, Unavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import Registration, Transition
from registrar.ports.bulk import HeldOperation, Looked
from registrar.ports.clock import Clock
from registrar.ports.store import Store

LEASE = timedelta(seconds=15)
AT_ONCE = 8
"""Operations that are claimed together."""
STEPS_A_SECOND = 4
"""Of an operation; so many times a second it is seen that it was cancelled."""
LATE = timedelta(seconds=5)
"""Until a manufacturer is looked at again whose work is late."""

_log = structlog.get_logger("registrar.bulk")


@dataclass(frozen=True, slots=True)
class BulkWork:
    """The use case. `every`: seconds between two looks for what is due."""

    store: Store
    clock: Clock
    backlog: Backlog | None = None
    """None: retries add to whatever is late."""
    ring: Callable[[], Awaitable[None]] = nobody
    """Wakes who waits for events and jobs."""
    every: float = 0.25

    async def run(self) -> None:
        """For ever; a database that is away is asked again later."""
        told = False
        while True:
            pause = self.every
            try:
                pause = await self.sweep()
                told = False
            except Exception as error:  # noqa: BLE001 - where it ends, nothing is worked off any more
                if not told:
                    _log.warning("sweep_failed", of=type(error).__name__)
                told = True
            await asyncio.sleep(pause)

    async def sweep(self) -> float:
        """One step of each operation that is due; seconds until the next look."""
        held = await self.store.bulk.claim(AT_ONCE, LEASE)
        return min([self.every, *[await self._tried(one) for one in held]])

    async def _tried(self, held: HeldOperation) -> float:
        """A step. After a defect the operation is due when its lease has run out; others go on."""
        try:
            return await self._step(held)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one operation may not stop all that come after it
            what, which = type(error).__name__, held.operation.id
            _log.warning("bulk_step_failed", bulk_operation_id=which, of=what)
            return self.every

    async def _step(self, held: HeldOperation) -> float:
        """Seconds until it is due again."""
        began, operation = time.monotonic(), held.operation
        rate = operation.wish.rate
        size = max(1, rate // STEPS_A_SECOND)
        looked = await self._looked(operation, size)
        took = timedelta(seconds=time.monotonic() - began)
        pause = max(timedelta(0), timedelta(seconds=size / rate) - took) if looked else LATE
        after = await self.store.bulk.advance(held, looked, pause, self.clock.now())
        if after is not None:
            await self.ring()
        if after is not None and after.state is BulkState.DONE:
            counts = {"done": after.done, "failed": after.failed, "matched": after.matched}
            _log.info("bulk_operation_done", bulk_operation_id=after.id, **counts)
        return pause.total_seconds()

    async def _looked(self, operation: BulkOperation, size: int) -> list[Looked]:
        """Without those that have to wait."""
        ids = await self.store.bulk.items(operation.id, size)
        found = await self.store.get(operation.tenant_id, ids)
        there = {key: stored.registration for key, stored in found.items()}
        moment = Moment(self.clock.now(), actor=operation.actor)
        return [
            _looked(operation, key, there.get(key), moment)
            for key in ids
            if not self._late(operation.wish, there.get(key))
        ]

    def _late(self, wish: BulkWish, one: Registration | None) -> bool:
        """Whether it would only add to what is late already: a single retry is refused then."""
        if one is None or self.backlog is None or wish.kind is not BulkKind.RETRY:
            return False
        return self.backlog.refusal(one.manufacturer_id, one.priority) is not None


def _looked(operation: BulkOperation, key: str, one: Registration | None, moment: Moment) -> Looked:
    if one is None:
        return Looked(key, skip=Skip.STATE_CONFLICT)
    try:
        return Looked(key, _moved(operation.wish, one, moment))
    except OutcomeUnverified:
        return Looked(key, skip=Skip.OUTCOME_UNVERIFIED)
    except StateConflict:
        return Looked(key, skip=Skip.STATE_CONFLICT)
    except Exception as error:  # noqa: BLE001 - one registration may not stop all that come after it
        what = type(error).__name__
        _log.warning(
            "bulk_item_failed", bulk_operation_id=operation.id, registration_id=key, of=what
        )
        return Looked(key)


def _moved(wish: BulkWish, one: Registration, moment: Moment) -> Transition:
    """As it is done to one registration alone."""
    if wish.kind is BulkKind.RETRY:
        risk = wish.acknowledge_duplicate_risk
        return lifecycle.retry(one, moment, acknowledge_duplicate_risk=risk)
    act = lifecycle.cancel if wish.kind is BulkKind.CANCEL else lifecycle.abandon
    return act(one, wish.reason, moment)
