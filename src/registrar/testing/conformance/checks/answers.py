"""8 to 10: what the manufacturer says when all is well, and each way in which it is not."""

from __future__ import annotations

from msgspec.structs import replace

from registrar.domain.outcome import Code, Verdict
from registrar.testing.conformance.scenarios import Record, Row, merged
from registrar.testing.conformance.stage import Asked, Finished, Stage, stage
from registrar.testing.conformance.subject import Check, NotApplicable, Subject, need
from registrar.testing.conformance.wire import saying

_TWICE = frozenset({Code.DUPLICATE_SAME_OWNER, Code.DUPLICATE_OTHER_OWNER})


async def happy_path_is_confirmed(subject: Subject) -> None:
    """Each valid record is registered once, with a reference."""
    subject.api()
    for one in subject.scenarios.valid:
        async with stage(subject) as here:
            done = await here.finished(one.job())
            need(done.registered, f"{one.name}: {done.said}")
            need(done.reference, f"{one.name}: there is no confirmation")
            need(here.effects() == 1, f"{one.name}: {here.effects()} acts in the ledger")


async def duplicates_are_told(subject: Subject) -> None:
    """Of the same owner a success with a mark, of another one a question."""
    rows = [one for one in _declared(subject) if one.code in _TWICE]
    if not rows:
        raise NotApplicable("the manifest declares no duplicate")
    for row in rows:
        await reached(subject, row)


async def declared_rows_are_reached(subject: Subject) -> None:
    """Each rule of the manifest has a scenario that leads to it, and to its code."""
    rows = _declared(subject)
    rules = {one.name for one in subject.api().errors}
    without = rules - {one.rule for one in rows}
    need(not without, f"no scenario for rule {', '.join(sorted(without))}")
    unknown = {one.rule for one in rows} - rules
    need(not unknown, f"no such rule: {', '.join(sorted(unknown))}")
    for row in rows:
        if row.code not in _TWICE:
            await reached(subject, row)


def _declared(subject: Subject) -> tuple[Row, ...]:
    subject.api()
    return subject.scenarios.rows


async def reached(subject: Subject, row: Row) -> None:
    """The row's circumstances, and what its attempt must say."""
    async with stage(subject, Asked(secrets=row.secrets)) as here:
        record = subject.scenarios.varied(row.record)
        for number, earlier in enumerate(row.before, 2):
            done = await here.finished(Record("before", merged(record.data, earlier)).job(number))
            need(done.registered, f"{row.rule}: what comes before it: {done.said}")
        for act in row.seed:
            here.sandbox.world.ledger.write(manufacturer=subject.id, key="", body="", **act)
        if row.fault:
            here.told(row.fault)
        done = await _tried(here, record, row)
    _compare(row, done)


async def _tried(here: Stage, record: Record, row: Row) -> Finished:
    """On its step, with the documented answer where there is one."""
    if not row.answer:
        return await here.finished(record.job())
    said = saying(row.answer.get("body"), row.answer["status"], row.answer.get("headers"))
    if row.step == "submit":
        here.wire.answer = said
        return Finished(await here.wrapped.submit(record.job()))
    outcome = await here.wrapped.submit(record.job())
    here.wire.answer = said
    job = replace(record.job(), manufacturer_reference=outcome.reference)
    return Finished(outcome, await here.wrapped.verify(job))


def _compare(row: Row, done: Finished) -> None:
    found = done.found is not None and done.found.verdict is Verdict.FOUND
    if row.code == Code.DUPLICATE_SAME_OWNER and found:
        # A look-up has no word for it: what is ours already is found.
        return
    last = done.last
    need(last.code == row.code, f"{row.rule}: {done.said} and not {row.code}")
    need(last.rule == row.rule, f"{row.rule}: rule {last.rule or 'none'} comes first")
    need(not row.field or last.field == row.field, f"{row.rule}: names {last.field or 'no field'}")


CHECKS = (
    Check(8, "happy path yields a confirmation", happy_path_is_confirmed),
    Check(9, "duplicates are told", duplicates_are_told),
    Check(10, "each declared row is reached", declared_rows_are_reached),
)
