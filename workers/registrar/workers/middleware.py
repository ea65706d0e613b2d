"""The parts of a worker process: opened on its event loop at boot, closed at shut-down."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import Any

from dramatiq import Middleware
from dramatiq.asyncio import get_event_loop_thread

from registrar.bootstrap.parts import Working, working
from registrar.config.settings import Settings
from registrar.domain.errors import ConfigurationError

STDERR, WRONG_SETTING = 2, 2


class Parts(Middleware):
    """Stands after AsyncIO in the list: its loop must run first, and stop last."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._working: Working | None = None

    @property
    def working(self) -> Working:
        """The use cases; only within a running worker."""
        if self._working is None:
            raise RuntimeError("the worker has not booted")
        return self._working

    def before_worker_boot(self, broker: Any, worker: Any) -> None:  # noqa: ANN401 - Dramatiq's own
        """Open."""
        del broker, worker
        try:
            _loop().run_coroutine(self._open())
        except ConfigurationError as error:
            # Dramatiq would log it and run on without the parts: every message would fail. With
            # this process its master ends, and says the same code.
            os.write(STDERR, f"registrar: {error}\n".encode())
            os._exit(WRONG_SETTING)

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:  # noqa: ANN401
        """Close."""
        del broker, worker
        _loop().run_coroutine(self._stack.aclose())

    async def _open(self) -> None:
        self._working = await self._stack.enter_async_context(working(self._settings))


def _loop() -> Any:  # noqa: ANN401
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("AsyncIO is not in front of this middleware")
    return thread
