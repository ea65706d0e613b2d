"""The memory twins of mail and webhooks."""

from __future__ import annotations

from collections.abc import Collection

from registrar.ports.notifier import Answer, Call, Letter, Verdict


class MemoryMailer:
    """Keeps what it is given. `nobody` are addresses that do not exist."""

    def __init__(self, nobody: Collection[str] = ()) -> None:
        self.sent: list[Letter] = []
        self.away = False
        self._nobody = nobody

    async def send(self, letter: Letter) -> Answer:
        """At once."""
        if self.away:
            return Answer(Verdict.UNREACHABLE, "away")
        if letter.to in self._nobody:
            return Answer(Verdict.BOUNCED, "550 5.1.1")
        self.sent.append(letter)
        return Answer(Verdict.SENT, "250")


class MemoryCourier:
    """Keeps what it is given; `answers` are given first, in order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[Answer] = []

    async def post(self, call: Call) -> Answer:
        """At once."""
        self.calls.append(call)
        return self.answers.pop(0) if self.answers else Answer(Verdict.SENT, "204")
