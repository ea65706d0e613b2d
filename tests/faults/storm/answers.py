"""All that callers and the watcher were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import grpc

from registrar.client import CallError

EXPECTED = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""After which a caller comes back. Any other answer to a sound request is a defect."""


@dataclass(slots=True)
class Seen:
    """Times by `time.time`."""

    acknowledged: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Registration ids by request id."""
    refused: Counter[str] = field(default_factory=Counter)
    """Answers after which a caller came back."""
    wrong: list[str] = field(default_factory=list)
    """Answers that no fault excuses."""
    told: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Sequences by registration, as the watcher was told."""
    succeeded: dict[str, float] = field(default_factory=dict)
    """When it was told so, by registration."""

    def came_back(self, error: CallError, what: str) -> bool:
        """Whether there is reason to."""
        if error.code not in EXPECTED:
            self.wrong.append(f"{what}: {error.code.name} {error}")
            return False
        self.refused[error.reason or error.code.name] += 1
        return True
