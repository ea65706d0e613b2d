"""API keys: who calls, made and ended. The secret is kept as a keyed digest alone."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from registrar.app import tokens
from registrar.app.audit import BY_CLI, Audit
from registrar.app.commands import Caller
from registrar.domain.audit import Act, Action
from registrar.domain.errors import (
    ApiKeyInvalid,
    InvalidRequest,
    LimitReached,
    NotFound,
    StoreUnavailable,
    Violation,
)
from registrar.ports.api_keys import EVERY_SCOPE, ApiKeyRow, KeyState, Scope
from registrar.ports.clock import Clock, SystemClock
from registrar.ports.keys import Keys
from registrar.ports.store import Store

REMEMBERED_SECONDS = 30.0
"""A row is read again after this long, so that a revoked key stops working."""
USE_SECONDS = 60.0
"""So often it is written which keys were used."""
MOST = 100
"""Keys of a tenant that can be used."""
OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key. `text` is the whole of it, which nobody can read again."""

    row: ApiKeyRow
    text: str = field(repr=False)
    previous: ApiKeyRow | None = None
    """Whose place it takes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new key is to be."""

    name: str
    scopes: frozenset[Scope]
    expires_at: datetime | None = None


EVERYTHING = Wanted("", EVERY_SCOPE)


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Checks them, and administers those of the caller's tenant."""

    store: Store
    keys: Keys
    clock: Clock = field(default_factory=SystemClock)
    environment: str = "dev"
    """What new keys have in their text, so that one of the tests is not taken for another."""
    _known: dict[str, tuple[float, ApiKeyRow]] = field(default_factory=dict)
    """When it was read. Only keys that exist: it cannot be filled with made-up ones."""
    _used: set[str] = field(default_factory=set)
    """Since that was last written."""

    def _digest(self, secret: str) -> bytes:
        return self.keys.sign("api_key", secret.encode())

    async def issue(self, tenant_id: str, wanted: Wanted = EVERYTHING) -> Issued:
        """Of any tenant: for who has the database itself, and so needs no key. InvalidRequest."""
        made = tokens.new_api_key(self.environment)
        act = self.audit.by(BY_CLI, tenant_id, Action.CREATE_KEY, made.key_id)
        return await self._issue(made, wanted, act)

    @property
    def audit(self) -> Audit:
        """Of what is done with keys."""
        return Audit(self.store.audit, self.keys)

    async def _issue(self, made: tokens.ApiKey, wanted: Wanted, act: Act) -> Issued:
        _refuse(self._wrong(wanted))
        row = ApiKeyRow(
            made.key_id,
            act.tenant_id,
            self._digest(made.secret),
            wanted.scopes,
            wanted.name,
            expires_at=wanted.expires_at,
        )
        return Issued(await self.store.api_keys.add(row, act), str(made))

    async def authenticate(self, key: str) -> Caller:
        """Raises ApiKeyInvalid or StoreUnavailable."""
        given = tokens.read_api_key(key)
        row = await self._row(given.key_id)
        # An unknown key costs what a wrong one costs.
        expected = row.digest if row else bytes(32)
        same = hmac.compare_digest(self._digest(given.secret), expected)
        if row is None or not same or row.state is not KeyState.ACTIVE:
            raise ApiKeyInvalid
        self._used.add(row.key_id)
        return Caller(row.tenant_id, row.key_id, row.scopes)

    async def _row(self, key_id: str) -> ApiKeyRow | None:
        now, known = time.monotonic(), self._known.get(key_id)
        if known is not None and now - known[0] <= REMEMBERED_SECONDS:
            return known[1]
        row = await self.store.api_keys.find(key_id)
        # Whoever has ended it meanwhile knows better than what was read before.
        if row is not None and self._known.get(key_id) is known:
            self._known[key_id] = (now, row)
        return row

    def _remember(self, key_id: str, row: ApiKeyRow | None) -> None:
        """As it was just changed here; None where there is none."""
        if row is not None:
            self._known[key_id] = (time.monotonic(), row)

    async def create(self, caller: Caller, wanted: Wanted) -> Issued:
        """Of the caller's tenant. InvalidRequest, LimitReached."""
        wrong = [*unnamed(wanted.name), *_unheld(caller, wanted.scopes)]
        _refuse([*wrong, *self._wrong(wanted)])
        await self._room(caller)
        return await self._made(caller, wanted, Action.CREATE_KEY)

    async def _made(self, caller: Caller, wanted: Wanted, action: Action) -> Issued:
        made = tokens.new_api_key(self.environment)
        return await self._issue(made, wanted, self.audit.act(caller, action, made.key_id))

    async def listed(self, caller: Caller) -> list[ApiKeyRow]:
        """Newest first."""
        return await self.store.api_keys.listed(caller.tenant_id)

    async def rotate(self, caller: Caller, key_id: str, overlap: timedelta | None) -> Issued:
        """One that can do the same, and lives as long. InvalidRequest, NotFound, LimitReached."""
        works_on = OVERLAP if overlap is None else overlap
        if not timedelta(0) <= works_on <= LONGEST_OVERLAP:
            problem = f"Between 0 and {LONGEST_OVERLAP.days} days."
            raise InvalidRequest((Violation("overlap", "range", problem),))
        row = await self.store.api_keys.find(key_id)
        if row is None or row.tenant_id != caller.tenant_id or row.state is not KeyState.ACTIVE:
            raise NotFound
        _refuse(_unheld(caller, row.scopes))
        await self._room(caller)
        wanted = Wanted(row.name, row.scopes, self._as_long(row))
        made = await self._made(caller, wanted, Action.ROTATE_KEY)
        # The new one first: whatever fails in between leaves a key that works.
        act = self.audit.act(caller, Action.ROTATE_KEY, key_id)
        before = await self.store.api_keys.expire(caller.tenant_id, key_id, works_on, act)
        self._remember(key_id, before)
        return Issued(made.row, made.text, before or row)

    def _as_long(self, row: ApiKeyRow) -> datetime | None:
        if row.expires_at is None:
            return None
        lived = row.expires_at - row.created_at if row.created_at else timedelta(0)
        return max(row.expires_at, self.clock.now() + lived)

    async def revoke(self, caller: Caller, key_id: str) -> ApiKeyRow:
        """NotFound where the tenant has none of that id."""
        act = self.audit.act(caller, Action.REVOKE_KEY, key_id)
        row = await self.store.api_keys.revoke(caller.tenant_id, key_id, act)
        self._remember(key_id, row)
        if row is None:
            raise NotFound
        return row

    async def _room(self, caller: Caller) -> None:
        if await self.store.api_keys.active(caller.tenant_id) >= MOST:
            raise LimitReached(f"There are {MOST} keys that can be used: revoke one.")

    def _wrong(self, wanted: Wanted) -> list[Violation]:
        wrong = []
        if not wanted.scopes:
            wrong.append(Violation("scopes", "required", "At least one scope is needed."))
        if wanted.expires_at is not None and wanted.expires_at <= self.clock.now():
            wrong.append(Violation("expire_time", "future", "The key would have expired already."))
        return wrong

    async def run(self) -> None:
        """For ever: write which keys were used."""
        while True:
            await asyncio.sleep(USE_SECONDS)
            await self.note()

    async def note(self) -> None:
        """Once; what the database does not take is written the next time."""
        used = frozenset(self._used)
        if not used:
            return
        try:
            await self.store.api_keys.used(used)
        except StoreUnavailable:
            return
        self._used.difference_update(used)


def unnamed(name: str) -> list[Violation]:
    """What is wrong with it; the database holds no longer one."""
    if not name.strip():
        return [Violation("display_name", "required", "Say what the key is for.")]
    if len(name) > LONGEST_NAME or not name.isprintable():
        problem = f"At most {LONGEST_NAME} characters, and none that cannot be seen."
        return [Violation("display_name", "length", problem)]
    return []


def _unheld(caller: Caller, scopes: frozenset[Scope]) -> list[Violation]:
    """Nobody gives what they do not have."""
    missing = sorted(scopes - caller.scopes)
    if not missing:
        return []
    problem = f"The key that asks does not have {', '.join(missing)} itself."
    return [Violation("scopes", "held", problem)]


def _refuse(wrong: Iterable[Violation]) -> None:
    found = tuple(wrong)
    if found:
        raise InvalidRequest(found)
