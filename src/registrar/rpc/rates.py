"""What a call costs of its key's quota, and how the client is told what is left.

The headers are those of the IETF's draft on rate limits (draft-ietf-httpapi-ratelimit-headers), in
the trailing metadata.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from registrar.app.rate_limits import Allowance
from registrar.v1.registration_service_pb2 import BatchSubmitRegistrationsRequest

_COSTS: Mapping[type, Callable[..., int]] = {
    BatchSubmitRegistrationsRequest: lambda request: len(request.requests),
}


def cost(request: object) -> int:
    """A call costs one, or as much as it holds."""
    counted = _COSTS.get(type(request))
    return max(1, counted(request)) if counted else 1


def headers(left: Allowance | None) -> tuple[tuple[str, str], ...]:
    """Metadata; nothing where there is no limit."""
    if left is None:
        return ()
    of = left.of
    return (
        ("ratelimit-policy", f'"{left.name}";q={of.calls};w={of.seconds:g};burst={of.burst}'),
        ("ratelimit", f'"{left.name}";r={left.left};t={math.ceil(left.reset)}'),
    )
