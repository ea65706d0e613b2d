"""Other keys for what is at rest, while it is read and written.

A record is sealed anew under a key of its own that the newest master wraps; its old key stays for
as long as copies of the database may be wanted that are older. A reader that has the old form in
hand still finds its key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from registrar.app import sealing, segments
from registrar.domain.artifact import Artifact
from registrar.domain.errors import Erased, NotFound
from registrar.ports.artifacts import ArtifactRows, Blobs
from registrar.ports.key_rows import DataKey, KeyRows
from registrar.ports.sealed_rows import Resealed, SealedRow, SealedRows
from registrar.ports.vault import Cipher, Rekeying

PAGE = 200

_log = structlog.get_logger("registrar.keys")


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass over everything at rest has met."""

    seen: int = 0
    moved: int = 0
    """To a new key."""
    overtaken: int = 0
    """Changed or gone meanwhile; the next pass meets what is there then."""
    unreadable: int = 0
    """Named in the log; left as it is."""

    def __add__(self, other: Passed) -> Passed:
        """Of both."""
        return Passed(
            self.seen + other.seen,
            self.moved + other.moved,
            self.overtaken + other.overtaken,
            self.unreadable + other.unreadable,
        )


@dataclass(frozen=True, slots=True)
class Rotation:
    """The use case. Twice at once does no harm: each moves what the other has not."""

    sealed: SealedRows
    artifacts: ArtifactRows
    blobs: Blobs
    vault: Rekeying
    key_rows: KeyRows

    async def passes(self, newest: int) -> AsyncIterator[Passed]:
        """Everything whose key an older master than `newest` wraps; what each page has met."""
        after = ""
        while rows := await self.sealed.page(after, PAGE):
            yield await self._page(rows, newest)
            after = rows[-1].registration_id
        after = ""
        while kept := await self.artifacts.kept(after, PAGE):
            yield await self._files(kept, newest)
            after = kept[-1].id

    async def _stale(
        self, rows: Sequence[SealedRow], newest: int
    ) -> list[tuple[SealedRow, Cipher]]:
        """Those that are to be sealed anew, with what opens them; not what was destroyed."""
        ciphers = await self.vault.of([one.sealed for one in rows])
        known = await self.key_rows.find([one.id for one in ciphers if one and one.id])
        both = zip(rows, ciphers, strict=True)
        return [(row, one) for row, one in both if one and _behind(known.get(one.id), newest)]

    async def _page(self, rows: Sequence[SealedRow], newest: int) -> Passed:
        todo = await self._stale(rows, newest)
        opened: list[tuple[SealedRow, Cipher, bytes]] = []
        for row, old in todo:
            try:
                clear = old.open(row.sealed, sealing.context(row.registration_id))
            except ValueError:
                _log.error("unreadable", registration_id=row.registration_id)
            else:
                opened.append((row, old, clear))
        news = await self.vault.replacing([old.id for _, old, _ in opened])
        items = [
            Resealed(
                row.registration_id,
                row.sealed,
                new.seal(clear, sealing.context(row.registration_id)),
            )
            for (row, _, clear), new in zip(opened, news, strict=True)
        ]
        done = await self.sealed.reseal(items) if items else []
        pairs = [(old.id, new.id) for (_, old, _), new in zip(opened, news, strict=True)]
        await self._settle(pairs, done)
        return Passed(len(rows), sum(done), len(done) - sum(done), len(todo) - len(opened))

    async def _settle(self, pairs: Sequence[tuple[str, str]], done: Sequence[bool]) -> None:
        """The keys that are used no more, and those that were made for nothing."""
        both = list(zip(pairs, done, strict=True))
        await self.key_rows.retire([old for (old, _), moved in both if moved and old])
        await self.key_rows.discard([new for (_, new), moved in both if not moved])

    async def _files(self, kept: Sequence[Artifact], newest: int) -> Passed:
        met = Passed()
        known = await self.key_rows.find([one.key_id for one in kept if one.key_id])
        for one in kept:
            await self._cleared(one)
            behind = _behind(known.get(one.key_id), newest)
            met += await self._file(one) if behind else Passed(seen=1)
        return met

    async def _cleared(self, one: Artifact) -> None:
        """What a move that was cut off has left lies under a name that nobody reads."""
        if one.left_over is not None:
            await self.blobs.delete(one.left_over)
            await self.key_rows.retire([one.other_key_id] if one.other_key_id else [])
            await self.artifacts.cleared(one.id)

    async def _file(self, one: Artifact) -> Passed:
        one = _settled(one)
        (new,) = await self.vault.replacing([one.key_id])
        if not await self.artifacts.moving(one, new.id):
            await self.key_rows.discard([new.id])
            return Passed(seen=1, overtaken=1)
        try:
            async with aclosing(self.blobs.get(one.blob)) as sealed:
                clear = segments.opened(self.vault, one.id, sealed)
                await self.blobs.put(f"{one.id}.{new.id}", segments.sealed(new, one.id, clear))
        except (Erased, NotFound, ValueError):
            _log.error("unreadable", artifact_id=one.id)
            await self.artifacts.cleared(one.id)
            await self.key_rows.discard([new.id])
            return Passed(seen=1, unreadable=1)
        if not await self.artifacts.moved(one, new.id):
            return Passed(seen=1, overtaken=1)
        await self.blobs.delete(one.blob)
        await self.key_rows.retire([one.key_id] if one.key_id else [])
        await self.artifacts.cleared(one.id)
        return Passed(seen=1, moved=1)


def _behind(key: DataKey | None, newest: int) -> bool:
    """One that has no key of its own is."""
    return key is None or (key.wrapped is not None and key.master < newest)


def _settled(one: Artifact) -> Artifact:
    """As its row is once nothing is left over."""
    return replace(one, other_key_id=None)
