"""The sections `limits`, `resilience` and `health`: what a manufacturer can take. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registrar.domain.manufacturer import Limits, QuietHours, RateWindow


@dataclass(frozen=True, slots=True)
class Resilience:
    """When the manufacturer counts as failing, and how long it is left alone. Times in seconds."""

    failure_rate: float = 0.5
    slow_rate: float = 0.8
    slow_seconds: float = 10.0
    window_calls: int = 50
    """Calls over which the rates are taken."""
    min_calls: int = 10
    """With fewer there is no rate."""
    open_seconds: float = 30.0
    longest_open_seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class Health:
    """How often it is probed, in seconds, and after how many failures in a row it is ill."""

    interval: float = 86_400.0
    failures: int = 3


USUAL, DAILY = Resilience(), Health()
"""Of a manufacturer of whom nothing is stated."""


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
