"""A file's key that wraps, and those of another file, that only unwrap, as providers."""

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
    """By the settings, from two new files each."""
    names = itertools.count()

    def file(*numbers: int) -> str:
        path = tmp_path / f"{next(names)}.keys"
        path.touch(mode=0o600)
        keys = {one: base64.b64encode(hashlib.sha256(bytes([one])).digest()) for one in numbers}
        path.write_text("\n".join(f"key-{one} {key.decode()}" for one, key in keys.items()))
        return f"file:{path}"

    def made(now: int, *before: int) -> KeyProvider:
        return provider(load(key_provider=file(now), key_provider_before=file(*(before or [99]))))

    return made
