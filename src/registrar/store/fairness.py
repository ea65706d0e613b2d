"""Which due jobs go first: guaranteed shares by priority class, turns by manufacturer. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

SHARES = {0: 0.6, 1: 0.3, 2: 0.1}
"""Guaranteed part of every release by priority class; what one leaves, the others take."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due job, in order of `run_at` within its class and manufacturer."""

    registration_id: str
    manufacturer_id: str
    priority: int
    run_at: int
    fence: int


def _turns(jobs: Iterable[Candidate]) -> list[Candidate]:
    lines: dict[str, list[Candidate]] = defaultdict(list)
    for job in sorted(jobs, key=lambda one: (one.run_at, one.registration_id)):
        lines[job.manufacturer_id].append(job)
    rounds = zip_longest(*lines.values())
    return [job for turn in rounds for job in turn if job is not None]


def choose(candidates: Iterable[Candidate], room: Mapping[str, int], limit: int) -> list[Candidate]:
    """At most `limit`, at most `room[manufacturer]` of each; most urgent first in the answer."""
    classes: dict[int, list[Candidate]] = defaultdict(list)
    for job in candidates:
        classes[job.priority].append(job)
    lines = {priority: _turns(jobs) for priority, jobs in classes.items()}
    left = dict(room)
    chosen: list[Candidate] = []

    def take(priority: int, most: int) -> None:
        kept: list[Candidate] = []
        for job in lines.get(priority, []):
            if most > 0 and left.get(job.manufacturer_id, 0) > 0:
                left[job.manufacturer_id] -= 1
                most -= 1
                chosen.append(job)
            else:
                kept.append(job)
        lines[priority] = kept

    for priority, share in SHARES.items():
        take(priority, min(max(1, int(limit * share)), limit - len(chosen)))
    for priority in SHARES:
        take(priority, limit - len(chosen))
    return sorted(chosen, key=lambda job: job.priority)
