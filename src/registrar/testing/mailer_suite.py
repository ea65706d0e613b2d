"""What every mailer must do. `mailer` is tried, `inbox` has what arrived: (to, subject's id)."""
# ruff: noqa: S101 - a shipped suite is tests: it asserts

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from registrar.domain.notification import Kind
from registrar.ports.notifier import Mailer, Verdict
from registrar.testing.letters import letter, to

NOBODY = "nobody@mail.example"
"""An address that does not exist, at the other end of every mailer that is tried."""


class Inbox(Protocol):
    """The other end."""

    def arrived(self) -> Sequence[tuple[str, str]]:
        """Recipient and id of each letter, in order."""
        ...

    async def leave(self) -> None:
        """Nobody is there any more."""
        ...


async def test_a_letter_arrives_where_it_was_sent(mailer: Mailer, inbox: Inbox) -> None:
    """Once each, of every kind."""
    for kind in Kind:
        answer = await mailer.send(letter(kind, notice_id=f"ntf_{kind}"))
        assert answer.verdict is Verdict.SENT
    assert inbox.arrived() == [("juergen@mail.example", f"ntf_{kind}") for kind in Kind]


async def test_an_address_that_does_not_exist_bounces(mailer: Mailer, inbox: Inbox) -> None:
    """Nothing arrives."""
    answer = await mailer.send(letter(submission=to(NOBODY)))
    assert answer.verdict is Verdict.BOUNCED
    assert "550" in answer.code
    assert NOBODY not in answer.code
    assert inbox.arrived() == []


async def test_where_nobody_is_nothing_is_lost(mailer: Mailer, inbox: Inbox) -> None:
    """It is said that others would fare no better."""
    await inbox.leave()
    assert (await mailer.send(letter())).verdict is Verdict.UNREACHABLE
