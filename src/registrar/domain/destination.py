"""Where anything may be sent to: nowhere that the outside could not reach by itself."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 512
_UNICAST = IPv6Network("2000::/3")
"""All that the Internet has of IPv6. Python takes more for global: site-local addresses, and
several forms that hold an address of the older kind, whatever that one is."""
_METADATA = frozenset({IPv4Address("168.63.129.16")})
"""Looks public, and answers inside of a cloud."""
_NUMBER = re.compile(r"\d+|0x[\da-f]*", re.IGNORECASE)


def allowed(address: IPv4Address | IPv6Address, *, local: bool = False) -> bool:
    """Whether it is on the Internet; `local` allows this host as well."""
    if isinstance(address, IPv6Address) and _embeds(address):
        return False
    if address.is_loopback:
        return local
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and address not in _METADATA


def _embeds(address: IPv6Address) -> bool:
    """It stands for an address of the older kind: nobody has to send such."""
    return (address.ipv4_mapped or address.sixtofour or address.teredo) is not None


def problem(url: str, *, local: bool = False) -> str:
    """Why a webhook cannot go there, as far as it can be told by its look; empty where it can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "It is no URL."
    if len(url) > LONGEST_URL or not url.isascii() or not _visible(url):
        return f"At most {LONGEST_URL} visible characters of ASCII are possible."
    if parts.scheme != "https" and not (local and parts.scheme == "http" and here(host)):
        return "It must begin with https://."
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "It needs a host, and has neither a user nor a fragment."
    return "It is not an address of the Internet." if refused(host, local=local) else ""


def refused(host: str, *, local: bool = False) -> bool:
    """Whether it is seen by its look alone that nothing is sent there."""
    known = literal(host)
    return numeric(host) if known is None else not allowed(known, local=local)


def numeric(host: str) -> bool:
    """It ends in a number, as no name does: an address, or what only some take for one."""
    last = host.removesuffix(".").rpartition(".")[2]
    return _NUMBER.fullmatch(last) is not None


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """An address; None for a name, which must be looked up."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def here(host: str) -> bool:
    """It is this host by its look."""
    known = literal(host)
    return host == "localhost" if known is None else known.is_loopback


def _visible(url: str) -> bool:
    return url.isprintable() and not set(url) & set(' <>"\\')
