"""Keys in a real token of SoftHSM, as providers."""

from collections.abc import AsyncIterator

import pytest

from registrar.bootstrap.wrapping import provider
from registrar.config.settings import load
from registrar.ports.key_provider import KeyProvider
from registrar.testing.key_provider_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.softhsm import SoftHsm


@pytest.fixture
async def providers(hsm: SoftHsm, token: str) -> AsyncIterator[Providers]:  # noqa: F405 - of the suite
    """By the settings. A key is made when it is named first."""
    made: set[int] = set()
    opened: list[KeyProvider] = []

    def opening(*numbers: int) -> KeyProvider:
        for number in set(numbers) - made:
            hsm.key(token, f"key {number}")
            made.add(number)
        opened.append(provider(load(key_provider=hsm.address(token, f"key {numbers[0]}"))))
        return opened[-1]

    yield opening
    for one in opened:
        await one.close()
