"""The twin in memory of the fleet's tokens: caches that share one are a fleet of one process."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from registrar.ports.tokens import Found, Kept


@dataclass(frozen=True, slots=True)
class _Slot:
    value: bytes
    until: float


_NONE = _Slot(b"", 0.0)


class MemoryTokens:
    """`ports.tokens.TokenCache`; `away` plays an outage."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._slots: dict[tuple[str, str], _Slot] = {}
        self.away = False

    async def get(self, key: str) -> Found:
        """What has not ended yet."""
        self._reached()
        return Found(self._kept(key, "token"), self._kept(key, "trouble"))

    async def take(self, key: str, seen: bytes, lease: float) -> str:
        """A fence, where nothing has changed and nobody holds one."""
        self._reached()
        busy = self._kept(key, "trouble") or self._kept(key, "lease")
        if busy or self._value(key, "token") != seen:
            return ""
        fence = uuid.uuid4().hex
        self._set(key, "lease", fence.encode(), lease)
        return fence

    async def extend(self, key: str, fence: str, lease: float) -> bool:
        """Only of the own lease."""
        if not self._holds(key, fence):
            return False
        self._set(key, "lease", fence.encode(), lease)
        return True

    async def put(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """The token takes the place of the trouble."""
        return self._ended(key, fence, ("token", "trouble"), value, life)

    async def fail(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """Beside a token that may still live."""
        return self._ended(key, fence, ("trouble", "lease"), value, life)

    async def forget(self, key: str, value: bytes) -> bool:
        """Compare and delete."""
        self._reached()
        for part in ("token", "trouble"):
            if self._kept(key, part) and self._value(key, part) == value:
                del self._slots[key, part]
                return True
        return False

    def _ended(
        self, key: str, fence: str, parts: tuple[str, str], value: bytes, life: float
    ) -> bool:
        if not self._holds(key, fence):
            return False
        kept, gone = parts
        self._set(key, kept, value, life)
        for part in (gone, "lease"):
            self._slots.pop((key, part), None)
        return True

    def _holds(self, key: str, fence: str) -> bool:
        self._reached()
        return self._value(key, "lease") == fence.encode()

    def _set(self, key: str, part: str, value: bytes, life: float) -> None:
        self._slots[key, part] = _Slot(value, self._now() + life)

    def _value(self, key: str, part: str) -> bytes:
        kept = self._kept(key, part)
        return kept.value if kept else b""

    def _kept(self, key: str, part: str) -> Kept | None:
        slot = self._slots.get((key, part), _NONE)
        left = slot.until - self._now()
        return Kept(slot.value, left) if left > 0 else None

    def _reached(self) -> None:
        if self.away:
            raise ConnectionError("away")
