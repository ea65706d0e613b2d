"""What an attempt brings, and proofs that a submission names, over all three stores."""

import uuid
from dataclasses import replace

import msgspec
import pytest
from tests.integration.app.desks import A, System, command, submission
from tests.integration.app.test_delivery import VAULT
from tests.integration.app.test_forms import Fleet, Form

from registrar.app.artifacts import Artifacts
from registrar.app.uploads import Upload
from registrar.artifacts.memory import MemoryBlobs
from registrar.domain.artifact import ArtifactKind
from registrar.domain.errors import InvalidRequest, NotFound
from registrar.domain.outcome import Outcome
from registrar.domain.registration import State
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.connector import UNATTENDED, Job, Run
from registrar.ports.store import Store
from registrar.testing.proofs import PDF, PNG, pieces


class Photographer(Form):
    """Brings a picture before the click, and a page after it."""

    def __init__(self, kind: str = "screenshot") -> None:
        super().__init__()
        self.kind = kind

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """As the browser's connector does."""
        await run.keep(self.kind, "image/png", PNG)
        outcome = await super().submit(job, run)
        await run.keep("dom_snapshot", "text/html", b"<p>Thank you</p>")
        return outcome


class Attaching(Form):
    """Hands in whatever proofs there are."""

    def __init__(self) -> None:
        super().__init__()
        self.handed_in: list[bytes] = []

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Read before the click."""
        for one in await run.proofs(job.submission.purchase.proofs):
            self.handed_in.append(await run.content(one))
        return await super().submit(job, run)


async def test_a_form_is_handed_what_its_submission_names(store: Store) -> None:
    """Of its own tenant, in its order, bound or not; what has gone is left out."""
    artifacts, form = kept(store, MemoryBlobs()), Attaching()
    ours = [
        await artifacts.upload("tenant-a", Upload(str(uuid.uuid4()), kind), pieces(data))
        for kind, data in (("application/pdf", PDF), ("image/png", PNG))
    ]
    wanted = Upload(str(uuid.uuid4()), "image/png")
    other = await artifacts.upload("tenant-b", wanted, pieces(PNG))
    names = (ours[1].id, other.id, "art_gone", ours[0].id)
    fleet = Fleet(store, form)
    fleet.advance = replace(fleet.advance, files=artifacts)
    await fleet.accept(naming(*names))
    await fleet.advance.run(*await fleet.hint())
    assert form.handed_in == [PNG, PDF]


async def test_a_rehearsal_has_no_proofs(store: Store) -> None:
    """And keeps nothing."""
    fleet = Fleet(store, form := Attaching())
    one = await fleet.accept(naming("art_1"))
    await fleet.advance.run(*await fleet.hint())
    assert ((await fleet.now(one)).state, form.handed_in) == (State.SUCCEEDED, [])
    with pytest.raises(NotFound):
        await fleet.advance.files.whole("tenant-a", "art_1")


def naming(*proofs: str) -> Submission:
    """A fresh product, with those proofs."""
    bought = submission()
    return msgspec.structs.replace(
        bought, purchase=msgspec.structs.replace(bought.purchase, proofs=proofs)
    )


def kept(store: Store, blobs: MemoryBlobs) -> Artifacts:
    """In memory, on that store."""
    return Artifacts(store.artifacts, blobs, VAULT, SystemClock())


async def filled(store: Store, artifacts: Artifacts | None, form: Form) -> tuple[str, State]:
    """One registration, on the form: its id, and what became of it."""
    fleet = Fleet(store, form)
    if artifacts is not None:
        fleet.advance = replace(fleet.advance, files=artifacts)
    one = await fleet.accept()
    await fleet.advance.run(*await fleet.hint())
    return one.id, (await fleet.now(one)).state


async def test_what_an_attempt_brings_is_its_evidence(store: Store) -> None:
    """In order, with its number, sealed."""
    artifacts = kept(store, blobs := MemoryBlobs())
    key, state = await filled(store, artifacts, Photographer())
    assert state is State.SUCCEEDED
    shot, page = await artifacts.listed("tenant-a", key)
    assert (shot.kind, shot.attempt, shot.size) == (ArtifactKind.SCREENSHOT, 1, len(PNG))
    assert (page.kind, page.media_type) == (ArtifactKind.DOM_SNAPSHOT, "text/html")
    opened = artifacts.opened("tenant-a", page.id)
    assert b"".join([chunk async for chunk in opened]) == b"<p>Thank you</p>"
    assert not any(b"Thank you" in data for data in blobs.kept.values())


@pytest.mark.parametrize("trouble", ["away", "full", "no such kind", "nowhere"])
async def test_no_registration_fails_for_its_evidence(store: Store, trouble: str) -> None:
    """It succeeds, with less to show for it."""
    blobs = MemoryBlobs(room=0 if trouble == "full" else 2**20)
    blobs.away = trouble == "away"
    artifacts = kept(store, blobs)
    form = Photographer("hologram" if trouble == "no such kind" else "screenshot")
    key, state = await filled(store, None if trouble == "nowhere" else artifacts, form)
    assert state is State.SUCCEEDED
    listed = [one.kind for one in await artifacts.listed("tenant-a", key)]
    assert listed == ([ArtifactKind.DOM_SNAPSHOT] if trouble == "no such kind" else [])


async def test_a_proof_goes_with_its_submission(system: System) -> None:
    """To one registration, however often that is asked for."""
    artifacts = kept(system.store, MemoryBlobs())
    wanted = Upload(str(uuid.uuid4()), "application/pdf")
    proof = await artifacts.upload("tenant-a", wanted, pieces(PDF))
    first = command(submission=naming(proof.id))
    made = await system.desk.submit(A, first)
    again = await system.desk.submit(A, first)
    assert (made.created, again.created) == (True, False)
    (listed,) = await artifacts.listed("tenant-a", made.view.registration.id)
    assert (listed.id, listed.registration_id) == (proof.id, made.view.registration.id)
    assert listed.expires_at > proof.expires_at
    view = await system.desk.get(A, made.view.registration.id)
    assert view.submission.purchase.proofs == (proof.id,)
    with pytest.raises(InvalidRequest) as caught:
        await system.submit(submission=naming(proof.id))
    assert [one.rule for one in caught.value.violations] == ["in_use"]
