"""A registration to start from."""

import pytest

from registrar.domain.registration import Registration
from registrar.testing.records import new_registration


@pytest.fixture
def registration() -> Registration:
    """Freshly submitted."""
    return new_registration().transition.registration
