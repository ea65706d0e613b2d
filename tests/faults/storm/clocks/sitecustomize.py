"""A clock that is wrong by STORM_CLOCK seconds: Python imports this at the start of a process.

Wrong is what a process of ours asks: `time.time` for all libraries, and the present instant where
ours is read. The monotonic clock goes on as it does on a machine whose date is set.
"""

from __future__ import annotations

import importlib
import os
import time
from datetime import datetime, timedelta, tzinfo

SECONDS = float(os.environ.get("STORM_CLOCK", "0"))
READERS = ("registrar.ports.clock", "registrar.connectors.kit.http")
"""Modules that ask `datetime` for the present."""

_right = time.time


class _Wrong(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one
        return datetime.now(tz) + timedelta(seconds=SECONDS)


if SECONDS:
    time.time = lambda: _right() + SECONDS
    time.time_ns = lambda: round((_right() + SECONDS) * 1e9)
    for _name in READERS:
        vars(importlib.import_module(_name))["datetime"] = _Wrong
