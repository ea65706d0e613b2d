"""A page as data, and a step of a form, for tests of what is decided without a browser."""

from dataclasses import replace

import msgspec

from registrar.connectors.kit.manifest.web import Fill, Locator, Signs, Step
from registrar.connectors.kit.web.survey import Control, Option, Survey
from registrar.connectors.kit.web.values import Values

RECORD = {
    "product": {"serial_number": "AC26XY000001", "model_number": "AX-100"},
    "customer": {"email": "ada@example.com"},
    "purchase": {"country": "DE"},
    "consents": {"terms": True, "marketing_email": True},
}
VALUES = Values(
    {"serial": "AC26XY000001", "model": "AX-100", "country": "DE", "use": "In my home"},
    RECORD,
    {"serial": "product.serial_number", "model": "product.model_number", "use": "usage"},
)


def by(label: str, name: str = "", kind: str = "text", **rest: str) -> Fill:
    """A field by its label, with its name as the second opinion."""
    marks = (Locator("label", label), *([Locator("name", name)] if name else []))
    return Fill(marks, kind, **rest)  # type: ignore[arg-type] # texts only


SERIAL = by("Serial number", "serial", value="serial")
MODEL = by("Model number", "model", value="model")
COUNTRY = by("Country of purchase", "country", "select", value="country")
USE = Fill((), "radio", value="use", group="Where is it used?")
TERMS = by("I accept the terms.", "terms", "check", consent="consents.terms")
NEWS = by("Send me news.", "news", "check", consent="consents.marketing_email")
STEP = Step("product", Signs(), (SERIAL, MODEL, COUNTRY, USE, TERMS, NEWS))


def control(index: int, role: str, name: str, **rest: object) -> Control:
    """What a person could use."""
    return msgspec.structs.replace(Control(index, role, name), **rest)


CONTROLS = (
    control(0, "textbox", "Serial number *", identity="serial", required=True),
    control(1, "textbox", "Model number", identity="model"),
    control(
        2,
        "combobox",
        "Country of purchase",
        identity="country",
        options=(Option("", "Please choose"), Option("DE", "Germany"), Option("PL", "Poland")),
    ),
    control(3, "radio", "In my home", group="Where is it used?"),
    control(4, "radio", "In a business", group="Where is it used?"),
    control(5, "checkbox", "I accept the terms.", identity="terms", required=True),
    control(6, "checkbox", "Send me news.", identity="news"),
    control(7, "button", "Continue"),
)


def page(*controls: Control, **rest: object) -> Survey:
    """Of these, or as the manifest knows it."""
    made = Survey("http://form.example/", controls=controls or CONTROLS)
    return msgspec.structs.replace(made, **rest)


def but(place: int, **changes: object) -> Survey:
    """The page with one control changed."""
    made = list(CONTROLS)
    made[place] = msgspec.structs.replace(made[place], **changes)
    return page(*made)


def without(*fills: Fill) -> Step:
    """The step without these."""
    return replace(STEP, fill=tuple(one for one in STEP.fill if one not in fills))
