"""The sandbox and the packaged connectors, talking over real sockets."""

from collections.abc import AsyncIterator

import pytest

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.sandbox import Sandbox, SandboxSettings

SECRETS = {
    "acme.api_key": "sandbox-acme",
    "samsung.client_id": "sandbox-samsung",
    "samsung.client_secret": "sandbox-samsung",
    "samsung.reseller_id": "reseller",
    "samsung.customer_id": "customer",
}


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """Quick transactions."""
    return SandboxSettings(work_seconds=0.1)


@pytest.fixture
async def sandbox(sandbox_settings: SandboxSettings) -> AsyncIterator[tuple[Sandbox, str]]:
    """The sandbox and its address."""
    made = Sandbox(sandbox_settings)
    port = await made.start()
    yield made, f"http://127.0.0.1:{port}"
    await made.close()


@pytest.fixture
async def catalogue(sandbox: tuple[Sandbox, str]) -> AsyncIterator[FileCatalogue]:
    """Both manufacturers, enabled."""
    _, base = sandbox
    urls = {"acme": f"{base}/acme/partner/v1", "samsung": f"{base}/samsung/knox"}
    made = FileCatalogue(ConnectorSettings(urls, SECRETS))
    yield made
    await made.close()
