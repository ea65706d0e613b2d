"""What wraps the master keys, by `key_provider` and `key_provider_before`."""

from __future__ import annotations

from registrar.config.settings import PREFIX, Settings
from registrar.domain.errors import ConfigurationError
from registrar.keys.environment import of_environment
from registrar.keys.file import of_file
from registrar.keys.succession import Succession
from registrar.keys.uri import parsed
from registrar.ports.key_provider import KeyProvider


def provider(settings: Settings) -> KeyProvider:
    """As the settings say, to be closed. ConfigurationError names the setting and the rule.

    A security module is asked for the first time when something is to be wrapped or unwrapped.
    """
    now = _one(settings.key_provider, settings)
    if not settings.key_provider_before:
        return now
    try:
        return Succession(now, _one(settings.key_provider_before, settings))
    except ConfigurationError as error:
        raise ConfigurationError(f"{PREFIX}KEY_PROVIDER_BEFORE: as {error}") from error


def _one(source: str, settings: Settings) -> KeyProvider:
    kind, _, path = source.partition(":")
    if kind == "env":
        return of_environment(settings.root, settings.roots_before)
    if kind == "file":
        return of_file(path)
    return _module(source)


def _module(address: str) -> KeyProvider:
    where = parsed(address)
    try:
        from registrar.keys.pkcs11 import Pkcs11Keys  # noqa: PLC0415 - an extra
    except ImportError as error:
        problem = f"{PREFIX}KEY_PROVIDER: needs the extra [pkcs11], {error.name} is missing"
        raise ConfigurationError(problem) from error
    return Pkcs11Keys(where)
