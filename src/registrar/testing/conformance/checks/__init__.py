"""The 25 checks, by number."""

from registrar.testing.conformance.checks import (
    answers,
    delivery,
    fields,
    pace,
    paper,
    safety,
    surprises,
    versions,
)
from registrar.testing.conformance.checks.both import with_looks

ALL = tuple(
    with_looks(one)
    for one in sorted(
        (
            *paper.CHECKS,
            *fields.CHECKS,
            *answers.CHECKS,
            *surprises.CHECKS,
            *delivery.CHECKS,
            *pace.CHECKS,
            *safety.CHECKS,
            *versions.CHECKS,
        ),
        key=lambda one: one.id,
    )
)

__all__ = ["ALL"]
