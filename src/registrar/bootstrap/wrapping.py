"""What wraps the keys of customers, by `key_provider`."""

from __future__ import annotations

from registrar.config.settings import PREFIX, Settings
from registrar.domain.errors import ConfigurationError
from registrar.keys.environment import of_environment
from registrar.keys.file import of_file
from registrar.ports.key_provider import KeyProvider


def provider(settings: Settings) -> KeyProvider:
    """As the setting says, to be closed. ConfigurationError names the setting and the rule."""
    kind, _, path = settings.key_provider.partition(":")
    if kind == "env":
        return of_environment(settings.root, settings.roots_before)
    if kind == "file":
        return of_file(path)
    raise ConfigurationError(f"{PREFIX}KEY_PROVIDER: env or file:PATH is needed")
