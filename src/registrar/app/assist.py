"""The manual tier for callers: the guide before, what a person says of it, the proof after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from registrar.app.commands import Caller, Manufacturers, View
from registrar.app.completing import Completing, Done, GivenUp
from registrar.app.intervene import Intervene
from registrar.domain import language as languages
from registrar.domain.errors import Erased, StateConflict
from registrar.domain.guide import Guide
from registrar.domain.paper import Basis, Paper, Proof, Subject
from registrar.domain.registration import Event, EventKind, Registration, State
from registrar.ports.guides import Guides
from registrar.ports.papers import Papers

A_PERSONS_TURN = frozenset({State.ACTION_REQUIRED, State.FAILED, State.REJECTED})
"""Where nobody but a person goes on: earlier, both might register it."""


@dataclass(frozen=True, slots=True)
class Guided:
    """A guide, as data and as a paper."""

    guide: Guide
    paper: Paper


@dataclass(frozen=True, slots=True)
class Proven:
    """A proof, as data and as a paper."""

    view: View
    subject: Subject
    proof: Proof
    paper: Paper


async def nobody() -> None:
    """Rings for nobody."""


@dataclass(frozen=True, slots=True)
class Assist:
    """The use cases. `ring` wakes who waits for events."""

    interventions: Intervene
    guides: Guides
    catalogue: Manufacturers
    papers: Papers
    ring: Callable[[], Awaitable[None]] = nobody

    async def guide(self, caller: Caller, registration_id: str, language: str) -> Guided:
        """In `language`, BCP 47, else in the registration's. Raises NotFound, StateConflict."""
        view = await self.interventions.queries.get(caller, registration_id)
        now, submission = view.registration, view.submission
        if now.state not in A_PERSONS_TURN:
            raise StateConflict("No person is asked to register this product.")
        spoken = languages.spoken(language or submission.locale)
        guide = self.guides.guide(now, submission, spoken)
        if guide is None:
            raise StateConflict("Of this manufacturer no way by hand is known.")
        return Guided(guide, await self.papers.guide(self._subject(view), guide, spoken))

    async def complete(
        self,
        caller: Caller,
        registration_id: str,
        said: Done | GivenUp,
        *,
        etag: str,
        request_id: str,
    ) -> View:
        """See `completing`."""
        completing = Completing(self.interventions)
        view = await completing(caller, registration_id, said, etag=etag, request_id=request_id)
        await self.ring()
        return view

    async def proof(self, caller: Caller, registration_id: str, language: str) -> Proven:
        """In `language`, BCP 47, else in the registration's. Raises NotFound, StateConflict."""
        queries = self.interventions.queries
        view = await queries.get(caller, registration_id)
        now = view.registration
        if now.state is not State.SUCCEEDED:
            raise StateConflict("This product is not registered.")
        if now.erased_at is not None:
            raise Erased
        spoken = languages.spoken(language or view.submission.locale)
        (event,) = await queries.events(caller, now.id, after=now.revision - 1, limit=1)
        subject = self._subject(view)
        proof = _proof(subject, event)
        return Proven(view, subject, proof, await self.papers.proof(subject, proof, spoken))

    def _subject(self, view: View) -> Subject:
        maker = self.catalogue.manufacturers().get(view.registration.manufacturer_id)
        if maker is None:
            raise StateConflict("Its manufacturer is not known here any more.")
        today = self.interventions.clock.now().date()
        return Subject(view.registration, view.submission, maker, today)


def _proof(subject: Subject, last: Event) -> Proof:
    """The event that ended it tells how that is known."""
    basis = {EventKind.MANUALLY_COMPLETED: Basis.PERSON, EventKind.VERIFIED: Basis.LOOKUP}
    said = last.detail.get("registered_on", "")
    return Proof(
        known_at=last.at,
        basis=basis.get(last.kind, Basis.ANSWER),
        registered_on=date.fromisoformat(said) if said else None,
        evidence=_evidence(subject, subject.registration),
    )


def _evidence(subject: Subject, now: Registration) -> str:
    listing = subject.manufacturer.listing(now.tier) if now.tier else None
    return listing.evidence if listing else ""
