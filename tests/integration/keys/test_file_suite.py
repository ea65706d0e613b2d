"""A file's keys, as providers."""

import base64
import hashlib
import itertools
from pathlib import Path

import pytest

from registrar.bootstrap.wrapping import provider
from registrar.config.settings import load
from registrar.ports.key_provider import KeyProvider
from registrar.testing.key_provider_suite import *  # noqa: F403 - the tests are the content


@pytest.fixture
def providers(tmp_path: Path) -> Providers:  # noqa: F405 - of the suite
    """By the settings, from a new file each."""
    names = itertools.count()

    def made(*numbers: int) -> KeyProvider:
        file = tmp_path / f"{next(names)}.keys"
        file.touch(mode=0o600)
        for number in numbers:
            key = base64.b64encode(hashlib.sha256(bytes([number])).digest()).decode()
            with file.open("a") as lines:
                lines.write(f"key-{number} {key}  # of a test\n")
        return provider(load(key_provider=f"file:{file}"))

    return made
