"""Manufacturers that lose answers, reset connections and throttle."""

import pytest
from tests.system import System

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(300),
]


def test_a_bad_day_with_two_processes_of_each_kind(production: System) -> None:
    """Lost answers, resets, throttling: everything is registered once."""
    production.script(
        {"fault": "commit_then_drop", "step": "submit", "probability": 0.2},
        {"fault": "reset_before_commit", "step": "submit", "probability": 0.1},
        {"fault": "throttle", "step": "submit", "probability": 0.1},
        seed=7,
    )
    production.registered_once_each(production.accepted(0, 100))
