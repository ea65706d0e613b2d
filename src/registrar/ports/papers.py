"""Papers: what is printed for people. Slow next to a read, so never on the way of one."""

from __future__ import annotations

from typing import Protocol

from registrar.domain.guide import Guide
from registrar.domain.paper import Paper, Proof, Subject


class Papers(Protocol):
    """Bounded in time and size, off the event loop.

    `language` is one of `domain.language.SPOKEN`. Both raise Overloaded where too many are waited
    for, and PaperFailed where none could be made.
    """

    async def guide(self, subject: Subject, guide: Guide, language: str) -> Paper:
        """How a person registers it. What cannot be shown is said to be missing, never guessed."""
        ...

    async def proof(self, subject: Subject, proof: Proof, language: str) -> Paper:
        """What was registered, when, and how that is known."""
        ...
