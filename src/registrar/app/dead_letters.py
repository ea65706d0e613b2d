"""Failures that nobody has answered, as operators see them: by their cause."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from registrar.app.commands import Caller
from registrar.app.tokens import Bound, Tokens
from registrar.domain.errors import InvalidRequest, Violation
from registrar.ports.dead_letters import DeadLetterGroup, GroupPlace
from registrar.ports.keys import Keys
from registrar.ports.store import Store

BATCH = 500
LONGEST_ID = 64

_log = structlog.get_logger("registrar.dead_letters")


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The use cases. `every`: seconds between two looks for what an older release has written."""

    store: Store
    keys: Keys
    every: float = 60.0

    async def page(
        self, caller: Caller, manufacturer_id: str, page_size: int, page_token: str
    ) -> tuple[Sequence[DeadLetterGroup], str]:
        """Groups of the caller's tenant, and the next page's token. InvalidRequest."""
        _check(manufacturer_id)
        tokens = Tokens(self.keys)
        bound = Bound(caller.tenant_id, ["dead_letters", manufacturer_id])
        after = _read(tokens.read_place(page_token, bound))
        found = await self.store.dead_letters.groups(
            caller.tenant_id, manufacturer_id, after, page_size + 1
        )
        shown = found[:page_size]
        rest = tokens.place(_written(shown[-1].place), bound) if len(found) > page_size else ""
        return shown, rest

    async def tell(self) -> int:
        """Give each failure of an older release its cause; how many it was."""
        count = 0
        while some := await self.store.dead_letters.tell(BATCH):
            count += some
        return count

    async def run(self) -> None:
        """For ever; a database that is away is asked again later."""
        while True:
            try:
                count = await self.tell()
                if count:
                    _log.info("failures_told", count=count)
            except Exception as error:  # noqa: BLE001 - where it ends, no failure is told any more
                _log.warning("failures_not_told", of=type(error).__name__)
            await asyncio.sleep(self.every)


def _check(manufacturer_id: str) -> None:
    if len(manufacturer_id) > LONGEST_ID or not manufacturer_id.isprintable():
        problem = f"At most {LONGEST_ID} printable characters."
        raise InvalidRequest((Violation("manufacturer_id", "text", problem),))


def _written(place: GroupPlace) -> str:
    return f"{place.fingerprint}{place.manufacturer_id}"


def _read(text: str) -> GroupPlace | None:
    return GroupPlace(text[16:], text[:16]) if text else None
