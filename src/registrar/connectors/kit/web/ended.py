"""How a walk ends before its answer."""

from __future__ import annotations

from registrar.domain.outcome import Code, Effect, Outcome


class Ended(Exception):
    """The walk is over, with this outcome; its effect is what is said before the point."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.code.value)
        self.outcome = outcome


def changed(code: Code, step: str, what: str) -> Outcome:
    """It is not the form that the manifest knows."""
    return Outcome(code, Effect.UNKNOWN, f"{step}: {what}" if step else what)


def late(step: str) -> Outcome:
    """It may be there the next time."""
    return Outcome(Code.UNAVAILABLE_SERVER, Effect.UNKNOWN, f"{step}: not there in time")
