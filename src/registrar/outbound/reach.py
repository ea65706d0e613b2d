"""The hosts that one party may be connected to, and the addresses behind their names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from registrar.domain import destination

Address = IPv4Address | IPv6Address
Origin = tuple[str, int]
"""A host as `named` has it, and a port."""
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host; OSError where there are none."""

PORTS = {"http": 80, "https": 443}


async def looked_up(host: str, port: int) -> list[str]:
    """By the system."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no name") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class NotAllowed(OSError):
    """It leads inside, by its look or by any of its addresses."""


class NotListed(NotAllowed):
    """Whoever asks has nothing to do with that host."""


def refusal(error: BaseException) -> NotAllowed | None:
    """What lies below an error, where it was this."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, NotAllowed):
            return below
        below = below.__cause__ or below.__context__
    return None


def named(host: str) -> str:
    """One way to write it: a name may end in a dot, and an address of IPv6 stand in brackets."""
    return host.lower().removesuffix(".").removeprefix("[").removesuffix("]")


def origin(url: str) -> Origin:
    """Of an http(s) URL."""
    parts = urlsplit(url)
    return named(parts.hostname or ""), parts.port or PORTS.get(parts.scheme, 0)


@dataclass(frozen=True, slots=True)
class Reach:
    """`hosts`: all there are; None: any. `here`: those of them that may be this host itself.

    `local`: any may be.
    """

    hosts: frozenset[Origin] | None = None
    here: frozenset[Origin] = frozenset()
    local: bool = False

    @classmethod
    def of(cls, told: Iterable[str], beside: Iterable[str] = ()) -> Reach:
        """URLs: `told` by the operator, who alone may mean this host, and then says so in them.

        A name that merely leads here is no word of the operator's.
        """
        own = frozenset(map(origin, told))
        here = frozenset(one for one in own if destination.here(one[0]))
        return cls(own | frozenset(map(origin, beside)), here)

    def lists(self, url: str) -> bool:
        """Whether it is of one of the hosts, whatever that leads to."""
        return self._listed(*origin(url))

    def _listed(self, name: str, port: int) -> bool:
        return self.hosts is None or (name, port) in self.hosts

    def entered(self, host: str, port: int) -> Address | None:
        """The address where it is one; None for a name. Raises NotAllowed, NotListed."""
        name = named(host)
        if not self._listed(name, port):
            raise NotListed(name)
        known = destination.literal(name)
        if known is not None:
            return self.checked(name, port, [name])[0]
        if destination.numeric(name):
            raise NotAllowed(name)
        return None

    def checked(self, host: str, port: int, found: Iterable[str]) -> list[Address]:
        """Of a name, all of them or none. Raises NotAllowed."""
        name = named(host)
        made = [ip_address(one.partition("%")[0]) for one in found]
        local = self._may_be_here(name, port)
        if not made or not all(destination.allowed(one, local=local) for one in made):
            raise NotAllowed(name)
        return made

    def _may_be_here(self, name: str, port: int) -> bool:
        return self.local or (name, port) in self.here


async def resolved(reach: Reach, host: str, port: int, look_up: LookUp) -> list[Address]:
    """By one look-up at most. Raises NotAllowed, and OSError where the name leads nowhere."""
    known = reach.entered(host, port)
    if known is not None:
        return [known]
    return reach.checked(host, port, await look_up(host, port))
