"""The fleet's gates in Redis: one script, which does what the model does, step for step.

The keys of one manufacturer share a hash tag, so that a cluster keeps them on one node.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis.asyncio as aioredis
from redis.exceptions import NoScriptError, RedisError

from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import (
    Ask,
    Decision,
    Known,
    Mode,
    Move,
    Report,
    Standing,
    State,
    Why,
)
from registrar.resilience.settings import Settings

TIMEOUT = 2.0
"""Seconds for an answer: without one nothing is sent."""
PARTS = ("state", "breaker", "limits", "budget", "gate")
SOURCE = "\n".join(
    Path(__file__).with_name(f"{part}.lua").read_text(encoding="utf-8") for part in PARTS
)
TRIES = 2
"""A server that was restarted knows no scripts."""

_pack = msgspec.msgpack.Encoder().encode
_Asked = tuple[Gated, str, object]


def names(key: ConnectorKey) -> list[str]:
    """Of the state, the calls, the leases and the requests."""
    before = f"registrar:gate:{{{key.manufacturer_id}}}:{key.tier.value}"
    return [f"{before}:{part}" for part in ("state", "calls", "leases", "requests")]


def _drawn() -> int:
    return random.randrange(1000)  # noqa: S311 - spreads load


class RedisAdmission:
    """`ports.admission.Admission`. `now`: for tests that have a clock of their own.

    `draw`: thousandths, by which the time of a breaker that a look opens is spread.
    """

    def __init__(
        self,
        client: aioredis.Redis,
        timeout: float = TIMEOUT,
        now: int = 0,
        draw: Callable[[], int] = _drawn,
    ) -> None:
        self._client = client
        self._timeout = timeout
        self.now = now
        self._draw = draw
        self._sha = ""
        self._settings: dict[ConnectorKey, tuple[Settings, bytes]] = {}

    async def admit(self, asked: Sequence[tuple[Gated, Ask]]) -> list[Decision]:
        """In one round trip."""
        done = await self._all([(gate, "admit", ask) for gate, ask in asked])
        return [_decision(*one) for one in done]

    async def report(self, made: Sequence[tuple[Gated, Report]]) -> list[Move | None]:
        """In one round trip."""
        done = await self._all([(gate, "report", said) for gate, said in made])
        return [move for _, move in done]

    async def abandon(self, gone: Sequence[tuple[Gated, str]]) -> None:
        """In one round trip."""
        await self._all([(gate, "abandon", {"holder": holder}) for gate, holder in gone])

    async def look(self, gates: Sequence[Gated]) -> list[Standing]:
        """In one round trip."""
        done = await self._all([(gate, "look", {"jitter": self._draw()}) for gate in gates])
        return [_standing(*one) for one in done]

    async def warm(self, gate: Gated, known: Known) -> Move | None:
        """All or nothing."""
        ((_, move),) = await self._all([(gate, "warm", known)])
        return move

    async def reset(self, gate: Gated) -> Move | None:
        """All or nothing."""
        ((_, move),) = await self._all([(gate, "reset", {})])
        return move

    async def set_mode(self, gate: Gated, mode: Mode, until: int) -> None:
        """All or nothing."""
        await self._all([(gate, "mode", {"mode": mode, "until": until})])

    async def _all(self, asked: Sequence[_Asked]) -> list[tuple[list[Any], Move | None]]:
        if not asked:
            return []
        try:
            async with asyncio.timeout(self._timeout):
                return [_told(one) for one in await self._answers(asked)]
        except (RedisError, OSError, TimeoutError) as error:
            raise ConnectionError("Redis does not answer") from error

    async def _answers(self, asked: Sequence[_Asked]) -> list[Any]:
        """Of each: what a restarted server did not know is asked again, and nothing else."""
        answers: list[Any] = [NoScriptError()] * len(asked)
        for _ in range(TRIES):
            left = [n for n, one in enumerate(answers) if isinstance(one, NoScriptError)]
            if not left:
                break
            for number, answer in zip(
                left, await self._sent([asked[n] for n in left]), strict=True
            ):
                answers[number] = answer
        for one in answers:
            if isinstance(one, Exception):
                raise one
        return answers

    async def _sent(self, asked: Sequence[_Asked]) -> list[Any]:
        if not self._sha:
            self._sha = await self._client.script_load(SOURCE)
        pipeline = self._client.pipeline(transaction=False)
        for gate, does, given in asked:
            packed = self._of(gate), _pack(given)
            pipeline.evalsha(self._sha, 4, *names(gate.key), does, *packed, self.now)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        if any(isinstance(one, NoScriptError) for one in answers):
            self._sha = ""
        return answers

    def _of(self, gate: Gated) -> bytes:
        """Packed once: a connector's settings hardly ever change."""
        known = self._settings.get(gate.key)
        if known is None or known[0] is not gate.of:
            known = self._settings[gate.key] = gate.of, _pack(gate.of)
        return known[1]


def _text(value: bytes) -> str:
    return value.decode()


def _told(answer: list[Any]) -> tuple[list[Any], Move | None]:
    said, moved = answer
    if not moved:
        return said, None
    left, taken, cause = (_text(one) for one in moved)
    return said, Move(State(left), State(taken), cause)


def _decision(said: list[Any], move: Move | None) -> Decision:
    lease, why, retry_at, now = said
    return Decision(_text(lease), Why(_text(why)) if why else None, retry_at, now, move)


def _standing(said: list[Any], move: Move | None) -> Standing:
    state, since, until, cause, trips, step, mode, mode_until, *rest = said
    calls, failed, slow, in_flight, probing, share, rest_until, used, *last = rest
    used_today, retries, epoch, shut, shut_until, now = last
    return Standing(
        state=State(_text(state)),
        since=since,
        until=until,
        cause=_text(cause),
        trips=trips,
        step=step,
        mode=Mode(_text(mode)),
        mode_until=mode_until,
        calls=calls,
        failed=failed,
        slow=slow,
        in_flight=in_flight,
        probing=bool(probing),
        share=share,
        rest_until=rest_until,
        used=tuple(used),
        used_today=used_today,
        retries=retries,
        epoch=epoch,
        shut=Why(_text(shut)) if shut else None,
        shut_until=shut_until,
        at=now,
        move=move,
    )
