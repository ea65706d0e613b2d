"""One token for the fleet: several caches on one shared one, in memory and on a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from tests.integration.connectors.token_service import (
    KEY,
    KEYS,
    Counting,
    Process,
    counting,
    processes,
)

from registrar.connectors.kit.auth import (
    Auth,
    Reached,
    Refused,
    Sharing,
    Surroundings,
    Throttled,
    sealed,
)
from registrar.connectors.kit.auth.build import shared
from registrar.connectors.kit.auth.service import Token
from registrar.connectors.kit.http import HttpClient, NotSent
from registrar.ports.tokens import Found, TokenCache
from registrar.signals.memory_tokens import MemoryTokens
from registrar.store.keyring import Keyring


@pytest.fixture
async def service() -> AsyncIterator[Counting]:
    """In good health."""
    async with counting() as made:
        yield made


@pytest.fixture
async def fleet(token_cache: TokenCache, service: Counting) -> AsyncIterator[tuple[Process, ...]]:
    """Four processes."""
    async with processes(*(Process(service.url, token_cache) for _ in range(4))) as made:
        yield made


def shared_name(auth: Auth, around: Surroundings) -> str:
    """Under which the fleet keeps its token."""
    assert around.sharing is not None
    return shared(auth, around, around.sharing).key


async def everybody(fleet: tuple[Process, ...], each: int = 13) -> list[str]:
    """Asks for the token at once."""
    return await asyncio.gather(*(one.got() for one in fleet for _ in range(each)))


async def put(token_cache: TokenCache, value: bytes, life: float = 60.0) -> None:
    """By another process."""
    fence = await token_cache.take(KEY, (await token_cache.get(KEY)).seen, 60)
    assert await token_cache.put(KEY, fence, value, life)


async def test_all_ask_and_one_request_is_made(
    fleet: tuple[Process, ...], service: Counting
) -> None:
    """By whoever comes first; also who comes later asks nobody."""
    assert await everybody(fleet) == ["canary-token-1"] * 52
    assert await everybody(fleet) == ["canary-token-1"] * 52
    assert len(service.asked) == 1


async def test_a_token_that_ends_is_renewed_once(
    fleet: tuple[Process, ...], service: Counting
) -> None:
    """A short one after half its life; with the old one nobody goes on for long."""
    service.life = 4
    await everybody(fleet)
    await asyncio.sleep(2.1)
    assert set(await everybody(fleet)) <= {"canary-token-1", "canary-token-2"}
    await asyncio.sleep(1.1)
    assert await everybody(fleet) == ["canary-token-2"] * 52
    assert len(service.asked) == 2


async def test_a_token_that_has_ended_is_replaced_once(
    fleet: tuple[Process, ...], service: Counting
) -> None:
    """After a quiet time nobody has one."""
    service.life = 1
    await everybody(fleet)
    await asyncio.sleep(1.1)
    service.life = 1800
    assert await everybody(fleet) == ["canary-token-2"] * 52
    assert len(service.asked) == 2


async def test_fifty_with_one_bad_token_make_one_request(
    fleet: tuple[Process, ...], service: Counting
) -> None:
    """However late they hear of it: the new token is not the one that failed."""
    await everybody(fleet)
    for one in fleet[:3]:
        one.refuse("canary-token-1")
    assert await everybody(fleet[:3]) == ["canary-token-2"] * 39
    fleet[3].refuse("canary-token-1")
    assert await everybody(fleet) == ["canary-token-2"] * 52
    assert len(service.asked) == 2


async def test_a_failure_is_everybodys(fleet: tuple[Process, ...], service: Counting) -> None:
    """They do not take turns at a service that is ill."""
    service.throttle(503)
    ends = await asyncio.gather(*(one.got() for one in fleet), return_exceptions=True)
    assert {type(one) for one in ends} == {NotSent}
    assert len(service.asked) == 1


async def test_a_refusal_is_everybodys(fleet: tuple[Process, ...], service: Counting) -> None:
    """The credentials are the same."""
    service.throttle(401)
    ends = await asyncio.gather(*(one.got() for one in fleet), return_exceptions=True)
    assert {type(one) for one in ends} == {Refused}
    assert len(service.asked) == 1


async def test_a_pause_is_everybodys(fleet: tuple[Process, ...], service: Counting) -> None:
    """Those who come later learn what is left of it."""
    service.throttle(429, Retry_After="2")
    with pytest.raises(Throttled):
        await fleet[0].got()
    service.recover()
    with pytest.raises(Throttled) as raised:
        await fleet[1].got()
    assert raised.value.retry_after is not None
    assert 0 < raised.value.retry_after.total_seconds() <= 2
    assert len(service.asked) == 1
    await asyncio.sleep(2.1)
    assert await everybody(fleet) == ["canary-token-2"] * 52
    assert len(service.asked) == 2


async def test_a_renewal_ahead_of_time_holds_nobody_up(
    fleet: tuple[Process, ...], token_cache: TokenCache, service: Counting
) -> None:
    """While one asks, the others go on with the token that still works."""
    await put(token_cache, sealed.token(KEYS, KEY, Token("canary-old", 1800, 30)), 30)
    service.seconds = 4
    first = asyncio.create_task(fleet[0].got())
    await asyncio.sleep(0.1)
    started = time.monotonic()
    assert await everybody(fleet[1:]) == ["canary-old"] * 39
    assert time.monotonic() - started < 3
    assert await first == "canary-token-1"
    assert len(service.asked) == 1


async def test_an_old_token_works_on_while_the_service_is_ill(
    fleet: tuple[Process, ...], token_cache: TokenCache, service: Counting
) -> None:
    """It is renewed a minute ahead: a short outage of the service costs nothing."""
    await put(token_cache, sealed.token(KEYS, KEY, Token("canary-old", 1800, 30)), 30)
    service.throttle(503, Retry_After="60")
    assert await everybody(fleet[1:]) == ["canary-old"] * 39
    service.life = 2
    service.recover()
    alone = Process(service.url, None)
    async with processes(alone):
        await alone.got()
        service.throttle(503)
        await asyncio.sleep(1.1)
        assert await alone.got() == "canary-token-2"
        await asyncio.sleep(1)
        with pytest.raises(NotSent):
            await alone.got()


@pytest.mark.parametrize("changed", ["", "canary-rubbish", "moved", "flipped"])
async def test_what_cannot_be_read_is_deleted_and_renewed(
    fleet: tuple[Process, ...], token_cache: TokenCache, service: Counting, changed: str
) -> None:
    """Poisoned, moved from another key, or sealed with other keys."""
    token = Token("canary-poison", 1800, 1800)
    value = {
        "moved": sealed.token(KEYS, "samsung:00", token),
        "flipped": bytes(one ^ 1 for one in sealed.token(KEYS, KEY, token)),
    }.get(changed, changed.encode())
    await put(token_cache, value)
    with capture_logs() as lines:
        assert set(await everybody(fleet)) == {"canary-token-1"}
    assert len(service.asked) == 1
    assert {one["event"] for one in lines} == {"token_unreadable"}
    assert "canary" not in str(lines)


async def test_a_trouble_that_cannot_be_read_holds_nobody_up(
    fleet: tuple[Process, ...], token_cache: TokenCache, service: Counting
) -> None:
    """Nobody but us can close the door."""
    fence = await token_cache.take(KEY, b"", 60)
    await token_cache.fail(KEY, fence, b"canary-rubbish", 60)
    assert set(await everybody(fleet)) == {"canary-token-1"}
    assert len(service.asked) == 1


async def test_one_that_died_is_replaced(
    fleet: tuple[Process, ...], token_cache: TokenCache, service: Counting
) -> None:
    """Its lease runs out, and one of the others asks."""
    assert await token_cache.take(KEY, b"", 1.0) != ""
    started = time.monotonic()
    assert await everybody(fleet) == ["canary-token-1"] * 52
    assert 0.8 < time.monotonic() - started < 3
    assert len(service.asked) == 1


async def test_one_that_lives_is_not_replaced(
    fleet: tuple[Process, ...], service: Counting
) -> None:
    """However long it takes: the lease is extended."""
    service.seconds = 2.5
    assert await everybody(fleet) == ["canary-token-1"] * 52
    assert len(service.asked) == 1


async def test_nobody_waits_longer_than_the_time_out(
    token_cache: TokenCache, service: Counting
) -> None:
    """Whoever holds the lease, and whatever it does."""
    assert await token_cache.take(KEY, b"", 60) != ""
    async with processes(Process(service.url, token_cache, 0.5)) as (one,):
        started = time.monotonic()
        with pytest.raises(NotSent):
            await one.got()
        assert time.monotonic() - started < 5
    assert service.asked == []


class Slow(MemoryTokens):
    """As far away as a real one."""

    async def get(self, key: str) -> Found:
        """After a while, what was there before."""
        found = await super().get(key)
        await asyncio.sleep(0.1)
        return found


async def test_a_token_refused_while_it_is_looked_up_is_not_used_again(service: Counting) -> None:
    """Who shares it could not know: the one that failed is not what is wanted."""
    slow = Slow()
    await put(slow, sealed.token(KEYS, KEY, Token("canary-old", 1800, 30)), 30)
    fence = await slow.take(KEY, (await slow.get(KEY)).seen, 60)
    async with processes(Process(service.url, slow)) as (one,):
        assert await one.got() == "canary-old"
        await asyncio.sleep(1.05)
        asking = asyncio.create_task(one.got())
        await asyncio.sleep(0.05)
        one.refuse("canary-old")
        await asyncio.sleep(0.2)
        new = sealed.token(KEYS, KEY, Token("canary-new", 1800, 1800))
        assert await slow.put(KEY, fence, new, 1800)
        assert await asking == "canary-new"
    assert service.asked == []


async def test_an_ill_service_that_names_a_time_is_left_alone(service: Counting) -> None:
    """It is no throttling, and still nobody asks again before."""
    service.throttle(503, Retry_After="30")
    async with processes(Process(service.url, None)) as (one,):
        for _ in range(2):
            with pytest.raises(NotSent) as raised:
                await one.got()
            assert not isinstance(raised.value, Throttled)
            assert raised.value.retry_after is not None
            assert 25 < raised.value.retry_after.total_seconds() <= 30
    assert len(service.asked) == 1


def test_other_credentials_have_another_name() -> None:
    """A rotated secret never meets the token of the old one; and no name shows any of it."""
    sharing = Sharing(Reached(MemoryTokens()), KEYS)
    held = {"a.id": "canary-id", "a.secret": "canary-secret"}
    auth = Auth("oauth2_client_credentials", client_id="a.id", client_secret="a.secret", scope="s")  # noqa: S106 - the name of a secret
    around = Surroundings(HttpClient(), "https://a.example/canary", 1.0, held, name="a")
    around = replace(around, sharing=sharing)
    names = [
        shared_name(auth, around),
        shared_name(replace(auth, scope="t"), around),
        shared_name(auth, replace(around, token_url="https://b.example/canary")),  # noqa: S106 - an address
        shared_name(auth, replace(around, name="b")),
        shared_name(auth, replace(around, secrets=held | {"a.id": "canary-2"})),
        shared_name(auth, replace(around, secrets=held | {"a.secret": "canary-2"})),
        shared_name(auth, replace(around, sharing=Sharing(sharing.cache, Keyring(bytes(32))))),
    ]
    assert len(set(names)) == len(names)
    assert "canary" not in str(names)
    assert names[0] == shared_name(auth, around)
    beside = Auth("subscription", "a.key", "X-Key", token=auth)
    assert names[0] == shared_name(beside.grant, around)
