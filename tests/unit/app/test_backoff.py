"""When a notice is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from registrar.app.notifications.backoff import LONGEST, SCHEDULES, again, pause
from registrar.domain.notification import Channel, Kind
from registrar.ports.notices import Claimed, Notice, NoticeState, Settled
from registrar.ports.notifier import Answer, Verdict

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LATER = Answer(Verdict.LATER, "421")


def claimed(channel: Channel = Channel.EMAIL, tries: int = 1, *, spent: bool = False) -> Claimed:
    """A notice in hand."""
    ids = ("ntf_1", "tenant-a", "reg_1", 1)
    state = NoticeState.WAITING
    notice = Notice(*ids, channel, Kind.RECEIVED, 0, state, tries, NOW, NOW, NOW)
    return Claimed(notice, 1, spent)


@pytest.mark.parametrize("channel", Channel)
def test_pauses_grow_to_the_last_of_the_schedule(channel: Channel) -> None:
    """And stay there."""
    pauses = [pause(channel, tries, LATER, 0.5) for tries in range(1, 12)]
    schedule = list(SCHEDULES[channel])
    assert pauses == schedule + schedule[-1:] * (11 - len(schedule))
    assert pauses == sorted(pauses)


def test_a_webhook_is_tried_for_about_a_day() -> None:
    """As often as its life is long."""
    total, tries = timedelta(0), 0
    while total < timedelta(hours=21):
        tries += 1
        total += pause(Channel.WEBHOOK, tries, LATER, 0.5)
    assert tries == 9
    assert timedelta(hours=21) <= total < timedelta(hours=27)


def test_chance_spreads_pauses_by_a_tenth_each_way() -> None:
    """So that what failed together does not come back together."""
    assert pause(Channel.EMAIL, 2, LATER, 0.0) == timedelta(seconds=54)
    assert pause(Channel.EMAIL, 2, LATER, 0.999999) < timedelta(seconds=66)


def test_an_outage_of_mail_is_looked_at_every_minute() -> None:
    """However long it lasts; that of one tenant's system is not."""
    away = Answer(Verdict.UNREACHABLE, "away")
    assert pause(Channel.EMAIL, 7, away, 0.5) == timedelta(minutes=1)
    assert pause(Channel.EMAIL, 1, away, 0.5) == timedelta(seconds=30)
    assert pause(Channel.WEBHOOK, 7, away, 0.5) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (timedelta(seconds=1), timedelta(seconds=30)),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=99), LONGEST),
    ],
)
def test_a_server_may_ask_for_more_time(asked: timedelta, expected: timedelta) -> None:
    """Not for less, and not for ever."""
    answer = Answer(Verdict.LATER, "503", asked)
    assert pause(Channel.EMAIL, 1, answer, 0.5) == expected


def test_the_last_try_is_the_last() -> None:
    """Before, another one follows."""
    assert again(claimed(spent=True), LATER, 0.5) == Settled(NoticeState.SPENT, "421")
    expected = Settled(NoticeState.WAITING, "421", timedelta(seconds=30))
    assert again(claimed(), LATER, 0.5) == expected
