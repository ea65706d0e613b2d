"""What every provider of key-encryption keys must do.

A module of tests imports everything of this one and has a fixture `providers`: `providers(2, 1)` is
a new `KeyProvider` that wraps with key 2 and unwraps with both. The same number is the same key
throughout a test.
"""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
import base64
import logging
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from registrar.domain.errors import ConfigurationError
from registrar.ports.key_provider import KeyProvider, Wrapped

Providers = Callable[..., KeyProvider]
SECRET = bytes(range(100, 132))
HERE, ELSEWHERE = "data_keys.wrapped:shop:1", "data_keys.wrapped:shop:2"


async def test_what_was_wrapped_is_unwrapped(providers: Providers) -> None:
    """In a context of any characters; by a key that has a name."""
    keys = providers(1)
    for context in (HERE, "", "שלום\n\x00", "x" * 5_000):
        wrapped = await keys.wrap(SECRET, context)
        assert wrapped.key == keys.current != ""
        assert await keys.unwrap(wrapped, context) == SECRET


async def test_a_blob_says_nothing_and_none_is_made_twice(providers: Providers) -> None:
    """Of the same secret in the same context."""
    keys = providers(1)
    blobs = [(await keys.wrap(SECRET, HERE)).blob for _ in range(20)]
    assert len(set(blobs)) == len(blobs)
    assert not any(SECRET[at : at + 4] in blob for blob in blobs for at in range(29))


async def test_another_context_does_not_open_it(providers: Providers) -> None:
    """Nor one that is longer or shorter."""
    keys = providers(1)
    wrapped = await keys.wrap(SECRET, HERE)
    for context in (ELSEWHERE, "", HERE[:-1], HERE + "\x00"):
        with pytest.raises(ValueError, match="wrapped key"):
            await keys.unwrap(wrapped, context)


async def test_a_bit_that_flips_is_seen(providers: Providers) -> None:
    """In any byte."""
    keys = providers(1)
    wrapped = await keys.wrap(SECRET, HERE)
    for at in range(len(wrapped.blob)):
        for bit in (0x01, 0x80):
            changed = bytearray(wrapped.blob)
            changed[at] ^= bit
            with pytest.raises(ValueError, match="wrapped key"):
                await keys.unwrap(replace(wrapped, blob=bytes(changed)), HERE)


async def test_a_blob_of_another_length_is_refused(providers: Providers) -> None:
    """Cut, empty, or with something behind it."""
    keys = providers(1)
    wrapped = await keys.wrap(SECRET, HERE)
    for size in range(len(wrapped.blob)):
        with pytest.raises(ValueError, match="wrapped key"):
            await keys.unwrap(replace(wrapped, blob=wrapped.blob[:size]), HERE)
    with pytest.raises(ValueError, match="wrapped key"):
        await keys.unwrap(replace(wrapped, blob=wrapped.blob + b"\x00"), HERE)


async def test_random_bytes_are_refused(providers: Providers) -> None:
    """Of the right length too."""
    keys = providers(1)
    size = len((await keys.wrap(SECRET, HERE)).blob)
    for _ in range(20):
        with pytest.raises(ValueError, match="wrapped key"):
            await keys.unwrap(Wrapped(keys.current, os.urandom(size)), HERE)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
async def test_only_32_bytes_are_wrapped(providers: Providers, size: int) -> None:
    """Whoever brings something else has mistaken something."""
    with pytest.raises(ValueError, match="32 bytes"):
        await providers(1).wrap(bytes(size), HERE)


async def test_another_keys_name_does_not_open_it(providers: Providers) -> None:
    """One that there is."""
    wrapped = await providers(1).wrap(SECRET, HERE)
    keys = providers(2, 1)
    with pytest.raises(ValueError, match="wrapped key"):
        await keys.unwrap(replace(wrapped, key=keys.current), HERE)


async def test_a_key_that_is_not_there_is_named_with_its_setting(providers: Providers) -> None:
    """Whoever took it away is told what to put back, and where."""
    keys = providers(1)
    wrapped = await keys.wrap(SECRET, HERE)
    for name in ("never-made", ""):
        with pytest.raises(ConfigurationError, match=f"REGISTRAR_.*'{name}'"):
            await keys.unwrap(replace(wrapped, key=name), HERE)


async def test_a_key_of_before_unwraps_and_the_new_one_wraps(providers: Providers) -> None:
    """Which is how one is rolled over."""
    before, now = providers(1), providers(2, 1)
    old = await before.wrap(SECRET, HERE)
    new = await now.wrap(await now.unwrap(old, HERE), HERE)
    assert (old.key, new.key) == (before.current, now.current)
    assert before.current != now.current
    assert await now.unwrap(old, HERE) == await now.unwrap(new, HERE) == SECRET


async def test_two_of_the_same_keys_understand_each_other(providers: Providers) -> None:
    """As those of two processes do."""
    one, other = providers(1, 2), providers(1, 2)
    assert one.current == other.current
    assert await other.unwrap(await one.wrap(SECRET, HERE), HERE) == SECRET
    assert await one.unwrap(await other.wrap(SECRET, HERE), HERE) == SECRET


async def test_many_wrap_and_unwrap_at_once(providers: Providers) -> None:
    """None gets the secret of another."""
    keys = providers(1)
    secrets = {f"row:{number}": os.urandom(32) for number in range(200)}

    async def there_and_back(context: str) -> bytes:
        return await keys.unwrap(await keys.wrap(secrets[context], context), context)

    found = await asyncio.gather(*(there_and_back(context) for context in secrets))
    assert found == list(secrets.values())


async def test_whoever_is_cancelled_disturbs_nobody(providers: Providers) -> None:
    """The next one gets its own answer."""
    keys = providers(1)
    wrapped = await keys.wrap(SECRET, HERE)
    asked = [asyncio.ensure_future(keys.unwrap(wrapped, HERE)) for _ in range(20)]
    await asyncio.sleep(0)
    for one in asked[::2]:
        one.cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert {one for one in found if isinstance(one, bytes)} == {SECRET}
    assert await keys.unwrap(wrapped, HERE) == SECRET


async def test_closing_twice_is_closing(providers: Providers) -> None:
    """And takes nothing from another of the same keys."""
    one, other = providers(1), providers(1)
    wrapped = await one.wrap(SECRET, HERE)
    assert await other.unwrap(wrapped, HERE) == SECRET
    await one.close()
    await one.close()
    assert await other.unwrap(wrapped, HERE) == SECRET


async def test_no_secret_is_shown(providers: Providers, caplog: pytest.LogCaptureFixture) -> None:
    """In a representation, an error and what it came from, or a line of a log."""
    caplog.set_level(logging.DEBUG)
    keys = providers(1)
    wrapped = await keys.wrap(SECRET, HERE)
    shown = [repr(keys), str(keys), repr(vars(keys))]
    for broken, context in (
        (wrapped, ELSEWHERE),
        (replace(wrapped, key="never-made"), HERE),
        (replace(wrapped, blob=wrapped.blob[1:]), HERE),
    ):
        with pytest.raises((ValueError, ConfigurationError)) as raised:
            await keys.unwrap(broken, context)
        error: BaseException | None = raised.value
        while error is not None:
            shown += [repr(error), str(error)]
            error = error.__cause__ or error.__context__
    text = "\n".join([*shown, caplog.text])
    for form in (repr(SECRET)[2:-1], SECRET.hex(), base64.b64encode(SECRET).decode()):
        assert form not in text
