"""Manifests that change while processes run: old versions stay for what was sent with them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog

from registrar.connectors.kit.hooks import declared as hooks
from registrar.connectors.kit.http import HttpClient
from registrar.connectors.kit.paper import own
from registrar.domain.outcome import Tier
from registrar.ports.connector import Connector

KEPT = 8
"""Versions of a manufacturer that stay loaded. An old one holds no connection."""

_log = structlog.get_logger("registrar.connectors")

Print = tuple[tuple[int, int], ...]
"""Modification time in nanoseconds and size, of the manifest, its hooks and its own guide."""


def fingerprint(manifest: Path) -> Print:
    """Empty where there is no manifest."""
    found = []
    for path in (manifest, manifest.with_name(hooks.FILE), manifest.with_name(own.FILE)):
        with suppress(OSError):
            about = path.stat()
            found.append((about.st_mtime_ns, about.st_size))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Version:
    """What one manifest made: its routes, and the clients that they use."""

    number: str
    routes: Mapping[Tier, Connector]
    clients: Sequence[HttpClient] = ()


@dataclass(slots=True)
class Versions:
    """Of all manufacturers, by id, newest first. Written by one thread, read by any."""

    _known: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)

    def put(self, manufacturer_id: str, made: Version) -> None:
        """From now on. Running attempts keep what they have."""
        older = self._known.get(manufacturer_id, ())
        for one in older[:1]:
            for client in one.clients:
                client.retire()
        self._known = {**self._known, manufacturer_id: (made, *older)[:KEPT]}

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """The current one, or for a version that one, else the newest that is compatible.

        After a restart an old version may be gone. One of the same major number looks up what it
        sent; one of another might look elsewhere, and "absent" would be a lie: there is none then.
        """
        known = self._known.get(manufacturer_id, ())
        if not version:
            return known[0].routes.get(tier) if known else None
        having = [one for one in known if tier in one.routes]
        same = [one for one in having if one.number == version]
        alike = [one for one in having if _major(one.number) == _major(version)]
        return next((one.routes[tier] for one in (*same, *alike)), None)


def _major(version: str) -> str:
    return version.partition(".")[0]


class Reloadable(Protocol):
    """A catalogue whose files may change."""

    def reload(self) -> Mapping[str, str]:
        """Blocks; manufacturer id to its version, of those that changed."""
        ...

    def quarantined(self) -> Mapping[str, str]:
        """See `ports.connector.Catalogue`."""
        ...

    async def rest(self) -> None:
        """Give back the connections that only old versions had."""
        ...


@dataclass(frozen=True, slots=True)
class Reloading:
    """Looks every so many seconds, and at SIGHUP where the process can hear it."""

    catalogue: Reloadable
    seconds: float = 5.0

    async def run(self) -> None:
        """For ever."""
        asked = asyncio.Event()
        listening = _at_hangup(asked.set)
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.seconds):
                        await asked.wait()
                asked.clear()
                await self.once()
        finally:
            if listening:
                asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)

    async def once(self) -> None:
        """What is wrong is said when it is new, and changes nothing."""
        before = dict(self.catalogue.quarantined())
        changed = await asyncio.to_thread(self.catalogue.reload)
        for name, version in changed.items():
            _log.info("manufacturer_reloaded", manufacturer=name, version=version)
        told(_new(before, self.catalogue.quarantined()))
        await self.catalogue.rest()


def _new(before: Mapping[str, str], now: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return [one for one in now.items() if one not in before.items()]


def told(quarantined: Iterable[tuple[str, str]]) -> None:
    """A line each, for operators."""
    for name, reason in quarantined:
        _log.error("manufacturer_quarantined", manufacturer=name, reason=reason)


def _at_hangup(call: Callable[[], None]) -> bool:
    """False off the main thread: only there signals arrive. Dramatiq restarts its workers at it."""
    try:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, call)
    except (ValueError, RuntimeError, NotImplementedError):
        return False
    return True
