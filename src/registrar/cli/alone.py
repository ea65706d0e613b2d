"""One `registrar dev` a folder, and one a port.

Two on a folder would take each other's Redis away. Two on a port would share its connections, for
`serve` lets the kernel spread them: callers would meet either, with the other's keys.
"""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

USAGE = 2


@contextmanager
def alone(folder: Path, port: int) -> Iterator[None]:
    """Exit code 2 where another one is there. Ends with the process, however that ends."""
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse(f"{folder}: another `registrar dev` is running on it; choose a --state-dir")
        _unused(port)
        yield


def _unused(port: int) -> None:
    with socket.socket() as probe:
        # What has just closed is no obstacle, who listens is.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            _refuse(f"port {port}: {error.strerror}; choose a --port, 0 takes a free one")


def _refuse(reason: str) -> NoReturn:
    typer.echo(f"registrar: {reason}", err=True)
    raise typer.Exit(USAGE) from None
