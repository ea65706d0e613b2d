"""Where a tenant's webhook may go: nowhere that the outside could not reach by itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 512
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64: the last four bytes are an address of the older kind, whatever that one is."""
_METADATA = frozenset({IPv4Address("168.63.129.16")})
"""Looks public, and answers inside of a cloud."""


def allowed(address: IPv4Address | IPv6Address, *, local: bool = False) -> bool:
    """Whether it is on the Internet; `local` allows this host as well."""
    if address.is_loopback:
        return local
    if isinstance(address, IPv6Address) and _embeds(address):
        return False
    return address.is_global and not address.is_multicast and address not in _METADATA


def _embeds(address: IPv6Address) -> bool:
    """It stands for an address of the older kind: nobody has to send such."""
    embedded = address.ipv4_mapped or address.sixtofour or address.teredo
    return embedded is not None or address in _TRANSLATED


def problem(url: str, *, local: bool = False) -> str:
    """Why a webhook cannot go there, as far as it can be told by its look; empty where it can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "It is no URL."
    if len(url) > LONGEST_URL or not url.isascii() or not _visible(url):
        return f"At most {LONGEST_URL} visible characters of ASCII are possible."
    if parts.scheme != "https" and not (local and parts.scheme == "http" and _is_here(host)):
        return "It must begin with https://."
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "It needs a host, and has neither a user nor a fragment."
    known = literal(host)
    if known is None:
        return ""
    return "" if allowed(known, local=local) else "It is not an address of the Internet."


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """An address; None for a name, which must be looked up."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_here(host: str) -> bool:
    known = literal(host)
    return host == "localhost" if known is None else known.is_loopback


def _visible(url: str) -> bool:
    return url.isprintable() and not set(url) & set(' <>"\\')
