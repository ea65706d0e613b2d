"""Requests that nobody answered, as outcomes."""

from __future__ import annotations

from registrar.connectors.kit.auth import Refused, Throttled
from registrar.connectors.kit.http import NoAnswer, NotSent
from registrar.domain.outcome import Code, Effect, Outcome


def unsent(error: NotSent | Refused) -> Outcome:
    """Of a request that the manufacturer certainly has nothing of."""
    if isinstance(error, Refused):
        return Outcome(Code.AUTH_REJECTED, Effect.NOT_SENT, str(error))
    throttled = isinstance(error, Throttled)
    code = Code.RATE_LIMITED if throttled else Code.UNAVAILABLE_CONNECT
    return Outcome(code, Effect.NOT_SENT, str(error), retry_after=error.retry_after)


def unheard(error: NotSent | NoAnswer | Refused | TimeoutError) -> Outcome:
    """Of a request that only reads: that it may have arrived makes no difference."""
    if isinstance(error, NoAnswer | TimeoutError):
        return Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, str(error))
    return unsent(error)
