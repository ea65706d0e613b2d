"""From the event log to the customer's inbox, over all three stores."""

import asyncio
import dataclasses
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs
from tests.integration.notify.desk import QUICK, VAULT, Telling
from tests.integration.notify.mailserver import MailServer, running

from registrar.app.notifications.deliver import TOO_LATE
from registrar.app.notifications.letters import Untold
from registrar.app.notifications.tail import PAST, Tail
from registrar.domain.errors import PaperFailed
from registrar.domain.notification import Channel, Kind, TenantNotifications
from registrar.domain.registration import EventKind, State
from registrar.notify.memory import MemoryMailer
from registrar.notify.smtp import SmtpMailer
from registrar.ports.notices import NewNotice, NoticeState
from registrar.ports.store import Store
from registrar.testing.letters import GUIDE, SETTINGS, SUBMISSION, TODAY, to
from registrar.testing.mailer_suite import NOBODY

SENT = ("sent", "250")


@pytest.fixture
def inbox() -> MemoryMailer:
    """Where letters arrive."""
    return MemoryMailer({NOBODY})


@pytest.fixture
async def telling(store: Store, inbox: MemoryMailer) -> Telling:
    """Of tenant-a, which wants everything told."""
    return await Telling(store, inbox).begin()


async def test_a_registration_is_told_from_end_to_end(store: Store, post: MailServer) -> None:
    """Received, then registered with its reference, over a real mail server; each once."""
    telling = await Telling(store, SmtpMailer(post.settings())).begin()
    made = await telling.submitted()
    await telling.told()
    await telling.moved(made, Kind.REGISTERED)
    await telling.told()
    await telling.told()
    subjects = [one["Subject"] for one in post.letters]
    assert subjects == [
        "Wir registrieren Ihr Produkt bei Acme: Kühlschrank „Søren“",
        "Bei Acme registriert: Kühlschrank „Søren“",
    ]
    assert "ACME-REF-99" in str(post.letters[1])
    assert await telling.summary() == [("received", *SENT), ("registered", *SENT)]


async def test_nothing_is_told_that_was_not_asked_for(
    store: Store, inbox: MemoryMailer, telling: Telling
) -> None:
    """By default nothing; of another tenant nothing; of what happened before nothing."""
    await telling.settle(TenantNotifications())
    before = await telling.submitted()
    await telling.submitted(tenant_id="tenant-b")
    await telling.told()
    await telling.settle(replace(SETTINGS, emails=(Kind.REGISTERED,)))
    await telling.told()
    await telling.moved(await telling.submitted(), Kind.FAILED)
    await telling.moved(before, Kind.REGISTERED)
    await telling.told()
    assert [one.kind for one in inbox.sent] == [Kind.REGISTERED]
    assert await store.notices.position() is not None


async def test_the_first_reader_ever_begins_at_the_end(store: Store, inbox: MemoryMailer) -> None:
    """Customers of years ago are not told that they were received."""
    telling = Telling(store, inbox)
    await telling.settle(SETTINGS)
    await telling.submitted()
    await telling.told()
    made = await telling.submitted()
    await telling.told()
    assert [one.subject.registration.id for one in inbox.sent] == [made.id]


async def test_what_the_log_kept_for_too_long_is_told_to_nobody(
    inbox: MemoryMailer, telling: Telling
) -> None:
    """The part was off for a while; what it meets of the last days is told."""
    await telling.submitted()
    telling.clock.ahead = PAST + timedelta(minutes=1)
    await telling.told()
    assert (inbox.sent, await telling.notices()) == ([], [])
    telling.clock.ahead = PAST - timedelta(minutes=1)
    made = await telling.submitted()
    await telling.told()
    assert [one.subject.registration.id for one in inbox.sent] == [made.id]


async def test_nothing_is_kept_for_a_channel_that_is_off(store: Store, telling: Telling) -> None:
    """Whoever turns it on one day is not told of what was before."""
    kinds = (Kind.RECEIVED, Kind.ACTION_REQUIRED)
    await telling.settle(replace(SETTINGS, emails=kinds, webhooks=kinds))
    for channels in ((Channel.EMAIL,), (Channel.WEBHOOK,), ()):
        await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
        tail = Tail(store, telling.guides, VAULT, telling.clock, channels)
        while await tail.once():
            pass
        assert {one.channel for one in await telling.notices()} >= set(channels)
    assert Counter((one.channel, one.kind) for one in await telling.notices()) == {
        (channel, kind): 1 for channel in Channel for kind in kinds
    }


async def test_what_nobody_told_in_its_time_is_not_told(
    inbox: MemoryMailer, telling: Telling
) -> None:
    """The mail was turned off when it was due; a letter that was tried gets its last try."""
    notices = telling.store.notices
    old = [
        NewNotice("tenant-a", f"reg_{n}", 1, Channel.EMAIL, Kind.RECEIVED, timedelta(0))
        for n in range(2)
    ]
    place = await notices.position()
    assert place is not None
    assert await notices.record(place, place, old)
    (tried,) = await notices.claim(Channel.EMAIL, 1, timedelta(0))
    assert tried.spent
    await telling.deliveries.drain()
    assert inbox.sent == []
    assert sorted(await telling.summary()) == [
        ("received", "skipped", "erased"),
        ("received", "spent", TOO_LATE),
    ]


async def test_several_readers_and_senders_tell_once(inbox: MemoryMailer, telling: Telling) -> None:
    """As many dispatchers as there are."""
    made = [await telling.submitted() for _ in range(30)]
    await asyncio.gather(*(telling.read() for _ in range(5)))
    await asyncio.gather(*(telling.deliveries.drain() for _ in range(4)))
    assert sorted(one.subject.registration.id for one in inbox.sent) == sorted(
        one.id for one in made
    )


async def test_a_persons_turn_is_told_once(inbox: MemoryMailer, telling: Telling) -> None:
    """Look-ups and deadlines meanwhile are not; when it comes again, it is told again."""
    made = await telling.submitted()
    asked = await telling.moved(made, Kind.ACTION_REQUIRED)
    for event in (EventKind.VERIFIED, EventKind.DEADLINE_PASSED, EventKind.LEASE_LOST):
        asked = await telling.moved(asked, Kind.ACTION_REQUIRED, event)
    await telling.told()
    kinds = [one.kind for one in inbox.sent]
    assert kinds == [Kind.RECEIVED, Kind.ACTION_REQUIRED]
    (paper,) = inbox.sent[1].attachments
    assert (paper.language, inbox.sent[1].guide) == ("de", GUIDE)
    again = await telling.moved(asked, Kind.RECEIVED, state=State.RUNNING)
    await telling.moved(again, Kind.ACTION_REQUIRED)
    await telling.told()
    assert [one.kind for one in inbox.sent] == [*kinds, Kind.ACTION_REQUIRED]


async def test_an_end_is_told_once(inbox: MemoryMailer, telling: Telling) -> None:
    """Whatever is looked up afterwards."""
    ended = await telling.moved(await telling.submitted(), Kind.REGISTERED)
    await telling.moved(ended, Kind.REGISTERED, EventKind.VERIFIED)
    await telling.told()
    assert [one.kind for one in inbox.sent] == [Kind.RECEIVED, Kind.REGISTERED]


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        (Kind.ACTION_REQUIRED, Kind.REGISTERED),
        (Kind.FAILED, Kind.ACTION_REQUIRED),
    ],
)
async def test_what_is_not_so_any_more_is_not_told(
    inbox: MemoryMailer, telling: Telling, asked: Kind, then: Kind
) -> None:
    """A customer who has finished is not asked to begin."""
    made = await telling.submitted()
    await telling.moved(await telling.moved(made, asked), then)
    await telling.told()
    assert [one.kind for one in inbox.sent] == [Kind.RECEIVED, then]
    assert (asked.value, "skipped", "over") in await telling.summary()


async def test_mail_waits_out_an_outage(store: Store) -> None:
    """Nothing is lost while the server is away, and nothing is asked of it for every letter."""
    async with running() as post:
        flow = dataclasses.replace(QUICK, outage=(5.0, 30.0))
        telling = await Telling(store, SmtpMailer(post.settings()), flow=flow).begin()
        await post.leave()
        for _ in range(10):
            await telling.submitted()
        with capture_logs() as logs:
            await telling.told()
        assert [one["event"] for one in logs].count("outage_started") == 1
        waiting = await telling.notices()
        assert {one.state for one in waiting} == {NoticeState.WAITING}
        assert sum(one.tries for one in waiting) <= telling.flow.step
        tried = [one for one in waiting if one.tries]
        assert {one.code for one in tried} == {"SMTPConnectError"}
        assert all(one.due_at - datetime.now(UTC) <= timedelta(seconds=35) for one in tried)
        await post.start()
        await telling.told()
        assert len(post.received) == 10 - len(tried)


async def test_an_address_that_does_not_exist_is_not_tried_again(
    inbox: MemoryMailer, telling: Telling
) -> None:
    """For none of the tenant's registrations, in whatever case it is written."""
    made = await telling.submitted(to(NOBODY))
    await telling.told()
    await telling.moved(made, Kind.REGISTERED)
    await telling.submitted(to(NOBODY.upper()))
    await telling.told()
    assert inbox.sent == []
    assert sorted(await telling.summary()) == [
        ("received", "bounced", "550 5.1.1"),
        ("received", "bounced", "bounced_before"),
        ("registered", "bounced", "bounced_before"),
    ]


async def test_what_is_refused_is_not_tried_again(store: Store, post: MailServer) -> None:
    """But another letter to the same address is."""
    post.replies["DATA"] = ["554 5.7.1 spam"]
    telling = await Telling(store, SmtpMailer(post.settings())).begin()
    made = await telling.submitted()
    await telling.told()
    await telling.moved(made, Kind.REGISTERED)
    await telling.told()
    assert await telling.summary() == [("received", "refused", "554 5.7.1"), ("registered", *SENT)]


async def test_what_fails_for_now_is_tried_later(store: Store, post: MailServer) -> None:
    """And spent when its time is over."""
    post.replies["RCPT"] = ["450 4.2.1 greylisted"]
    telling = await Telling(store, SmtpMailer(post.settings())).begin()
    await telling.submitted()
    await telling.told()
    (one,) = await telling.notices()
    assert (one.state, one.code, one.tries) == (NoticeState.WAITING, "450 4.2.1", 1)
    pause = one.due_at - datetime.now(UTC)
    assert timedelta(seconds=24) < pause < timedelta(seconds=34)


async def test_nobody_is_told_who_cannot_be(inbox: MemoryMailer, telling: Telling) -> None:
    """No address, a manufacturer that has gone, a tenant that has changed its mind."""
    await telling.submitted(to(""))
    await telling.told()
    await telling.submitted()
    telling.makers.known.clear()
    await telling.told()
    await telling.submitted()
    await telling.read()
    await telling.settle(TenantNotifications())
    await telling.told()
    assert inbox.sent == []
    assert [code for _, state, code in await telling.summary() if state == "skipped"] == [
        "no_address",
        "manufacturer_unknown",
        "not_wanted",
    ]


async def test_a_tenant_chooses_its_languages(inbox: MemoryMailer, telling: Telling) -> None:
    """The customer's where it is among them, else the first."""
    for languages, locale, expected in (
        ((), "fr-CA", "fr"),
        ((), "pl", "en"),
        (("es", "de"), "de-AT", "de"),
        (("es", "de"), "fr", "es"),
    ):
        await telling.settle(replace(SETTINGS, languages=languages))
        await telling.submitted(replace(SUBMISSION, locale=locale))
        await telling.told()
        assert inbox.sent[-1].language == expected


class Jammed:
    """A press that prints nothing."""

    async def guide(self, *_: object) -> object:
        """Never."""
        raise PaperFailed

    proof = guide


async def test_a_guide_that_cannot_be_printed_holds_up_no_letter(
    inbox: MemoryMailer, telling: Telling
) -> None:
    """Its steps are in the letter; without a press nothing is attached either."""
    for press in (Jammed(), None):
        telling.papers = press  # type: ignore[assignment]  # it prints nothing
        await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
        await telling.told()
        assert (inbox.sent[-1].kind, inbox.sent[-1].attachments) == (Kind.ACTION_REQUIRED, ())


async def test_a_defect_in_one_letter_stops_no_other(inbox: MemoryMailer, telling: Telling) -> None:
    """It is tried later, and nothing personal is in the log."""
    telling.guides.error = ValueError("juergen@mail.example")
    await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
    await telling.submitted()
    with capture_logs() as logs:
        await telling.told()
    assert [one.kind for one in inbox.sent] == [Kind.RECEIVED, Kind.RECEIVED]
    assert ("action_required", "waiting", "ValueError") in await telling.summary()
    said = repr(logs)
    for personal in ("juergen", "Jürgen", "SN-4711", "Kühlschrank"):
        assert personal not in said


async def test_reminders_come_in_time_and_only_while_they_are_needed(
    inbox: MemoryMailer, telling: Telling
) -> None:
    """Two, in the morning, seven and two days before; once, however often it is a person's turn."""
    closes = datetime.now(UTC).date() + timedelta(days=8)
    telling.guides.found = dataclasses.replace(GUIDE, register_by=closes)
    asked = await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
    back = await telling.moved(asked, Kind.RECEIVED, state=State.RUNNING)
    await telling.moved(back, Kind.ACTION_REQUIRED)
    await telling.told()
    due = {one.days: one.due_at for one in await telling.notices() if one.kind is Kind.REMINDER}
    assert {days: (at.date(), at.hour) for days, at in due.items()} == {
        7: (closes - timedelta(days=7), 8),
        2: (closes - timedelta(days=2), 8),
    }
    assert Kind.REMINDER not in {one.kind for one in inbox.sent}
    # No test waits a week: the same notice, due now.
    (reminder,) = [one for one in await telling.notices() if one.days == 7]
    letter = await telling.letters.letter(reminder)
    assert (letter.kind, letter.guide) == (Kind.REMINDER, telling.guides.found)
    telling.clock.ahead = timedelta(days=9)
    with pytest.raises(Untold, match="over"):
        await telling.letters.letter(reminder)
    telling.guides.found = None
    with pytest.raises(Untold, match="over"):
        await telling.letters.letter(reminder)


@pytest.mark.parametrize("days", [0, 1, 2, None])
async def test_without_time_left_there_is_no_reminder(telling: Telling, days: int | None) -> None:
    """Nor without a window."""
    closes = None if days is None else datetime.now(UTC).date() + timedelta(days=days)
    telling.guides.found = dataclasses.replace(GUIDE, register_by=closes)
    await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
    await telling.read()
    kinds = [one.kind for one in await telling.notices()]
    assert kinds.count(Kind.REMINDER) == (1 if days == 2 and datetime.now(UTC).hour < 8 else 0)


async def test_who_has_finished_is_not_reminded(inbox: MemoryMailer, telling: Telling) -> None:
    """The reminder is there, and skipped when its hour comes."""
    telling.guides.found = dataclasses.replace(GUIDE, register_by=TODAY + timedelta(days=900))
    asked = await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
    await telling.read()
    await telling.moved(asked, Kind.REGISTERED)
    (reminder, _) = [one for one in await telling.notices() if one.kind is Kind.REMINDER]
    with pytest.raises(Untold, match="over"):
        await telling.letters.letter(reminder)
    await telling.told()
    assert Kind.REMINDER not in {one.kind for one in inbox.sent}


async def test_a_row_that_does_not_open_stops_no_reader(store: Store, telling: Telling) -> None:
    """Its letters are tried later; the log goes on."""
    made = await telling.submitted()
    telling.guides.error = RuntimeError()
    await telling.moved(made, Kind.ACTION_REQUIRED)
    position = await store.notices.position()
    await telling.read()
    assert await store.notices.position() != position
    assert [one.kind for one in await telling.notices()] == [Kind.RECEIVED, Kind.ACTION_REQUIRED]
