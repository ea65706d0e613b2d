"""What goes wrong, and when: a function of the seed and of how long the storm lasts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.faults.storm.makers import MAKERS

FULL = 600.0
"""Seconds of a storm whose faults last as long as they may; those of a shorter one end sooner."""

CALM = (2.0, 3.5)
"""Seconds between two waves, in which it is seen that all recovers by itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`part` is what it breaks; of one part only one thing is broken at a time.

    `shortest` and `longest` in seconds. A kind of weight 2 comes twice as often.
    """

    part: str
    shortest: float = 0.0
    longest: float = 0.0
    weight: int = 1


MAKER = "maker"
KINDS: Mapping[str, Kind] = {
    "worker_killed": Kind("workers", weight=2),
    "worker_killed_in_send": Kind("workers", 2, 4, weight=3),
    "worker_frozen_in_send": Kind("workers", 6.5, 8, weight=2),
    "dispatcher_killed": Kind("dispatchers"),
    "dispatcher_frozen": Kind("dispatchers", 2, 10),
    "serve_killed": Kind("serves", weight=2),
    "serve_frozen": Kind("serves", 1, 5),
    "rolling_restart": Kind("processes", 4, 20),
    "redis_flushed": Kind("redis"),
    "redis_emptied": Kind("redis"),
    "redis_stopped": Kind("redis", 2, 60),
    "redis_frozen": Kind("redis", 2, 30),
    "postgres_stopped": Kind("postgres", 1, 30),
    "postgres_backends_killed": Kind("postgres", weight=2),
    "postgres_locked": Kind("postgres", 2, 9),
    "commit_then_drop": Kind(MAKER, 2, 10, weight=2),
    "reset_before_commit": Kind(MAKER, 2, 10),
    "slow": Kind(MAKER, 2, 20),
    "hung": Kind(MAKER, 2, 20),
    "one_byte_a_second": Kind(MAKER, 2, 20),
    "page_after_commit": Kind(MAKER, 2, 10),
    "storm_500": Kind(MAKER, 4, 30, weight=2),
    "storm_429": Kind(MAKER, 2, 20),
    "storm_429_by_date": Kind(MAKER, 2, 20),
    "storm_429_without_a_word": Kind(MAKER, 2, 20),
    "flapping": Kind(MAKER, 4, 20),
    "hints_replayed": Kind("hints", 1, 5),
    "artifacts_without_a_place": Kind("artifacts", 2, 20),
    "mail_down": Kind("mail", 2, 20),
}
"""Every fault; `breaking.py` and `makers.py` say what each does."""

FIRST = ("worker_frozen_in_send", "page_after_commit")
"""Of every first wave, however short the storm."""

AT_ONCE = (
    "worker_killed_in_send",
    "dispatcher_killed",
    "serve_killed",
    "redis_emptied",
    "postgres_backends_killed",
    "commit_then_drop",
    "storm_500",
    "artifacts_without_a_place",
    "mail_down",
)
"""Begin together, as the last wave."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Begins `at` and lasts so many seconds. `target` is the manufacturer, empty for all."""

    kind: str
    at: float
    lasts: float
    target: str = ""

    @property
    def part(self) -> str:
        """What is broken meanwhile."""
        return self.target or KINDS[self.kind].part

    @property
    def ends(self) -> float:
        """Planned; mending may take longer."""
        return self.at + self.lasts


def plan(seed: int, seconds: float) -> list[Fault]:
    """In waves, all of them over after `seconds`; in the order in which they begin."""
    chance = random.Random(seed)  # noqa: S311 - a storm, no secret
    deck = _deck(chance)
    scale = min(1.0, seconds / FULL)
    last = _wave(chance, list(AT_ONCE), 0.0, scale)
    room = seconds - max(one.ends for one in last)
    made: list[Fault] = []
    begins, cards = 1.0, list(FIRST)
    while begins < room:
        cards += [next(deck) for _ in range(chance.randint(2, 4))]
        wave = _wave(chance, cards, begins, scale, spread=1.5)
        ends = max(one.ends for one in wave)
        if ends > room:
            break
        made += wave
        begins, cards = ends + chance.uniform(*CALM), [next(deck)]
    made += [Fault(one.kind, room, one.lasts, one.target) for one in last]
    return sorted(made, key=lambda one: one.at)


def _deck(chance: random.Random) -> Iterator[str]:
    """Every kind before any comes once more than its weight."""
    while True:
        cards = [name for name, kind in KINDS.items() for _ in range(kind.weight)]
        chance.shuffle(cards)
        yield from cards


def _wave(
    chance: random.Random, cards: list[str], begins: float, scale: float, spread: float = 0.0
) -> list[Fault]:
    """One of each part; a card whose part is broken already is laid aside."""
    makers = [one.id for one in MAKERS]
    chance.shuffle(makers)
    made: dict[str, Fault] = {}
    for name in cards:
        kind = KINDS[name]
        target = makers.pop() if kind.part == MAKER and makers else ""
        lasts = kind.shortest + chance.random() * scale * (kind.longest - kind.shortest)
        fault = Fault(name, begins + chance.uniform(0, spread), lasts, target)
        if fault.part != MAKER:
            made.setdefault(fault.part, fault)
    return list(made.values())
