"""Secrets that end on a known day, and the word ahead of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog

from registrar.connectors.kit.auth.headers import Authorization

_log = structlog.get_logger("registrar.connectors")


@dataclass(frozen=True, slots=True)
class Expiry:
    """When, and what the manifest calls it."""

    at: datetime
    reference: str


def moment(text: str) -> datetime:
    """Of a day or a time in ISO 8601; UTC where no offset is told. Raises ValueError."""
    made = datetime.fromisoformat(text)
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def _now() -> datetime:
    return datetime.now(UTC)


class Expiring:
    """Credentials that end: a warning a day, from `ahead` of the end, as long as they are used."""

    def __init__(
        self,
        inner: Authorization,
        expiry: Expiry,
        ahead: timedelta,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._inner = inner
        self._expiry = expiry
        self._ahead = ahead
        self._now = now
        self._said: date | None = None

    @property
    def expires_at(self) -> datetime:
        """The first of its secrets to end."""
        return self._expiry.at

    async def headers(self) -> dict[str, str]:
        """Also after the end: the manufacturer decides, and the day may have been wrong."""
        self._warn(self._now())
        return await self._inner.headers()

    def forget(self, headers: dict[str, str]) -> None:
        """Of the token, where there is one."""
        self._inner.forget(headers)

    def _warn(self, now: datetime) -> None:
        left = self._expiry.at - now
        if left > self._ahead or self._said == now.date():
            return
        self._said = now.date()
        _log.warning(
            "secret_expires" if left > timedelta(0) else "secret_expired",
            secret=self._expiry.reference,
            expires_at=self._expiry.at.isoformat(),
            days_left=max(left.days, 0),
        )
