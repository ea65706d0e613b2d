"""API keys: how often the store is asked for one."""

from collections import Counter

import pytest

from registrar.app import tokens
from registrar.app.api_keys import ApiKeys
from registrar.domain.errors import ApiKeyInvalid
from registrar.ports.store import ApiKeyRow
from registrar.store.keyring import Keyring
from registrar.store.memory import MemoryStore


class Counting(MemoryStore):
    """Counts how often each key was read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()

    async def api_key(self, key_id: str) -> ApiKeyRow | None:
        """One more."""
        self.reads[key_id] += 1
        return await super().api_key(key_id)


async def test_a_key_is_read_once_whatever_others_make_up() -> None:
    """Ten thousand well-formed keys that nobody issued do not drive out one that somebody has."""
    store = Counting()
    keys = ApiKeys(store, Keyring(b"k" * 32))
    issued = await keys.issue("tenant-a")
    caller = await keys.authenticate(issued)
    for _ in range(10_000):
        with pytest.raises(ApiKeyInvalid):
            await keys.authenticate(str(tokens.new_api_key()))
    assert await keys.authenticate(issued) == caller
    assert store.reads[caller.key_id] == 1


async def test_a_key_works_from_the_moment_it_is_issued() -> None:
    """That it was unknown before is not remembered."""
    store, ring = MemoryStore(), Keyring(b"k" * 32)
    elsewhere, here = ApiKeys(MemoryStore(), ring), ApiKeys(store, ring)
    key = await elsewhere.issue("tenant-a")
    with pytest.raises(ApiKeyInvalid):
        await here.authenticate(key)
    row = await elsewhere.store.api_key(tokens.read_api_key(key).key_id)
    assert row is not None
    await store.add_api_key(row)
    assert (await here.authenticate(key)).tenant_id == "tenant-a"
