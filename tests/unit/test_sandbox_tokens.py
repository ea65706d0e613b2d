"""A simulated token service takes what the standards say, and nothing that is only near it."""

import base64

import pytest

from registrar.sandbox.tokens import Asked, Proof, by_basic, in_body


def basic(text: str) -> str:
    """The value of a header."""
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("proof", "asked"),
    [
        (in_body("a", "b"), Asked({"client_id": "a", "client_secret": "b"})),
        (by_basic("a:", "b c"), Asked({}, basic("a%3A:b+c"))),
    ],
)
def test_the_right_credentials_are_taken(proof: Proof, asked: Asked) -> None:
    """In their place."""
    assert proof(asked) == ""


@pytest.mark.parametrize(
    ("proof", "asked"),
    [
        (in_body("a", "b"), Asked({"client_id": "a", "client_secret": "c"})),
        (in_body("a", "b"), Asked({}, basic("a:b"))),
        (by_basic("a", "b"), Asked({"client_id": "a", "client_secret": "b"})),
        (by_basic("a", "b"), Asked({"client_id": "a"}, basic("a:b"))),
        (by_basic("a", "b"), Asked({}, basic("a"))),
        (by_basic("a", "b"), Asked({}, basic("a:c"))),
        (by_basic("a", "b"), Asked({}, "Basic ż")),
        (by_basic("a", "b"), Asked({}, "Basic /w==")),
        (by_basic("a", "b"), Asked({}, "Bearer a:b")),
        (by_basic("a", "b"), Asked({})),
    ],
)
def test_other_credentials_are_not(proof: Proof, asked: Asked) -> None:
    """Nor the right ones in another place, or in two."""
    assert proof(asked)
