"""One token for several real processes on one real Redis, counted at the token service."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from tests.integration.connectors.token_service import ROOT, Counting, counting

from registrar.signals.redis import connect

PROGRAM = """
import asyncio, sys
from registrar.connectors.kit.auth import Reached, Sharing, Tokens
from registrar.connectors.kit.auth.grants import in_body
from registrar.connectors.kit.http import HttpClient
from registrar.outbound import Reach
from registrar.signals.redis import connect
from registrar.signals.redis_tokens import RedisTokens
from registrar.store.keyring import Keyring

async def main(redis, url, root):
    client, http = connect(redis), HttpClient(reach=Reach(local=True))
    sharing = Sharing(Reached(RedisTokens(client)), Keyring(bytes.fromhex(root)))
    ask = in_body(url, "id", "canary-secret")
    tokens = Tokens(http, ask, 5.0, None, sharing.named("acme", ["id", "canary-secret"]))
    print("ready", flush=True)
    while True:
        said = await asyncio.to_thread(sys.stdin.readline)
        if not said.strip():
            break
        found = await asyncio.gather(*(tokens.headers() for _ in range(50)))
        print(*{one["Authorization"] for one in found}, flush=True)
    await http.close()
    await client.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


class Child:
    """A process with fifty callers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._in, self._out = process.stdin, process.stdout

    def go(self) -> None:
        """Everybody asks for a token."""
        self._in.write(b"go\n")

    async def said(self) -> str:
        """Its next line: what all its callers got."""
        return (await self._out.readline()).decode().strip()

    async def got(self) -> str:
        """Asks, and waits for it."""
        self.go()
        return await self.said()

    async def end(self) -> None:
        """In whatever state it is."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()


@pytest.fixture
async def service() -> AsyncIterator[Counting]:
    """In good health."""
    async with counting() as made:
        yield made


@pytest.fixture
async def children(redis_url: str, service: Counting) -> AsyncIterator[list[Child]]:
    """Four, which wait for the word."""
    pipe = asyncio.subprocess.PIPE
    made = [
        Child(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                PROGRAM,
                redis_url,
                service.url,
                ROOT.hex(),
                stdin=pipe,
                stdout=pipe,
            )
        )
        for _ in range(4)
    ]
    assert [await one.said() for one in made] == ["ready"] * 4
    yield made
    await asyncio.gather(*(one.end() for one in made))


async def all_got(children: list[Child]) -> Counter[str]:
    """What the callers of each process got, all at once."""
    return Counter(await asyncio.gather(*(one.got() for one in children)))


@pytest.mark.slow
async def test_four_processes_make_one_request(children: list[Child], service: Counting) -> None:
    """Two hundred callers; and one more when the token has ended."""
    service.life = 2
    assert await all_got(children) == {"Bearer canary-token-1": 4}
    assert len(service.asked) == 1
    await asyncio.sleep(2.1)
    service.life = 1800
    assert await all_got(children) == {"Bearer canary-token-2": 4}
    assert await all_got(children) == {"Bearer canary-token-2": 4}
    assert len(service.asked) == 2


@pytest.mark.slow
async def test_a_killed_process_is_replaced_by_one_of_the_others(
    children: list[Child], service: Counting
) -> None:
    """Killed while it asks: its lease runs out, and its request was the only other one."""
    service.seconds = 1.0
    children[0].go()
    await service.arrived.wait()
    children[0].process.kill()
    started = asyncio.get_running_loop().time()
    assert await all_got(children[1:]) == {"Bearer canary-token-2": 3}
    assert asyncio.get_running_loop().time() - started < 5
    assert len(service.asked) == 2


@pytest.mark.slow
async def test_nothing_lies_in_clear_and_everything_ends(
    children: list[Child], service: Counting, redis_url: str
) -> None:
    """Neither a token nor what it was asked with, in any key or value."""
    assert await all_got(children) == {"Bearer canary-token-1": 4}
    client = connect(redis_url)
    keys = [key async for key in client.scan_iter("*")]
    values = [await client.get(key) for key in keys]
    lives = [await client.ttl(key) for key in keys]
    await client.aclose()
    assert len(keys) == len(service.asked) == 1
    assert "canary" not in str([*keys, *values])
    assert 1790 < lives[0] <= 1800
