"""The memory twin of dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from registrar.domain.dead_letter import cause_of, is_dead
from registrar.domain.registration import Registration
from registrar.ports import plain
from registrar.ports.dead_letters import EXAMPLES, MOST_COUNTED, DeadLetterGroup, GroupPlace
from registrar.store.dead_letters import made


class MemoryDeadLetters:
    """Over the registrations of a store in memory."""

    def __init__(self, every: Callable[[], Iterable[Registration]]) -> None:
        self._every = every

    async def groups(
        self, tenant_id: str, manufacturer_id: str, after: GroupPlace | None, limit: int
    ) -> list[DeadLetterGroup]:
        """By manufacturer and fingerprint."""
        dead = [
            one
            for one in self._every()
            if one.tenant_id == tenant_id
            and is_dead(one)
            and manufacturer_id in {"", one.manufacturer_id}
            and (after is None or _place(one) > after)
        ]
        dead.sort(key=lambda one: (_place(one), one.updated_at, one.id))
        return [_group(list(some)) for _, some in groupby(dead, _place)][:limit]

    async def tell(self, limit: int) -> int:
        """Nothing is older than this release."""
        del limit
        return 0


def _place(one: Registration) -> GroupPlace:
    cause = cause_of(one)
    return GroupPlace(cause.manufacturer_id, cause.fingerprint)


def _group(some: list[Registration]) -> DeadLetterGroup:
    """Of the oldest first."""
    times = plain.to_micros(some[0].updated_at), plain.to_micros(some[-1].updated_at)
    examples = tuple(one.id for one in some[: -EXAMPLES - 1 : -1])
    return made(some[-1], min(len(some), MOST_COUNTED + 1), times, examples)
