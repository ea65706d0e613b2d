"""The root key wraps; those of before unwrap."""

from __future__ import annotations

from collections.abc import Iterable

from registrar.keys.local import LocalKeys, name_of


def of_environment(root: bytes, before: Iterable[bytes] = ()) -> LocalKeys:
    """By names that follow from the keys, each of 32 bytes."""
    return LocalKeys(
        {name_of(key): key for key in (root, *before)}, missing="REGISTRAR_ROOT_KEYS_BEFORE"
    )
