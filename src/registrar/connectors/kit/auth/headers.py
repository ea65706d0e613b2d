"""What every kind gives, and the kinds that always give the same."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Authorization(Protocol):
    """Gives the headers of a request."""

    @property
    def expires_at(self) -> datetime | None:
        """When the secret behind it ends; None where nobody has told."""
        ...

    async def headers(self) -> dict[str, str]:
        """Raises NotSent where a token cannot be had now, Refused where it is not given."""
        ...

    def forget(self, headers: dict[str, str]) -> None:
        """The manufacturer says that these have expired."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """A key, or a name and a password: it does not change. Shown without its value."""

    header: str
    value: str = field(repr=False)
    expires_at: datetime | None = None

    async def headers(self) -> dict[str, str]:
        """The same every time."""
        return {self.header: self.value}

    def forget(self, headers: dict[str, str]) -> None:
        """There is no other."""


def basic(username: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617)."""
    pair = f"{username}:{password}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"
