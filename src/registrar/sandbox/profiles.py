"""Every manufacturer that the sandbox plays: where it is found, and what opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from registrar import connectors
from registrar.sandbox import apple, apple_shapes, dell, graph, hp, keys, knox, lenovo, surface
from registrar.sandbox.forms import shapes, site, visits
from registrar.sandbox.partner import Partner
from registrar.sandbox.request import World


class Routes(Protocol):
    """A profile."""

    def routes(self) -> list[web.RouteDef]:
        """All below its prefix."""
        ...


@dataclass(frozen=True, slots=True)
class Profile:
    """`secrets` by the last part of the reference under which a manifest asks for them.

    `signed_in`: with the session of a browser among them, which belongs to an address.
    """

    name: str
    manufacturer: str
    base: str
    serves: str
    secrets: dict[str, str] = field(default_factory=dict)
    signed_in: bool = False

    def opened(self, address: str) -> dict[str, str]:
        """The secrets by their whole references."""
        host = urlsplit(address).hostname or ""
        state = {"web_session": visits.storage_state(self.manufacturer, host)}
        every = self.secrets | (state if self.signed_in else {})
        return {f"{self.manufacturer}.{name}": value for name, value in every.items()}

    def shown(self, address: str) -> dict[str, Any]:
        """As JSON; the credentials are fictitious."""
        return {
            "name": self.name,
            "manufacturer": self.manufacturer,
            "base_url": address + self.base,
            "serves": self.serves,
            "secrets": self.opened(address),
        }


def _client(name: str) -> dict[str, str]:
    return {"client_id": name, "client_secret": name}


MANUFACTURERS = Path(connectors.__file__).parent / "manufacturers"
DOCUMENTED = (
    Profile(
        "apple",
        apple_shapes.MANUFACTURER,
        apple_shapes.BASE,
        "Apple Business: devices, coverage, assignment",
        {
            "client_id": keys.APPLE_CLIENT,
            "key_id": keys.APPLE_KEY_ID,
            "private_key": keys.apple_private_key(),
        },
    ),
    Profile("dell", dell.MANUFACTURER, dell.BASE, "TechDirect: entitlements", _client(dell.CLIENT)),
    Profile("hp", hp.MANUFACTURER, hp.BASE, "warranty queries and jobs", _client(hp.CLIENT)),
    Profile(
        "lenovo",
        lenovo.MANUFACTURER,
        lenovo.BASE,
        "support API: warranty",
        {"client_id": lenovo.CLIENT},
    ),
    Profile(
        "graph", graph.MANUFACTURER, graph.BASE, "Graph: Autopilot import", _client(graph.CLIENT)
    ),
    Profile(
        "surface",
        graph.MANUFACTURER,
        surface.BASE,
        "Surface API Management: enrolment, export",
        _client(graph.CLIENT) | {"subscription_key": surface.KEY},
    ),
    Profile("knox", knox.MANUFACTURER, knox.BASE, "Knox Deployment: upload", _client(knox.CLIENT)),
)


def partner(manufacturer: str) -> Profile:
    """The contract partner-v1 before any manufacturer."""
    base = f"/{manufacturer}/partner/v1"
    secrets = {"api_key": f"sandbox-{manufacturer}"}
    return Profile("partner-v1", manufacturer, base, "partner-v1: registrations", secrets)


def packaged() -> tuple[str, ...]:
    """Everyone who has a manifest in the package, by the names of their folders."""
    return tuple(sorted(path.parent.name for path in MANUFACTURERS.glob("*/manifest.yaml")))


def web_forms() -> list[Profile]:
    """Every form."""
    return [
        Profile("web", one.maker, one.base, f"form: {one.title}", signed_in=one.account)
        for one in shapes.forms()
    ]


def profiles(partners: Iterable[str]) -> list[Profile]:
    """The documented ones, the forms, then the contract before each of `partners`."""
    return [*DOCUMENTED, *web_forms(), *map(partner, partners)]


def simulated(
    world: World, partners: Iterable[str], token_seconds: float | None, work_seconds: float
) -> list[Routes]:
    """The profiles themselves but Knox. Times in seconds."""
    working: tuple[Callable[[World, float | None, float], Routes], ...] = (
        apple.Business,
        hp.Warranty,
        graph.Graph,
        surface.Surface,
    )
    return [
        *(one(world, token_seconds, work_seconds) for one in working),
        dell.TechDirect(world, token_seconds),
        lenovo.Support(world),
        *(Partner(world, one) for one in partners),
        *site.sites(world),
    ]
