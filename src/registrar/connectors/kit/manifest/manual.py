"""The section `tiers.manual`: what a person is told who registers by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.conditions import Condition, condition
from registrar.connectors.kit.manifest import operations
from registrar.domain.guide import ProofOfPurchase

PLACE = ("tiers", "manual")
Text = Mapping[str, str]
"""A text by its language, ISO 639-1; English is always there."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A field of the manufacturer's form: its label, and where its value comes from."""

    label: Text
    value: mapping.FieldMap


@dataclass(frozen=True, slots=True)
class ManualStep:
    """One step, and what is filled in there."""

    text: Text
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
    """Its notes are in `proof_notes`."""
    proof_notes: Text = field(default_factory=dict)
    contact: str = ""
    follow_up_days: int = 0
    """After how many days a person should ask why no confirmation came."""


def manual(data: Mapping[str, Any]) -> ManualTier:
    """From a manifest; raises Misplaced."""
    proof = data.get("proof", {})
    return ManualTier(
        steps=tuple(operations.each(_step, data["steps"], [*PLACE, "steps"])),
        link=data.get("link", ""),
        proof=_proof(proof) if proof else None,
        proof_notes=_text(proof.get("notes", "")),
        contact=data.get("contact", ""),
        follow_up_days=data.get("follow_up_days", 0),
    )


def _step(data: Mapping[str, Any]) -> ManualStep:
    when = condition(data["when"]) if "when" in data else None
    return ManualStep(_text(data["text"]), tuple(map(_fill, data.get("fill", ()))), when)


def _fill(data: Mapping[str, Any]) -> Fill:
    """A field without a target: a person writes it, not a request."""
    made = mapping.field_map({**data, "to": "value"})
    return Fill(_text(data["label"]), made)


def _proof(data: Mapping[str, Any]) -> ProofOfPurchase:
    given = {key: one for key, one in data.items() if key != "notes"}
    return ProofOfPurchase(**{**given, "media_types": tuple(data.get("media_types", ()))})


def _text(written: str | Mapping[str, str]) -> Text:
    """What is written once is English."""
    return {"en": written} if isinstance(written, str) else dict(written)
