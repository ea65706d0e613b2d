"""What the fleet shares shows no secret either: not in Redis, not in a log, not in an error."""

import logging
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redis.asyncio as aioredis
from structlog.testing import capture_logs
from tests.integration.connectors.maker import TOKEN_KINDS, connected, maker, running
from tests.integration.connectors.test_secrets_stay import HELD, shown, told
from tests.integration.connectors.token_service import KEYS

from registrar.connectors.kit.auth import Reached, Sharing
from registrar.signals.redis import connect
from registrar.signals.redis_tokens import RedisTokens


async def kept(client: aioredis.Redis) -> str:
    """Every key with its value."""
    keys = [key async for key in client.scan_iter("*")]
    return str([(key, await client.get(key)) for key in keys])


@pytest.mark.parametrize("fault", ["", "wrong", "token", "script", "readonly"])
@pytest.mark.parametrize("auth", TOKEN_KINDS.values(), ids=TOKEN_KINDS)
async def test_no_secret_is_shown(
    tmp_path: Path,
    auth: dict[str, str],
    fault: str,
    redis_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With every line of every library, whatever goes wrong; an error of Redis quotes commands."""
    caplog.set_level(logging.DEBUG)
    made = maker(auth, None if fault == "wrong" else lambda _asked: "")
    if fault == "token":
        made.tokens.world.script.replace([{"fault": "reset_before_commit", "step": fault}])
    client = connect(redis_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.aclose)
        if fault == "readonly":
            await client.replicaof("127.0.0.1", "1")
            stack.push_async_callback(client.replicaof, "NO", "ONE")
        base = await stack.enter_async_context(running(made))
        sharing = Sharing(Reached(RedisTokens(client)), KEYS)
        lines = stack.enter_context(capture_logs())
        connector = await stack.enter_async_context(
            connected(tmp_path, auth, {"acme": base}, HELD, sharing)
        )
        said = [repr(sharing), await told(connector), await kept(client)]
        if fault == "script":
            await client.script_flush()
            made.tokens.expire()
            said += [await told(connector), await kept(client)]
        tokens = list(made.tokens.issued)
    assert bool(tokens) is (fault not in {"wrong", "token"})
    everything = "\n".join([*said, caplog.text, str(lines)])
    assert shown(everything) == []
    assert [one for one in tokens if one in everything] == []
    # On a busy machine there may be one in any of them.
    assert fault != "readonly" or "outage_started" in str(lines)
