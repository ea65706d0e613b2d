"""The fleet's tokens in Redis: three keys a token, and scripts that change them together.

The keys of one token share a hash tag, so that a cluster keeps them on one node.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Sequence
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from registrar.ports.tokens import Found, Kept
from registrar.signals.redis import NAMESPACE

TIMEOUT = 0.2
"""Seconds for an answer: without one a process asks for a token of its own."""

# What has no end, or is no text, is not ours, and would stand in the way for ever.
_GET = """
for i = 1, 3 do
  local ours = redis.call('PTTL', KEYS[i]) ~= -1 and redis.call('TYPE', KEYS[i]).ok == 'string'
  if not ours then redis.call('DEL', KEYS[i]) end
end
local function kept(key) return {redis.call('GET', key), redis.call('PTTL', key)} end
return {kept(KEYS[1]), kept(KEYS[2])}
"""

# Whoever has just renewed, or failed to, has left word: the caller has not seen it yet.
_TAKE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3], 'NX') and 1 or 0
"""

_EXTEND = """
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[3], ARGV[2])
"""

_PUT = """
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2], KEYS[3])
return 1
"""

_FAIL = """
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[3])
return 1
"""

_FORGET = """
for i = 1, 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then return redis.call('DEL', KEYS[i]) end
end
return 0
"""


def names(key: str) -> list[str]:
    """Of the token, the trouble and the lease."""
    return [f"{NAMESPACE}:token:{{{key}}}:{part}" for part in ("token", "trouble", "lease")]


class RedisTokens:
    """`ports.tokens.TokenCache`."""

    def __init__(self, client: aioredis.Redis, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._get = client.register_script(_GET)
        self._take = client.register_script(_TAKE)
        self._extend = client.register_script(_EXTEND)
        self._put = client.register_script(_PUT)
        self._fail = client.register_script(_FAIL)
        self._forget = client.register_script(_FORGET)

    async def get(self, key: str) -> Found:
        """In one round trip."""
        token, trouble = await self._answer(self._get(keys=names(key)))
        return Found(_kept(token), _kept(trouble))

    async def take(self, key: str, seen: bytes, lease: float) -> str:
        """A name that nobody had before: an emptied server cannot give it twice."""
        fence = uuid.uuid4().hex
        done = await self._answer(self._take(keys=names(key), args=[seen, fence, _ms(lease)]))
        return fence if done else ""

    async def extend(self, key: str, fence: str, lease: float) -> bool:
        """Only of the own lease."""
        return bool(await self._answer(self._extend(keys=names(key), args=[fence, _ms(lease)])))

    async def put(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """All or nothing."""
        args: list[bytes | str | int] = [fence, value, _ms(life)]
        return bool(await self._answer(self._put(keys=names(key), args=args)))

    async def fail(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """All or nothing."""
        args: list[bytes | str | int] = [fence, value, _ms(life)]
        return bool(await self._answer(self._fail(keys=names(key), args=args)))

    async def forget(self, key: str, value: bytes) -> bool:
        """Compare and delete."""
        return bool(await self._answer(self._forget(keys=names(key), args=[value])))

    async def _answer(self, asked: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever a script says
        try:
            async with asyncio.timeout(self._timeout):
                return await asked
        except (RedisError, OSError, TimeoutError):
            # Without its cause: an error of Redis may quote the command, and all that was in it.
            raise ConnectionError("Redis does not answer") from None


def _kept(pair: Sequence[Any]) -> Kept | None:
    value, left = pair
    return Kept(value, left / 1000) if value is not None and left > 0 else None


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
