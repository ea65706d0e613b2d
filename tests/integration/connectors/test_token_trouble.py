"""What a registration, a look-up and a probe are told while there is no token."""

import asyncio
from datetime import timedelta
from pathlib import Path

from tests.integration.connectors.maker import BODY, SECRETS, Maker, connected, job, maker, running

from registrar.connectors.kit.connector import HttpConnector
from registrar.domain.outcome import Code, Effect, Verdict

BUSY = {"fault": "throttle", "step": "token", "retry_after": 30}
AWAY = {"fault": "status", "status": 503, "step": "token"}


def seconds(pause: timedelta | None) -> float:
    """0 where none was told."""
    return pause.total_seconds() if pause else 0.0


async def asked_thrice(made: Maker, connector: HttpConnector) -> list[tuple[Code, float]]:
    """Code and pause of three submissions."""
    outcomes = [await connector.submit(job(number)) for number in range(3)]
    assert {one.effect for one in outcomes} == {Effect.NOT_SENT}
    assert made.sent == []
    return [(one.code, seconds(one.retry_after)) for one in outcomes]


async def test_a_busy_token_service_is_left_alone_as_long_as_it_says(tmp_path: Path) -> None:
    """No attempt is spent, and nobody asks again before."""
    made = maker(BODY)
    made.tokens.world.script.replace([BUSY])
    async with running(made) as base, connected(tmp_path, BODY, {"acme": base}) as connector:
        told = await asked_thrice(made, connector)
        look = await connector.verify(job())
        probe = await connector.health()
    assert [code for code, _ in told] == [Code.RATE_LIMITED] * 3
    assert all(25 < pause <= 30 for _, pause in told)
    assert look.verdict is Verdict.CANNOT_TELL
    assert 25 < seconds(look.retry_after) <= 30
    assert (probe.code, probe.effect) == (Code.RATE_LIMITED, Effect.NOT_SENT)
    assert len(made.asked) == 1


async def test_the_pause_ends(tmp_path: Path) -> None:
    """Then it is asked again."""
    made = maker(BODY)
    made.tokens.world.script.replace([BUSY | {"retry_after": 1, "times": 1}])
    async with running(made) as base, connected(tmp_path, BODY, {"acme": base}) as connector:
        first = await connector.submit(job(1))
        second = await connector.submit(job(2))
        assert [first.code, second.code] == [Code.RATE_LIMITED] * 2
        made.tokens.world.script.replace([])
        await asyncio.sleep(seconds(second.retry_after) + 0.05)
        assert (await connector.submit(job(3))).code is Code.REGISTERED
    assert len(made.asked) == 2


async def test_an_endless_pause_is_bounded(tmp_path: Path) -> None:
    """Ten minutes, whatever it says."""
    made = maker(BODY)
    made.tokens.world.script.replace([BUSY | {"retry_after": 86_400}])
    async with running(made) as base, connected(tmp_path, BODY, {"acme": base}) as connector:
        ((_, pause), *_) = await asked_thrice(made, connector)
    assert 590 < pause <= 600


async def test_an_ill_token_service_that_names_no_time_is_asked_each_time(tmp_path: Path) -> None:
    """The policy says when."""
    made = maker(BODY)
    made.tokens.world.script.replace([AWAY])
    async with running(made) as base, connected(tmp_path, BODY, {"acme": base}) as connector:
        told = await asked_thrice(made, connector)
    assert told == [(Code.UNAVAILABLE_CONNECT, 0.0)] * 3
    assert len(made.asked) == 3


async def test_a_probe_with_refused_credentials_says_so(tmp_path: Path) -> None:
    """It is no outage of the manufacturer: somebody has to act."""
    made = maker(BODY)
    secrets = SECRETS | {"acme.secret": "wrong"}
    async with (
        running(made) as base,
        connected(tmp_path, BODY, {"acme": base}, secrets) as connector,
    ):
        probe = await connector.health()
    assert (probe.code, probe.effect) == (Code.AUTH_REJECTED, Effect.NOT_SENT)
