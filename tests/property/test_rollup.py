"""Whatever kills who counts, and however many count, the counts are those of a recount."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests import recount

from registrar.app.statistics.rollup import Rollup
from registrar.domain.registration import Event, Transition
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.testing.histories import Life, lives

SINCE = datetime(2026, 3, 28, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=3)


class Early:
    """A clock by which nothing is too old."""

    def now(self) -> datetime:
        """Before all."""
        return SINCE


class Killed(Exception):
    """In the middle of its work."""


@dataclass
class Weak:
    """Statistics whose user is killed before it has added, or after."""

    inner: Any
    fates: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self.inner, name)

    async def add(self, *given: Any) -> bool:  # noqa: ANN401 - as it is
        """Or not."""
        fate = self.fates.pop() if self.fates else "lives"
        if fate == "before":
            raise Killed
        await asyncio.sleep(0)
        done: bool = await self.inner.add(*given)
        if fate == "after":
            raise Killed
        return done


async def lived(store: MemoryStore, them: Sequence[Life], *, old: bool = False) -> None:
    """In the order of time, whatever they are of. `old`: as an older release has written it."""
    await store.insert([one.first for one in them])
    then = sorted((step for one in them for step in one.then), key=_at)
    for step in then:
        made = replace(step, events=tuple(map(_older, step.events))) if old else step
        assert await store.write([made], timedelta(seconds=30)) == [True]


def _at(step: Transition) -> datetime:
    return step.registration.updated_at


def _older(event: Event) -> Event:
    return replace(event, was=None)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(0, 40),
    page=st.integers(1, 30),
    rollers=st.integers(1, 3),
    fates=st.lists(st.sampled_from(("before", "after", "lives")), max_size=30),
    old=st.booleans(),
)
def test_counts_are_those_of_a_recount(  # noqa: PLR0913 - what may differ
    seed: int, size: int, page: int, rollers: int, fates: list[str], *, old: bool
) -> None:
    """Killed before or after it has written, alone or beside others."""

    async def work() -> None:
        store = MemoryStore()
        rng = random.Random(seed)  # noqa: S311 - a test
        await lived(store, list(islice(lives(rng, SINCE, UNTIL), size)), old=old)
        true = store.statistics
        store.statistics = Weak(true, fates)  # type: ignore[assignment]  # the same, but weak
        roller = Rollup(store, MemoryDoorbell(), Early(), page=page)

        async def until_the_end() -> None:
            more = True
            while more:
                try:
                    more = await roller.once()
                except Killed:
                    more = True

        await asyncio.gather(*(until_the_end() for _ in range(rollers)))
        store.statistics = true
        await recount.check(store)

    asyncio.run(work())
