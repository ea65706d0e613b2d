"""What a database's errors mean: gone for a while, lost against another, or a defect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from registrar.domain.errors import StoreUnavailable

Answer = TypeVar("Answer")
_TRIES = 4
_BROKEN = frozenset({"40001", "40P01"})
"""SQLSTATEs of a transaction that lost against another one, and left nothing behind."""

_PASSING = ("08", "25006", "25P03", "28", "3D", "40", "53", "55", "57")
"""SQLSTATEs, or classes of them, that say more of the server's condition than of the statement:
connection, standby, idle time-out, log-in, no such database, deadlock, resources, locks, operator.
"""


class Conflict(Exception):
    """A unique index has refused a row, and with it the statement."""


def sqlstate(error: BaseException | None) -> str:
    """The driver's own error may be one or two causes further down; empty where there is none."""
    while error is not None:
        state = getattr(getattr(error, "orig", error), "sqlstate", None)
        if state:
            return str(state)
        error = error.__cause__
    return ""


def passing(error: BaseException) -> bool:
    """Worth another try, later."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return sqlstate(error).startswith(_PASSING)


@contextmanager
def translated() -> Iterator[None]:
    """SQLAlchemy's errors that are worth another try, as StoreUnavailable."""
    try:
        yield
    except DBAPIError as error:
        if not passing(error):
            raise
        raise StoreUnavailable from error
    except (PoolTimeoutError, OSError) as error:
        # asyncio's and the driver's time-outs are OSErrors; so is a refused connection.
        raise StoreUnavailable from error


async def retried(work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Again, where the database broke a deadlock with it."""
    for _ in range(_TRIES - 1):
        try:
            return await work()
        except StoreUnavailable as error:
            if sqlstate(error.__cause__) not in _BROKEN:
                raise
    return await work()
