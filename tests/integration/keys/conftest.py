"""A security module for all tests of a process, and a token for each."""

import itertools

import pytest

from registrar.testing.softhsm import SoftHsm

NUMBERS = itertools.count(1)


@pytest.fixture
def token(hsm: SoftHsm) -> str:
    """A new one, without keys."""
    label = f"registrar; {next(NUMBERS)}"  # to be percent-encoded
    hsm.token(label)
    return label
