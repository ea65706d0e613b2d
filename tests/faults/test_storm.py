"""Everything at once, from a seed: `make faults` runs the same for as long as it is told."""

import asyncio

import pytest
from tests.faults.storm.running import run
from tests.faults.storm.staging import Wanted

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(600),
]
SECONDS = 21


@pytest.mark.parametrize("seed", [7])
def test_no_promise_is_broken_in_a_storm(seed: int) -> None:
    """Two or three processes of each kind, real servers, most kinds of faults, several at once."""
    found = asyncio.run(run(Wanted(seed, SECONDS)))
    assert [str(one) for one in found.broken] == []
    assert found.accepted >= SECONDS
    assert found.surplus == 0
    assert len({one.kind for one in found.spans}) >= 10
    assert found.recoveries
