"""What a form is made of, and the files that say it: `makers/<name>.yaml`.

A word in a file that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

MAKERS = Path(__file__).with_name("makers")

Control = Literal[
    "text", "email", "tel", "date", "date_text", "select", "radio", "checkbox", "file", "combobox"
]
Role = Literal["", "serial", "email", "purchase_date"]
Consent = Literal["", "terms", "data_storage", "marketing_email", "marketing_sms"]
Evidence = Literal["documented", "assumed"]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Holds where the field `field` has one of the values `among`."""

    field: str
    among: tuple[str, ...]

    def holds(self, values: Mapping[str, str]) -> bool:
        """Of what was given."""
        return values.get(self.field, "") in self.among


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value is refused with `error` unless all of it matches `pattern`, where `when` holds."""

    pattern: str
    error: str
    when: Condition | None = None


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One control with its label. `options` from value to words (a file may say `countries`).

    Those of a combobox are suggestions: anything may be typed.

    `choices`: the options by the value of the field `depends`. `format` as `strptime` has it, of a
    date that is typed. `most`: of a file in bytes, else in characters; `within_days` of a date.
    `role` says what the product and its owner are known by.
    """

    name: str
    label: str
    control: Control = "text"
    role: Role = ""
    consent: Consent = ""
    required: bool = False
    hint: str = ""
    checks: tuple[Check, ...] = ()
    options: dict[str, str] = {}
    depends: str = ""
    choices: dict[str, dict[str, str]] = {}
    format: str = ""
    most: int = 0
    within_days: int = 0
    accept: tuple[str, ...] = ()
    same_as: str = ""
    ticked: bool = False
    when: Condition | None = None
    autocomplete: str = ""
    renamed: str = ""
    evidence: Evidence = "assumed"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One page. Left out unless `when` holds."""

    id: str
    title: str
    fields: tuple[Field, ...] = ()
    intro: str = ""
    button: str = "Continue"
    when: Condition | None = None


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form of a manufacturer; `path` of those beside its first one.

    `account`: only for who is signed in. `frame`: the form stands in a frame of its page.
    `beside`: the path of the manufacturer's other form, which the pages link to.
    `evidence`: what is documented, and what we have made up.
    """

    maker: str
    brand: str
    title: str
    accent: str
    evidence: dict[Evidence, str]
    sources: tuple[str, ...]
    steps: tuple[Step, ...]
    review: Step
    done: str
    path: str = ""
    account: bool = False
    frame: bool = False
    beside: str = ""
    note: str = ""

    @property
    def base(self) -> str:
        """The address of its pages."""
        return f"/{self.maker}/web" + (f"/{self.path}" if self.path else "")

    def open_steps(self, values: Mapping[str, str]) -> tuple[Step, ...]:
        """The pages for a visitor who has given this; the review comes after them."""
        return tuple(one for one in self.steps if one.when is None or one.when.holds(values))

    def fields(self) -> tuple[Field, ...]:
        """Of all pages."""
        return tuple(field for step in (*self.steps, self.review) for field in step.fields)


def read(path: Path) -> Form:
    """One file. Raises `msgspec.ValidationError` with the path of what is wrong."""
    return msgspec.convert(_listed(_data(path)), Form)


def _listed(data: Any) -> Any:  # noqa: ANN401 - whatever YAML has
    """With the list of countries where a field's options are called so."""
    if isinstance(data, list):
        return [_listed(one) for one in data]
    if not isinstance(data, dict):
        return data
    known = _countries() if data.get("options") == "countries" else None
    return {k: _listed(v) for k, v in data.items()} | ({"options": known} if known else {})


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = _data(Path(__file__).with_name("countries.yaml"))
    return dict(sorted(found.items(), key=lambda one: one[1]))


def _data(path: Path) -> Any:  # noqa: ANN401 - whatever YAML has
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


@cache
def forms() -> tuple[Form, ...]:
    """Every form there is."""
    return tuple(read(path) for path in sorted(MAKERS.glob("*.yaml")))
