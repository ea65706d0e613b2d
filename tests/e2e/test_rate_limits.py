"""The limits that `serve` is given, as its clients meet them."""

import json
from pathlib import Path

import pytest
from tests.system import example, lines, running, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_a_key_and_an_end_user_are_limited_by_the_settings(tmp_path: Path) -> None:
    """By the fleet's account: a command is a process and a channel of its own."""
    limits = {
        "read": {"calls": 1, "seconds": 3_600, "burst": 3},
        "user": {"calls": 1, "seconds": 3_600},
    }
    with running(start(tmp_path / "state", REGISTRAR_RATE_LIMITS=json.dumps(limits))) as system:
        own = {"given_name": "Ada", "family_name": "Łoś", "email": "a@example.com"}
        both = (example(number, customer=own | {"user_ref": "u"}) for number in (1, 2))
        told = system.run("submit", "-", "--json", stdin=lines(*both))
        said = [json.loads(one) for one in told.stdout.splitlines()]
        assert sorted("response" in one for one in said) == [False, True], told
        assert "RATE_LIMITED" in told.stdout
        assert [system.run("list").returncode for _ in range(3)] == [0, 0, 0]
        refused = system.run("list")
        assert refused.returncode != 0
        assert "RATE_LIMITED: At most 1 calls of read in 3600 s, 3 at once." in refused.stderr
