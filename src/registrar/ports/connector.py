"""Connectors: five typed steps, the same on all tiers, and the catalogue that holds them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from registrar.domain.artifact import Artifact
from registrar.domain.drift import FormWalk
from registrar.domain.errors import NotFound
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Outcome, Tier, Verification
from registrar.domain.policy import Capabilities
from registrar.domain.submission import Submission
from registrar.resilience.settings import Settings


class Job(msgspec.Struct, frozen=True):
    """What a connector is told: the idempotency key is stable over attempts."""

    registration_id: str
    idempotency_key: str
    brand: str
    submission: Submission
    manufacturer_reference: str = ""


class Looked(NamedTuple):
    """A look-up before anything is sent. `outcome`: what is certain by it, and ends the attempt."""

    said: Outcome | Verification
    """What it tells of the manufacturer."""
    outcome: Outcome | None = None


class Withdrawn(Exception):
    """The attempt is no longer wanted, or no longer ours: nothing may be sent."""


class Run(Protocol):
    """The attempt that a connector carries out: what it tells on its way."""

    async def point_of_no_return(self) -> None:
        """Makes durable that the manufacturer may act from here on; at most once an attempt.

        Before the act itself, and awaited. Raises Withdrawn: then there must be no act.
        """
        ...

    async def look(self, ask: Callable[[], Awaitable[Looked]]) -> Looked | None:
        """What `ask` is told, where the manufacturer may be asked now; None where it may not.

        Of a tier that sends nothing: the others have been let in with their attempt.
        """
        ...

    async def keep(self, kind: str, media_type: str, data: bytes) -> None:
        """Evidence of the attempt, masked already. Never raises: no attempt fails for it."""
        ...

    async def proofs(self, named: Sequence[str]) -> Sequence[Artifact]:
        """Those of the submission's that are still kept, in its order. Raises StoreUnavailable."""
        ...

    async def content(self, proof: Artifact) -> bytes:
        """Of one of them, whole. Raises NotFound, StoreUnavailable and ArtifactsUnavailable."""
        ...

    def saw(self, walk: FormWalk) -> None:
        """How the form has looked on the way; once, at the end."""
        ...


class Unattended:
    """A run that nobody keeps a record of, such as a rehearsal's."""

    async def point_of_no_return(self) -> None:
        """Nothing is kept."""

    async def look(self, ask: Callable[[], Awaitable[Looked]]) -> Looked | None:
        """Always."""
        return await ask()

    async def keep(self, kind: str, media_type: str, data: bytes) -> None:
        """Nothing is kept."""

    async def proofs(self, named: Sequence[str]) -> Sequence[Artifact]:
        """None of them is kept."""
        del named
        return ()

    async def content(self, proof: Artifact) -> bytes:
        """Of none."""
        raise NotFound(proof.id)

    def saw(self, walk: FormWalk) -> None:
        """Nothing is noted."""


UNATTENDED = Unattended()


class Connector(Protocol):
    """One tier of one manufacturer. Never raises for what a manufacturer does."""

    @property
    def capabilities(self) -> Capabilities:
        """What this tier offers."""
        ...

    @property
    def version(self) -> str:
        """The manifest's version."""
        ...

    @property
    def probes(self) -> bool:
        """Whether `health` has a way to ask."""
        ...

    @property
    def secret_expires_at(self) -> datetime | None:
        """When the first of its secrets ends; None where nobody has told."""
        ...

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """prepare, send, classify. The only step that must not repeat blindly.

        Where the tier begins with nothing sent, it tells `run` before it acts.
        """
        ...

    async def verify(self, job: Job) -> Verification:
        """Read-only look-up; also polls an asynchronous manufacturer."""
        ...

    async def health(self) -> Outcome:
        """Read-only probe."""
        ...


class Catalogue(Protocol):
    """All manufacturers that loaded, and why the others did not."""

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        ...

    def quarantined(self) -> Mapping[str, str]:
        """Manufacturer id to the reason its manifest was refused."""
        ...

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """None where there is no such tier, or it is not enabled here.

        With a version: what can look up a submission of that version. Without: the newest.
        """
        ...

    def held(self, manufacturer_id: str, tier: Tier) -> str:
        """Why a tier in use here cannot work, without any secret's value; empty where it can."""
        ...

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """What the gate of a tier holds it to at this moment; the usual where nothing is known."""
        ...
