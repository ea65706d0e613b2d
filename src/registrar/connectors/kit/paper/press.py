"""The parent of the child that prints: one paper at a time, bounded in time and size."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from registrar.connectors.kit.paper.printing import FAILED, HEAD, PRINTED, UNPRINTABLE
from registrar.domain.errors import Overloaded, PaperFailed

PRINTER = "registrar.connectors.kit.paper.printing"
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    # Nothing on a page is fetched; a template that names a package finds no way out.
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


class Unprintable(Exception):
    """Some characters have no glyph in any font; `characters` are all of them."""

    def __init__(self, characters: frozenset[str]) -> None:
        super().__init__(f"{len(characters)} characters without a glyph")
        self.characters = characters


class TemplateWrong(Exception):
    """The template does not compile; the text says why, for its author."""


@dataclass(frozen=True, slots=True)
class PressLimits:
    """Seconds for one paper, papers that may wait, bytes in and out."""

    seconds: float = 10.0
    waiting: int = 64
    most_in: int = 512 * 1024
    most_out: int = 8 * 1024 * 1024


class Press:
    """Starts its child with the first paper, and another one after one that had to be killed."""

    def __init__(self, limits: PressLimits | None = None) -> None:
        self._limits = limits or PressLimits()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._child: Process | None = None

    async def print(
        self, template: str, data: dict[str, Any], made_at: int, source: str | None = None
    ) -> bytes:
        """A PDF; `source` stands in for the packaged template. `made_at` in seconds since 1970.

        Raises Unprintable, TemplateWrong, PaperFailed, Overloaded.
        """
        order = {"template": template, "source": source, "data": data, "made_at": made_at}
        sent = json.dumps(order).encode()
        if len(sent) > self._limits.most_in:
            raise PaperFailed
        if self._waiting >= self._limits.waiting:
            raise Overloaded
        self._waiting += 1
        try:
            async with self._turn:
                kind, content = await self._bounded(sent)
        finally:
            self._waiting -= 1
        return _answer(kind, content)

    async def _bounded(self, sent: bytes) -> tuple[bytes, bytes]:
        """A child that was left in the middle of a paper is of no further use."""
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._exchange(sent)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise PaperFailed from error
        except BaseException:
            await self.close()
            raise

    async def _exchange(self, sent: bytes) -> tuple[bytes, bytes]:
        child = self._child = self._child or await _started()
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - made of pipes
        child.stdin.write(HEAD.pack(PRINTED, len(sent)) + sent)
        await child.stdin.drain()
        kind, size = HEAD.unpack(await child.stdout.readexactly(HEAD.size))
        if size > self._limits.most_out:
            raise PaperFailed
        return kind, await child.stdout.readexactly(size)

    async def close(self) -> None:
        """End the child; the next paper starts another one."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(ProcessLookupError):
            child.kill()
        # Both pipes, too: what is not read to its end or not closed would stay open.
        if child.stdin is not None and child.stdout is not None:
            child.stdin.close()
            await child.stdout.read()
            with suppress(OSError):
                await child.stdin.wait_closed()
        await child.wait()


async def _started() -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", PRINTER, stdin=PIPE, stdout=PIPE, env=ENVIRONMENT
    )


def _answer(kind: bytes, content: bytes) -> bytes:
    if kind == UNPRINTABLE:
        raise Unprintable(frozenset(content.decode()))
    if kind == FAILED:
        raise TemplateWrong(content.decode())
    return content
