"""One channel's outbox, emptied: so many at once, and none of them in another one's way.

A notice is claimed for a while, told, and settled. Whoever is killed between leaves a claim that
runs out: it is told again, by the same id. A database that is away at the end is waited for, so
that nothing is told twice that could be known to be told.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.domain.errors import StoreUnavailable
from registrar.domain.notification import Channel
from registrar.ports.notices import Claimed, Notices, NoticeState, Settled

TOO_LATE = "too_late"

_log = structlog.get_logger("registrar.notices")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a try. `outage`: others would fare no better now."""

    settled: Settled
    outage: bool = False


Tell = Callable[[Claimed], Awaitable[Told]]
"""Once; does not raise but StoreUnavailable: of anything else the notice is tried again."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Times in seconds."""

    at_once: int = 16
    of_tenant: int = 8
    """Of those at once; a tenant may have a few more where it had none."""
    step: int = 4
    """Claimed with one look."""
    lease: timedelta = timedelta(minutes=3)
    """Longer than any try may take: else another one would tell it, too."""
    longest: float = 150.0
    """A try that takes longer is given up."""
    poll: float = 1.0
    outage: tuple[float, float] = (1.0, 30.0)
    """The first and the longest pause of a channel whose other end is away."""
    database: float = 0.5
    grace: float = 5.0
    """For what is being told when the process stops."""


class Deliveries:
    """`rung`: there may be something to tell."""

    def __init__(
        self,
        channel: Channel,
        notices: Notices,
        tell: Tell,
        flow: Flow | None = None,
    ) -> None:
        self.rung = asyncio.Event()
        self._channel = channel
        self._notices = notices
        self._tell = tell
        self._flow = flow or Flow()
        self._under_way: dict[asyncio.Task[None], str] = {}
        """With their tenants."""
        self._pause = 0.0
        self._not_before = 0.0

    async def run(self) -> None:
        """For ever: an outage of the database is waited out, and so is a defect of what is due."""
        try:
            while True:
                self.rung.clear()
                if await self._claimed() == 0:
                    await self._idle()
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=self._flow.grace)
            for one in self._under_way:
                one.cancel()

    async def _claimed(self) -> int:
        try:
            found = await self.claim()
        except StoreUnavailable:
            # Whoever reads the log says so, once.
            await asyncio.sleep(self._flow.database)
            return 0
        except Exception as error:  # noqa: BLE001 - where it ends, nobody is told anything
            self._broke(error, "claim")
            await asyncio.sleep(self._flow.poll)
            return 0
        return found

    def _broke(self, error: BaseException, at: str) -> None:
        """Its text may quote what it met."""
        what = type(error).__name__
        _log.error("defect", of=what, at=at, channel=self._channel.value)

    async def drain(self) -> None:
        """Everything that is due, and then no more."""
        while await self.claim() or self._under_way:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def claim(self) -> int:
        """Begin to tell what there is room for; how many."""
        room = min(self._flow.step, self._flow.at_once - len(self._under_way))
        if room <= 0 or asyncio.get_running_loop().time() < self._not_before:
            return 0
        having = Counter(self._under_way.values())
        busy = sorted(one for one, count in having.items() if count >= self._flow.of_tenant)
        found = await self._notices.claim(self._channel, room, self._flow.lease, busy)
        for one in found:
            task = asyncio.create_task(self._one(one))
            self._under_way[task] = one.notice.tenant_id
            task.add_done_callback(self._done)
        return len(found)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self.rung.set()
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # It is told again when its lease is over.
            self._broke(error, "settle")

    async def _idle(self) -> None:
        """Until one is told, the bell rings, or the poll."""
        try:
            async with asyncio.timeout(self._flow.poll):
                await self.rung.wait()
        except TimeoutError:
            pass

    async def _one(self, claimed: Claimed) -> None:
        told = await self._told(claimed)
        if told is None:
            return
        self._weather(away=told.outage)
        await self._settle(claimed, told.settled)
        notice, settled = claimed.notice, told.settled
        _log.info(
            "notice",
            notice_id=notice.id,
            tenant_id=notice.tenant_id,
            channel=notice.channel.value,
            kind=notice.kind.value,
            state=settled.state.value,
            code=settled.code,
            tries=notice.tries,
        )

    async def _told(self, claimed: Claimed) -> Told | None:
        """None: it is tried again when its lease is over."""
        if claimed.spent and claimed.notice.tries == 1:
            # Nobody told anything for all of its time: now it would speak of the past.
            return Told(Settled(NoticeState.SPENT, TOO_LATE))
        try:
            async with asyncio.timeout(self._flow.longest):
                return await self._tell(claimed)
        except StoreUnavailable:
            return None
        except Exception as error:  # noqa: BLE001 - a defect in one notice may not stop all others
            what = type(error).__name__
            _log.exception("notice_failed", notice_id=claimed.notice.id, exc_info=False, of=what)
            state = NoticeState.SPENT if claimed.spent else NoticeState.WAITING
            return Told(Settled(state, what[:64], timedelta(minutes=15)))

    def _weather(self, *, away: bool) -> None:
        """Nobody knocks for every notice at a door behind which nobody is. It is said once."""
        if not away:
            if self._pause:
                _log.info("outage_ended", of=self._channel.value, at="notices")
            self._pause = self._not_before = 0.0
            return
        now = asyncio.get_running_loop().time()
        if now < self._not_before:
            return
        if not self._pause:
            _log.warning("outage_started", of=self._channel.value, at="notices")
        first, longest = self._flow.outage
        self._pause = min(max(self._pause * 2, first), longest)
        self._not_before = now + self._pause

    async def _settle(self, claimed: Claimed, settled: Settled) -> None:
        """As long as nobody else may have it."""
        ends = asyncio.get_running_loop().time() + self._flow.lease.total_seconds()
        while True:
            try:
                await self._notices.settle(claimed.notice.id, claimed.fence, settled)
            except StoreUnavailable:
                if asyncio.get_running_loop().time() > ends:
                    return
                await asyncio.sleep(self._flow.database)
            else:
                return
