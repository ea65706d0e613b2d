"""A manufacturer and its token service on one real socket, and acme's manifest with other auth."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from registrar.connectors.kit.auth import Sharing
from registrar.connectors.kit.auth.declared import SESSIONS
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.connector import HttpConnector
from registrar.domain.customer import Consents, Customer
from registrar.domain.outcome import Tier
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Job
from registrar.sandbox.assertions import SignedAssertion
from registrar.sandbox.faults import Script
from registrar.sandbox.ledger import Ledger
from registrar.sandbox.metrics import Metrics
from registrar.sandbox.request import World
from registrar.sandbox.tokens import Proof, TokenService, by_basic, in_body

AUD = "https://login.example/token"
KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SECRETS = {
    "acme.key": "the-key",
    "acme.user": "user",
    "acme.password": "pass:word",
    "acme.id": "id/1",
    "acme.secret": "se cret",
    "acme.kid": "key-1",
    "acme.pem": PEM,
}
BODY = {
    "kind": "oauth2_client_credentials",
    "token_url": "/oauth/token",
    "client_id": "acme.id",
    "client_secret": "acme.secret",
}
BASIC = BODY | {"credentials": "basic", "scope": "devices:upload"}
ASSERTION = {
    "kind": "oauth2_client_assertion",
    "token_url": "/oauth/token",
    "client_id": "acme.id",
    "key_id": "acme.kid",
    "private_key": "acme.pem",
    "aud": AUD,
    "scope": "business.api",
}
SUBSCRIPTION = {
    "kind": "subscription",
    "header": "Ocp-Apim-Subscription-Key",
    "secret": "acme.key",
    "token": BODY,
}
TOKEN_KINDS = {
    "body": BODY,
    "basic": BASIC,
    "assertion": ASSERTION,
    "subscription": SUBSCRIPTION,
}


def signed(**changes: Any) -> SignedAssertion:  # noqa: ANN401 - any of its parts
    """What the token service wants of an assertion."""
    wanted: dict[str, Any] = {
        "client_id": SECRETS["acme.id"],
        "key_id": SECRETS["acme.kid"],
        "key": KEY.public_key(),
        "aud": AUD,
    }
    return SignedAssertion(**wanted | changes)


def proof(auth: Mapping[str, Any]) -> Proof:
    """That the token service of a kind wants."""
    if auth["kind"] == "oauth2_client_assertion":
        return signed()
    made = by_basic if auth.get("credentials") == "basic" else in_body
    return made(SECRETS["acme.id"], SECRETS["acme.secret"])


@dataclass(frozen=True)
class Arrived:
    """One request as the server saw it."""

    path: str
    headers: Mapping[str, str]
    form: Mapping[str, Any]


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Maker:
    """Takes registrations; `answer` takes the place of what it would say."""

    tokens: TokenService
    asks_token: bool = True
    arrived: list[Arrived] = field(default_factory=list)
    answer: Answer | None = None

    def application(self) -> web.Application:
        """Keeps whatever arrives."""
        made = web.Application(middlewares=[self._kept])
        made.router.add_post("/oauth/token", self.tokens.give)
        made.router.add_post("/registrations", self._register)
        return made

    @web.middleware
    async def _kept(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        form = await request.post()
        self.arrived.append(Arrived(request.path, request.headers.copy(), dict(form)))
        return await handler(request)

    async def _register(self, request: web.Request) -> web.StreamResponse:
        if self.answer is not None:
            return await self.answer(request)
        if self.asks_token and not self.tokens.holds(request):
            return web.json_response({"code": "token_expired"}, status=401)
        return web.json_response({"status": "registered", "registration_id": "R1"}, status=201)

    def at(self, path: str) -> list[Arrived]:
        """What has arrived at a path."""
        return [one for one in self.arrived if one.path == path]

    @property
    def asked(self) -> list[Arrived]:
        """Token requests."""
        return self.at("/oauth/token")

    @property
    def sent(self) -> list[Arrived]:
        """Registrations."""
        return self.at("/registrations")


def folder(tmp_path: Path, auth: Mapping[str, Any]) -> Path:
    """One manufacturer: acme, with this section `auth`."""
    data = yaml.safe_load((PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8"))
    api = data["tiers"]["api"]
    api["auth"] = dict(auth)
    if auth["kind"] in SESSIONS:
        when = {"status": [401], "path": "code", "in": ["token_expired"]}
        session = {"code": "auth.session_expired", "effect": "refused"}
        api["errors"].insert(0, {"name": "session", "when": when} | session)
    (tmp_path / "acme").mkdir(exist_ok=True)
    (tmp_path / "acme" / "manifest.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return tmp_path


def maker(auth: Mapping[str, Any], wanted: Proof | None = None) -> Maker:
    """That wants what this section `auth` gives."""
    world = World(Ledger(":memory:"), Script(), Metrics())
    scope = auth.get("scope", "")
    service = TokenService(world, "acme", wanted or proof(auth), scope)
    return Maker(service, asks_token=auth["kind"] in SESSIONS)


@asynccontextmanager
async def running(made: Maker) -> AsyncIterator[str]:
    """Its address."""
    runner = web.AppRunner(made.application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
    made.tokens.world.ledger.close()


@asynccontextmanager
async def connected(
    tmp_path: Path,
    auth: Mapping[str, Any],
    urls: Mapping[str, str],
    secrets: Mapping[str, str] = SECRETS,
    sharing: Sharing | None = None,
) -> AsyncIterator[HttpConnector]:
    """Acme's connector with this section `auth`."""
    settings = ConnectorSettings(urls, secrets, sharing=sharing)
    catalogue = FileCatalogue(settings, folder(tmp_path, auth))
    assert catalogue.quarantined() == {}
    found = catalogue.connector("acme", Tier.API)
    assert isinstance(found, HttpConnector)
    yield found
    await catalogue.close()


def job(number: int = 1) -> Job:
    """One registration."""
    submission = Submission(
        customer=Customer("Ada", "Łoś", "ada@example.com"),
        product=Product(f"AC26XY{number:06d}", "AC-WM-1000"),
        purchase=Purchase(date(2026, 10, 1), "DE"),
        consents=Consents(terms=True),
    )
    return Job(f"reg_{number}", f"reg_{number}", "Acme", submission)
