"""Valid records of all kinds, drawn by hypothesis around the plainest one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, assume, given, reject, settings
from hypothesis import strategies as st

from registrar.app.validation.rules import validated
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.purchase import PurchaseChannel
from registrar.domain.submission import Usage
from registrar.ports.connector import Job
from registrar.testing.conformance.scenarios import Record, Scenarios, merged

EXAMPLES = 150
TODAY = dt.date(2026, 11, 25)
"""Of the records alone: what is drawn does not change from day to day."""

_LETTERS = st.characters(categories=["Lu", "Ll", "Lo"])
_WORDS = st.lists(st.text(_LETTERS, min_size=1, max_size=40), min_size=1, max_size=9).map(" ".join)
_PHONES = st.sampled_from(["+493012345678", "+12125550123", "+442079460000", "+81312345678"])
_SIGNS = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=64)


def _some(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Or nothing."""
    return st.none() | value


def _changes() -> st.SearchStrategy[dict[str, Any]]:
    part = st.fixed_dictionaries
    return part(
        {},
        optional={
            "customer": part(
                {},
                optional={
                    "given_name": _WORDS,
                    "family_name": _WORDS,
                    "phone": _some(_PHONES),
                    "company": _some(_WORDS),
                    "type": st.sampled_from(["consumer", "business"]),
                    "address": _some(
                        part({}, optional={"lines": st.lists(_WORDS, max_size=3), "city": _WORDS})
                    ),
                },
            ),
            "product": part({}, optional={"name": _some(_WORDS), "category": _some(_WORDS)}),
            "purchase": part(
                {},
                optional={
                    "date": st.dates(dt.date(1990, 1, 1), TODAY).map(str),
                    "retailer": _some(_WORDS),
                    "order_number": _some(_SIGNS),
                    "channel": st.sampled_from(list(PurchaseChannel)).map(str),
                },
            ),
            "usage": st.sampled_from(list(Usage)).map(str),
            "external_reference": _SIGNS,
            "consents": part({}, optional={"marketing_email": st.booleans()}),
        },
    )


def tried(scenarios: Scenarios, maker: Manufacturer, test: Callable[[Job], None]) -> None:
    """`test` with many records that the gateway takes; what it raises, for the smallest of them."""

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        verbosity=Verbosity.quiet,
    )
    @given(st.sampled_from(scenarios.valid), _changes())
    def each(one: Record, changes: Mapping[str, Any]) -> None:
        try:
            job = Record(one.name, merged(one.data, changes)).job()
        except ValueError:
            reject()  # half an address, over a record that has none
        submission, broken = validated(job.submission, maker, TODAY)
        assume(not broken)
        test(Job(job.registration_id, job.idempotency_key, job.brand, submission, "M-1"))

    each()
