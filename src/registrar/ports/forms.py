"""Forms: what a manifest knows of them, what visits have seen of them, and where that is kept.

Of the whole installation, not of a tenant. Nothing personal is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from registrar.domain.audit import Act
from registrar.domain.drift import Change, FormPage, FormSight
from registrar.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A step of one version's form. `baseline` is None until somebody has passed it."""

    seen: FormPage
    seen_at: datetime
    """Since when it looks so."""
    baseline: FormPage | None = None
    baseline_at: datetime | None = None
    artifact_id: str = ""
    """The picture that the visit has left; empty where it has left none."""


@dataclass(frozen=True, slots=True)
class FormRecord:
    """One version of a manufacturer's form: its steps, and failures since it last worked."""

    pages: Mapping[str, KeptPage] = field(default_factory=dict)
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What a visit has seen."""

    pages: Sequence[FormPage]
    baseline: bool = False
    """It was a good one: each page is its step's baseline, where that has none yet."""
    artifact_id: str = ""


class FormRecords(Protocol):
    """Part of the store. Every method raises StoreUnavailable."""

    async def of(self, manufacturer_id: str, version: str) -> FormRecord:
        """Empty where nothing is known."""
        ...

    async def saw(self, manufacturer_id: str, version: str, look: Look) -> None:
        """How these steps look now."""
        ...

    async def failed(self, manufacturer_id: str, version: str, by: str) -> int:
        """One failure more of this version, and how many in a row there are now.

        The same one (`by`) again does not count twice; another version begins anew.
        """
        ...

    async def worked(self, manufacturer_id: str) -> None:
        """The failures in a row are over."""
        ...

    async def accept(self, manufacturer_id: str, version: str, act: Act | None = None) -> int:
        """Every step of it looks from now on as it should; says how many."""
        ...


class SeenForm(Protocol):
    """A form that can be looked at, without filling in or sending anything."""

    async def sight(self) -> tuple[Outcome, FormSight | None]:
        """Its first step, and whether that is there; None where another page is."""
        ...


class KnownForms(Protocol):
    """The manifests, as far as forms go. Pure but for `form`."""

    def version(self, manufacturer_id: str) -> str:
        """In use; empty where there is no form."""
        ...

    def steps(self, manufacturer_id: str) -> tuple[str, ...]:
        """In order: the first can be seen without filling anything in. Empty without a form."""
        ...

    def patience(self, manufacturer_id: str) -> int:
        """How many failures in a row stop its web tier."""
        ...

    def compare(self, manufacturer_id: str, before: FormPage, now: FormPage) -> tuple[Change, ...]:
        """The worst first."""
        ...

    def fits(self, manufacturer_id: str, page: FormPage) -> bool:
        """Whether the manifest can fill it, as far as that can be seen."""
        ...

    def patch(self, manufacturer_id: str, changes: Mapping[str, Sequence[Change]]) -> str:
        """What mends the manifest where a change (by step) is repairable: a unified diff."""
        ...

    def form(self, manufacturer_id: str) -> SeenForm | None:
        """None where it is not in use here."""
        ...
