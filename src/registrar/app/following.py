"""Reading on to the end of the event log, for whoever follows it with a place of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Following:
    """`once` reads a page, and says whether there is more; `at` names it in `log`."""

    once: Callable[[], Awaitable[bool]]
    log: Any
    """A logger of structlog."""
    at: str
    _failing: str = ""

    async def read_on(self) -> None:
        """Nothing is passed over. What stands in the way is said when it begins and ends."""
        before, self._failing = self._failing, await self._read()
        if self._failing and self._failing != before:
            self.log.warning("outage_started", of=self._failing, at=self.at)
        elif before and not self._failing:
            self.log.info("outage_ended", of=before, at=self.at)

    async def _read(self) -> str:
        """To the end; or what stands in the way."""
        try:
            while await self.once():
                pass
        except Exception as error:  # noqa: BLE001 - where it ends, the log is not followed any more
            return type(error).__name__
        return ""
