"""A database of PostgreSQL with many registrations that have lived, at times of the last 30 days.

python -m benchmarks.seed DATABASE_URL [--registrations 1000000] [--days 30]

They are the state machine's own, with about five events each. Nobody can open what is sealed of
them: they are to be counted, listed and looked up, and not to be read.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import Progress

from registrar.domain.registration import Attempt
from registrar.ports import plain
from registrar.store import migrate, rows
from registrar.testing.histories import Life, life

BATCH = 2_000
TENANT = "dev"
"""Whose key `registrar dev` makes."""
SEALED = bytes(600)
"""As large as it is of real ones."""


def _tables(them: Sequence[Life]) -> dict[str, list[dict[str, Any]]]:
    """Rows of each table, by its name."""
    made: dict[str, list[dict[str, Any]]] = {
        "registrations": [],
        "events": [],
        "attempts": [],
        "jobs": [],
    }
    for one in them:
        steps = [one.first.transition, *one.then]
        row = rows.new_registration(one.first) | rows.changing(one.now)
        made["registrations"].append(row | {"sealed": SEALED})
        # Below every transaction that is still to come.
        made["events"] += [
            rows.new_event(event) | {"epoch": 1} for step in steps for event in step.events
        ]
        tries: dict[int, Attempt] = {s.attempt.number: s.attempt for s in steps if s.attempt}
        made["attempts"] += map(rows.attempted, tries.values())
        made["jobs"].append(_parked(rows.new_job(steps[-1])))
    return made


def _parked(job: dict[str, Any]) -> dict[str, Any]:
    """Nobody works on it."""
    return job | {"state": "parked", "run_at": 0, "tier": job["tier"].value}


def _records(of: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return [tuple(_wired(row[name], name) for name in columns) for row in of]


def _wired(value: Any, name: str) -> Any:  # noqa: ANN401 - whatever the column holds
    return plain.to_json(value).decode() if name == "body" else value


def _in_order(rng: random.Random, since: datetime, until: datetime, n: int) -> Iterator[Life]:
    """As a log has them: one after the other, and not across thirty days."""
    return (life(rng, since + (until - since) * (k / n), [TENANT]) for k in range(n))


async def seed(url: str, registrations: int, days: int, rng: random.Random) -> int:
    """Migrate the database and fill it; how many events."""
    await migrate.upgrade(url)
    until = datetime.now(UTC)
    them = _in_order(rng, until - timedelta(days=days), until, registrations)
    connection: Any = await asyncpg.connect(url)
    events = 0
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("registrations", total=registrations)
        while batch := list(islice(them, BATCH)):
            for table, found in _tables(batch).items():
                columns = list(found[0]) if found else []
                records = _records(found, columns)
                await connection.copy_records_to_table(table, records=records, columns=columns)
                events += len(found) if table == "events" else 0
            progress.advance(task, len(batch))
    await connection.execute("ANALYZE")
    await connection.close()
    return events


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--registrations", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=30)
    given = parser.parse_args()
    started = time.perf_counter()
    rng = random.Random(1)  # noqa: S311 - no secret
    events = asyncio.run(seed(given.url, given.registrations, given.days, rng))
    seconds = time.perf_counter() - started
    Console().print(f"{given.registrations:,} registrations, {events:,} events, {seconds:.0f} s")


if __name__ == "__main__":
    main()
