"""What every store must do for who gives records other keys."""

# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

from msgspec.structs import replace

from registrar.ports.sealed_rows import Resealed, SealedRow
from registrar.ports.store import Store
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_artifacts_suite import artifact, shown


async def _sealed(store: Store, *texts: bytes) -> list[str]:
    """Ids of registrations with these sealed texts, in the order of the ids."""
    made = [new_registration(Wanted()) for _ in texts]
    made.sort(key=lambda one: one.transition.registration.id)
    items = [replace(one, sealed=text) for one, text in zip(made, texts, strict=True)]
    await store.insert(items)
    return [one.transition.registration.id for one in items]


async def test_sealed_submissions_are_read_in_pages(store: Store) -> None:
    """By id, whatever the tenant; what was erased is not among them."""
    one, two, _gone, four = await _sealed(store, b"1", b"2", b"", b"4")
    page = await store.sealed.page("", 2)
    assert page == [SealedRow(one, b"1"), SealedRow(two, b"2")]
    assert await store.sealed.page(two, 2) == [SealedRow(four, b"4")]
    assert await store.sealed.page(four, 2) == []


async def test_only_what_is_as_it_was_is_sealed_anew(store: Store) -> None:
    """Each by itself, and in whatever order they are given."""
    one, two = await _sealed(store, b"1", b"2")
    done = await store.sealed.reseal(
        [
            Resealed(two, b"2", b"two"),
            Resealed(one, b"other", b"one"),
            Resealed("reg_none", b"2", b"x"),
        ]
    )
    assert done == [True, False, False]
    assert await store.sealed.page("", 9) == [SealedRow(one, b"1"), SealedRow(two, b"two")]


async def test_an_artifact_moves_to_another_key(store: Store) -> None:
    """Where each of its forms lies is known at every moment."""
    made = await shown(store, artifact(key_id="a" * 24))
    rows, new = store.artifacts, "b" * 24
    assert await rows.moving(made, new)
    (moving,) = await rows.kept("", 9)
    assert (moving.blob, moving.left_over) == (made.blob, f"{made.id}.{new}")
    assert not await rows.moving(made, "c" * 24)
    assert not await rows.moved(made, "c" * 24)
    assert await rows.moved(made, new)
    (moved,) = await rows.kept("", 9)
    assert (moved.blob, moved.left_over) == (f"{made.id}.{new}", made.blob)
    assert set(moved.key_ids) == {made.key_id, new}
    assert not await rows.moved(made, new)
    await rows.cleared(made.id)
    (clear,) = await rows.kept("", 9)
    assert (clear.blob, clear.left_over) == (moved.blob, None)


async def test_one_without_a_key_of_its_own_moves_too(store: Store) -> None:
    """Where it was is told apart from there being nothing left over."""
    made = await shown(store, artifact())
    assert await store.artifacts.moving(made, "b" * 24)
    assert await store.artifacts.moved(made, "b" * 24)
    (moved,) = await store.artifacts.kept("", 9)
    assert (moved.left_over, moved.key_ids) == (made.id, ("b" * 24,))


async def test_kept_artifacts_are_read_in_pages(store: Store) -> None:
    """Those that are shown, by id."""
    await store.artifacts.reserve(artifact())
    first, second, third = [
        await shown(store, artifact(f"art_{name}", tenant_id=f"tenant-{name}")) for name in "abc"
    ]
    assert await store.artifacts.kept("", 2) == [first, second]
    assert await store.artifacts.kept(second.id, 2) == [third]
