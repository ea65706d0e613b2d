"""What erasing does to a registration: it ends, and what is personal in the open goes."""

from __future__ import annotations

from registrar.domain.lifecycle.step import Moment, step
from registrar.domain.registration import EventKind, Registration, State, Transition

SENDING = frozenset({State.RUNNING, State.CANCELLING})
"""Something may be on its way to the manufacturer: its answer is waited for."""


def erase(before: Registration, moment: Moment) -> Transition:
    """It stays what it has become, and is CANCELLED where it was not over.

    The effect stays: whether the manufacturer has the data is still to be known.

    Also of one that was erased before: a copy of the database may still hold what it had.
    """
    over = {"state": before.state if before.state.terminal else State.CANCELLED}
    gone = {"manufacturer_reference": "", "failure": None, "action": None, "wait_reason": None}
    return step(
        before,
        moment,
        EventKind.ERASED,
        None,
        over | gone | {"erased_at": before.erased_at or moment.now},
    )
