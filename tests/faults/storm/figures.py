"""What a run found, as figures: recovery, amplification, counts; and the one line that says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.faults.storm.makers import BY_ID
from tests.faults.storm.oracle import Broken, count
from tests.faults.storm.records import Row


@dataclass(frozen=True, slots=True)
class Span:
    """A fault as it really was, by `time.time`; `target` is the manufacturer, empty for all."""

    kind: str
    began: float
    ended: float
    target: str = ""

    @property
    def makers(self) -> Iterable[str]:
        """Whom it met."""
        return (self.target,) if self.target else BY_ID


@dataclass(slots=True)
class Run:
    """Of one seed."""

    accepted: int
    rows: Sequence[Row]
    broken: Sequence[Broken]
    surplus: int
    """Acts of manufacturers beyond the first of each registration."""
    spans: Sequence[Span]
    recoveries: Sequence[float]
    sends: Counter[str] = field(default_factory=Counter)
    """Arrivals in storms of 500, by registration."""
    refused: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def recoveries(spans: Sequence[Span], succeeded: Mapping[str, Sequence[float]]) -> list[float]:
    """From the end of each fault to the manufacturer's first success, in seconds.

    Where another fault still met the manufacturer then, there was nothing to recover to yet: of
    faults that overlap the last one's end counts.
    """
    found: list[float] = []
    for span in spans:
        for maker in span.makers:
            others = [one for one in spans if one is not span and maker in one.makers]
            if any(one.began <= span.ended < one.ended for one in others):
                continue
            later = [at for at in succeeded.get(maker, ()) if at >= span.ended]
            if later:
                found.append(min(later) - span.ended)
    return found


def sends_in_storms(
    spans: Sequence[Span], arrivals: Sequence[tuple[str, str, float]]
) -> Counter[str]:
    """What arrived while its manufacturer answered with 500, by registration."""
    storms = [one for one in spans if one.kind == "storm_500"]
    return Counter(
        key
        for maker, key, at in arrivals
        if any(maker in one.makers and one.began <= at <= one.ended for one in storms)
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` of them lie, nearest rank; None of nothing."""
    if not values:
        return None
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 2)


def line(seed: int, runs: Sequence[Run], probes: int | None = None) -> dict[str, Any]:
    """All runs as one JSON object. `lost` and `duplicates` must be 0, and `violations` empty.

    `probes`: the most that a dead endpoint saw in an open period; None where it was not tried.
    """
    rows = [row for run in runs for row in run.rows]
    broken = [one for run in runs for one in run.broken]
    times = [one for run in runs for one in run.recoveries]
    sends = sum((run.sends for run in runs), Counter[str]())
    waiting = sum(row.state == "action_required" for row in rows)
    return {
        "name": "faults",
        "seed": seed,
        "runs": len(runs),
        "accepted": sum(run.accepted for run in runs),
        "terminal": sum(row.settled for row in rows) - waiting,
        "waiting_for_a_person": waiting,
        "lost": count(broken, "G1", "G3"),
        "duplicates": sum(run.surplus for run in runs),
        "violations": [str(one) for one in broken],
        "recovery_p50_s": percentile(times, 0.5),
        "recovery_p99_s": percentile(times, 0.99),
        "probes_per_open_period": probes,
        "amplification": round(sends.total() / len(sends), 2) if sends else None,
        "faults": dict(sorted(Counter(one.kind for run in runs for one in run.spans).items())),
        "seconds": round(sum(run.seconds for run in runs), 1),
    }


def show(found: Mapping[str, Any], runs: Sequence[Run]) -> None:
    """For people."""
    table = Table("what", "value", title="Faults", title_justify="left")
    for name, value in found.items():
        if name not in {"name", "faults", "violations"}:
            table.add_row(name.replace("_", " "), "–" if value is None else f"{value:,}")
    states = Counter(row.action or row.state for run in runs for row in run.rows)
    told = sum((Counter(run.refused) for run in runs), Counter[str]())
    table.add_row("states", _counts(states))
    table.add_row("callers came back after", _counts(told))
    table.add_row("faults", _counts(found["faults"]))
    table.add_row("violations", "\n".join(found["violations"][:50]) or "none")
    Console().print(table)


def _counts(of: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in of.items()) or "none"
