"""What people ask of a registration."""

from registrar.app.commands import Caller
from registrar.app.completing import Completing, Done, GivenUp
from registrar.app.intervene import Intervene

PERSON = Caller("tenant-a", "person")


async def carried_out(asks: Intervene, key: str, what: str, request: str) -> object:
    """`cancel`, `retry`, `retry_at_risk`, `complete` or `give_up`; raises as the use cases do."""
    if what == "cancel":
        return await asks.cancel(PERSON, key, reason="sold", etag="", request_id=request)
    if what in {"retry", "retry_at_risk"}:
        risk = what == "retry_at_risk"
        return await asks.retry(
            PERSON, key, etag="", request_id=request, acknowledge_duplicate_risk=risk
        )
    said = Done("R-1") if what == "complete" else GivenUp("sold")
    return await Completing(asks)(PERSON, key, said, etag="", request_id=request)
