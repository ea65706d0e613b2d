"""The files' texts: templates, which are YAML with comments, and words in their place.

There is no template language: `@WORD@` is replaced, and what is whole lines, or nothing, takes the
place of its own line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from registrar.connectors.scaffold import credentials
from registrar.connectors.scaffold.credentials import TOKEN, Credentials
from registrar.connectors.scaffold.wanted import Shape, Wanted

TEMPLATES = Path(__file__).with_name("templates")
SIMULATIONS = {
    Shape.REGISTER_SYNC: "sandbox.py.txt",
    Shape.REGISTER_ASYNC: "sandbox.py.txt",
    Shape.LOOKUP: "sandbox-lookup.py.txt",
}
TRIED = {
    Shape.REGISTER_SYNC: "rows.yaml",
    Shape.REGISTER_ASYNC: "rows.yaml",
    Shape.LOOKUP: "looks.yaml",
}
WORK_SECONDS = 0.05
"""As the conformance kit has it of everyone who takes their time."""


def files(wanted: Wanted) -> Mapping[str, str]:
    """Texts by file name: manifest.yaml, scenarios.yaml, and sandbox.py where there is an API.

    The scenarios have no `asks` yet: that is read off the finished manifest.
    """
    keys = credentials.credentials(wanted.auth, wanted.id)
    words = _words(wanted, keys)
    made = {
        "manifest.yaml": "".join(map(template, _manifest(wanted.shape))),
        "scenarios.yaml": template("scenarios.yaml"),
    }
    if wanted.shape in SIMULATIONS:
        made["sandbox.py"] = template(SIMULATIONS[wanted.shape])
    return {name: filled(text, words) for name, text in made.items()}


def template(name: str) -> str:
    """One of this package's."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def filled(text: str, words: Mapping[str, str]) -> str:
    """Twice, as what is put in may hold words, too."""
    for _ in range(2):
        for word, value in words.items():
            lines = not value or value.endswith("\n")
            text = text.replace(f"@{word}@\n" if lines else f"@{word}@", value)
    return text


def _manifest(shape: Shape) -> Iterator[str]:
    yield "head.yaml"
    yield "register.yaml" if shape.registers else "manual.yaml"
    if shape is Shape.LOOKUP:
        yield "lookup.yaml"


def _words(wanted: Wanted, keys: Credentials) -> Mapping[str, str]:
    return {
        **_of_the_shape(wanted, keys),
        "AUTH": keys.section,
        "DOOR": keys.door,
        "DENIED": "token_expired" if keys.session else "unauthorized",
        "TOKEN": f"  token: /{wanted.id}{TOKEN}\n" if keys.session else "",
        "SECRETS": _json(keys.secrets),
        "ID": wanted.id,
        "KEY": _plain(wanted.id),
        "HOST": wanted.id.replace("_", "-"),
        "NAME": _json(wanted.name),
        "BRAND": _json(wanted.brands[0]),
        "BRANDS": _json(wanted.brands),
        "COUNTRIES": _json(wanted.countries),
        "PURCHASE": _purchase(wanted),
    }


def _of_the_shape(wanted: Wanted, keys: Credentials) -> Mapping[str, str]:
    """What one template has for several shapes."""
    late = wanted.shape is Shape.REGISTER_ASYNC
    own, kind = "async" if late else "sync", "session" if keys.session else "key"
    rules = template(f"rules-{kind}.yaml") + (template("rejected.yaml") if late else "")
    if wanted.shape is Shape.LOOKUP:
        rules = "".join(line.removeprefix("  ") for line in rules.splitlines(keepends=True))
    return {
        "CAPABILITIES": template(f"capabilities-{own}.yaml"),
        "OPERATIONS": template(f"operations-{own}.yaml"),
        "RULES": rules,
        "SANDBOX": template("sandbox.yaml") if wanted.shape in SIMULATIONS else "",
        "TRIED": template(TRIED[wanted.shape]) if wanted.shape in TRIED else "",
        "ROWS": template(f"rows-{kind}.yaml") + (template("rejected-row.yaml") if late else ""),
        "LOOKS": template(f"looks-{kind}.yaml"),
        "WORK": str(WORK_SECONDS if late else 0.0),
        "DONE": "accepted" if late else "registered",
        "STATUS": "202" if late else "201",
    }


def _purchase(wanted: Wanted) -> str:
    """Where the kit's record was bought, unless that is where nobody registers it."""
    if not wanted.countries or "DE" in wanted.countries:
        return ""
    return f"  purchase: {{country: {_json(wanted.countries[0])}}}\n"


def _plain(word: str) -> str:
    """As it is, unless YAML takes it for another thing, such as `no`."""
    return word if yaml.safe_load(word) == word else _json(word)


def _json(value: object) -> str:
    """Which YAML reads, too: quoted, so that NO is no flag, and in one line."""
    return json.dumps(value, ensure_ascii=False)
