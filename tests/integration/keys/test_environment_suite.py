"""The root key and those of before, as providers."""

import base64
import hashlib

import pytest

from registrar.bootstrap.wrapping import provider
from registrar.config.settings import load
from registrar.ports.key_provider import KeyProvider
from registrar.testing.key_provider_suite import *  # noqa: F403 - the tests are the content


@pytest.fixture
def providers() -> Providers:  # noqa: F405 - of the suite
    """By the settings."""

    def made(current: int, *before: int) -> KeyProvider:
        first, *others = (
            base64.b64encode(hashlib.sha256(bytes([one])).digest()).decode()
            for one in (current, *before)
        )
        return provider(load(root_key=first, root_keys_before=",".join(others)))

    return made
