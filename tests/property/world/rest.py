"""All is well and time passes: what is left then is the end, or a person's to do."""

from tests.property.world.actors import Actor, At, Fate
from tests.property.world.fleet import Fleet
from tests.property.world.maker import ACCEPT, GO_ON, HAND_OVER, Look

from registrar.domain.registration import Registration, State

TURNS = 300
WELL: dict[At, object] = {
    At.WRITING: Fate.DONE,
    At.WRITTEN: None,
    At.FILLING: GO_ON,
    At.SENDING: ACCEPT,
    At.HANDING: HAND_OVER,
    At.LOOKING: Look.DECIDE,
}
"""How each thing goes where all is well."""


def is_at_rest(one: Registration) -> bool:
    """At its end, or with a person."""
    return one.state.terminal or one.state is State.ACTION_REQUIRED


def finish(fleet: Fleet, actor: Actor) -> None:
    """To its end, without a disturbance."""
    while actor.at:
        fleet.go(actor, WELL[actor.at])


def drain(fleet: Fleet) -> None:
    """Raises AssertionError where it does not come to rest."""
    fleet.redis_is_away = False
    fleet.maker.closed.clear()
    for tier in fleet.maker.routes:
        fleet.resume(tier)
    for _ in range(TURNS):
        for one in fleet.standing():
            finish(fleet, one)
        if not fleet.actors and all(is_at_rest(one) for one in fleet.rows()):
            return
        _turn(fleet)
    raise AssertionError(f"it does not come to rest: {fleet.rows()}")


def _turn(fleet: Fleet) -> None:
    for what in ("leases", "deadlines", "pauses"):
        finish(fleet, fleet.sweep(what))
    fleet.release()
    hints, fleet.hints = fleet.hints, []
    for one in hints:
        finish(fleet, fleet.work(one))
    if not hints:
        fleet.pass_time(max(fleet.next_due(), 1.0))
