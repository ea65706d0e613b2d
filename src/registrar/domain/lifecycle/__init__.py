"""The state machine: pure functions from a registration and a fact to one durable transition."""

from registrar.domain.lifecycle.attempts import (
    conclude,
    lose_lease,
    point_of_no_return,
    start_attempt,
    submit,
)
from registrar.domain.lifecycle.erasure import SENDING, erase
from registrar.domain.lifecycle.interventions import (
    BY_A_PERSON,
    abandon,
    cancel,
    complete,
    defer,
    give_up,
    pass_by,
    pass_deadline,
    pause,
    retry,
)
from registrar.domain.lifecycle.lookups import check, defer_check, start_check
from registrar.domain.lifecycle.step import Moment, may_act, settled

__all__ = [
    "BY_A_PERSON",
    "SENDING",
    "Moment",
    "abandon",
    "cancel",
    "check",
    "complete",
    "conclude",
    "defer",
    "defer_check",
    "erase",
    "give_up",
    "lose_lease",
    "may_act",
    "pass_by",
    "pass_deadline",
    "pause",
    "point_of_no_return",
    "retry",
    "settled",
    "start_attempt",
    "start_check",
    "submit",
]
