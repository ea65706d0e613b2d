"""The audit log: what operators have done, each entry chained to the one before.

The hash of an entry is an HMAC-SHA-256 over its canonical bytes, the hash before it among them. A
plain SHA-256 would only show that somebody was careless: whoever can write into the database could
change an entry and make the hashes of all later ones anew. The key is not in the database, so an
intruder who has that alone cannot. Who has the key as well can: a head that was noted elsewhere
shows it.

No chain can tell by itself that its end is missing. The head is kept in a row of its own, and can
be noted by whoever looks after the log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

Sign = Callable[[bytes], bytes]
"""32 bytes that nobody can make without the key."""

FORM = "registrar.audit.1"
"""Of the canonical bytes: another one for another list of fields."""
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})?")


class Action(StrEnum):
    """What is done."""

    PAUSE = "connector.pause"
    RESUME = "connector.resume"
    PROBE = "connector.probe"
    RESET = "circuit.reset"
    RULE = "circuit.set_mode"
    CREATE_OVERRIDE = "override.create"
    DELETE_OVERRIDE = "override.delete"
    ACCEPT_FORM = "form.accept"
    UPDATE_NOTIFICATIONS = "notifications.update"
    ROTATE_WEBHOOK_SECRET = "notifications.rotate_secret"  # noqa: S105 - no password
    REPLAY_DELIVERIES = "notifications.replay"
    CREATE_KEY = "key.create"
    ROTATE_KEY = "key.rotate"
    REVOKE_KEY = "key.revoke"
    MIGRATE = "schema.migrate"
    ERASE_CUSTOMER = "customer.erase"
    EXPORT_CUSTOMER = "customer.export"
    REWRAP_KEYS = "keys.rewrap"
    ROTATE_KEYS = "keys.rotate"
    CREATE_BULK = "bulk.create"
    CANCEL_BULK = "bulk.cancel"


class Stage(StrEnum):
    """How far it was when the entry was made."""

    DONE = "done"
    BEGUN = "begun"
    """Of what no transaction can hold: whether it was done is told by a later entry. Without one
    nobody knows."""
    FAILED = "failed"
    """After BEGUN."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry. Position 0, without a hash: there is none yet."""

    position: int = 0
    hash: str = ""

    def __str__(self) -> str:
        """To be noted."""
        return f"{self.position}:{self.hash}"


def read_head(text: str) -> Head:
    """Of what `str` gave; ValueError for anything else."""
    found = _HEAD.fullmatch(text.strip())
    if found is None or (found[2] is None) != (int(found[1]) == 0):
        raise ValueError("expected a position, a colon and 64 hexadecimal digits")
    return Head(int(found[1]), found[2] or "")


@dataclass(frozen=True, slots=True)
class Entry:
    """As it is kept: of plain numbers and text, so that also a changed one can be read."""

    position: int
    """From 1, without gaps."""
    at: int
    """Microseconds since the epoch, by the database's clock."""
    tenant_id: str
    """Of whoever did it, which is not always whom it concerns: connectors are everybody's."""
    actor: str
    """`key:<id>`, or `cli` for who has the database itself."""
    action: str
    subject: str
    stage: str
    before: str
    """JSON; empty where there was nothing."""
    after: str
    previous: str
    hash: str = ""

    def canonical(self) -> bytes:
        """What is signed: everything but the hash itself, in one way only."""
        fields = [
            *(FORM, self.position, self.at, self.tenant_id, self.actor, self.action),
            *(self.subject, self.stage, self.before, self.after, self.previous),
        ]
        # SQLite lets anything stand in any column: what is no JSON has never been signed.
        return json.dumps(fields, separators=(",", ":"), default=repr).encode()

    def hashed(self, sign: Sign) -> str:
        """What its hash should be."""
        return sign(self.canonical()).hex()

    @property
    def head(self) -> Head:
        """Where it is the newest."""
        return Head(self.position, self.hash)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody is about to do, and what signs the entry that tells of it."""

    tenant_id: str
    actor: str
    action: Action
    subject: str
    sign: Sign = field(repr=False)
    stage: Stage = Stage.DONE


def fault(last: Head, entry: Entry, sign: Sign) -> str:
    """What is wrong with the entry that is read after `last`; empty where it is in order."""
    if entry.position != last.position + 1:
        return "missing"
    if entry.hash != entry.hashed(sign):
        return "changed, or not made by this service"
    if entry.previous != last.hash:
        return "from another history"
    return ""
