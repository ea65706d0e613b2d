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

    def by_serial(self, manufacturer: str, serial_number: str) -> list[Effect]:
        """Oldest first."""
        serial = normalized(serial_number)
        return self._effects("manufacturer = ? AND serial_number = ?", manufacturer, serial)

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
        products = Counter((one.manufacturer, one.serial_number, one.owner) for one in effects)
        keys = Counter((one.manufacturer, one.key) for one in effects if one.key)
        twice = [
            row
            for row, one in zip(rows, effects, strict=True)
            if products[one.manufacturer, one.serial_number, one.owner] > 1
            or keys[one.manufacturer, one.key] > 1
        ]
        return {"effects": rows, "duplicates": twice}

    def clear(self) -> None:
        """Forget everything."""
        self._db.execute("DELETE FROM effects")

    def close(self) -> None:
        """Give the file back."""
        self._db.close()
