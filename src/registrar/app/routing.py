"""Which routes a submission may take: the manufacturer's, of its tenant's, of its caller's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registrar.app.commands import Caller, Submit
from registrar.domain.errors import Violation
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.plan import chosen


@dataclass(frozen=True, slots=True)
class Routing:
    """`of_tenant`: the only ones of a tenant; all for one that is not named."""

    of_tenant: Mapping[str, frozenset[Tier]] = field(default_factory=dict)

    def tiers(self, caller: Caller, command: Submit, maker: Manufacturer) -> tuple[Tier, ...]:
        """In the order in which routes are tried, whatever the order of the request."""
        kind = command.submission.customer.type
        free = self.of_tenant.get(caller.tenant_id, frozenset(Tier))
        wanted = chosen(maker, kind, command.allowed_tiers)
        return tuple(one for one in wanted if one in free)

    def broken(self, caller: Caller, command: Submit, maker: Manufacturer) -> tuple[Violation, ...]:
        """Why there is none; empty where there is one."""
        if self.tiers(caller, command, maker):
            return ()
        kind = command.submission.customer.type
        if maker.offered and not maker.offered_to(kind):
            problem = f"No route of the manufacturer here serves a {kind.value}."
            return (Violation("customer.type", "not_served", problem),)
        if chosen(maker, kind, command.allowed_tiers):
            problem = "Your registrations may take none of these routes here."
            return (Violation("allowed_tiers", "not_for_tenant", problem),)
        problem = "None of these routes is offered here."
        return (Violation("allowed_tiers", "not_offered", problem),)
