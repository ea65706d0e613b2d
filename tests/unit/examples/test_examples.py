"""The examples are what the demo submits: real-looking, reproducible, and valid."""

import importlib.util
import json
from datetime import date
from pathlib import Path
from types import ModuleType

from google.protobuf.json_format import Parse

from registrar.app.validation import validated
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.rpc.convert import read_submit
from registrar.v1.registration_service_pb2 import SubmitRegistrationRequest

EXAMPLES = Path(__file__).parents[3] / "examples"
TWELVE = {
    "apple", "bosch", "dell", "ge", "hp", "lenovo", "lg", "microsoft", "milwaukee", "samsung",
    "sony", "whirlpool",
}  # fmt: skip
LINES = (EXAMPLES / "registrations.jsonl").read_text(encoding="utf-8").splitlines()


def generator() -> ModuleType:
    """The program, as a module."""
    spec = importlib.util.spec_from_file_location("generate", EXAMPLES / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_generator_writes_the_file_again() -> None:
    """Byte for byte."""
    assert generator().lines() == LINES


def test_every_example_is_valid() -> None:
    """By the rules of its own manufacturer, where it is there."""
    makers = FileCatalogue(ConnectorSettings()).manufacturers()
    for text in LINES:
        command = read_submit(Parse(text, SubmitRegistrationRequest()))
        assert command.violations == ()
        maker = makers.get(command.manufacturer_id)
        if maker is None:
            continue
        assert validated(command.submission, maker, date(2026, 11, 1))[1] == ()
        assert command.brand in maker.brands


def test_no_two_examples_are_the_same_product() -> None:
    """At least 200, of acme and twelve manufacturers, in many countries."""
    made = [json.loads(text) for text in LINES]
    assert len({one["product"]["serial_number"] for one in made}) == len(made) >= 200
    assert {one["manufacturer_id"] for one in made} == {"acme", *TWELVE}
    assert len({one["purchase"]["country"] for one in made}) >= 8
