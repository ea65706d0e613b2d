"""A worker process says that it has booted, and ends with whoever started it.

Over standard input and output, which Dramatiq's processes inherit from its master whatever way they
are made; the other ends belong to the leash that `registrar work` runs it on.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dramatiq import Middleware

LEASHED = "registrar_leashed"
"""Set in the environment where standard input and output are the leash's."""

STDIN, STDOUT = 0, 1


class Boot(Middleware):
    """`grace`: seconds to drain in, once the leash has gone. Does nothing where there is none."""

    def __init__(self, environment: Mapping[str, str], grace: float) -> None:
        self._leashed = LEASHED in environment
        self._grace = grace

    def after_process_boot(self, broker: Any) -> None:  # noqa: ANN401 - Dramatiq's own
        """Watch from now on."""
        del broker
        if self._leashed:
            threading.Thread(target=self._watch, name="leash", daemon=True).start()

    def after_worker_boot(self, broker: Any, worker: Any) -> None:  # noqa: ANN401
        """Say so. Dramatiq has replaced `sys.stdout` by its own pipe for logs: not this one."""
        del broker, worker
        if self._leashed:
            with suppress(BrokenPipeError):
                os.write(STDOUT, f"{os.getpid()}\n".encode())

    def _watch(self) -> None:
        while os.read(STDIN, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self._grace)
        os._exit(1)
