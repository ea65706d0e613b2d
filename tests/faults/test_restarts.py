"""Processes that are asked to leave while there is work."""

from pathlib import Path

import pytest
from tests.system import start

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_restart_under_load_loses_nothing(tmp_path: Path) -> None:
    """SIGTERM right after the last acceptance; the next one finishes what was begun."""
    first = start(tmp_path)
    first.script({"fault": "latency", "seconds": 0.3})
    ids = first.accepted(3000, 100)
    assert first.stop() == 0
    second = start(tmp_path)
    second.registered_once_each(ids)
    assert second.stop() == 0
