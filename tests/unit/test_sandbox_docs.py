"""`docs/sandbox.md` names every fault, field, ending, address and call that there is."""

import re
from dataclasses import fields
from pathlib import Path

from registrar.sandbox import Sandbox, SandboxSettings
from registrar.sandbox.devices import ENDINGS, Device
from registrar.sandbox.faults import KINDS, STEPS, Rule
from registrar.sandbox.profiles import DOCUMENTED

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def addresses() -> set[str]:
    """Of all routes."""
    made = Sandbox(SandboxSettings())
    found = {str(one.canonical) for one in made.application().router.resources()}
    made.world.ledger.close()
    return found


def test_every_fault_and_field_is_told() -> None:
    """Of rules and of seeds."""
    names = [*KINDS, *(one.name for one in (*fields(Rule), *fields(Device)))]
    internal = {"fault", "since"}
    assert [one for one in names if f"`{one}`" not in TEXT and one not in internal] == []
    assert [one for one in STEPS if one not in TEXT] == []
    assert [one for one in ENDINGS if one not in TEXT] == []


def test_every_profile_and_every_call_is_told() -> None:
    """By its address."""
    assert [one.base for one in DOCUMENTED if f"`{one.base}`" not in TEXT] == []
    calls = {one for one in addresses() if one.startswith("/_sandbox")}
    forms = {
        "/_sandbox",
        "/_sandbox/add-fault",
        "/_sandbox/clear-faults",
        "/_sandbox/reset-metrics",
    }
    assert sorted(one for one in calls - forms if one not in TEXT) == []


def test_every_address_of_a_call_exists() -> None:
    """None is told of that is gone."""
    known = addresses()
    assert [one for one in re.findall(r"/_sandbox/\w*", TEXT) if one not in known] == []
