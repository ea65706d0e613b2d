"""The section `auth`: each kind with what it needs, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.manifests import api

from registrar.connectors.kit.auth.declared import SESSIONS
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.manifest import Manifest, load
from registrar.domain.errors import ConfigurationError

TOKEN = {
    "kind": "oauth2_client_credentials",
    "token_url": "/token",
    "client_id": "acme.id",
    "client_secret": "acme.secret",
}
ASSERTION = {
    "kind": "oauth2_client_assertion",
    "token_url": "https://login.example/token",
    "client_id": "acme.id",
    "key_id": "acme.kid",
    "private_key": "acme.pem",
    "aud": "https://login.example/v2/token",
}
API_KEY = {"kind": "api_key", "header": "ClientID", "secret": "acme.key"}
BASIC = {"kind": "basic", "username": "acme.user", "password": "acme.password"}
EXPIRED = {
    "name": "session",
    "when": {"status": [401]},
    "code": "auth.session_expired",
    "effect": "refused",
}
SUBSCRIPTION = {"kind": "subscription", "header": "X-Key", "secret": "acme.key", "token": TOKEN}


def loaded(tmp_path: Path, auth: dict[str, Any], **changes: Any) -> Manifest:  # noqa: ANN401 - any part
    """Acme with this section `auth`, and other changes of its tier."""
    data = yaml.safe_load((PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8"))
    data["tiers"]["api"] |= {"auth": auth} | changes
    if auth.get("kind") in SESSIONS and not changes:
        data["tiers"]["api"]["errors"].insert(0, EXPIRED)
    data["tiers"]["api"]["network"]["allowed_hosts"] = ["login.example"]
    (tmp_path / "acme").mkdir()
    path = tmp_path / "acme" / "manifest.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("auth", "references"),
    [
        (API_KEY | {"expires": "acme.ends"}, {"acme.key"}),
        (BASIC, {"acme.user", "acme.password"}),
        (TOKEN | {"credentials": "basic", "scope": "a b"}, {"acme.id", "acme.secret"}),
        (ASSERTION | {"lifetime": 15_552_000}, {"acme.id", "acme.kid", "acme.pem"}),
        (SUBSCRIPTION, {"acme.key", "acme.id", "acme.secret"}),
        (SUBSCRIPTION | {"token": ASSERTION}, {"acme.key", "acme.id", "acme.kid", "acme.pem"}),
    ],
)
def test_each_kind_names_the_secrets_it_needs(
    tmp_path: Path, auth: dict[str, Any], references: set[str]
) -> None:
    """The day on which one ends is no secret that must be there."""
    assert api(loaded(tmp_path, auth)).secrets == references


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ({}, "auth: 'kind' is a required property"),
        ({"kind": "digest"}, "auth.kind: 'digest' is not one of"),
        ({"kind": "api_key", "secret": "acme.key"}, "auth: 'header' is a required property"),
        (API_KEY | {"header": "a b"}, "auth.header: 'a b' does not match"),
        (API_KEY | {"secret": "Hunter2!"}, "auth.secret: 'Hunter2!' does not match"),
        ({"kind": "basic", "username": "acme.user"}, "auth: 'password' is a required property"),
        (BASIC | {"scope": "x"}, "auth: Additional properties are not allowed ('scope' was"),
        (TOKEN | {"credentials": "query"}, "auth.credentials: 'query' is not one of"),
        (TOKEN | {"token_url": "http://a.example/t"}, "auth.token_url"),
        (TOKEN | {"token_url": "//a.example/t"}, "auth.token_url"),
        (ASSERTION | {"lifetime": 15_552_001}, "greater than the maximum of 15552000"),
        (ASSERTION | {"lifetime": 60}, "less than the minimum of 120"),
        (ASSERTION | {"aud": ""}, "auth.aud"),
        (ASSERTION | {"client_secret": "acme.secret"}, "'client_secret' was unexpected"),
        (ASSERTION | {"token_url": "https://evil.example/t"}, "evil.example is not among"),
        (ASSERTION | {"token_url": "https://login.example@evil.example/t"}, "is not among"),
        (SUBSCRIPTION | {"token": BASIC}, "auth.token.kind: 'basic' is not one of"),
        (SUBSCRIPTION | {"token": TOKEN | {"token_url": "https://b.example/"}}, "auth.token.tok"),
    ],
)
def test_what_a_kind_does_not_have_is_refused(
    tmp_path: Path, auth: dict[str, Any], said: str
) -> None:
    """With its place, in words of its own kind."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, auth)
    assert said in str(caught.value)


@pytest.mark.parametrize("auth", [API_KEY, BASIC], ids=["api_key", "basic"])
def test_a_key_has_no_session_that_could_expire(tmp_path: Path, auth: dict[str, Any]) -> None:
    """Sent again with the same key it would be refused again."""
    with pytest.raises(ConfigurationError, match="a key has no session"):
        loaded(tmp_path, auth, errors=[EXPIRED])


@pytest.mark.parametrize("auth", [TOKEN, ASSERTION, SUBSCRIPTION], ids=["id", "jwt", "both"])
def test_a_token_has_a_session(tmp_path: Path, auth: dict[str, Any]) -> None:
    """Which is renewed."""
    assert api(loaded(tmp_path, auth, errors=[EXPIRED])).errors[0].name == "session"


@pytest.mark.parametrize("auth", [TOKEN, ASSERTION, SUBSCRIPTION], ids=["id", "jwt", "both"])
def test_a_token_needs_a_rule_for_its_end(tmp_path: Path, auth: dict[str, Any]) -> None:
    """Else the connector would be held as if its credentials were wrong."""
    rejected = EXPIRED | {"code": "auth.rejected"}
    with pytest.raises(ConfigurationError, match=r"api\.errors: a token ends: no rule means"):
        loaded(tmp_path, auth, errors=[rejected])


def test_an_operation_does_not_set_the_headers_of_its_credentials(tmp_path: Path) -> None:
    """In no way of writing them: two would be sent."""
    auth = API_KEY | {"header": "idempotency-key"}
    with pytest.raises(ConfigurationError, match="auth gives this header"):
        loaded(tmp_path, auth)
