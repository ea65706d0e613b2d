"""An attempt under way: what its connector tells before the attempt has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

from registrar.app.gating import Deferral, Gates, NoGates, holder_of, looked_up_at
from registrar.app.holding import Hold
from registrar.domain import lifecycle
from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.domain.drift import FormWalk
from registrar.domain.errors import NotFound, StateConflict, StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import Attempt, Registration, Transition
from registrar.ports.connector import Looked, Withdrawn
from registrar.ports.store import Work

TRIES = 5


class Writer(Protocol):
    """Makes one transition durable; False where it is stale. A `Batcher` in production."""

    async def add(self, item: Transition) -> bool:
        """After the commit."""
        ...


class Reader(Protocol):
    """Reads what a claim needs; None where there is nothing to do. A `Batcher` in production."""

    async def add(self, item: str) -> Work | None:
        """Of one registration id."""
        ...


class Files(Protocol):
    """Of a registration: what an attempt brings and needs. `Artifacts` in production."""

    async def keep(  # noqa: PLR0913, PLR0917 - as `Artifacts.keep`
        self,
        registration_id: str,
        tenant_id: str,
        attempt: int,
        kind: str,
        media_type: str,
        data: bytes,
        /,
    ) -> object:
        """Sealed, and for a time. Never raises."""
        ...

    async def several(self, tenant_id: str, artifact_ids: Sequence[str], /) -> Sequence[Artifact]:
        """Those that are there, in this order. Raises StoreUnavailable."""
        ...

    async def whole(self, tenant_id: str, artifact_id: str, /) -> bytes:
        """Its content. Raises NotFound, StoreUnavailable and ArtifactsUnavailable."""
        ...


class NoFiles:
    """Nothing is kept, and nothing is there: a rehearsal."""

    async def keep(self, *_: object) -> None:
        """Forget it."""

    async def several(self, *_: object) -> Sequence[Artifact]:
        """None."""
        return ()

    async def whole(self, *_: object) -> bytes:
        """Of none."""
        raise NotFound


@dataclass(slots=True)
class Course:
    """`ports.connector.Run`. `attempt` is as it was last made durable."""

    writer: Writer
    reader: Reader
    moment: Callable[[], Moment]
    registration: Registration
    attempt: Attempt
    fence: int
    hold: Hold
    files: Files
    gates: Gates = field(default_factory=NoGates)
    walk: FormWalk | None = None
    """How its form has looked."""
    picture: str = ""
    """The artifact that shows where it has ended."""

    async def point_of_no_return(self) -> None:
        """Nothing has been sent yet: where the database is away, nothing will be."""
        try:
            if not await self._marked():
                raise Withdrawn
        except (StateConflict, StoreUnavailable) as error:
            raise Withdrawn from error
        # The answer may have taken longer than the lease: then another is to find the marker.
        self.hold.check()

    async def _marked(self) -> bool:
        """A cancel may move the revision meanwhile; the fence decides whose the attempt is."""
        for _ in range(TRIES):
            last = lifecycle.point_of_no_return(
                self.registration, self.attempt, self.moment(), self.fence
            )
            if await self.writer.add(last):
                self.registration = last.registration
                self.attempt = last.attempt or self.attempt
                return True
            work = await self.reader.add(self.registration.id)
            if work is None or work.fence != self.fence or not work.leased:
                return False
            self.registration = work.stored.registration
        return False

    async def look(self, ask: Callable[[], Awaitable[Looked]]) -> Looked | None:
        """Where the gate does not answer, nobody is asked, as anywhere."""
        made = self.registration
        key, holder = looked_up_at(made.manufacturer_id), holder_of(made.id, self.fence)
        try:
            given = await self.gates.ask_to_look(key, holder)
        except ConnectionError:
            return None
        if isinstance(given, Deferral):
            return None
        looked, started = None, perf_counter()
        try:
            looked = await ask()
        finally:
            said = looked.said if looked else None
            await self.gates.told(given, said, perf_counter() - started)
        return looked

    async def keep(self, kind: str, media_type: str, data: bytes) -> None:
        """Evidence of this attempt; what cannot be kept is told in the log."""
        made, number = self.registration, self.attempt.number
        kept = await self.files.keep(made.id, made.tenant_id, number, kind, media_type, data)
        if isinstance(kept, Artifact) and kept.kind is ArtifactKind.SCREENSHOT:
            self.picture = kept.id

    async def proofs(self, named: Sequence[str]) -> Sequence[Artifact]:
        """By their names, not by whose they are: they may not be bound yet."""
        return await self.files.several(self.registration.tenant_id, named)

    async def content(self, proof: Artifact) -> bytes:
        """In memory: a caller's file is at most ten megabytes."""
        return await self.files.whole(self.registration.tenant_id, proof.id)

    def saw(self, walk: FormWalk) -> None:
        """Noted, for when it has ended."""
        self.walk = walk
