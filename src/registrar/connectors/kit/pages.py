"""Pages of the documentation that are made of data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from registrar.connectors.kit import probe
from registrar.connectors.kit.functions import FUNCTIONS
from registrar.connectors.kit.manifest import Manifest
from registrar.connectors.kit.web import asking

FIELDS = """# What each manufacturer asks

Made by `registrar connectors fields`. A test compares this page.

## APIs

The request of each is prepared from a full record, for a person and for a business, with one field
left empty at a time.

- **required**: without it nothing is sent, and the caller is told which field is missing
- **sent**: it, or what it decides, is part of the request
- **instead of** another: it is sent where that one is empty
- **never**: it is not sent
- `*`: the gateway takes no registration without it, as `required_fields` of the manifest says
"""

FORMS = """
## Forms

Read off the steps of `tiers.web` of each manifest, in the same words.

- **sent**: it is filled in, or decides what is; of a consent or a proof of purchase the page itself
  says whether it is needed
- **of some**: where the conditions of the manifest hold, such as a kind of product
- **never**: it is not filled in; a consent to advertisements never is
"""

FUNCTIONS_PAGE = """# Functions of a manifest's fields

Made by `registrar connectors functions` from the table in `connectors/kit/functions.py`; each
example is a test. They stand in `with` and are applied in order. One that takes a text does every
item of a list. What a function cannot do refuses the submission by the field's canonical path.

```yaml
- {from: [purchase.date], to: bought, with: [{date: "%d/%m/%Y"}], most: 10, required: true}
- from: [customer.given_name, customer.family_name]
  to: name
  take: all
  with: [{join: " "}, upper]
  charset: ascii
  most: 30
  truncate: word
- {from: [customer.company], to: company, when: {path: customer.type, in: [business]}}
- from: [customer.tax_id]
  to: tax
  required: {when: {path: customer.company, empty: false}}
```

After the functions come `charset` (`ascii`, `latin1`, `any`: accents are left out where they cannot
be written, anything else is refused) and `most` with `truncate` (`refuse`, `cut`, `word`).
"""


def functions() -> str:
    """Of the table."""
    rows = [("function", "takes", "gives", "what it does", "example")]
    for name, one in FUNCTIONS.items():
        argument, value, made = (json.dumps(each, ensure_ascii=False) for each in one.example)
        call = name if one.check is None else f"{{{name}: {argument}}}"
        example = f"`{value}` → `{made}`"
        rows.append((f"`{call}`", one.takes, one.gives, one.says, example))
    return FUNCTIONS_PAGE + _table(rows)


def fields(manifests: Iterable[Manifest]) -> str:
    """A matrix of the APIs, and one of the forms. Raises ConfigurationError."""
    known = list(manifests)
    apis = {one.manufacturer.id: _starred(one, probe.asked(one.api)) for one in known}
    forms = {one.manufacturer.id: _starred(one, asking.asked(one.web)) for one in known if one.web}
    return FIELDS + _matrix(apis) + FORMS + _matrix(forms)


def _matrix(found: Mapping[str, Mapping[str, str]]) -> str:
    """By path; what nobody asks stands below it."""
    asked = [
        path for path in probe.PATHS if any(one[path] != probe.NEVER for one in found.values())
    ]
    rows = [("field", *found)]
    rows += [(f"`{path}`", *(one[path] for one in found.values())) for path in asked]
    rest = ", ".join(f"`{path}`" for path in probe.PATHS if path not in asked)
    return f"{_table(rows)}\nNever asked by any: {rest}.\n"


def _starred(one: Manifest, found: Mapping[str, str]) -> Mapping[str, str]:
    """With a star at what is needed anyway."""
    needed = one.manufacturer.required_fields
    return {
        path: f"{word} *" if path in needed and word != probe.REQUIRED else word
        for path, word in found.items()
    }


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ("| " + " | ".join(row) + " |\n" for row in rows)
    return "\n" + head + "|" + "---|" * len(rows[0]) + "\n" + "".join(body)
