"""The keys of records: each its own, durable before it is used, and gone when it is destroyed."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from registrar.domain.errors import ConfigurationError, StoreUnavailable
from registrar.keys.environment import of_environment
from registrar.keys.masters import Masters, began
from registrar.keys.vault import KeyVault
from registrar.ports.key_provider import KeyProvider
from registrar.ports.key_rows import DataKey, Purpose
from registrar.ports.vault import Cipher
from registrar.store.keyring import Keyring
from registrar.store.memory_key_rows import MemoryKeyRows

ROOT = b"r" * 32
KEYS = Keyring(b"k" * 32)


class Watched(MemoryKeyRows):
    """Counts commits and reads; `error` is raised by both."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.commits = 0
        self.reads = 0

    async def add(self, keys: Sequence[DataKey]) -> bool:
        """As durable as it gets."""
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.commits += 1
        return await super().add(keys)

    async def find(self, ids: Collection[str]) -> dict[str, DataKey]:
        """By id."""
        if self.error is not None:
            raise self.error
        self.reads += 1
        return await super().find(ids)


def provider(root: bytes = ROOT, *before: bytes) -> KeyProvider:
    """Of the environment."""
    return of_environment(root, before)


async def masters(rows: MemoryKeyRows, by: KeyProvider | None = None) -> Masters:
    """Loaded."""
    made = Masters(rows, by or provider())
    await began(rows, provider())
    await made.load()
    return made


async def vault(rows: MemoryKeyRows, *, ahead: int = 512, look: float = 30.0) -> KeyVault:
    """Over these rows."""
    return KeyVault(rows, await masters(rows), KEYS, ahead=ahead, look=look)


async def opener(of: KeyVault, sealed: bytes) -> Cipher:
    """What opens it."""
    (found,) = await of.of([sealed])
    assert found is not None
    return found


async def test_each_record_has_a_key_of_its_own() -> None:
    """Which opens what it has sealed, in its place, and nothing of another."""
    rows = Watched()
    made = await vault(rows)
    one, two = await made.fresh(), await made.fresh()
    sealed = one.seal(b"Okonkwo", "row-1")
    assert b"Okonkwo" not in sealed
    assert (await opener(made, sealed)).open(sealed, "row-1") == b"Okonkwo"
    with pytest.raises(ValueError, match="belongs elsewhere"):
        one.open(sealed, "row-2")
    with pytest.raises(ValueError, match="another key"):
        two.open(sealed, "row-1")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(ValueError, match=r"another key|was changed"):
            one.open(bytes(changed), "row-1")


async def test_nothing_is_sealed_or_wrapped_twice_alike() -> None:
    """A nonce that comes again gives away what it has sealed."""
    rows = Watched()
    by = await masters(rows)
    assert by.wrap("a" * 24, bytes(32)).wrapped != by.wrap("a" * 24, bytes(32)).wrapped
    key = await (await vault(rows)).fresh()
    assert key.seal(b"x", "row")[13:25] != key.seal(b"x", "row")[13:25]


async def test_no_key_can_be_put_in_the_place_of_another() -> None:
    """In the store of keys: it is bound to its id."""
    rows = Watched()
    made = await vault(rows)
    one, two = await made.fresh(), await made.fresh()
    sealed = one.seal(b"x", "row")
    found = await rows.find([one.id, two.id])
    moved = DataKey(one.id, found[one.id].master, found[two.id].wrapped)
    with pytest.raises(ValueError, match="belongs elsewhere"):
        await (await masters(rows)).unwrap(moved)
    await rows.add([moved])
    with pytest.raises(ValueError, match="not there"):
        (await opener(made, sealed)).open(sealed, "row")


async def test_another_process_opens_it() -> None:
    """With the same key-encryption key; the provider is asked for the masters alone."""
    rows = Watched()
    sealed = (await (await vault(rows)).fresh()).seal(b"Okonkwo", "row-1")
    other = KeyVault(rows, await masters(rows), KEYS)
    assert (await opener(other, sealed)).open(sealed, "row-1") == b"Okonkwo"
    stranger = Masters(rows, provider(b"x" * 32))
    with pytest.raises(ConfigurationError, match="REGISTRAR_ROOT_KEY"):
        await stranger.load()


async def test_a_key_is_durable_before_it_is_used() -> None:
    """A hundred that come together share a commit; more are made before they run out."""
    rows = Watched()
    made = await vault(rows, ahead=64)
    keys = await asyncio.gather(*(made.fresh() for _ in range(100)))
    assert len({one.id for one in keys}) == 100
    assert set(await rows.find([one.id for one in keys])) == {one.id for one in keys}
    assert rows.commits <= 3


async def test_while_the_store_of_keys_is_away_those_made_ahead_last() -> None:
    """Then it is said, to each that asks; and it goes on by itself."""
    rows = Watched()
    made = await vault(rows, ahead=8)
    await made.fresh()
    rows.error = StoreUnavailable()
    for _ in range(7):
        await made.fresh()
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await made.fresh()
    rows.error = None
    await made.fresh()


async def test_what_was_not_used_is_given_back() -> None:
    """What was is not."""
    rows = Watched()
    made = await vault(rows, ahead=8)
    used = await made.fresh()
    await made.close()
    assert dict((await rows.counts()).live) == {2: 1}
    assert list(await rows.find([used.id])) == [used.id]
    await made.close()


async def test_what_is_destroyed_opens_nothing() -> None:
    """One by one; the others of the same page are read."""
    rows = Watched()
    made = await vault(rows)
    sealed = [(await made.fresh()).seal(b"x", "row") for _ in range(3)]
    gone = await opener(made, sealed[1])
    await rows.destroy([gone.id])
    other = await vault(rows)
    found = await other.of(sealed)
    assert [one is None for one in found] == [False, True, False]


async def test_a_key_is_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """And then forgotten: a destroyed one does not live on."""
    rows, now = Watched(), [1000.0]
    monkeypatch.setattr("registrar.keys.vault.monotonic", lambda: now[0])
    made = await vault(rows)
    key = await made.fresh()
    sealed = key.seal(b"x", "row")
    for _ in range(3):
        await opener(made, sealed)
    assert rows.reads == 1
    await rows.destroy([key.id])
    now[0] += 61
    assert await made.of([sealed]) == [None]


async def test_it_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest known goes first."""
    monkeypatch.setattr("registrar.keys.vault.REMEMBERED", 2)
    rows = Watched()
    made = await vault(rows)
    first, second, third = [(await made.fresh()).seal(b"x", "row") for _ in range(3)]
    for one in (first, second, third, third, second):
        await opener(made, one)
    assert rows.reads == 3
    await opener(made, first)
    assert rows.reads == 4


async def test_a_key_that_is_not_there_is_said_when_it_is_needed() -> None:
    """Also one whose row was changed; the page that it is in is read all the same."""
    rows, strangers = Watched(), Watched()
    made, other = await vault(rows), await vault(strangers)
    lost = (await other.fresh()).seal(b"x", "row")
    changed = await made.fresh()
    torn, whole = changed.seal(b"x", "row"), (await made.fresh()).seal(b"x", "row")
    there = (await rows.find([changed.id]))[changed.id]
    await rows.add([DataKey(there.id, there.master, bytes(60))])
    for bad in await made.of([lost, torn]):
        assert bad is not None
        with pytest.raises(ValueError, match="not there"):
            bad.open(lost, "row")
        with pytest.raises(ValueError, match="not there"):
            bad.seal(b"x", "row")
    assert (await opener(made, whole)).open(whole, "row") == b"x"


@pytest.mark.parametrize("sealed", [b"", b"\x03" + bytes(40), b"\x02short"])
async def test_what_was_never_sealed_is_said_when_it_is_needed(sealed: bytes) -> None:
    """The page that it is in is read all the same."""
    made = await vault(Watched())
    whole = (await made.fresh()).seal(b"x", "row")
    bad, good = await made.of([sealed, whole])
    assert bad is not None
    assert good is not None
    with pytest.raises(ValueError, match="not there"):
        bad.open(sealed, "row")
    assert (bad.id, good.open(whole, "row")) == ("", b"x")


async def test_what_was_sealed_before_opens_with_the_key_of_all() -> None:
    """It has no key of its own, and says so."""
    sealed = KEYS.seal(b"Okonkwo", "row-1")
    found = await opener(await vault(Watched()), sealed)
    assert (found.id, found.open(sealed, "row-1")) == ("", b"Okonkwo")


async def test_another_key_encryption_key_wraps_the_same_masters() -> None:
    """Both know them meanwhile; afterwards the old one is of no use."""
    rows = Watched()
    made = await vault(rows)
    sealed = (await made.fresh()).seal(b"x", "row")
    new = provider(b"n" * 32, ROOT)
    both = await masters(rows, new)
    before = both.identity
    assert await both.rewrap() == [1, 2]
    assert await both.rewrap() == []
    assert {one.wrapped.key for one in await rows.masters()} == {new.current}
    alone = await masters(rows, provider(b"n" * 32))
    assert alone.identity == before
    opened = await opener(KeyVault(rows, alone, KEYS), sealed)
    assert opened.open(sealed, "row") == b"x"
    with pytest.raises(ConfigurationError, match="REGISTRAR_ROOT_KEYS_BEFORE"):
        await masters(rows, provider())


async def test_a_newer_master_is_taken_up_by_who_runs() -> None:
    """New keys are wrapped by it; what was made ahead by the old one is given back."""
    rows = Watched()
    made = await vault(rows, ahead=4, look=0.0)
    old = await made.fresh()
    assert await (await masters(rows)).renew() == 3
    fresh = [await made.fresh() for _ in range(6)]
    await asyncio.sleep(0.01)
    later = await made.fresh()
    found = await rows.find([old.id, later.id])
    assert (found[old.id].master, found[later.id].master) == (2, 3)
    await made.close()
    live = dict((await rows.counts()).live)
    assert live[2] + live[3] == 2 + len(fresh)


async def test_who_has_slept_through_a_rotation_makes_no_key_of_a_dropped_master() -> None:
    """Nobody could read what it seals, once this process has ended."""
    rows = Watched()
    sleeper, other = await vault(rows, ahead=4), await masters(rows)
    assert await other.renew() == 3
    assert await rows.drop_masters([2]) == [2]
    made = [await sleeper.fresh() for _ in range(3)]
    found = await rows.find([one.id for one in made])
    assert [key.master for key in found.values()] == [3, 3, 3]


async def test_a_record_that_moves_is_given_no_key_of_a_dropped_master() -> None:
    """Whoever moves it has slept through a rotation, too."""
    rows = Watched()
    sleeper = await vault(rows)
    await (await masters(rows)).renew()
    await rows.drop_masters([2])
    (key,) = await sleeper.replacing([""])
    assert (await rows.find([key.id]))[key.id].master == 3
    assert await sleeper.replacing([]) == []


async def test_what_a_newer_master_wraps_is_read_at_once() -> None:
    """By who did not know of it."""
    rows = Watched()
    made, newer = await vault(rows), await masters(rows)
    await newer.renew()
    sealed = (await KeyVault(rows, newer, KEYS).fresh()).seal(b"x", "row")
    assert (await opener(made, sealed)).open(sealed, "row") == b"x"


async def test_two_who_rotate_at_once_make_two_masters() -> None:
    """No version is taken twice."""
    rows = Watched()
    one, two = await masters(rows), await masters(rows)
    assert sorted(await asyncio.gather(one.renew(), two.renew())) == [3, 4]


async def test_a_master_that_was_changed_or_moved_is_no_master() -> None:
    """In the store of keys nobody can put one in the place of another."""
    rows = Watched()
    await began(rows, provider())
    identity, data = await rows.masters()
    await rows.rewrap(identity.__class__(2, Purpose.DATA, identity.wrapped), data.wrapped)
    with pytest.raises(ConfigurationError, match="master key 2"):
        await Masters(rows, provider()).load()


async def test_an_empty_store_of_keys_says_what_to_do() -> None:
    """A wrong address is no reason to begin anew."""
    made = Masters(Watched(), provider())
    with pytest.raises(ConfigurationError, match="registrar migrate"):
        await made.load()
    with pytest.raises(ConfigurationError, match="not loaded"):
        made.wrap("0" * 24, bytes(32))


async def test_it_begins_with_what_the_data_knows_already() -> None:
    """And at random where there is none; never again."""
    rows, other = Watched(), Watched()
    assert await began(rows, provider(), b"i" * 32) == await began(rows, provider())
    assert (await masters(rows)).identity == b"i" * 32
    await began(other, provider())
    assert (await masters(other)).identity not in {b"i" * 32, ROOT}
