"""Signed assertions before a token service that verifies them, and whose clock may differ."""

import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.integration.connectors.maker import (
    ASSERTION,
    AUD,
    KEY,
    connected,
    job,
    maker,
    running,
    signed,
)

from registrar.connectors.kit.auth.assertion import Assertion
from registrar.connectors.kit.auth.grants import by_assertion
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.sandbox.assertions import LONGEST, SignedAssertion
from registrar.sandbox.tokens import Asked


async def submitted(
    tmp_path: Path, wanted: SignedAssertion, auth: dict[str, Any] = ASSERTION
) -> tuple[Outcome, int]:
    """The outcome, and how many registrations arrived."""
    made = maker(auth, wanted)
    async with running(made) as base, connected(tmp_path, auth, {"acme": base}) as connector:
        outcome = await connector.submit(job())
    return outcome, len(made.sent)


@pytest.mark.parametrize("seconds", [-50, 0, 300, 3000])
async def test_a_clock_that_differs_a_little_does_no_harm(tmp_path: Path, seconds: int) -> None:
    """Theirs may be a minute slow, or nearly the assertion's life fast."""
    outcome, sent = await submitted(tmp_path, signed(now=lambda: time.time() + seconds))
    assert (outcome.code, sent) == (Code.REGISTERED, 1)


@pytest.mark.parametrize("seconds", [-300, 4000])
async def test_a_clock_that_is_wrong_is_ours_to_mend(tmp_path: Path, seconds: int) -> None:
    """Not the customer's, and nothing was sent."""
    outcome, sent = await submitted(tmp_path, signed(now=lambda: time.time() + seconds))
    assert (outcome.code, outcome.effect) == (Code.AUTH_REJECTED, Effect.NOT_SENT)
    assert sent == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"key": ec.generate_private_key(ec.SECP256R1()).public_key()},
        {"key_id": "another"},
        {"aud": "https://elsewhere.example/"},
        {"client_id": "another"},
    ],
    ids=["key", "kid", "aud", "client"],
)
async def test_a_wrong_assertion_is_ours_to_mend(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Whichever part of it."""
    outcome, sent = await submitted(tmp_path, signed(**changes))
    assert (outcome.code, outcome.effect) == (Code.AUTH_REJECTED, Effect.NOT_SENT)
    assert sent == 0


async def test_an_assertion_may_live_half_a_year(tmp_path: Path) -> None:
    """As long as the schema lets it, and the service takes it."""
    outcome, _ = await submitted(tmp_path, signed(), ASSERTION | {"lifetime": LONGEST})
    assert outcome.code is Code.REGISTERED


def asked(lifetime: int = 3600) -> Asked:
    """A token request with an assertion."""
    request = by_assertion("https://a.example", Assertion("id/1", "key-1", KEY, AUD, lifetime))()
    return Asked(request.form or {})


def test_every_request_has_an_assertion_of_its_own() -> None:
    """One that is seen twice was stolen, or so the service may believe."""
    wanted, first = signed(), asked()
    assert [wanted(first), wanted(asked())] == ["", ""]
    assert wanted(first) == "this assertion was used before"


def test_the_service_refuses_one_that_lives_longer() -> None:
    """The bound is in the schema and here, each by itself."""
    assert signed()(asked(LONGEST + 1)) == "exp is more than 180 days ahead"


@pytest.mark.parametrize("assertion", ["", "a.b", "a.b.c", "e30.e30.", "W10.e30.AA", "é.e30.AA"])
def test_the_service_refuses_what_is_no_assertion(assertion: str) -> None:
    """Without an exception."""
    form = dict(asked().form) | {"client_assertion": assertion}
    assert signed()(Asked(form))


def test_the_service_refuses_one_that_was_changed() -> None:
    """The signature is of every byte."""
    form = dict(asked().form)
    header, claims, signature = form["client_assertion"].split(".")
    other = dict(asked().form)["client_assertion"].split(".")[1]
    form["client_assertion"] = f"{header}.{other}.{signature}"
    assert claims != other
    assert signed()(Asked(form)) == "the signature does not verify"
