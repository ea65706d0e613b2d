"""aiohttp's connector and resolver: what they connect to is what was checked."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from registrar.outbound.reach import Address, LookUp, NotAllowed, Reach, looked_up, resolved

if TYPE_CHECKING:
    from aiohttp.client import ClientTimeout
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace


class Checked(AbstractResolver):
    """Of a name that leads inside by any of its addresses, none is given."""

    def __init__(self, reach: Reach, look_up: LookUp) -> None:
        self._reach = reach
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises OSError."""
        del family
        found = await resolved(self._reach, host, port, self._look_up)
        return [_result(host, port, one) for one in found]

    async def close(self) -> None:
        """Nothing is open."""


def _result(host: str, port: int, address: Address) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=port,
        family=socket.AF_INET6 if address.version == 6 else socket.AF_INET,  # noqa: PLR2004 - of IP
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )


class Connector(aiohttp.TCPConnector):
    """Asks `reach` before each request, and of each address before it is connected to."""

    def __init__(self, reach: Reach, look_up: LookUp = looked_up, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(resolver=Checked(reach, look_up), **options)
        self._reach = reach

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109 - aiohttp's own
    ) -> Connection:
        """By the very URL that is connected to: aiohttp asks no resolver about an address.

        Also where a connection is there already. Raises ClientConnectorDNSError.
        """
        try:
            self._reach.entered(req.url.raw_host or "", req.url.port or 0)
        except NotAllowed as error:
            raise aiohttp.ClientConnectorDNSError(req.connection_key, error) from error
        return await super().connect(req, traces, timeout)
