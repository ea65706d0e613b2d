"""What manufacturers offer: every kind of look-up and of key, on every course of routes."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities

PLAIN = Capabilities(
    verify="none",
    idempotency="none",
    absence_delay=timedelta(minutes=5),
    confirmation_deadline=timedelta(hours=1),
    max_attempts=2,
)
APIS = [
    replace(PLAIN, verify=verify, idempotency=idempotency)
    for verify, idempotency in product(["strong", "eventual", "none"], ["none", "key", "natural"])
]
FORMS = [
    replace(PLAIN, verify=verify, idempotency=idempotency, send_deadline=timedelta(seconds=100))
    for verify, idempotency in product(["strong", "eventual", "none"], ["none", "natural"])
]
HANDED = [
    Capabilities("none", "none"),
    Capabilities("none", "none", watch_interval=timedelta(hours=1)),
]
ALLOWED = [
    (Tier.API,),
    (Tier.API, Tier.MANUAL),
    (Tier.WEB,),
    (Tier.WEB, Tier.MANUAL),
    (Tier.API, Tier.WEB),
    (Tier.API, Tier.WEB, Tier.MANUAL),
]
