"""When what could not be told is tried again."""

from __future__ import annotations

from datetime import timedelta

from registrar.domain.notification import Channel
from registrar.ports.notices import Claimed, NoticeState, Settled
from registrar.ports.notifier import Answer, Verdict

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MAIL = (30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR)
WEBHOOK = (5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 4 * HOUR, 6 * HOUR)
SCHEDULES = {Channel.EMAIL: MAIL, Channel.WEBHOOK: WEBHOOK}
"""The pause after each try; the last one counts for all that follow."""
OUTAGE = MINUTE
"""Nobody was there at all: soon after somebody is again, everything has been told."""
LONGEST = timedelta(hours=24)
"""However long a server wants to be left alone."""
SPREAD = 0.2
"""Share of a pause that chance adds or takes at most, half of it each way."""


def pause(channel: Channel, tries: int, answer: Answer, chance: float) -> timedelta:
    """After so many tries; `chance` in [0, 1) spreads them."""
    schedule = SCHEDULES[channel]
    wanted = schedule[min(max(tries, 1), len(schedule)) - 1]
    if answer.verdict is Verdict.UNREACHABLE and channel is Channel.EMAIL:
        wanted = min(wanted, OUTAGE)
    wanted = wanted * (1 - SPREAD / 2 + SPREAD * chance)
    if answer.retry_after is not None:
        wanted = max(wanted, min(answer.retry_after, LONGEST))
    return wanted


def again(claimed: Claimed, answer: Answer, chance: float) -> Settled:
    """Another try, or none where its time is over."""
    if claimed.spent:
        return Settled(NoticeState.SPENT, answer.code)
    notice = claimed.notice
    later = pause(notice.channel, notice.tries, answer, chance)
    return Settled(NoticeState.WAITING, answer.code, later)
