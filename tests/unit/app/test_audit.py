"""The audit log: what is told of what cannot be taken back, and what a look at all of it finds."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from registrar.app import audit
from registrar.app.audit import BY_CLI, Audit, Verdict, signing
from registrar.app.commands import Caller
from registrar.domain.audit import Action, Entry, Head, Stage, read_head
from registrar.domain.errors import GatesUnavailable, StoreUnavailable
from registrar.ports.audit import AuditFilter
from registrar.ports.clock import SystemClock
from registrar.store.keyring import Keyring
from registrar.store.memory_audit import MemoryAudit

RING, OTHER = Keyring(b"k" * 32), Keyring(b"o" * 32)
CALLER = Caller("tenant-a", "a")


class Log(MemoryAudit):
    """One into which somebody can write, and whose head is kept apart as in a database."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.kept: Head | None = None
        self.last_words = 100
        """After so many appends it is away."""

    @property
    def entries(self) -> list[Entry]:
        """As they are kept."""
        return self._entries

    async def head(self) -> Head:
        """Where somebody has turned it back, that."""
        return self.kept or await super().head()

    async def append(self, *given: object, **more: object) -> Entry:
        """As long as it is there."""
        if self.last_words == 0:
            raise StoreUnavailable
        self.last_words -= 1
        return await super().append(*given, **more)  # type: ignore[arg-type] # handed on


async def written(count: int = 5, ring: Keyring = RING, tenant: str = "tenant-a") -> Log:
    """By the service, with its head."""
    log = Log()
    of = Audit(log, ring)
    for number in range(count):
        before = {"number": number}
        await log.append(of.by(BY_CLI, tenant, Action.PAUSE, number), before, None)
    log.kept = log.entries[-1].head
    return log


async def test_a_log_that_nobody_has_touched_is_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole or empty, read in one part or in several; its head can be noted."""
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    log = await written()
    found = await Audit(log, RING).verify(log.entries[2].head)
    assert found == Verdict(log.entries[-1].head)
    assert read_head(str(found.head)) == found.head
    assert await Audit(Log(), RING).verify() == Verdict(Head())
    assert read_head("0:") == Head()


async def test_what_is_appended_during_a_look_is_no_fault() -> None:
    """The head that was read first is of an entry before the last."""
    log = await written()
    log.kept = log.entries[3].head
    of = Audit(log, RING)
    heads = iter([log.entries[3].head, log.entries[4].head])

    async def head() -> Head:
        return next(heads)

    log.head = head  # type: ignore[method-assign]  # it moves on
    assert await of.verify() == Verdict(log.entries[4].head)


def rewrite(place: int, **changes: object) -> Callable[[list[Entry]], None]:
    """Change one."""

    def work(entries: list[Entry]) -> None:
        entries[place] = replace(entries[place], **changes)  # type: ignore[arg-type] # any field

    return work


def swap(entries: list[Entry]) -> None:
    """Each in the place of the other, numbered as it should be."""
    second, third = entries[1:3]
    entries[1:3] = [replace(third, position=2), replace(second, position=3)]


def insert(entries: list[Entry]) -> None:
    """A genuine one once more, the others moved on."""
    moved = [replace(one, position=one.position + 1) for one in entries[2:]]
    entries[2:] = [replace(entries[0], position=3), *moved]


def order(entries: list[Entry]) -> None:
    """As they are, in another order."""
    entries[1], entries[2] = entries[2], entries[1]


def cut(start: int, end: int) -> Callable[[list[Entry]], None]:
    """Remove some."""

    def work(entries: list[Entry]) -> None:
        del entries[start:end]

    return work


def resign(entries: list[Entry]) -> None:
    """By who has the database and no key: from the second on all anew."""
    last = entries[0]
    for at in range(1, len(entries)):
        made = replace(entries[at], actor="key:b", previous=last.hash)
        entries[at] = last = replace(made, hash=made.hashed(signing(OTHER)))


FIELDS = ["at", "tenant_id", "actor", "action", "subject", "stage", "before", "after", "previous"]


CHANGED, MISSING = "changed, or not made by this service", "missing"
GONE = "missing, with all that followed"


@pytest.mark.parametrize(
    ("spoil", "position", "problem"),
    [
        *((rewrite(1, **{name: b"x"}), 2, CHANGED) for name in FIELDS),
        (rewrite(1, hash="0" * 64), 2, CHANGED),
        (rewrite(0, position=7), 1, MISSING),
        (cut(0, 1), 1, MISSING),
        (cut(2, 3), 3, MISSING),
        (cut(3, 5), 4, GONE),
        (cut(0, 5), 1, GONE),
        (swap, 2, CHANGED),
        (order, 2, MISSING),
        (insert, 3, CHANGED),
        (resign, 2, CHANGED),
    ],
    ids=[
        *FIELDS,
        *("hash", "position", "first", "middle", "tail", "all", "swapped", "order"),
        *("inserted", "resigned"),
    ],
)
async def test_what_somebody_has_written_is_found(
    spoil: Callable[[list[Entry]], None], position: int, problem: str
) -> None:
    """At the first position that is not as it was."""
    log = await written()
    whole = list(log.entries)
    spoil(log.entries)
    found = await Audit(log, RING).verify()
    assert (found.position, found.problem) == (position, problem)
    assert found.head == (whole[position - 2].head if position > 1 else Head())


def test_what_is_signed_is_always_written_in_the_same_way() -> None:
    """All of it, between marks that no text can contain: or old entries would be wrong one day."""
    entry = Entry(
        position=2,
        at=1_700_000_000_000_000,
        tenant_id="tenant-a",
        actor="key:a",
        action="connector.pause",
        subject="acme/api",
        stage="done",
        before="",
        after='{"a":"é"}',
        previous="ab" * 32,
    )
    assert entry.canonical() == (
        b'["registrar.audit.1",2,1700000000000000,"tenant-a","key:a","connector.pause",'
        b'"acme/api","done","","{\\"a\\":\\"\\u00e9\\"}","' + b"ab" * 32 + b'"]'
    )
    assert replace(entry, hash="anything").canonical() == entry.canonical()
    assert entry.hashed(signing(RING)) != entry.hashed(signing(OTHER))


async def test_an_entry_of_another_history_is_found() -> None:
    """A genuine one: of a copy of the database, with the same key."""
    log, copy = await written(), await written(tenant="tenant-b")
    log.entries[2] = copy.entries[2]
    found = await Audit(log, RING).verify()
    assert (found.position, found.problem) == (3, "from another history")


async def test_a_log_that_ends_early_with_its_head_is_found_by_who_has_noted_one() -> None:
    """And by nobody else: an end is missed where something says that there was more."""
    log = await written()
    noted = log.entries[-1].head
    del log.entries[3:]
    log.kept = log.entries[-1].head
    assert (await Audit(log, RING).verify()).problem == ""
    found = await Audit(log, RING).verify(noted)
    assert (found.position, found.problem) == (4, "missing, with all that followed")


async def test_a_log_that_was_made_anew_with_the_key_is_found_by_who_has_noted_a_head() -> None:
    """Each entry is in order, and another one."""
    log, anew = await written(), await written(7, tenant="tenant-b")
    found = await Audit(anew, RING).verify(log.entries[2].head)
    assert (found.position, found.problem) == (3, "not the entry that was noted")


async def test_a_head_that_was_turned_back_is_found() -> None:
    """What stands behind it was not to be seen."""
    log = await written()
    log.kept = log.entries[2].head
    found = await Audit(log, RING).verify()
    assert (found.position, found.problem) == (4, "unknown to the head")
    log.kept = replace(log.entries[4].head, hash="0" * 64)
    assert (await Audit(log, RING).verify()).position == 5


@pytest.mark.parametrize("text", ["", "7", "7:", "0:" + "a" * 64, "7:xyz", "-1:" + "a" * 64])
def test_what_is_no_head_is_refused(text: str) -> None:
    """Before anything is compared with it."""
    with pytest.raises(ValueError, match="expected a position"):
        read_head(text)


async def around(log: Log, *raised: Exception) -> str:
    """Of something that cannot be taken back; what was done."""
    done = []

    async def work() -> str:
        for one in raised:
            raise one
        done.append("done")
        return "well"

    of = Audit(log, RING)
    act = of.act(CALLER, Action.RESET, "acme/api")
    answer = await of.around(act, work, lambda said: {"said": said}, before={"state": "open"})
    assert done == ["done"]
    return answer


def stages(entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
    """And what they show."""
    return [(one.stage, one.before, one.after) for one in entries]


async def test_what_no_transaction_holds_is_told_before_and_after() -> None:
    """By whom, and on what."""
    log = Log()
    assert await around(log) == "well"
    was = '{"state":"open"}'
    assert stages(log.entries) == [
        (Stage.BEGUN, was, ""),
        (Stage.DONE, was, '{"said":"well"}'),
    ]
    of = {(one.tenant_id, one.actor, one.action, one.subject) for one in log.entries}
    assert of == {("tenant-a", "key:a", "circuit.reset", "acme/api")}


async def test_what_fails_is_told_too() -> None:
    """By the name of its error alone: the text may say more than it should."""
    log = Log()
    with pytest.raises(GatesUnavailable):
        await around(log, GatesUnavailable("redis://secret"))
    assert [one[0] for one in stages(log.entries)] == [Stage.BEGUN, Stage.FAILED]
    assert log.entries[1].after == '{"error":"GatesUnavailable"}'


async def test_nothing_is_done_that_cannot_be_told() -> None:
    """Where the database is away before it."""
    log = Log()
    log.last_words = 0
    with pytest.raises(StoreUnavailable):
        await around(log, AssertionError("it was done"))
    assert log.entries == []


@pytest.mark.parametrize("raised", [(), (GatesUnavailable(),)])
async def test_an_end_that_cannot_be_told_leaves_the_beginning(
    raised: tuple[Exception, ...],
) -> None:
    """Whoever reads it knows that it may have been done; the caller hears what happened first."""
    log = Log()
    log.last_words = 1
    with pytest.raises(type(raised[0]) if raised else StoreUnavailable):
        await around(log, *raised)
    assert [one[0] for one in stages(log.entries)] == [Stage.BEGUN]


async def test_a_tenant_sees_what_its_own_keys_have_done() -> None:
    """Whatever it asks for."""
    log = await written(2)
    of = Audit(log, RING)
    await log.append(of.by("key:b", "tenant-b", Action.PAUSE, "acme/api"))
    asked = AuditFilter(tenant_id="tenant-b")
    assert [one.position for one in await of.listed(CALLER, asked, 10, None)] == [2, 1]
    assert await of.listed(CALLER, AuditFilter(actor="key:b"), 10, None) == []
