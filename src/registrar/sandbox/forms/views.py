"""A page as one visitor sees it: its step, changed as a fault says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

import msgspec

from registrar.sandbox.faults import Rule
from registrar.sandbox.forms.shapes import Field, Step

TYPED = {"text", "email", "tel", "combobox", "date_text"}
EXTRA = Field("customer_code", "Customer code", required=True, hint="On your invoice.")
TERMS = Field(
    "new_terms",
    "I have read and accept the new terms of use and the new privacy notice.",
    "checkbox",
    consent="terms",
    required=True,
)
TRAP = "website"


@dataclass(frozen=True, slots=True)
class View:
    """`salt` makes other names of the same fields; `trap`: with a field that nobody sees."""

    step: Step
    salt: str = ""
    trap: bool = False

    def name(self, field: str) -> str:
        """Of a control, as it is sent."""
        return f"f{self._mixed(field)}" if self.salt else field

    def id(self, field: str) -> str:
        """Of an element."""
        return f"e{self._mixed(field)}" if self.salt else f"field-{field}"

    def css(self, name: str) -> str:
        """A class; its style is the same by either name."""
        return f"{name} c{self._mixed(name)}" if self.salt else f"{name} form-{name}"

    def _mixed(self, name: str) -> str:
        return blake2b(f"{self.salt}/{name}".encode(), digest_size=5).hexdigest()


def view(step: Step, rule: Rule) -> View:
    """What the rule of this request makes of the page; the page itself for all but `form_…`."""
    change = CHANGES.get(rule.fault)
    return View(step) if change is None else change(View(step), rule)


def changes(rule: Rule) -> bool:
    """Whether the rule is of the kind that changes a form."""
    return rule.fault in CHANGES


def _with(given: View, fields: tuple[Field, ...]) -> View:
    return replace(given, step=msgspec.structs.replace(given.step, fields=fields))


def _reordered(given: View, _rule: Rule) -> View:
    return _with(given, given.step.fields[::-1])


def _renamed(given: View, rule: Rule) -> View:
    field = _target(given.step, rule.target, lambda one: bool(one.renamed))
    other = (field.renamed or f"{field.label} as printed") if field else ""
    return _labelled(given, {field.name: other} if field else {})


def _relabelled_wrong(given: View, rule: Rule) -> View:
    first = _target(given.step, rule.target, lambda one: one.control in TYPED)
    if first is None:
        return given
    rest = given.step.fields[given.step.fields.index(first) + 1 :] + given.step.fields
    like = [one for one in rest if one.control in TYPED and one is not first]
    swapped = {first.name: like[0].label, like[0].name: first.label} if like else {}
    return _labelled(given, swapped)


def _extra_required(given: View, _rule: Rule) -> View:
    return _with(given, (*given.step.fields, EXTRA)) if given.step.id != "review" else given


def _honeypot(given: View, _rule: Rule) -> View:
    return replace(given, trap=True)


def _moved(given: View, rule: Rule) -> View:
    return replace(given, salt=f"{given.step.id}/{rule.fired}")


def _missing(given: View, rule: Rule) -> View:
    gone = _target(given.step, rule.target, lambda one: one.required and not one.role)
    return _with(given, tuple(one for one in given.step.fields if one is not gone))


def _terms(given: View, _rule: Rule) -> View:
    return _with(given, (*given.step.fields, TERMS)) if given.step.id == "review" else given


def _target(step: Step, name: str, fits: Callable[[Field], bool]) -> Field | None:
    found = (one for one in step.fields if (one.name == name if name else fits(one)))
    return next(found, None)


def _labelled(given: View, labels: Mapping[str, str]) -> View:
    fields = (
        msgspec.structs.replace(one, label=labels.get(one.name, one.label))
        for one in given.step.fields
    )
    return _with(given, tuple(fields))


CHANGES: Mapping[str, Callable[[View, Rule], View]] = {
    "form_reordered": _reordered,
    "form_renamed": _renamed,
    "form_relabelled_wrong": _relabelled_wrong,
    "form_extra_required": _extra_required,
    "form_honeypot": _honeypot,
    "form_moved": _moved,
    "form_missing": _missing,
    "terms_box": _terms,
}
