"""The plan, the figures and the mutants of the storm."""

import asyncio
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.faults.storm import mutants
from tests.faults.storm.__main__ import main
from tests.faults.storm.breaking import BREAKING
from tests.faults.storm.control import Control
from tests.faults.storm.figures import Run, Span, line, percentile, recoveries, sends_in_storms
from tests.faults.storm.makers import ALWAYS, RULES
from tests.faults.storm.oracle import Broken
from tests.faults.storm.plan import AT_ONCE, KINDS, MAKER, plan
from tests.faults.storm.records import Row


def test_the_same_seed_is_the_same_storm() -> None:
    """And another seed is another one."""
    assert plan(3, 60) == plan(3, 60)
    assert plan(3, 60) != plan(4, 60)


@pytest.mark.parametrize("seed", range(20))
def test_no_part_is_broken_twice_at_a_time(seed: int) -> None:
    """And all is over when the storm is."""
    made = plan(seed, 60)
    assert max(one.ends for one in made) <= 60
    by_part: dict[str, list[tuple[float, float]]] = {}
    for one in made:
        by_part.setdefault(one.part, []).append((one.at, one.ends))
    for times in by_part.values():
        assert all(ends <= begins for (_, ends), (begins, _) in pairwise(times))


@pytest.mark.parametrize("seconds", [24, 60, 600])
def test_a_storm_ends_with_all_at_once(seconds: float) -> None:
    """Whatever its length."""
    made = plan(1, seconds)
    begins = max(one.at for one in made)
    assert {one.kind for one in made if one.at == begins} == set(AT_ONCE)


def test_a_long_storm_has_every_fault() -> None:
    """Ten minutes are enough for all."""
    assert {one.kind for one in plan(1, 600)} == set(KINDS)


def test_every_kind_of_fault_does_something() -> None:
    """To a manufacturer by its rules, to all else by its own context."""
    assert {name for name, kind in KINDS.items() if kind.part == MAKER} == set(RULES)
    assert {name for name, kind in KINDS.items() if kind.part != MAKER} == set(BREAKING)


def test_recovery_is_counted_from_the_last_of_faults_that_overlap() -> None:
    """Of each manufacturer that was met; one that had no success is not guessed."""
    redis = Span("redis_stopped", 10, 20)
    storm = Span("storm_500", 15, 30, "keyed")
    succeeded = {"keyed": [12.0, 31.5], "strong": [12.0, 20.5, 40.0]}
    assert sorted(recoveries([redis, storm], succeeded)) == [0.5, 1.5]


def test_amplification_is_of_what_arrived_in_the_storm() -> None:
    """At the manufacturer that had it."""
    storms = [Span("storm_500", 10, 20, "keyed"), Span("slow", 10, 20, "strong")]
    arrivals = [("keyed", "a", 9.0), ("keyed", "a", 11.0), ("keyed", "a", 12.0), ("keyed", "b", 13)]
    found = sends_in_storms(storms, [*arrivals, ("strong", "c", 12.0)])
    assert found == Counter({"a": 2, "b": 1})


def test_the_line_says_what_was_found() -> None:
    """Its names are read by others."""
    lost = Broken("G3", "r", "still waiting")
    rows = [Row("r", "q", "keyed", "waiting", 1), Row("s", "p", "keyed", "action_required", 1)]
    run = Run(2, rows, [lost], 0, [Span("slow", 0, 1, "keyed")], [1.0], Counter({"r": 3, "s": 1}))
    assert line(7, [run]) == {
        "name": "faults",
        "seed": 7,
        "runs": 1,
        "accepted": 2,
        "terminal": 0,
        "waiting_for_a_person": 1,
        "lost": 1,
        "duplicates": 0,
        "violations": ["G3 r: still waiting"],
        "recovery_p50_s": 1.0,
        "recovery_p99_s": 1.0,
        "probes_per_open_period": None,
        "amplification": 2.0,
        "faults": {"slow": 1},
        "seconds": 0.0,
    }


def test_a_percentile_of_nothing_is_none() -> None:
    """Instead of a zero that looks like a figure."""
    assert percentile([], 0.5) is None
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0


@pytest.mark.parametrize("name", mutants.known())
def test_a_mutant_fits_the_sources_and_leaves_the_checkout_alone(tmp_path: Path, name: str) -> None:
    """A patch that no longer applies would prove nothing."""
    before = {path: path.read_bytes() for path in (mutants.ROOT / "src").rglob("*.py")}
    mutants.made(name, tmp_path)
    copied = {path: tmp_path / path.relative_to(mutants.ROOT) for path in before}
    assert {path: path.read_bytes() for path in before} == before
    assert any(copy.read_bytes() != before[path] for path, copy in copied.items())


CAUGHT = {
    "fence": mutants.WORLD,
    "gate": mutants.SCOPE,
    "marker": mutants.WORLD,
    "revision": mutants.WORLD,
    "verify": mutants.SCOPE,
}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", mutants.known())
def test_a_mutant_does_not_pass_the_model_check(tmp_path: Path, name: str) -> None:
    """A guard that nothing misses would be none."""
    assert mutants.missed(mutants.made(name, tmp_path), CAUGHT[name]).startswith(CAUGHT[name])


def test_a_mutant_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """And the others are named."""
    with pytest.raises(mutants.NoMutant, match="nobody: one of"):
        mutants.made("nobody", tmp_path)


def test_a_mutant_that_does_not_exist_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is started, and the exit code is not that of a broken promise."""
    assert main(["--mutant", "nobody"]) == 2
    assert capsys.readouterr().err.startswith("faults: a mutant is one of ")


class Late(Control):
    """Whose first requests take longest to arrive; `holds` is the list that is in force."""

    def __init__(self) -> None:
        super().__init__("", 1)
        self.delays = [0.05, 0.04, 0.03, 0.02, 0.01]
        self.holds: list[Any] = []

    async def ask(self, path: str, method: str = "GET", body: Any = None) -> None:  # noqa: ANN401 - JSON
        """As a thread does, which nobody can cancel."""
        del path, method
        delay = self.delays.pop(0) if self.delays else 0.0
        arriving = asyncio.create_task(self._arrive(delay, body["rules"]))
        await asyncio.shield(arriving)

    async def _arrive(self, delay: float, rules: list[Any]) -> None:
        await asyncio.sleep(delay)
        self.holds = rules


async def test_no_rule_is_left_behind_when_two_end_together() -> None:
    """The list that was made last is the one that holds."""
    control = Late()
    control.delays = [0.0, 0.0, 0.1]

    async def one(maker: str) -> None:
        async with control.ruled([{"kind": "status"}], maker):
            await asyncio.sleep(0.02)

    await asyncio.gather(one("eventual"), one("strong"))
    await asyncio.sleep(0.2)
    assert control.holds == ALWAYS


async def test_no_rule_is_left_behind_by_who_is_cancelled() -> None:
    """Before its block has begun, or at its end."""
    for after in (0.01, 0.06, 0.11):
        control = Late()

        async def one(control: Late) -> None:
            async with control.ruled([{"kind": "status"}], "eventual"):
                await asyncio.sleep(0.05)

        task = asyncio.create_task(one(control))
        await asyncio.sleep(after)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.2)
        assert control.holds == ALWAYS, after
