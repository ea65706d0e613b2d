"""The sections `limits`, `resilience` and `health`: what a manufacturer can take. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registrar.domain.manufacturer import Limits, QuietHours, RateWindow
from registrar.resilience.settings import WHOLE, Settings


@dataclass(frozen=True, slots=True)
class Health:
    """How often it is probed, in seconds, and after how many failures in a row it is ill."""

    interval: float = 86_400.0
    failures: int = 3


USUAL, DAILY = Settings(), Health()
"""Of a manufacturer of whom nothing is stated."""

_TIMES = {
    "slow_seconds": "slow",
    "open_seconds": "open_for",
    "longest_open_seconds": "longest_open",
}
_RATES = {"failure_rate", "slow_rate"}


def resilience(data: Mapping[str, Any]) -> Settings:
    """From a manifest: when the manufacturer counts as failing, and how long it is left alone."""
    given = dict(data)
    for name in _RATES & given.keys():
        given[name] = round(given[name] * WHOLE)
    times = {_TIMES[name]: round(given.pop(name) * 1000) for name in _TIMES.keys() & given.keys()}
    return Settings(**given, **times)


def limits(data: Mapping[str, Any]) -> Limits:
    """From a manifest."""
    windows = (RateWindow(one["requests"], one["seconds"]) for one in data.get("windows", ()))
    daily = data.get("daily", {})
    return Limits(
        windows=tuple(windows),
        concurrency=data.get("concurrency", 0),
        daily_requests=daily.get("requests", 0),
        daily_zone=daily.get("zone", ""),
        quiet=tuple(
            QuietHours(one["from"], one["to"], one["zone"]) for one in data.get("quiet", ())
        ),
    )
