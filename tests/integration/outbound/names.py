"""A look-up that says what a test has told it, and servers that remember who came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Names:
    """What names lead to: one list of addresses a look-up, the last one again and again."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    async def look_up(self, host: str, port: int) -> list[str]:
        """The next one. OSError where there is none."""
        del port
        self.asked.append(host)
        if not self.answers:
            raise OSError("no such name")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Listener:
    """Plain TCP on this host: each connection, and what it began with."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Remembered before anything is read: to have connected is enough."""
        self.heard.append(b"")
        self.heard[-1] = await reader.read(65536)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Until the end."""
    made = Listener()
    server = await asyncio.start_server(made.hear, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
