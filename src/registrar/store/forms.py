"""How forms look, in the database; see `ports.forms`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.domain.drift import FormPage
from registrar.ports import audit, plain
from registrar.ports.forms import FormRecord, KeptPage, Look
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.tables import form_pages, form_runs

_page, _run = form_pages.c, form_runs.c


def _kept(row: Any) -> KeptPage:  # noqa: ANN401 - a row of the table
    passed = row.baseline_at is not None
    return KeptPage(
        seen=row.seen,
        seen_at=plain.from_micros(row.seen_at),
        baseline=row.baseline if passed else None,
        baseline_at=plain.from_micros(row.baseline_at) if passed else None,
        artifact_id=row.artifact_id,
    )


class SqlForms:
    """`ports.forms.FormRecords` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def _insert(self, table: sa.Table) -> Any:  # noqa: ANN401 - either dialect's
        return (postgresql if self._db.postgres else sqlite).insert(table)

    async def of(self, manufacturer_id: str, version: str) -> FormRecord:
        """Empty where nothing is known."""
        mine = sa.select(form_pages).where(
            _page.manufacturer_id == manufacturer_id, _page.version == version
        )
        run = sa.select(_run.failures).where(
            _run.manufacturer_id == manufacturer_id, _run.version == version
        )
        async with self._db.read() as connection:
            pages = {row.step: _kept(row) for row in await connection.execute(mine)}
            return FormRecord(pages, (await connection.execute(run)).scalar_one_or_none() or 0)

    async def saw(self, manufacturer_id: str, version: str, look: Look) -> None:
        """How these steps look now."""
        made = [self._upserted(manufacturer_id, version, one, look) for one in look.pages]

        async def work(connection: AsyncConnection) -> None:
            for one in made:
                await connection.execute(one)

        if made:
            await self._db.transact(work)

    def _upserted(self, manufacturer_id: str, version: str, page: FormPage, look: Look) -> Any:  # noqa: ANN401 - either dialect's
        now = self._db.now
        given = {"seen": page, "seen_at": now, "digest": page.digest}
        given |= {"artifact_id": look.artifact_id}
        own = {"baseline": page, "baseline_at": now} if look.baseline else {}
        made = self._insert(form_pages).values(
            manufacturer_id=manufacturer_id, version=version, step=page.step, **given, **own
        )
        same = _page.digest == made.excluded.digest
        values = {name: made.excluded[name] for name in given}
        values["seen_at"] = sa.case((same, _page.seen_at), else_=made.excluded.seen_at)
        first = _page.baseline_at.is_(None)
        for name in own:
            values[name] = sa.case((first, made.excluded[name]), else_=_page[name])
        return made.on_conflict_do_update(
            index_elements=[_page.manufacturer_id, _page.version, _page.step], set_=values
        )

    async def failed(self, manufacturer_id: str, version: str, by: str) -> int:
        """One failure more."""
        made = self._insert(form_runs).values(
            manufacturer_id=manufacturer_id, version=version, failures=1, failed=by
        )
        again = sa.and_(_run.version == version, _run.failed == by)
        count = sa.case(
            (again, _run.failures), (_run.version == version, _run.failures + 1), else_=1
        )
        upserted = made.on_conflict_do_update(
            index_elements=[_run.manufacturer_id],
            set_={"version": version, "failures": count, "failed": by},
        ).returning(_run.failures)
        return await self._db.transact(lambda connection: _number(connection, upserted))

    async def worked(self, manufacturer_id: str) -> None:
        """The failures in a row are over."""
        over = form_runs.delete().where(_run.manufacturer_id == manufacturer_id)
        await self._db.transact(lambda connection: connection.execute(over))

    async def accept(self, manufacturer_id: str, version: str, act: Act | None = None) -> int:
        """Every step of it looks as it should."""
        mine = _page.manufacturer_id == manufacturer_id, _page.version == version
        taken = (
            form_pages.update().where(*mine).values(baseline=_page.seen, baseline_at=self._db.now)
        )

        async def look(connection: AsyncConnection) -> dict[str, KeptPage]:
            rows = await connection.execute(sa.select(form_pages).where(*mine))
            return {row.step: _kept(row) for row in rows}

        async def work(connection: AsyncConnection) -> dict[str, KeptPage] | None:
            rows = await connection.execute(taken.returning(form_pages))
            return {row.step: _kept(row) for row in rows} or None

        accepted = await audited(self._db, act, work, audit.of_forms, look)
        return len(accepted or {})


async def _number(connection: AsyncConnection, statement: Any) -> int:  # noqa: ANN401 - either dialect's
    return int((await connection.execute(statement)).scalar_one())
