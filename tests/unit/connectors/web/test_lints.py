"""What is said of a form's description, with its place."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from registrar.connectors.kit import web_lints
from registrar.connectors.kit.catalogue import PACKAGED

Web = dict[str, Any]


def acme() -> Web:
    """A form that nothing is said of."""
    text = (PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8")
    made: Web = yaml.safe_load(text)["tiers"]["web"]
    return made


def said(web: Web, *, api: bool = True) -> list[str]:
    """Each as `place: message`."""
    found = web_lints.findings(web, api=api)
    return [f"{'.'.join(map(str, place))}: {message}" for place, message in found]


def test_nothing_is_said_of_a_good_form() -> None:
    """Of Acme's."""
    assert said(acme()) == []


def test_a_look_up_needs_an_api() -> None:
    """A form tells nothing of what it has done."""
    wanted = "tiers.web.capabilities.verify: there is no API whose look-up could tell"
    assert said(acme(), api=False) == [wanted]


def fill(web: Web, step: int, number: int, **changes: object) -> None:
    """Another control; None takes a key away."""
    one = web["steps"][step]["fill"][number]
    one.update({key: value for key, value in changes.items() if value is not None})
    for key in [key for key, value in changes.items() if value is None]:
        del one[key]


def page(web: Web, **changes: object) -> None:
    """Another first page."""
    web["pages"][0].update(changes)


RECEIPT = {"types": ["image/png"], "most": 9}
WRONG: list[tuple[Callable[[Web], object], str]] = [
    (
        lambda web: web.update(dismiss=["Accept all"]),
        "dismiss.0: Accept all: nobody has agreed to anything",
    ),
    (
        lambda web: web.update(when={"path": "product.colour", "empty": False}),
        "when.path: no canonical path: product.colour",
    ),
    (
        lambda web: web["steps"][1].update(name="product"),
        "steps.1.name: a second step product",
    ),
    (
        lambda web: web["steps"][1].update(when={"path": "x", "empty": False}),
        "steps.1.when.path: no canonical path: x",
    ),
    (
        lambda web: web["fields"].append({"from": ["purchase.order_number"], "to": "order"}),
        "fields: order is filled in nowhere",
    ),
    (
        lambda web: fill(web, 0, 1, when={"path": "x", "empty": False}),
        "steps.0.fill.1.when.path: no canonical path: x",
    ),
    (
        lambda web: fill(web, 3, 0, consent="consents.anything"),
        "steps.3.fill.0.consent: no canonical path: consents.anything",
    ),
    (
        lambda web: fill(web, 0, 0, group="Brands"),
        "steps.0.fill.0: a set of choices, and nothing else, has a group",
    ),
    (
        lambda web: fill(web, 0, 1, label=None),
        "steps.0.fill.1: what a person reads of it is needed: a label, or a role with its name",
    ),
    (
        lambda web: web["steps"][2]["fill"].append({"label": "Invoice", "upload": RECEIPT}),
        "steps: one proof of purchase is handed in, and no second one",
    ),
    (
        lambda web: web["steps"][1]["fill"].pop(5),
        "steps: nothing says which proof of purchase the form takes: `upload`",
    ),
    (
        lambda web: fill(web, 1, 5, **{"as": "text"}),
        "steps.1.fill.5.as: an upload is a field for files",
    ),
    (
        lambda web: page(web, name="maintenance"),
        "pages.3.name: a second page maintenance",
    ),
    (
        lambda web: page(web, code="duplicate.same_owner"),
        "pages: none of them says that it is registered",
    ),
    (
        lambda web: web["pages"][3].update(code="handed_over"),
        "pages.3.code: handed_over is nothing that a page says",
    ),
    (
        lambda web: page(web, canonical="product.colour"),
        "pages.0.canonical: no canonical path: product.colour",
    ),
]


@pytest.mark.parametrize(("change", "wanted"), WRONG, ids=[wanted for _, wanted in WRONG])
def test_what_is_wrong_is_said_with_its_place(change: Callable[[Web], object], wanted: str) -> None:
    """One thing at a time."""
    web = acme()
    change(web)
    assert said(web) == [f"tiers.web.{wanted}"]


def test_a_value_needs_a_field() -> None:
    """And the field that it was is filled in nowhere."""
    web = acme()
    fill(web, 0, 1, value="modell")
    assert said(web) == [
        "tiers.web.steps.0.fill.1.value: no field goes to modell",
        "tiers.web.fields: model is filled in nowhere",
    ]
