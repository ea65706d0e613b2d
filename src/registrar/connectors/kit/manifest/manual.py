"""The section `tiers.manual`: what a person is told who registers by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.conditions import Condition, condition
from registrar.connectors.kit.manifest import operations
from registrar.domain.guide import ProofOfPurchase

PLACE = ("tiers", "manual")


@dataclass(frozen=True, slots=True)
class Fill:
    """A field of the manufacturer's form: its label, and where its value comes from."""

    label: str
    value: mapping.FieldMap


@dataclass(frozen=True, slots=True)
class ManualStep:
    """One step, and what is filled in there."""

    text: str
    fills: tuple[Fill, ...] = ()
    when: Condition | None = None
    """It is told only then."""


@dataclass(frozen=True, slots=True)
class ManualTier:
    """The route of last resort. What no source tells is empty."""

    steps: tuple[ManualStep, ...]
    link: str = ""
    """An https URL; may hold `{canonical.path}`."""
    proof: ProofOfPurchase | None = None
    contact: str = ""
    follow_up_days: int = 0
    """After how many days a person should ask why no confirmation came."""


def manual(data: Mapping[str, Any]) -> ManualTier:
    """From a manifest; raises Misplaced."""
    return ManualTier(
        steps=tuple(operations.each(_step, data["steps"], [*PLACE, "steps"])),
        link=data.get("link", ""),
        proof=_proof(data["proof"]) if "proof" in data else None,
        contact=data.get("contact", ""),
        follow_up_days=data.get("follow_up_days", 0),
    )


def _step(data: Mapping[str, Any]) -> ManualStep:
    when = condition(data["when"]) if "when" in data else None
    return ManualStep(data["text"], tuple(map(_fill, data.get("fill", ()))), when)


def _fill(data: Mapping[str, Any]) -> Fill:
    """A field without a target: a person writes it, not a request."""
    made = mapping.field_map({**data, "to": "value"})
    return Fill(data["label"], made)


def _proof(data: Mapping[str, Any]) -> ProofOfPurchase:
    return ProofOfPurchase(**{**data, "media_types": tuple(data.get("media_types", ()))})
