"""Shares and turns of the dispatcher."""

from hypothesis import given
from hypothesis import strategies as st

from registrar.store.fairness import Candidate, choose

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        registration_id=st.uuids().map(str),
        manufacturer_id=st.sampled_from(["acme", "samsung", "dell"]),
        priority=st.integers(0, 2),
        run_at=st.integers(0, 100),
        fence=st.just(0),
    ),
    unique_by=lambda one: one.registration_id,
)
ROOM = st.dictionaries(st.sampled_from(["acme", "samsung", "dell"]), st.integers(0, 10))


@given(CANDIDATES, ROOM, st.integers(1, 20))
def test_choice_holds_every_bound(
    candidates: list[Candidate], room: dict[str, int], limit: int
) -> None:
    """Never over the limit or a manufacturer's room, never twice, and no place left unused."""
    chosen = choose(candidates, room, limit)
    ids = [one.registration_id for one in chosen]
    assert len(ids) == len(set(ids)) <= limit
    names = [one.manufacturer_id for one in chosen]
    assert all(names.count(name) <= room.get(name, 0) for name in names)
    possible = sum(
        min(room.get(name, 0), sum(one.manufacturer_id == name for one in candidates))
        for name in {one.manufacturer_id for one in candidates}
    )
    assert len(chosen) == min(limit, possible)


def test_manufacturers_take_turns() -> None:
    """A long backlog of one does not come before the first job of another."""
    long = [Candidate(f"a{n}", "acme", 1, n, 0) for n in range(10)]
    late = Candidate("s", "samsung", 1, 99, 0)
    assert late in choose([*long, late], {"acme": 10, "samsung": 10}, 2)
