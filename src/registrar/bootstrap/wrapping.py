"""What wraps the keys of customers, by `key_provider`."""

from __future__ import annotations

from registrar.config.settings import PREFIX, Settings
from registrar.domain.errors import ConfigurationError
from registrar.keys.environment import of_environment
from registrar.keys.file import of_file
from registrar.keys.uri import parsed
from registrar.ports.key_provider import KeyProvider


def provider(settings: Settings) -> KeyProvider:
    """As the setting says, to be closed. ConfigurationError names the setting and the rule.

    A security module is asked for the first time when something is to be wrapped or unwrapped.
    """
    kind, _, path = settings.key_provider.partition(":")
    if kind == "env":
        return of_environment(settings.root, settings.roots_before)
    if kind == "file":
        return of_file(path)
    return _module(settings.key_provider)


def _module(address: str) -> KeyProvider:
    where = parsed(address)
    try:
        from registrar.keys.pkcs11 import Pkcs11Keys  # noqa: PLC0415 - an extra
    except ImportError as error:
        problem = f"{PREFIX}KEY_PROVIDER: needs the extra [pkcs11], {error.name} is missing"
        raise ConfigurationError(problem) from error
    return Pkcs11Keys(where)
