"""What the sandbox itself measured: the truth about rates and concurrency."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WINDOW_SECONDS = 10.0


@dataclass(slots=True)
class _Maker:
    requests: int = 0
    submits: int = 0
    concurrent: int = 0
    max_concurrent: int = 0
    recent: deque[float] = field(default_factory=deque)


class Metrics:
    """By manufacturer."""

    def __init__(self) -> None:
        self._makers: dict[str, _Maker] = defaultdict(_Maker)

    @contextmanager
    def request(self, manufacturer: str, step: str) -> Iterator[None]:
        """Counts for as long as the request is being answered."""
        maker, now = self._makers[manufacturer], time.monotonic()
        maker.requests += 1
        maker.submits += step == "submit"
        maker.concurrent += 1
        maker.max_concurrent = max(maker.max_concurrent, maker.concurrent)
        maker.recent.append(now)
        while maker.recent and now - maker.recent[0] > WINDOW_SECONDS:
            maker.recent.popleft()
        try:
            yield
        finally:
            maker.concurrent -= 1

    def report(self) -> dict[str, Any]:
        """Counts, and requests a second over the last ten seconds."""
        return {
            name: {
                "requests": maker.requests,
                "submits": maker.submits,
                "max_concurrent": maker.max_concurrent,
                "per_second": round(len(maker.recent) / WINDOW_SECONDS, 2),
            }
            for name, maker in self._makers.items()
        }
