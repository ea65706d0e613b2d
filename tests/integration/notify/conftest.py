"""Mail servers and mailers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from tests.integration.notify.mailserver import MailServer, running

from registrar.notify.memory import MemoryMailer
from registrar.notify.smtp import SmtpMailer
from registrar.ports.notifier import Mailer
from registrar.testing.mailer_suite import NOBODY, Inbox


@pytest.fixture
async def post() -> AsyncIterator[MailServer]:
    """A mail server that takes everything."""
    async with running() as made:
        yield made


@dataclass
class Memory:
    """The other end of the memory twin."""

    mailer: MemoryMailer

    def arrived(self) -> list[tuple[str, str]]:
        """Of each letter."""
        return [(one.to, one.id) for one in self.mailer.sent]

    async def leave(self) -> None:
        """Away."""
        self.mailer.away = True


@pytest.fixture(params=["memory", "smtp"])
def ends(request: pytest.FixtureRequest) -> tuple[Mailer, Inbox]:
    """Both ends of either mailer."""
    if request.param == "memory":
        twin = MemoryMailer({NOBODY})
        return twin, Memory(twin)
    made: MailServer = request.getfixturevalue("post")
    return SmtpMailer(made.settings()), made


@pytest.fixture
def mailer(ends: tuple[Mailer, Inbox]) -> Mailer:
    """What is tried."""
    return ends[0]


@pytest.fixture
def inbox(ends: tuple[Mailer, Inbox]) -> Inbox:
    """Its other end."""
    return ends[1]
