"""Forgetting a customer: the rows, then the keys, so that no copy of the database can be read.

It is durable before anything is done, and goes on until nothing is left, whatever fails meanwhile:
see `run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.app import sealing, tokens
from registrar.app.audit import Audit
from registrar.app.commands import Caller
from registrar.app.customers import CustomerKey
from registrar.app.indexes import Indexes
from registrar.domain import lifecycle
from registrar.domain.audit import Action
from registrar.domain.erasure import Erasure, Recipient
from registrar.domain.errors import Unavailable
from registrar.domain.lifecycle import SENDING, Moment
from registrar.domain.outcome import Effect
from registrar.domain.submission import ERASED
from registrar.ports.clock import Clock
from registrar.ports.erasures import Erasing, Pending
from registrar.ports.key_rows import KeyRows
from registrar.ports.store import Store, Stored
from registrar.ports.vault import Vault

BATCH = 100

_log = structlog.get_logger("registrar.erasures")


@dataclass(frozen=True, slots=True)
class Erasures:
    """The use cases. `keep`: how long the personal data of what is over is kept; None: for ever.

    `every`: seconds between two looks at what is left to do.
    """

    store: Store
    vault: Vault
    key_rows: KeyRows
    clock: Clock
    audit: Audit
    keep: timedelta | None = None
    every: float = 5.0

    async def request(self, caller: Caller, request_id: str, whose: CustomerKey) -> Erasure:
        """Of everything that is there now. Raises StoreUnavailable: then it may have begun.

        Made again with the same `request_id`, it goes on, and tells how far it is.
        """
        asked = Erasure(
            id=tokens.erasure_id(),
            tenant_id=caller.tenant_id,
            request_id=request_id,
            requested_at=self.clock.now(),
            actor=f"caller:{caller.key_id}",
        )
        act = self.audit.act(caller, Action.ERASE_CUSTOMER, asked.id)
        index = whose.index(self.vault.keys, caller.tenant_id)
        begun = await self.store.erasures.begin(asked, index, act)
        if begun.erasure.completed_at is not None:
            return begun.erasure
        # All that is there just now, whatever the clock said of who accepted it.
        return await self.go_on(begun, everything=begun.erasure.id == asked.id)

    async def go_on(self, begun: Pending, *, everything: bool = False) -> Erasure:
        """As far as it can be done now; by several at once, too."""
        made, whose = begun.erasure, begun.whose
        before = None if everything else made.requested_at
        pending: list[str] = []
        after = ""
        while rows := await self.store.erasures.of_customer(
            made.tenant_id, whose, before=before, after=after, limit=BATCH
        ):
            after = rows[-1].registration.id
            pending += await self._left(rows, made)
        # Whoever accepted these may have had another clock.
        known = await self.store.get(made.tenant_id, sorted({*made.pending} - {*pending}))
        pending += await self._left([one for one in known.values() if one.sealed], made)
        await self.destroy()
        over = None if pending else self.clock.now()
        return await self.store.erasures.progress(made.id, pending, over)

    async def _left(self, rows: Sequence[Stored], made: Erasure) -> list[str]:
        """Those that could not be erased yet."""
        done = await self._erased(rows, made.actor, made.id)
        return [one.registration.id for one, gone in zip(rows, done, strict=True) if not gone]

    async def _recipients(self, stored: Stored) -> tuple[Recipient, ...]:
        now = stored.registration
        tried = await self.store.attempts(now.tenant_id, now.id)
        return tuple(
            Recipient(now.manufacturer_id, now.id, one.tier, one.effect, one.started_at)
            for one in tried
            if one.effect is not Effect.NOT_SENT
        )

    async def _erased(self, rows: Sequence[Stored], actor: str, erasure_id: str = "") -> list[bool]:
        """Whether each is; what is being sent just now is not."""
        moment = Moment(self.clock.now(), actor=actor)
        opened = await self._opened(rows)
        items = {
            one.registration.id: Erasing(
                lifecycle.erase(one.registration, moment),
                one.sealed,
                self._keys(one.sealed),
                opened[one.registration.id],
                # Read now: afterwards nobody could say of whom they were.
                await self._recipients(one) if erasure_id else (),
            )
            for one in rows
            if one.registration.state not in SENDING
        }
        done = await self.store.erasures.erase(list(items.values()), erasure_id) if items else []
        gone = {key for key, is_gone in zip(items, done, strict=True) if is_gone}
        return [one.registration.id in gone for one in rows]

    def _keys(self, sealed: bytes) -> tuple[str, ...]:
        """None of what was never sealed: it goes all the same."""
        try:
            return tuple(filter(None, [self.vault.key_id(sealed)]))
        except ValueError:
            return ()

    async def _opened(self, rows: Sequence[Stored]) -> dict[str, bytes | None]:
        """The index of each one's mailbox; None also for what cannot be opened."""
        found: dict[str, bytes | None] = {}
        for one in rows:
            try:
                (submission,) = await sealing.unseal_all(self.vault, [one])
            except ValueError:
                submission = ERASED
            index = Indexes(self.vault.keys, one.registration.tenant_id)
            found[one.registration.id] = index.mailbox(submission.customer.email)
        return found

    async def destroy(self) -> None:
        """The keys of what was erased. Only then it is."""
        while doomed := await self.store.erasures.doomed(BATCH):
            await self.key_rows.destroy(doomed)
            await self.store.erasures.forgotten(doomed)

    async def retire(self) -> int:
        """Erase what has been over for longer than it is kept; how many."""
        if self.keep is None:
            return 0
        before = tokens.registration_id_at(self.clock.now() - self.keep)
        count, after = 0, ""
        while rows := await self.store.erasures.ended(before, after=after, limit=BATCH):
            after = rows[-1].registration.id
            count += sum(await self._erased(rows, "dispatcher"))
            await self.destroy()
        return count

    async def sweep(self) -> None:
        """Go on with what was begun and could not be finished."""
        await self.destroy()
        for one in await self.store.erasures.pending(BATCH):
            made = await self.go_on(one)
            if made.completed_at is not None:
                _log.info("customer_erased", erasure=made.id, registrations=made.registrations)

    async def run(self) -> None:
        """For ever; what is away now is asked again later."""
        told, retired_at = False, self.clock.now() - timedelta(days=1)
        while True:
            try:
                await self.sweep()
                if self.clock.now() - retired_at >= timedelta(hours=1):
                    count = await self.retire()
                    retired_at = self.clock.now()
                    if count:
                        _log.info("records_retired", count=count)
                told = False
            except Unavailable as error:
                if not told:
                    _log.warning("sweep_failed", of=type(error).__name__)
                told = True
            await asyncio.sleep(self.every)
