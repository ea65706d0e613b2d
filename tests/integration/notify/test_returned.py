"""What a report of a returned letter does to its notice, over all three stores."""

import pytest
from msgspec.structs import replace
from tests.integration.notify.desk import VAULT, Telling
from tests.integration.notify.test_hooks import HOOKS

from registrar.app.notifications.bounces import UNKNOWN, Bounces
from registrar.domain.submission import Submission
from registrar.notify.memory import MemoryMailer
from registrar.ports.notices import NoticeState
from registrar.ports.store import Store
from registrar.testing.letters import SETTINGS, to

GONE = to("anna@gone.example")
NAMELESS = replace(GONE, customer=replace(GONE.customer, email=""))


async def sent(store: Store, submission: Submission = GONE) -> tuple[Bounces, Telling, str]:
    """One letter, and what takes its report."""
    telling = await Telling(store, MemoryMailer()).begin()
    await telling.submitted(submission)
    await telling.told()
    (notice,) = await telling.notices()
    return Bounces(store, VAULT), telling, notice.id


@pytest.mark.parametrize(("status", "code"), [("5.1.1", "5.1.1"), ("", UNKNOWN)])
async def test_a_letter_bounces_once(store: Store, status: str, code: str) -> None:
    """Its mailbox is known not to exist, in whatever case it is written."""
    bounces, telling, key = await sent(store)
    assert await bounces.take(key, status, nobody=True)
    assert not await bounces.take(key, status, nobody=True)
    await telling.submitted(to("Anna@Gone.example"))
    await telling.told()
    codes = {one for _, state, one in await telling.summary() if state == "bounced"}
    assert codes == {code, "bounced_before"}


async def test_a_mailbox_that_exists_is_written_to_again(store: Store) -> None:
    """It was full."""
    bounces, telling, key = await sent(store)
    assert await bounces.take(key, "5.2.2", nobody=False)
    await telling.submitted(GONE)
    await telling.told()
    assert sorted(await telling.summary()) == [
        ("received", "bounced", "5.2.2"),
        ("received", "sent", "250"),
    ]


async def test_what_is_no_letter_that_was_sent_is_left_alone(store: Store) -> None:
    """A webhook's id, one that nobody knows, and a letter that nobody was sent."""
    telling = await Telling(store, MemoryMailer()).begin(HOOKS)
    await telling.submitted()
    await telling.told()
    (hook,) = await telling.notices()
    bounces = Bounces(store, VAULT)
    assert not await bounces.take(hook.id, "5.1.1", nobody=True)
    assert not await bounces.take("ntf_unknown", "5.1.1", nobody=True)
    await telling.settle(SETTINGS)
    await telling.submitted(NAMELESS)
    await telling.told()
    (skipped,) = [one for one in await telling.notices() if one.id != hook.id]
    assert (skipped.state, skipped.code) == (NoticeState.SKIPPED, "no_address")
    assert not await bounces.take(skipped.id, "5.1.1", nobody=True)


async def test_of_an_erased_registration_no_address_is_kept(store: Store) -> None:
    """The letter bounced all the same."""
    _, telling, key = await sent(store)

    class Erased:
        """The store, without registrations."""

        notices = store.notices

        async def get(self, *_: object) -> dict[str, object]:
            return {}

    bounces = Bounces(Erased(), VAULT)  # type: ignore[arg-type] # all that is asked of it
    assert await bounces.take(key, "5.1.1", nobody=True)
    assert await telling.summary() == [("received", "bounced", "5.1.1")]
    await telling.submitted(GONE)
    await telling.told()
    assert ("received", "sent", "250") in await telling.summary()
