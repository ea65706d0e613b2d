"""The limits that `serve` is given, as its clients meet them."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.system import System, example, lines, running, start

from registrar.client import CallError, Client, channel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
LIMITS = {
    "read": {"calls": 1, "seconds": 3_600, "burst": 3},
    "user": {"calls": 1, "seconds": 3_600},
}


async def answered(system: System, tries: int) -> list[str]:
    """What reading comes to, each time over a connection of its own."""
    said = []
    for _ in range(tries):
        async with Client(system.ready["grpc"], system.ready["api_key"]) as client:
            try:
                await client.manufacturers()
            except CallError as error:
                said.append(error.reason)
            else:
                said.append("OK")
    return said


def test_a_key_and_an_end_user_are_limited_by_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over two processes that serve, between which the kernel shares connections."""
    alone = ("grpc.use_local_subchannel_pool", 1)
    monkeypatch.setattr(channel, "OPTIONS", (*channel.OPTIONS, alone))
    settings = {"REGISTRAR_RATE_LIMITS": json.dumps(LIMITS)}
    with running(start(tmp_path / "state", "--serve", "2", **settings)) as system:
        own = {"given_name": "Ada", "family_name": "Łoś", "email": "a@example.com"}
        both = (example(number, customer=own | {"user_ref": "u"}) for number in (1, 2))
        told = system.run("submit", "-", "--json", stdin=lines(*both))
        said = [json.loads(one) for one in told.stdout.splitlines()]
        assert sorted("response" in one for one in said) == [False, True], told
        assert "RATE_LIMITED" in told.stdout
        assert asyncio.run(answered(system, 16)) == ["OK"] * 3 + ["RATE_LIMITED"] * 13
        refused = system.run("list")
        assert refused.returncode != 0
        assert "RATE_LIMITED: At most 1 calls of read in 3600 s, 3 at once." in refused.stderr
