"""The breaker of a whole fleet: eight processes, four callers each, one real Redis."""

from __future__ import annotations

import pytest
from tests.faults import dead_endpoint
from tests.faults.fleet_caller import CALLERS, OF

from registrar.resilience.answers import Kind

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_a_dead_endpoint_sees_one_probe_an_open_period(redis_url: str) -> None:
    """Of the whole fleet, and no customer's job; before that, no more than it took to find out."""
    found = dead_endpoint.found(redis_url)
    # The ramp's first calls have found it dead; since then it was only asked how it is.
    assert set(found.others) == {1}
    assert found.others[1] <= OF.ramp_calls + dead_endpoint.PROCESSES * CALLERS
    assert len(found.probes) >= 3
    assert set(found.probes.values()) == {1}
    assert found.kinds <= {Kind.LOOK, Kind.PROBE}
    # Open, probing, open …: every period but the last one has had its probe.
    assert len(found.probes) in {(found.epochs - 2) // 2, (found.epochs - 1) // 2}
