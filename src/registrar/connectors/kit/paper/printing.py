"""The child that prints: frames of JSON in, frames of PDF out, until its input ends.

It is a process of its own because nothing else can stop a page that will not end. It has no
environment, and so no secret; it opens no file but the templates and the fonts.
"""

from __future__ import annotations

import json
import re
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import typst

from registrar.connectors.kit.paper import fonts

FOLDER = Path(__file__).parent
HEAD = struct.Struct(">cI")
"""What a frame holds, and how many bytes of it."""
PRINTED, UNPRINTABLE, FAILED = b"P", b"U", b"F"
MOST_MEMORY = 2 * 1024**3
_GLYPH = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")


def main() -> None:
    """Until the parent is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    made = press()
    while head := sys.stdin.buffer.read(HEAD.size):
        _, size = HEAD.unpack(head)
        kind, content = printed(made, json.loads(sys.stdin.buffer.read(size)))
        _write(sys.stdout.buffer, kind, content)


def press() -> typst.Compiler:
    """With our fonts and templates alone."""
    known = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(one) for one in fonts.folders()],
    )
    return typst.Compiler(root=str(FOLDER), font_paths=known)


def _write(pipe: BinaryIO, kind: bytes, content: bytes) -> None:
    pipe.write(HEAD.pack(kind, len(content)) + content)
    pipe.flush()


def printed(compiler: typst.Compiler, order: dict[str, Any]) -> tuple[bytes, bytes]:
    """A kind and its content: the PDF, the characters without a glyph, or what went wrong."""
    source = order["source"] or (FOLDER / order["template"]).read_text()
    try:
        made = compiler.compile(
            input=source.encode(),
            format="pdf",
            sys_inputs={"data": json.dumps(order["data"])},
            pdf_standards=["ua-1"],
            timestamp=order["made_at"],
        )
    except typst.TypstError as error:
        missing = "".join(_plain(one) for one in _GLYPH.findall(error.diagnostic))
        if missing:
            return UNPRINTABLE, missing.encode()
        return FAILED, error.diagnostic.encode()
    return (PRINTED, made) if isinstance(made, bytes) else (FAILED, b"not one file")


def _plain(escaped: str) -> str:
    """As it was before it was quoted in a message."""
    return _ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], escaped)


if __name__ == "__main__":
    main()
