"""A server in a process of its own, so that what is measured has a core for itself."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvloop

Serve = Callable[[Any], Coroutine[Any, Any, None]]
"""Says its port through the pipe, and goes on. It is found by its name: no inner function."""


def _server(serve: Serve, ready: Any) -> None:  # noqa: ANN401 - one end of a pipe
    uvloop.run(serve(ready))


@contextmanager
def serving(serve: Serve) -> Iterator[str]:
    """Its address, while it answers."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    process = context.Process(target=_server, args=(serve, its), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{mine.recv()}"
    finally:
        process.terminate()
        process.join()
