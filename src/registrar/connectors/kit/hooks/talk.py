"""What is said over a call's socket: the call, requests and replies, the answer. All is JSON."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 1 << 20
"""Of one frame, either way."""
MOST_REQUESTS = 20
_LENGTH = struct.Struct(">I")
_FAULT = re.compile(r"\w{1,60} in line \d{1,6}", re.ASCII)

Perform = Callable[[Any], Awaitable[Any]]
"""Carries out one request that a hook has yielded; its reply as plain data."""


class HookFault(Exception):
    """The hook did not answer as it should: its own attempt ends with `connector_bug`."""


class NoProcess(HookFault):
    """There is none to run it in: our trouble, and no bug of the hook."""


async def refused(request: object) -> Any:  # noqa: ANN401 - never returns
    """For pure steps: they ask nobody."""
    raise HookFault(f"a pure step yielded {type(request).__name__}")


class Ended(Exception):
    """The fork closed its socket without an answer."""


@dataclass(slots=True)
class Talk:
    """One call's frames. `left`: seconds of the hook's own time; our requests do not count."""

    stream: socket.socket
    left: float
    most: int = MOST_REQUESTS
    """Requests that it may yield."""

    async def through(self, call: object, perform: Perform) -> Any:  # noqa: ANN401 - JSON
        """To the answer."""
        said = await self._next(call)
        for _ in range(self.most):
            if "request" not in said:
                break
            said = await self._next(await perform(said["request"]))
        if "request" in said:
            raise HookFault(f"asked more than {self.most} times")
        if "answer" not in said:
            raise HookFault(_fault(said.get("fault")))
        return said["answer"]

    async def _next(self, told: object) -> dict[str, Any]:
        """What the hook says next, within what is left of its time."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self.left):
                data = json.dumps(told).encode()
                await loop.sock_sendall(self.stream, _LENGTH.pack(len(data)) + data)
                said = _decoded(await self._frame())
        except TimeoutError:
            raise HookFault("took longer than its wall limit") from None
        except ConnectionError as error:
            raise Ended from error
        self.left -= loop.time() - started
        return said

    async def _frame(self) -> bytes:
        (size,) = _LENGTH.unpack(await self._exactly(_LENGTH.size))
        if size > MOST_BYTES:
            raise HookFault("its answer is too long")
        return await self._exactly(size)

    async def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = await asyncio.get_running_loop().sock_recv(self.stream, size - len(data))
            if not part:
                raise Ended
            data += part
        return bytes(data)


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise HookFault("its answer is no JSON") from error
    if not isinstance(said, dict):
        raise HookFault("its answer is no JSON object")
    return said


def _fault(said: object) -> str:
    """A kind of error and a line: nothing else is let into messages and logs."""
    text = str(said)
    return text if _FAULT.fullmatch(text) else "no answer"
