"""The 25 checks, by number."""

from registrar.testing.conformance.checks import (
    answers,
    delivery,
    fields,
    forms_change,
    pace,
    paper,
    safety,
    surprises,
    versions,
)
from registrar.testing.conformance.checks.both import TRIED, with_parts

ALL = tuple(
    with_parts(one)
    for one in sorted(
        (
            *paper.CHECKS,
            *fields.CHECKS,
            *forms_change.CHECKS,
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

__all__ = ["ALL", "TRIED"]
