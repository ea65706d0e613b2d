"""Faults by script: rules in order, drawn from a seeded source, so that runs can be replayed."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = frozenset(
    {
        "latency",
        "status",
        "throttle",
        "hang",
        "reset_before_commit",
        "commit_then_drop",
        "commit_then_hang",
        "html",
        "ignore_idempotency",
    }
)
STEPS = frozenset({"submit", "verify", "token", "poll", "health"})


@dataclass(slots=True)
class Rule:
    """Empty conditions match everything; `times` None means for ever."""

    fault: str
    manufacturer: str = ""
    step: str = ""
    serial: str = ""
    seconds: float | None = None
    status: int = 500
    retry_after: int = 1
    times: int | None = None
    probability: float = 1.0
    fired: int = field(default=0)

    def __post_init__(self) -> None:
        """ValueError names what is wrong."""
        if self.fault not in KINDS:
            raise ValueError(f"fault: one of {', '.join(sorted(KINDS))} is needed")
        if self.step and self.step not in STEPS:
            raise ValueError(f"step: one of {', '.join(sorted(STEPS))} is needed")
        if not 0 <= self.probability <= 1:
            raise ValueError("probability: between 0 and 1")

    def matches(self, manufacturer: str, step: str, serial: str) -> bool:
        """Whether it applies to this request."""
        return (
            self.manufacturer in {"", manufacturer}
            and self.step in {"", step}
            and self.serial in {"", serial}
            and (self.times is None or self.fired < self.times)
        )


NONE = Rule("latency", seconds=0.0)


class Script:
    """The rules of the present run."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._random = random.Random(0)  # noqa: S311 - a replayable run is the point

    def replace(self, rules: list[dict[str, Any]], seed: int = 0) -> None:
        """ValueError or TypeError for a rule that is not one."""
        made = [Rule(**{k: v for k, v in rule.items() if k != "fired"}) for rule in rules]
        self._rules = made
        self._random = random.Random(seed)  # noqa: S311

    def report(self) -> list[dict[str, Any]]:
        """The rules and how often each has fired."""
        return [asdict(rule) for rule in self._rules]

    def draw(self, manufacturer: str, step: str, serial: str = "") -> Rule:
        """The rule for this request; one that does nothing where none applies."""
        for rule in self._rules:
            if (
                rule.matches(manufacturer, step, serial)
                and self._random.random() < rule.probability
            ):
                rule.fired += 1
                return rule
        return NONE
