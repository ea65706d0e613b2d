"""What a worker itself knows of its lease: until when nobody else can have its job."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from registrar.ports.connector import Withdrawn


@dataclass(slots=True)
class Hold:
    """`until` in seconds of the running loop: no clock that is set wrong changes it.

    Counted from before the lease was asked for. The database gave it later, and ends it later.
    """

    until: float = math.inf
    _latest: float = field(default=math.inf, init=False)
    _ends: asyncio.Timeout | None = field(default=None, init=False)

    @property
    def held(self) -> bool:
        """Whether nobody else can have the job yet."""
        return asyncio.get_running_loop().time() < self.until

    def check(self) -> None:
        """Before an act: raises Withdrawn where another may have the job by now."""
        if not self.held:
            raise Withdrawn

    def move(self, until: float) -> None:
        """The lease was renewed, or is known to be lost: what is under way ends accordingly."""
        self.until = until
        if self._ends is not None and not self._ends.expired():
            self._ends.reschedule(min(self._latest, until))

    @asynccontextmanager
    async def within(self, deadline: timedelta) -> AsyncGenerator[None, None]:
        """Raises Withdrawn before it begins, TimeoutError at the deadline or the lease's end."""
        self.check()
        self._latest = asyncio.get_running_loop().time() + deadline.total_seconds()
        try:
            async with asyncio.timeout_at(min(self._latest, self.until)) as self._ends:
                yield
        finally:
            self._ends = None
