"""API keys: how often the store is asked for one, what may be made, and when one has ended."""

import asyncio
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from registrar.app import api_keys, tokens
from registrar.app.api_keys import LONGEST_OVERLAP, MOST, ApiKeys, Wanted
from registrar.app.commands import Caller
from registrar.domain.audit import Act
from registrar.domain.errors import (
    ApiKeyInvalid,
    InvalidRequest,
    LimitReached,
    NotFound,
    StoreUnavailable,
)
from registrar.ports.api_keys import EVERY_SCOPE, ApiKeyRow, KeyState, Scope
from registrar.ports.clock import Clock
from registrar.store.keyring import Keyring
from registrar.store.memory import MemoryStore
from registrar.store.memory_api_keys import MemoryApiKeys
from registrar.store.memory_audit import MemoryAudit

READ = frozenset({Scope.READ})
RING = Keyring(b"k" * 32)


class Hand(Clock):
    """A clock that a test turns."""

    at = datetime(2026, 11, 30, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """As it was turned."""
        return self.at


class Counting(MemoryApiKeys):
    """Counts how often each key was read, and may be away."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        super().__init__(clock, audit)
        self.reads: Counter[str] = Counter()
        self.away = False
        self.slow: asyncio.Event | None = None
        """What is read next waits for it, before it is told."""

    async def find(self, key_id: str) -> ApiKeyRow | None:
        """One more."""
        self.reads[key_id] += 1
        found = await super().find(key_id)
        slow, self.slow = self.slow, None
        if slow is not None:
            await slow.wait()
        return found

    async def used(self, key_ids: Collection[str]) -> None:
        """Unless it is away."""
        if self.away:
            raise StoreUnavailable
        await super().used(key_ids)


class Desk:
    """The use cases over a store whose clock can be turned, and an administrator of tenant a."""

    def __init__(self) -> None:
        self.clock = Hand()
        self.store = MemoryStore(self.clock)
        self.rows = self.store.api_keys = Counting(self.clock, self.store.audit)
        self.keys = ApiKeys(self.store, RING, self.clock, "test")
        self.admin = Caller("tenant-a", "root", frozenset({Scope.ADMIN, Scope.READ}))

    async def made(self, **given: object) -> api_keys.Issued:
        """That may read."""
        fields: dict[str, object] = {"name": "for a test", "scopes": READ} | given
        return await self.keys.create(self.admin, Wanted(**fields))  # type: ignore[arg-type] # of the tests

    def forget(self) -> None:
        """As half a minute later, or in another process."""
        self.keys = ApiKeys(self.store, RING, self.clock, "test")


@pytest.fixture
def desk() -> Desk:
    """A fresh one."""
    return Desk()


def test_a_secret_is_160_bits_that_nobody_can_guess() -> None:
    """From the system's source of chance, never twice the same."""
    made = [tokens.new_api_key() for _ in range(1_000)]
    assert {len(bytes.fromhex(one.secret)) for one in made} == {20}
    assert len({one.secret for one in made}) == len({one.key_id for one in made}) == 1_000
    ones = sum(int(one.secret, 16).bit_count() for one in made)
    assert 0.48 < ones / (160 * len(made)) < 0.52


async def test_a_key_is_read_once_whatever_others_make_up(desk: Desk) -> None:
    """Ten thousand well-formed keys that nobody issued do not drive out one that somebody has."""
    issued = (await desk.keys.issue("tenant-a")).text
    caller = await desk.keys.authenticate(issued)
    for _ in range(10_000):
        with pytest.raises(ApiKeyInvalid):
            await desk.keys.authenticate(str(tokens.new_api_key()))
    assert await desk.keys.authenticate(issued) == caller
    assert desk.rows.reads[caller.key_id] == 1


@pytest.mark.parametrize("known", ["known", ""])
async def test_a_look_that_was_overtaken_by_a_revocation_is_not_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    """It has read a key that worked; the next one reads that it does not, at once."""
    issued = await desk.made()
    if known:
        await desk.keys.authenticate(issued.text)
    monkeypatch.setattr(api_keys, "REMEMBERED_SECONDS", -1.0)
    told = desk.rows.slow = asyncio.Event()
    looking = asyncio.create_task(desk.keys.authenticate(issued.text))
    await asyncio.sleep(0)
    await desk.keys.revoke(desk.admin, issued.row.key_id)
    told.set()
    assert (await looking).key_id == issued.row.key_id
    monkeypatch.setattr(api_keys, "REMEMBERED_SECONDS", 30.0)
    with pytest.raises(ApiKeyInvalid):
        await desk.keys.authenticate(issued.text)


async def test_a_key_works_from_the_moment_it_is_issued(desk: Desk) -> None:
    """That it was unknown before is not remembered."""
    elsewhere = ApiKeys(MemoryStore(), RING)
    made = await elsewhere.issue("tenant-a")
    with pytest.raises(ApiKeyInvalid):
        await desk.keys.authenticate(made.text)
    await desk.store.api_keys.add(made.row)
    assert (await desk.keys.authenticate(made.text)).tenant_id == "tenant-a"


async def test_a_new_key_can_do_what_was_asked_for(desk: Desk) -> None:
    """And nothing else; its text says where it is from."""
    made = await desk.made()
    assert made.text.startswith(f"rgk_test_{made.row.key_id}_")
    assert await desk.keys.authenticate(made.text) == Caller("tenant-a", made.row.key_id, READ)
    assert made.text not in repr(made)


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"name": " "}, "display_name", "required"),
        ({"name": "n" * 101}, "display_name", "length"),
        ({"name": "a\nb"}, "display_name", "length"),
        ({"scopes": frozenset()}, "scopes", "required"),
        ({"scopes": EVERY_SCOPE}, "scopes", "held"),
        ({"expires_at": Hand.at}, "expire_time", "future"),
    ],
    ids=["unnamed", "long", "unseen", "nothing", "more", "past"],
)
async def test_what_is_wrong_is_named(
    desk: Desk, given: dict[str, object], field: str, rule: str
) -> None:
    """Nothing is made then."""
    with pytest.raises(InvalidRequest) as caught:
        await desk.made(**given)
    assert [(one.field, one.rule) for one in caught.value.violations] == [(field, rule)]
    assert await desk.keys.listed(desk.admin) == []


async def test_a_key_ends_when_its_time_is_over(desk: Desk) -> None:
    """Where the row is read again."""
    made = await desk.made(expires_at=desk.clock.at + timedelta(hours=1))
    await desk.keys.authenticate(made.text)
    desk.clock.at += timedelta(hours=1)
    desk.forget()
    with pytest.raises(ApiKeyInvalid):
        await desk.keys.authenticate(made.text)


async def test_a_row_is_read_again_in_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process has revoked it: nobody tells this one."""
    made = await desk.made()
    await desk.keys.authenticate(made.text)
    await desk.store.api_keys.revoke("tenant-a", made.row.key_id)
    await desk.keys.authenticate(made.text)
    monkeypatch.setattr(api_keys, "REMEMBERED_SECONDS", -1.0)
    with pytest.raises(ApiKeyInvalid):
        await desk.keys.authenticate(made.text)


async def test_what_is_revoked_here_ends_at_once(desk: Desk) -> None:
    """In the process that was asked."""
    made = await desk.made()
    await desk.keys.authenticate(made.text)
    ended = await desk.keys.revoke(desk.admin, made.row.key_id)
    assert ended.state is KeyState.REVOKED
    with pytest.raises(ApiKeyInvalid):
        await desk.keys.authenticate(made.text)
    with pytest.raises(NotFound):
        await desk.keys.revoke(desk.admin, "other")


async def test_both_keys_work_while_they_overlap(desk: Desk) -> None:
    """Then the new one alone."""
    old = await desk.made()
    new = await desk.keys.rotate(desk.admin, old.row.key_id, timedelta(hours=2))
    assert (new.row.scopes, new.row.name, new.row.expires_at) == (READ, "for a test", None)
    assert new.previous is not None
    assert new.previous.expires_at == desk.clock.at + timedelta(hours=2)
    for one in (old, new):
        await desk.keys.authenticate(one.text)
    desk.clock.at += timedelta(hours=2)
    desk.forget()
    await desk.keys.authenticate(new.text)
    with pytest.raises(ApiKeyInvalid):
        await desk.keys.authenticate(old.text)


async def test_the_successor_of_a_key_for_a_month_is_for_a_month(desk: Desk) -> None:
    """And for a day where nothing was said of an overlap."""
    month = timedelta(days=30)
    old = await desk.made(expires_at=desk.clock.at + month)
    desk.clock.at += timedelta(days=20)
    new = await desk.keys.rotate(desk.admin, old.row.key_id, None)
    assert new.row.expires_at == desk.clock.at + month
    assert new.previous is not None
    assert new.previous.expires_at == desk.clock.at + timedelta(days=1)


@pytest.mark.parametrize("overlap", [timedelta(-1), LONGEST_OVERLAP + timedelta(1)])
async def test_an_overlap_has_bounds(desk: Desk, overlap: timedelta) -> None:
    """Or a rotation would be none."""
    old = await desk.made()
    with pytest.raises(InvalidRequest) as caught:
        await desk.keys.rotate(desk.admin, old.row.key_id, overlap)
    assert [one.field for one in caught.value.violations] == ["overlap"]


async def test_only_a_key_that_works_is_rotated_and_by_who_could_make_it(desk: Desk) -> None:
    """Of the own tenant, with no more than the own scopes."""
    powerful = await desk.keys.issue("tenant-a")
    with pytest.raises(InvalidRequest) as caught:
        await desk.keys.rotate(desk.admin, powerful.row.key_id, None)
    assert [one.rule for one in caught.value.violations] == ["held"]
    other = await desk.keys.issue("tenant-b", Wanted("", READ))
    ended = await desk.made()
    await desk.keys.revoke(desk.admin, ended.row.key_id)
    for key_id in (other.row.key_id, ended.row.key_id, "none"):
        with pytest.raises(NotFound):
            await desk.keys.rotate(desk.admin, key_id, None)


async def test_a_key_that_ends_meanwhile_is_still_the_one_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has revoked it between the two steps: the new one is made all the same."""
    old = await desk.made()

    async def gone(tenant_id: str, key_id: str, after: timedelta, act: Act) -> None:
        del tenant_id, key_id, after, act

    monkeypatch.setattr(desk.rows, "expire", gone)
    new = await desk.keys.rotate(desk.admin, old.row.key_id, None)
    assert new.previous is not None
    assert new.previous.key_id == old.row.key_id


async def test_a_tenant_has_so_many_keys_and_no_more(desk: Desk) -> None:
    """Of those that can be used."""
    made = [await desk.made() for _ in range(MOST)]
    with pytest.raises(LimitReached):
        await desk.made()
    with pytest.raises(LimitReached):
        await desk.keys.rotate(desk.admin, made[0].row.key_id, None)
    await desk.keys.revoke(desk.admin, made[0].row.key_id)
    await desk.made()
    assert len(await desk.keys.listed(desk.admin)) == MOST + 1


async def test_when_a_key_was_used_is_written_now_and_then(desk: Desk) -> None:
    """Of all together, once more where the database was away, and not where nothing was used."""
    made = await desk.made()
    await desk.keys.note()
    await desk.keys.authenticate(made.text)
    desk.rows.away = True
    await desk.keys.note()
    desk.rows.away = False
    assert (await desk.keys.listed(desk.admin))[0].used_at is None
    await desk.keys.note()
    assert (await desk.keys.listed(desk.admin))[0].used_at == desk.clock.at
    desk.clock.at += timedelta(hours=1)
    await desk.keys.note()
    used = (await desk.keys.listed(desk.admin))[0].used_at
    assert used == desk.clock.at - timedelta(hours=1)


async def test_the_note_is_taken_for_as_long_as_the_service_runs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a task of its own."""
    monkeypatch.setattr(api_keys, "USE_SECONDS", 0.01)
    made = await desk.made()
    await desk.keys.authenticate(made.text)

    task = asyncio.create_task(desk.keys.run())
    async with asyncio.timeout(5):
        while (await desk.keys.listed(desk.admin))[0].used_at is None:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)
    task.cancel()
