"""Settings that are more than a value."""

from datetime import timedelta

import pytest

from registrar.config.settings import load
from registrar.domain.errors import ConfigurationError
from registrar.domain.registration import LATENESS, Priority


def test_a_limit_of_lateness_is_set_alone() -> None:
    """The others stay as they are."""
    made = load(backlog_minutes={"bulk": 5})
    assert made.lateness == {**LATENESS, Priority.BULK: timedelta(minutes=5)}
    assert load().lateness == LATENESS


@pytest.mark.parametrize("given", [{"bulk": 0}, {"soon": 5}, {"bulk": "much"}])
def test_a_wrong_limit_of_lateness_is_named(given: dict[str, object]) -> None:
    """At the start."""
    with pytest.raises(ConfigurationError, match="REGISTRAR_BACKLOG_MINUTES"):
        load(backlog_minutes=given)
