"""Processes that are stopped before and after each thing that others can see, until told on."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from tests.property.world.virtual import VirtualLoop

from registrar.domain.errors import RegistrarError, StoreUnavailable
from registrar.domain.registration import Transition
from registrar.ports.store import Work
from registrar.store.memory import MemoryStore


class At(StrEnum):
    """Where an actor may stand."""

    NOWHERE = ""
    """Asleep, or at its end."""
    WRITING = "writing"
    WRITTEN = "written"
    """Durable, and the writer does not know it yet."""
    FILLING = "filling"
    """A form, before its point of no return."""
    SENDING = "sending"
    HANDING = "handing"
    LOOKING = "looking"


class Fate(StrEnum):
    """What becomes of a write."""

    DONE = "done"
    AWAY = "away"
    """The database does not answer, and has nothing."""
    UNANSWERED = "unanswered"
    """It is durable, and nobody is told."""


class Actor:
    """A worker with one hint, a sweeper with one batch, or a person with one wish."""

    def __init__(self, loop: VirtualLoop, name: str) -> None:
        self.at = At.NOWHERE
        self.cut = False
        """Its renewals do not reach the database any more: it goes on, and its lease ends."""
        self.name = name
        self._loop = loop
        self._gate: asyncio.Future[Any] | None = None
        self._task: asyncio.Task[object] | None = None

    def start(self, doing: Coroutine[Any, Any, object]) -> None:
        """Up to where it first stands."""
        self._task = self._loop.create_task(doing)
        self._loop.settle()

    async def stand(self, at: At) -> Any:  # noqa: ANN401 - what `go` is given
        """Until told on."""
        self.at, self._gate = at, self._loop.create_future()
        try:
            return await self._gate
        finally:
            self.at = At.NOWHERE

    def go(self, how: object = None) -> None:
        """On, to where it next stands."""
        assert self._gate is not None
        self._gate.set_result(how)
        self._loop.settle()

    def kill(self) -> None:
        """As kill -9 would: nothing that it had in mind happens."""
        assert self._task is not None
        self._task.cancel()
        self._loop.settle()
        assert self.over

    def leave(self) -> None:
        """Whatever it was at: the example is over."""
        if self._task is not None:
            self._task.cancel()

    @property
    def over(self) -> bool:
        """At its end; raises what no process may end with."""
        if self._task is None or not self._task.done():
            return False
        error = None if self._task.cancelled() else self._task.exception()
        if error is not None and not isinstance(error, RegistrarError):
            raise error
        return True


class Seen:
    """The store as one actor sees it."""

    def __init__(self, store: MemoryStore, actor: Actor) -> None:
        self._store = store
        self._actor = actor

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is only read
        return getattr(self._store, name)

    async def write(self, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
        """With everything that may happen in between."""
        fate = await self._actor.stand(At.WRITING)
        if fate is Fate.AWAY:
            raise StoreUnavailable
        written = await self._store.write(transitions, lease)
        if fate is Fate.UNANSWERED:
            raise StoreUnavailable
        await self._actor.stand(At.WRITTEN)
        return written

    async def renew(self, leases: Sequence[tuple[str, int]], lease: timedelta) -> list[bool]:
        """Unless it is cut off."""
        if self._actor.cut:
            raise StoreUnavailable
        return await self._store.renew(leases, lease)


class Writing:
    """`course.Writer` without a batch."""

    def __init__(self, seen: Seen, lease: timedelta) -> None:
        self._seen = seen
        self._lease = lease

    async def add(self, item: Transition) -> bool:
        """Of one."""
        (written,) = await self._seen.write([item], self._lease)
        return written


class Reading:
    """`course.Reader` without a batch."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def add(self, item: str) -> Work | None:
        """Of one."""
        return (await self._store.work([item])).get(item)
