"""A file that only its owner may read."""

from __future__ import annotations

import os
import stat

from registrar.domain.errors import ConfigurationError

SETTING = "REGISTRAR_KEY_PROVIDER"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST = 65_536  # bytes: thousands of keys


def read(path: str) -> str:
    """Its text. ConfigurationError names the file and the rule, and nothing of the content."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - its mode is asked of what is open
            mode = os.fstat(file.fileno()).st_mode
            if mode & _OTHERS:
                raise refused(path, "its group or others may use it; chmod 600 or 400 is needed")
            content = file.read(_MOST + 1)
    except OSError as error:
        raise refused(path, f"cannot be read: {error.strerror}") from None
    if len(content) > _MOST:
        raise refused(path, f"has more than {_MOST} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise refused(path, "is not UTF-8") from None


def refused(path: str, rule: str) -> ConfigurationError:
    """By which rule."""
    return ConfigurationError(f"{SETTING}: {path}: {rule}")
