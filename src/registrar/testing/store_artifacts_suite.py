"""What every store must do with artifacts. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.ports import plain
from registrar.ports.store import Store
from registrar.testing.records import Wanted, new_registration

DAY = timedelta(days=1)
PROOF = ArtifactKind.PROOF_OF_PURCHASE


def artifact(artifact_id: str = "", **changes: Any) -> Artifact:  # noqa: ANN401 - of its fields
    """For a day, of tenant-a and no registration."""
    now = plain.from_micros(plain.to_micros(datetime.now(UTC)))
    made = Artifact(
        id=artifact_id or f"art_{uuid.uuid4().hex}",
        tenant_id="tenant-a",
        kind=PROOF,
        media_type="application/pdf",
        created_at=now,
        expires_at=now + DAY,
        size=3_000_000_000,
        sha256="ab" * 32,
    )
    return replace(made, **changes)


async def shown(store: Store, made: Artifact, request_id: str = "") -> Artifact:
    """Reserved and complete."""
    await store.artifacts.reserve(made)
    kept = await store.artifacts.complete(made, request_id)
    assert kept is not None
    return kept


async def owner(store: Store, artifact_id: str) -> str:
    """The registration of an artifact of tenant-a."""
    return (await store.artifacts.find("tenant-a", [artifact_id]))[artifact_id].registration_id


async def test_an_artifact_is_read_back_equal(store: Store) -> None:
    """Every field, with a registration and without one."""
    bound = artifact(registration_id="reg_1", attempt=2, kind=ArtifactKind.SCREENSHOT)
    for made in (artifact(), bound):
        await shown(store, made)
        assert await store.artifacts.find("tenant-a", [made.id, "other"]) == {made.id: made}
    assert await store.artifacts.of("tenant-a", "reg_1") == [bound]


async def test_a_reservation_is_not_shown(store: Store) -> None:
    """Until its bytes are there."""
    made = artifact(registration_id="reg_1")
    await store.artifacts.reserve(made)
    assert await store.artifacts.find("tenant-a", [made.id]) == {}
    assert await store.artifacts.of("tenant-a", "reg_1") == []
    assert not await store.artifacts.claim("tenant-a", [made.id], "req")


async def test_another_tenant_is_shown_no_artifact(store: Store) -> None:
    """On every method that takes a tenant."""
    made = artifact(registration_id="reg_1")
    await shown(store, made, "req")
    free = await shown(store, artifact())
    assert await store.artifacts.find("tenant-b", [made.id]) == {}
    assert await store.artifacts.of("tenant-b", "reg_1") == []
    assert await store.artifacts.by_request("tenant-b", "req") is None
    assert not await store.artifacts.claim("tenant-b", [free.id], "req")
    assert await store.artifacts.claim("tenant-a", [free.id], "req")
    await store.artifacts.bind("tenant-b", "req", "reg_2", free.expires_at)
    await store.artifacts.release("tenant-b", "req")
    assert not await store.artifacts.claim("tenant-a", [free.id], "other")
    assert await owner(store, free.id) == ""


async def test_a_request_uploads_one_artifact(store: Store) -> None:
    """However many arrive at once; another tenant's request of the same id is another."""
    made = [artifact() for _ in range(6)]
    answers = await asyncio.gather(*(shown(store, one, "req") for one in made))
    assert len({one.id for one in answers}) == 1
    assert await store.artifacts.by_request("tenant-a", "req") == answers[0]
    theirs = artifact(tenant_id="tenant-b")
    assert await shown(store, theirs, "req") == theirs


async def test_without_a_request_nothing_is_the_same(store: Store) -> None:
    """What the gateway makes itself has none."""
    first, second = artifact(), artifact()
    assert await shown(store, first) == first
    assert await shown(store, second) == second
    assert await store.artifacts.by_request("tenant-a", "") is None


async def test_an_expired_reservation_is_not_completed(store: Store) -> None:
    """Its bytes may be on their way out."""
    made = artifact()
    await store.artifacts.reserve(replace(made, expires_at=made.created_at - DAY))
    assert await store.artifacts.complete(made) is None
    assert await store.artifacts.complete(artifact(), "req") is None


async def test_what_has_expired_is_not_shown_and_frees_its_request(store: Store) -> None:
    """From that moment on, swept or not."""
    soon = datetime.now(UTC) + timedelta(seconds=1)
    made = artifact(expires_at=soon, registration_id="reg_1")
    await shown(store, made, "req")
    await asyncio.sleep(1.05)
    assert await store.artifacts.find("tenant-a", [made.id]) == {}
    assert await store.artifacts.of("tenant-a", "reg_1") == []
    again = artifact()
    assert await shown(store, again, "req") == again


async def test_only_what_has_expired_is_dropped(store: Store) -> None:
    """The longest expired first, of all tenants, reservations too."""
    now = datetime.now(UTC)
    for name, hours, tenant in (("a", 1, "tenant-a"), ("b", 3, "tenant-b"), ("c", 2, "tenant-a")):
        over = now - timedelta(hours=hours)
        await store.artifacts.reserve(artifact(name, expires_at=over, tenant_id=tenant))
    alive = await shown(store, artifact())
    assert [one.id for one in await store.artifacts.expired(2)] == ["b", "c"]
    await store.artifacts.drop(["b", alive.id])
    assert [one.id for one in await store.artifacts.expired(9)] == ["c", "a"]
    assert await store.artifacts.find("tenant-a", [alive.id]) == {alive.id: alive}


async def test_a_proof_has_one_claim(store: Store) -> None:
    """Once more for the same request changes nothing; all or none."""
    first, second = await shown(store, artifact()), await shown(store, artifact())
    both = [first.id, second.id]
    assert await store.artifacts.claim("tenant-a", [first.id], "one")
    assert await store.artifacts.claim("tenant-a", [first.id], "one")
    assert not await store.artifacts.claim("tenant-a", both, "two")
    assert not await store.artifacts.claim("tenant-a", [second.id, "unknown"], "two")
    assert await store.artifacts.claim("tenant-a", both, "one")
    assert not await store.artifacts.claim("tenant-a", [second.id], "two")


async def test_of_many_claims_at_once_one_holds(store: Store) -> None:
    """Whatever the order in which they name the proofs."""
    ids = [(await shown(store, artifact())).id for _ in range(3)]
    wanted = [ids, ids[::-1]] * 5
    answers = await asyncio.gather(
        *(store.artifacts.claim("tenant-a", one, f"r{n}") for n, one in enumerate(wanted))
    )
    assert sorted(answers) == [False] * 9 + [True]


async def test_only_a_free_proof_is_claimed(store: Store) -> None:
    """Neither another kind nor what a registration has already."""
    picture = await shown(store, artifact(kind=ArtifactKind.SCREENSHOT))
    bound = await shown(store, artifact(registration_id="reg_1"))
    for made in (picture, bound):
        assert not await store.artifacts.claim("tenant-a", [made.id], "req")


async def test_a_bound_proof_stays_bound(store: Store) -> None:
    """It has the registration's time, and the same request may claim it again."""
    made = await shown(store, artifact())
    later = made.expires_at + 100 * DAY
    await store.artifacts.claim("tenant-a", [made.id], "req")
    await store.artifacts.bind("tenant-a", "req", "reg_1", later)
    await store.artifacts.release("tenant-a", "req")
    await store.artifacts.bind("tenant-a", "req", "reg_2", later)
    bound = replace(made, registration_id="reg_1", expires_at=later)
    assert await store.artifacts.of("tenant-a", "reg_1") == [bound]
    assert await store.artifacts.claim("tenant-a", [made.id], "req")
    assert not await store.artifacts.claim("tenant-a", [made.id], "other")


async def test_a_released_proof_is_free(store: Store) -> None:
    """For any request."""
    made = await shown(store, artifact())
    await store.artifacts.claim("tenant-a", [made.id], "one")
    await store.artifacts.release("tenant-a", "one")
    assert await store.artifacts.claim("tenant-a", [made.id], "two")


async def test_claims_that_nobody_came_back_to_are_settled(store: Store) -> None:
    """Bound where the request has made a registration of the tenant, else freed; not too soon."""
    item = new_registration(Wanted(request_id="made"))
    await store.insert([item])
    made, lost = await shown(store, artifact()), await shown(store, artifact())
    theirs = await shown(store, artifact(tenant_id="tenant-b"))
    later = made.expires_at + DAY
    await store.artifacts.claim("tenant-a", [made.id], "made")
    await store.artifacts.claim("tenant-a", [lost.id], "lost")
    await store.artifacts.claim("tenant-b", [theirs.id], "made")
    now = datetime.now(UTC)
    assert await store.artifacts.settle(now - timedelta(minutes=1), later) == 0
    assert await store.artifacts.settle(now + timedelta(minutes=1), later) == 3
    registration_id = item.transition.registration.id
    assert await owner(store, made.id) == registration_id
    assert await owner(store, lost.id) == ""
    assert await store.artifacts.claim("tenant-a", [lost.id], "other")
    assert await store.artifacts.claim("tenant-b", [theirs.id], "other")
    (bound,) = await store.artifacts.of("tenant-a", registration_id)
    assert bound.expires_at == later
