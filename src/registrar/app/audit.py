"""The audit log: who does what, told together with it, and whether anybody has changed the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import msgspec

from registrar.app.commands import Caller
from registrar.domain.audit import Act, Action, Entry, Head, Sign, Stage, fault
from registrar.domain.errors import StoreUnavailable
from registrar.ports.audit import AuditFilter, AuditLog
from registrar.ports.keys import Keys

Answer = TypeVar("Answer")

BY_CLI = "cli"
"""Who has the database itself, and so needs no key."""
AT_ONCE = 1_000
"""Entries that are read together."""


def signing(keys: Keys) -> Sign:
    """With a key of its own."""
    return partial(keys.sign, "audit")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole log has found."""

    head: Head
    """The last entry that is in order: to be noted, for the next look."""
    position: int = 0
    """The first that is wrong; 0 where none is."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """The use cases."""

    log: AuditLog
    keys: Keys

    def act(self, caller: Caller, action: Action, subject: object) -> Act:
        """Of a call."""
        return self.by(f"key:{caller.key_id}", caller.tenant_id, action, subject)

    def by(self, actor: str, tenant_id: str, action: Action, subject: object) -> Act:
        """Of anybody."""
        return Act(tenant_id, actor, action, str(subject), signing(self.keys))

    async def around(
        self,
        act: Act,
        work: Callable[[], Awaitable[Answer]],
        shown: Callable[[Answer], object],
        before: object = None,
    ) -> Answer:
        """What no transaction of the database can hold: told before and after.

        Nothing is done where the first entry cannot be made. Where the last one cannot, the first
        says that it may have been done.
        """
        await self.log.append(replace(act, stage=Stage.BEGUN), before)
        try:
            answer = await work()
        except Exception as error:
            with suppress(StoreUnavailable):
                why = {"error": type(error).__name__}
                await self.log.append(replace(act, stage=Stage.FAILED), before, why)
            raise
        await self.log.append(act, before, shown(answer))
        return answer

    async def listed(
        self, caller: Caller, where: AuditFilter, limit: int, below: int | None
    ) -> Sequence[Entry]:
        """Newest first: what the keys of the caller's tenant have done."""
        mine = msgspec.structs.replace(where, tenant_id=caller.tenant_id)
        return await self.log.listed(mine, limit, below)

    async def verify(self, noted: Head | None = None) -> Verdict:
        """Of all tenants, from the first entry on. `noted`: a head of before."""
        heads = [await self.log.head(), *([noted] if noted else [])]
        last, sign = Head(), signing(self.keys)
        while entries := await self.log.after(last.position, AT_ONCE):
            for entry in entries:
                problem = fault(last, entry, sign) or _unlike(entry, heads)
                if problem:
                    return Verdict(last, last.position + 1, problem)
                last = entry.head
        return self._ended(last, heads, await self.log.head())

    def _ended(self, last: Head, heads: Sequence[Head], now: Head) -> Verdict:
        """Nothing follows any more: something should where a head says so."""
        if any(one.position > last.position for one in heads):
            return Verdict(last, last.position + 1, "missing, with all that followed")
        if now.position < last.position:
            return Verdict(last, now.position + 1, "unknown to the head")
        return Verdict(last)


def _unlike(entry: Entry, heads: Sequence[Head]) -> str:
    other = any(one.position == entry.position and one.hash != entry.hash for one in heads)
    return "not the entry that was noted" if other else ""
