"""What the processes are made of shares its tokens, with nothing to configure."""

import base64
from contextlib import AsyncExitStack
from pathlib import Path

from tests.integration.connectors.conftest import SECRETS
from tests.integration.connectors.maker import job

from registrar.bootstrap.parts import core
from registrar.bootstrap.vaults import migrated
from registrar.config.settings import load
from registrar.connectors.kit.connector import HttpConnector
from registrar.domain.outcome import Tier
from registrar.sandbox import Sandbox
from registrar.signals.redis import connect


async def test_two_processes_use_one_token(
    tmp_path: Path, redis_url: str, sandbox: tuple[Sandbox, str]
) -> None:
    """Of one manufacturer, through everything between the settings and the request."""
    settings = load(
        database_url=f"sqlite:///{tmp_path / 'r.db'}",
        redis_url=redis_url,
        root_key=base64.b64encode(bytes(32)).decode(),
        connector_urls={"samsung": f"{sandbox[1]}/samsung/knox"},
        connector_secrets=SECRETS,
    )
    await migrated(settings)
    used = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            parts = await stack.enter_async_context(core(settings))
            connector = parts.catalogue.connector("samsung", Tier.API)
            assert isinstance(connector, HttpConnector)
            await connector.verify(job())
            used.append(await connector.exchange.auth.headers())
    assert used[0] == used[1]
    client = connect(redis_url)
    keys = [key.decode() async for key in client.scan_iter("registrar:token:*")]
    await client.aclose()
    assert len(keys) == 1
    assert keys[0].startswith("registrar:token:{samsung:")
