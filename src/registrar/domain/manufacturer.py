"""What is known of a manufacturer: the part of its manifest that callers may see."""

from __future__ import annotations

from dataclasses import dataclass, field

from registrar.domain.customer import CustomerType
from registrar.domain.outcome import Tier
from registrar.domain.window import Window


@dataclass(frozen=True, slots=True)
class IdentifierRule:
    """A value of `kind` must fully match one of `patterns`; `check` names a check-digit rule."""

    kind: str
    patterns: tuple[str, ...]
    description: str
    check: str = ""
    """"" or "luhn" or "gtin"."""
    strict: bool = True


@dataclass(frozen=True, slots=True)
class TierListing:
    """One route, and how honestly it is known: evidence documented, observed or assumed."""

    tier: Tier
    audience: str
    evidence: str
    enabled: bool
    sources: tuple[str, ...] = ()
    verify: str = "none"
    idempotency: str = "none"
    lacks_browser: bool = False
    """Not enabled for no other reason than that no browser is here."""

    def serves(self, kind: CustomerType) -> bool:
        """Whether the manufacturer offers it to this kind of owner."""
        return self.audience in {"anyone", kind.value}


@dataclass(frozen=True, slots=True)
class LookupListing:
    """An API that only looks up: no route, but it tells before and after a person's own doing."""

    audience: str
    evidence: str
    enabled: bool
    sources: tuple[str, ...] = ()
    precheck: bool = False
    verify: bool = False


@dataclass(frozen=True, slots=True)
class RateWindow:
    """At most this many requests within any span of so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When it wants to be left alone every day, such as 23:00 to 06:00."""

    start: str
    end: str
    """On the next day where it is not later than the start."""
    zone: str
    """As in the IANA database."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the manufacturer states; 0 and empty where it states nothing."""

    windows: tuple[RateWindow, ...] = ()
    concurrency: int = 0
    """Requests at once."""
    daily_requests: int = 0
    daily_zone: str = ""
    """Where its day begins, as in the IANA database."""
    quiet: tuple[QuietHours, ...] = ()


@dataclass(frozen=True, slots=True)
class Privacy:
    """What the manufacturer wants agreed to, and whom to ask about the data it holds."""

    mandatory_consents: tuple[str, ...] = ()
    """Names of `Consents`, without which it registers nothing."""
    contact: str = ""
    retention: str = "standard"
    """Class by which the gateway keeps its own records: `standard` or `short`."""


@dataclass(frozen=True, slots=True)
class Component:
    """A part that is no part of its product's registration."""

    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Manufacturer:
    """`window_days` is the shortest window from the purchase that holds everywhere."""

    id: str
    name: str
    brands: tuple[str, ...]
    countries: tuple[str, ...]
    version: str
    identifiers: tuple[IdentifierRule, ...]
    required_fields: tuple[str, ...]
    tiers: tuple[TierListing, ...]
    fictitious: bool = False
    window_days: int | None = None
    max_in_flight: int = 16
    max_forms: int = 2
    """Of those, web forms that are filled at the same time."""
    lookup: LookupListing | None = None
    windows: tuple[Window, ...] = ()
    limits: Limits = Limits()
    privacy: Privacy = Privacy()
    components: tuple[Component, ...] = ()
    offered: tuple[Tier, ...] = field(init=False)
    """The tiers that are enabled, in the order in which routes are tried."""

    def __post_init__(self) -> None:
        """Once: every submission asks for them."""
        enabled = {one.tier for one in self.tiers if one.enabled}
        object.__setattr__(self, "offered", tuple(tier for tier in Tier if tier in enabled))

    def offered_to(self, kind: CustomerType) -> tuple[Tier, ...]:
        """Of those, what this kind of owner may use."""
        serving = {one.tier for one in self.tiers if one.serves(kind)}
        return tuple(tier for tier in self.offered if tier in serving)

    def listing(self, tier: Tier) -> TierListing | None:
        """The listing of one tier, None where the manufacturer has no such route."""
        return next((one for one in self.tiers if one.tier is tier), None)
