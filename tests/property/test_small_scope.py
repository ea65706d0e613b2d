"""The whole of a small world: every order of everything that can happen to one registration."""

from collections import deque

import pytest
from tests.property.world import scope
from tests.property.world.kinds import APIS, FORMS, HANDED
from tests.property.world.moves import Limits, moves
from tests.property.world.scope import Routes, World

from registrar.domain import policy
from registrar.domain.outcome import Tier


def explored(tiers: tuple[Tier, ...], routes: Routes, limits: Limits) -> int:
    """How many worlds there are; raises AssertionError with the way to one that must not be."""
    start = scope.first(tiers, routes)
    ways: dict[World, tuple[str, World | None]] = {start: ("submit", None)}
    ahead = deque([start])
    while ahead:
        world = ahead.popleft()
        try:
            scope.check(world, routes)
            for name, after in moves(world, routes, limits):
                if after not in ways:
                    ways[after] = name, world
                    ahead.append(after)
        except AssertionError as error:
            error.add_note(f"after: {' · '.join(way(ways, world))}")
            raise
    return len(ways)


def way(ways: dict[World, tuple[str, World | None]], world: World) -> list[str]:
    """From the start to here, the shortest there is."""
    names = []
    at: World | None = world
    while at is not None:
        name, at = ways[at]
        names.append(name)
    return names[::-1]


LONE = [((Tier.API,), {Tier.API: api}) for api in APIS]
LONE += [((Tier.WEB,), {Tier.WEB: form}) for form in FORMS]
BEFORE_A_PERSON = [
    ((tier, Tier.MANUAL), {tier: caps, Tier.MANUAL: hand})
    for tier, kinds in ((Tier.API, APIS[::4]), (Tier.WEB, FORMS[::2]))
    for caps in kinds
    for hand in HANDED
]
BOTH = [((Tier.API, Tier.WEB), {Tier.API: api, Tier.WEB: FORMS[0]}) for api in APIS[::4]]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cases", [LONE, BEFORE_A_PERSON, BOTH], ids=["lone", "person", "both"])
def test_no_order_of_events_breaks_a_promise(
    cases: list[tuple[tuple[Tier, ...], Routes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breadth first: what fails is told with the shortest way to it."""
    # The second of each says as much as the eighth.
    monkeypatch.setattr(policy, "MAX_CHECKS", 2)
    monkeypatch.setattr(policy, "MAX_LOST_LEASES", 2)
    found = [explored(tiers, routes, Limits()) for tiers, routes in cases]
    print(f"{sum(found)} worlds of {len(found)} kinds")  # noqa: T201 - what was searched
    assert min(found) > 100, "a search that finds nothing new proves nothing"
