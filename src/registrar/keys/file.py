"""Keys in a file, one a line: a name, and 32 bytes in base64. The first one wraps."""

from __future__ import annotations

import base64
import re

from registrar.keys.local import KEY, LocalKeys
from registrar.keys.private import SETTING, read, refused

_LINE = re.compile(r"([A-Za-z0-9._-]{1,64})[ \t]+(\S+)")


def of_file(path: str) -> LocalKeys:
    """Read once. ConfigurationError names the file, the line and the rule, never the content."""
    keys: dict[str, bytes] = {}
    for number, line in enumerate(read(path).splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        found = _LINE.fullmatch(text)
        if not found:
            raise refused(path, f"line {number}: a name and 32 bytes in base64 are needed")
        if found[1] in keys:
            raise refused(path, f"line {number}: its name stands above already")
        keys[found[1]] = _decoded(found[2], path, number)
    if not keys:
        raise refused(path, "there is no key")
    return LocalKeys(keys, missing=f"{SETTING}: {path}")


def _decoded(text: str, path: str, number: int) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise refused(path, f"line {number}: the key is not base64") from None
    if len(key) != KEY:
        raise refused(path, f"line {number}: the key has not {KEY} bytes")
    return key
