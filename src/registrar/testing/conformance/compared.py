"""What a form was told against what it should have been told, by the sandbox's own description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.manifest.web import Fill, WebTier
from registrar.connectors.kit.web.survey import plain
from registrar.connectors.kit.web.values import Values
from registrar.sandbox.forms.checking import TICKED, active, bought, options
from registrar.sandbox.forms.shapes import Field, Form, forms

ADVERTISING = ("marketing_email", "marketing_sms")


def wrong(tier: WebTier, values: Values, body: Mapping[str, Any]) -> list[str]:
    """Names of the fields that hold something else, or an agreement that nobody has given."""
    form = next(one for one in forms() if one.base == body["form"])
    given: Mapping[str, str] = body["values"]
    filled = [
        field.name
        for field, wanted in _wanted(tier, values, form)
        if active(field, given) and not _holds(field, wanted, given, values)
    ]
    return filled + [one for one in _agreed(form, values, given) if one not in filled]


def _agreed(form: Form, values: Values, given: Mapping[str, str]) -> Iterator[str]:
    for field in form.fields():
        ticked = field.consent in ADVERTISING and given.get(field.name) == TICKED
        if ticked and not mapping.canonical(values.record, f"consents.{field.consent}"):
            yield field.name


def _wanted(tier: WebTier, values: Values, form: Form) -> Iterator[tuple[Field, object]]:
    """Of every control that the manifest fills for this record and the form describes."""
    for step in tier.steps:
        if not mapping.meets(step.when, values.record):
            continue
        for fill in step.fill:
            field = _field(fill, form)
            if field is not None and values.concerns(fill):
                yield field, _value(fill, values)


def _field(fill: Fill, form: Form) -> Field | None:
    names = {one.value for one in fill.find if one.by == "name"}
    words = {plain(one) for one in (fill.label, fill.group) if one}
    found = (one for one in form.fields() if one.name in names or plain(one.label) in words)
    return next(found, None)


def _value(fill: Fill, values: Values) -> object:
    if fill.consent:
        return bool(mapping.canonical(values.record, fill.consent))
    return fill.fixed or (values.mapped or {}).get(fill.value) or ""


def _holds(field: Field, wanted: object, given: Mapping[str, str], values: Values) -> bool:
    got = given.get(field.name, "")
    if field.control == "file":
        return True
    if field.control == "checkbox":
        return (got == TICKED) == (wanted not in {False, "", "No"})
    if field.role == "purchase_date":
        bought_on = date.fromisoformat(str(mapping.canonical(values.record, "purchase.date")))
        return bought(field, got) == bought_on
    words = options(field, given).get(got, got)
    return plain(str(wanted)) in {plain(got), plain(words)}
