"""The error tree."""

import re
from datetime import timedelta

from registrar.domain import errors
from registrar.domain.errors import (
    DuplicateRegistration,
    InvalidRequest,
    RateLimited,
    RegistrarError,
    StoreUnavailable,
    Violation,
)


def tree(root: type[RegistrarError]) -> set[type[RegistrarError]]:
    """The class and everything below it."""
    return {root}.union(*(tree(one) for one in root.__subclasses__()))


def test_the_drawing_shows_every_class_and_no_other() -> None:
    """The module's docstring is the tree."""
    drawn = set(re.findall(r"(?:^|[├└]── )([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE))
    assert drawn - {"The"} == {one.__name__ for one in tree(RegistrarError)}


def test_the_docstring_is_the_message() -> None:
    """Unless a better one is given."""
    assert str(StoreUnavailable()) == "The database does not answer; nothing was accepted."
    assert str(StoreUnavailable("away")) == "away"


def test_errors_carry_what_a_caller_needs() -> None:
    """Violations, the other registration, when to come back."""
    violation = Violation("product.serial_number", "filler", "is a filler")
    assert InvalidRequest((violation,)).violations == (violation,)
    assert DuplicateRegistration("reg_1").registration_id == "reg_1"
    assert RateLimited(retry_after=timedelta(seconds=9)).retry_after == timedelta(seconds=9)
