"""What a gate holds a connector to: a manifest's `limits` and `resilience`, in numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from registrar.connectors.kit.hooks.declared import PURE
from registrar.connectors.kit.manifest import Manifest
from registrar.domain.manufacturer import Limits
from registrar.domain.outcome import Tier
from registrar.ports.connector import Connector
from registrar.resilience import calendar
from registrar.resilience.settings import Settings, Span, Window

SPARE = timedelta(seconds=10)
"""Above a call's own deadline: a lease must not run out under it."""
UNCONNECTED = timedelta(seconds=30)
"""The deadline of a connector that is not in use here."""
HOUR = 3_600_000
"""So often the days around now are others."""


def settings(loaded: Manifest, tier: Tier, connector: Connector | None, at: int) -> Settings:
    """At this moment, in milliseconds."""
    deadline = connector.capabilities.send_deadline if connector else UNCONNECTED
    lease = _milliseconds((deadline + SPARE).total_seconds())
    maker = loaded.manufacturer
    made = replace(
        loaded.resilience,
        probed=connector is not None and connector.probes,
        probing_for=max(Settings().probing_for, 2 * lease),
        lease=lease,
    )
    if tier is Tier.WEB:
        # A form's pace is a person's; what the manufacturer states is said of its API.
        slow = max(made.slow, lease * 2 // 3)
        return replace(made, slow=slow, concurrency=maker.max_forms)
    made = replace(_paying(made, loaded), concurrency=maker.max_in_flight)
    return _limited(made, maker.limits, at)


def _paying(made: Settings, loaded: Manifest) -> Settings:
    """A hook that asks more than once pays for all that it may ask."""
    hook, said = loaded.hook, loaded.manufacturer.limits
    if hook is None or hook.step in PURE or not (said.windows or said.daily_requests):
        return made
    if hook.step == "submit":
        return replace(made, sends=hook.requests)
    return replace(made, reads=hook.requests)


def _limited(made: Settings, said: Limits, at: int) -> Settings:
    return replace(
        made,
        concurrency=min(made.concurrency, said.concurrency or made.concurrency),
        windows=tuple(Window(one.requests, one.seconds * 1000) for one in said.windows),
        daily=said.daily_requests,
        days=calendar.days(said.daily_zone, at) if said.daily_requests else (),
        quiet=_quiet(said, at),
    )


def _quiet(said: Limits, at: int) -> tuple[Span, ...]:
    return tuple(
        span
        for one in said.quiet
        for span in calendar.hours(
            time.fromisoformat(one.start), time.fromisoformat(one.end), one.zone, at
        )
    )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
