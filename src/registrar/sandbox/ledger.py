"""The ledger: every act that a real manufacturer would have carried out. The oracle of delivery."""

from __future__ import annotations

import re
import sqlite3
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    id INTEGER PRIMARY KEY,
    manufacturer TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    owner TEXT NOT NULL,
    reference TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS effects_by_serial ON effects (manufacturer, serial_number);
CREATE INDEX IF NOT EXISTS effects_by_key ON effects (manufacturer, key);
CREATE TABLE IF NOT EXISTS papers (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """One act. `serial_number` is normalised; `key` marks a repetition by the caller."""

    manufacturer: str
    serial_number: str
    owner: str
    reference: str
    key: str
    body: str = ""
    status: str = "registered"
    at: float = 0.0


def normalized(serial_number: str) -> str:
    """Case, blanks and hyphens do not matter."""
    return re.sub(r"[\s\-]+", "", serial_number).upper()


class Ledger:
    """A SQLite file, or `:memory:`. What it says has happened survives a restart."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def _effects(self, where: str, *values: str) -> list[Effect]:
        columns = "manufacturer, serial_number, owner, reference, key, body, status, at"
        rows = self._db.execute(
            f"SELECT {columns} FROM effects WHERE {where} ORDER BY id",  # noqa: S608 - our own text
            values,
        )
        return [Effect(*row) for row in rows]

    def by_serial(
        self, manufacturer: str, serial_number: str, *, older: float = 0.0
    ) -> list[Effect]:
        """Those that hold, oldest first; none of the last `older` seconds."""
        serial = normalized(serial_number)
        where = "manufacturer = ? AND serial_number = ? AND status <> 'released'"
        found = self._effects(where, manufacturer, serial)
        return [one for one in found if not older or one.at <= time.time() - older]

    def held(self, manufacturer: str) -> list[Effect]:
        """All of a manufacturer's that hold, oldest first."""
        return self._effects("manufacturer = ? AND status <> 'released'", manufacturer)

    def release(self, manufacturer: str, serial_number: str) -> None:
        """What happened to a product holds no more."""
        self._db.execute(
            "UPDATE effects SET status = 'released' WHERE manufacturer = ? AND serial_number = ?",
            (manufacturer, normalized(serial_number)),
        )

    def by_key(self, manufacturer: str, key: str) -> list[Effect]:
        """Oldest first."""
        return self._effects("manufacturer = ? AND key = ?", manufacturer, key)

    def by_reference(self, manufacturer: str, reference: str) -> Effect | None:
        """One act."""
        found = self._effects("manufacturer = ? AND reference = ?", manufacturer, reference)
        return found[0] if found else None

    def write(
        self, *, manufacturer: str, serial_number: str, owner: str, key: str, body: str
    ) -> Effect:
        """A new act, with the next reference."""
        number = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM effects").fetchone()[0]
        reference = f"{manufacturer[:3].upper()}-{number:06d}"
        made = Effect(
            manufacturer, normalized(serial_number), owner, reference, key, body, at=time.time()
        )
        self._db.execute(
            "INSERT INTO effects (manufacturer, serial_number, owner, reference, key, body,"
            " status, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            tuple(asdict(made).values()),
        )
        return made

    def report(self, manufacturer: str = "") -> dict[str, Any]:
        """Every act without its body, and those that should not have happened a second time."""
        effects = self._effects("? IN ('', manufacturer)", manufacturer)
        rows = [{k: v for k, v in asdict(one).items() if k != "body"} for one in effects]
        holding = [one for one in effects if one.status != "released"]
        products = Counter((one.manufacturer, one.serial_number, one.owner) for one in holding)
        keys = Counter((one.manufacturer, one.key, one.serial_number) for one in holding if one.key)
        twice = [
            row
            for row, one in zip(rows, effects, strict=True)
            if products[one.manufacturer, one.serial_number, one.owner] > 1
            or keys[one.manufacturer, one.key, one.serial_number] > 1
        ]
        return {"effects": rows, "duplicates": twice}

    def keep(self, kind: str, name: str, text: str) -> None:
        """A paper of a simulated manufacturer: a job, an import. A later one takes its place."""
        self._db.execute("INSERT OR REPLACE INTO papers VALUES (?, ?, ?)", (kind, name, text))

    def kept(self, kind: str, name: str) -> str | None:
        """One paper."""
        query = "SELECT text FROM papers WHERE kind = ? AND id = ?"
        row = self._db.execute(query, (kind, name)).fetchone()
        return None if row is None else str(row[0])

    def all_kept(self, kind: str) -> list[str]:
        """All papers of a kind, in the order of their names."""
        query = "SELECT text FROM papers WHERE kind = ? ORDER BY id"
        return [str(row[0]) for row in self._db.execute(query, (kind,))]

    def forget(self, kind: str, name: str = "") -> None:
        """One paper, or all of a kind."""
        query = "DELETE FROM papers WHERE kind = ? AND ? IN ('', id)"
        self._db.execute(query, (kind, name))

    def clear(self) -> None:
        """Forget every act, and all papers but the seeds."""
        self._db.execute("DELETE FROM effects")
        self._db.execute("DELETE FROM papers WHERE kind <> 'device'")

    def close(self) -> None:
        """Give the file back."""
        self._db.close()
