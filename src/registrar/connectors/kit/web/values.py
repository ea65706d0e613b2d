"""What goes into a form, and whom each part of it concerns. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.manifest.web import Fill

PROOFS = "purchase.proofs"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it is handed in."""

    media_type: str
    content: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Says nothing but what it is."""
        return f"receipt.{self.media_type.rpartition('/')[2].replace('jpeg', 'jpg')}"


@dataclass(frozen=True, slots=True)
class Values:
    """What is filled in: mapped fields by name, consents, a proof, and whose fields they are."""

    mapped: Mapping[str, Any]
    record: Mapping[str, Any]
    sources: Mapping[str, str] = field(default_factory=dict)
    """Of a mapped field: its canonical path."""
    proof: Upload | None = None

    def concerns(self, fill: Fill) -> bool:
        """Whether the control is for such a record."""
        proven = fill.proof is None or fill.proof is (self.proof is not None)
        return proven and mapping.meets(fill.when, self.record)

    def wanted(self, fill: Fill) -> object:
        """What this control should hold; None where nothing is said."""
        if fill.consent:
            return bool(mapping.canonical(self.record, fill.consent))
        if fill.upload:
            return self.proof and self.proof.name
        return fill.fixed or self.mapped.get(fill.value)

    def path(self, fill: Fill) -> str:
        """Canonical, for whoever must be asked."""
        if fill.upload:
            return PROOFS
        return fill.consent or self.sources.get(fill.value, fill.value)
