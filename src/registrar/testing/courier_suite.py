"""What every courier must do. `courier` is tried, `system` is the tenant's, at its other end."""
# ruff: noqa: S101 - a shipped suite is tests: it asserts

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from registrar.ports.notifier import Answer, Call, Courier, Verdict

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105 - of no webhook
PAYLOAD = {"type": "registration.received", "data": {"registration_id": "reg_Łódź"}}


class System(Protocol):
    """The other end."""

    url: str

    def arrived(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Id and payload of each webhook, in order."""
        ...

    def will_say(self, status: int, retry_after: int = 0) -> None:
        """To the next one; else 204. Seconds."""
        ...


def call(url: str, *secrets: str, notice_id: str = "ntf_1") -> Call:
    """A webhook."""
    return Call(notice_id, url, datetime.now(UTC), PAYLOAD, secrets or (SECRET,))


async def test_a_webhook_arrives_as_it_was_sent(courier: Courier, system: System) -> None:
    """Once each."""
    for key in ("ntf_1", "ntf_2"):
        answer = await courier.post(call(system.url, notice_id=key))
        assert answer == Answer(Verdict.SENT, "204")
    assert system.arrived() == [("ntf_1", PAYLOAD), ("ntf_2", PAYLOAD)]


async def test_a_system_that_cannot_now_is_asked_later(courier: Courier, system: System) -> None:
    """When it says so; and whatever else it says against it."""
    system.will_say(503, 120)
    system.will_say(500)
    system.will_say(404)
    expected = [
        Answer(Verdict.LATER, "503", timedelta(minutes=2)),
        Answer(Verdict.LATER, "500"),
        Answer(Verdict.LATER, "404"),
        Answer(Verdict.SENT, "204"),
    ]
    assert [await courier.post(call(system.url)) for _ in expected] == expected


async def test_a_system_may_want_no_more(courier: Courier, system: System) -> None:
    """For good."""
    system.will_say(410)
    assert await courier.post(call(system.url)) == Answer(Verdict.GONE, "410")
