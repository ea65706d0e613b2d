"""What the sandbox itself measured: the truth about rates and concurrency."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WINDOWS = (1.0, 10.0, 60.0)
"""Seconds."""
RECENT = 10.0


@dataclass(slots=True)
class _Window:
    """The most requests that began within any `seconds`: the largest is one that ends with one."""

    seconds: float
    most: int = 0
    began: deque[float] = field(default_factory=deque)

    def add(self, now: float) -> None:
        self.began.append(now)
        self.drop(now)
        self.most = max(self.most, len(self.began))

    def drop(self, now: float) -> None:
        while self.began and now - self.began[0] >= self.seconds:
            self.began.popleft()


@dataclass(slots=True)
class _Gauge:
    """Of a manufacturer, or of one of its steps."""

    requests: int = 0
    concurrent: int = 0
    max_concurrent: int = 0
    windows: tuple[_Window, ...] = field(
        default_factory=lambda: tuple(_Window(seconds) for seconds in WINDOWS)
    )

    def begin(self, now: float) -> None:
        self.requests += 1
        self.concurrent += 1
        self.max_concurrent = max(self.max_concurrent, self.concurrent)
        for one in self.windows:
            one.add(now)

    def report(self, now: float) -> dict[str, Any]:
        for one in self.windows:
            one.drop(now)
        recent = next(one for one in self.windows if one.seconds == RECENT)
        return {
            "requests": self.requests,
            "concurrent": self.concurrent,
            "max_concurrent": self.max_concurrent,
            "per_second": round(len(recent.began) / RECENT, 2),
            "max_in": {f"{one.seconds:g}s": one.most for one in self.windows},
        }


@dataclass(slots=True)
class _Maker:
    whole: _Gauge = field(default_factory=_Gauge)
    steps: defaultdict[str, _Gauge] = field(default_factory=lambda: defaultdict(_Gauge))


class Metrics:
    """By manufacturer. `now` is monotonic, in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._makers: dict[str, _Maker] = defaultdict(_Maker)

    @contextmanager
    def request(self, manufacturer: str, step: str) -> Iterator[None]:
        """Counts for as long as the request is being answered."""
        maker, now = self._makers[manufacturer], self._now()
        gauges = (maker.whole, maker.steps[step])
        for one in gauges:
            one.begin(now)
        try:
            yield
        finally:
            for one in gauges:
                one.concurrent -= 1

    def report(self) -> dict[str, Any]:
        """Counts, the most at once, and the most within any second, ten seconds and minute.

        `per_second` is the mean of the last ten seconds. The same stands for each step.
        """
        now = self._now()
        return {
            name: maker.whole.report(now)
            | {
                "submits": maker.steps["submit"].requests if "submit" in maker.steps else 0,
                "steps": {step: gauge.report(now) for step, gauge in maker.steps.items()},
            }
            for name, maker in self._makers.items()
        }

    def reset(self) -> None:
        """From zero. What is being answered now is counted no more, here or when it ends."""
        self._makers.clear()
