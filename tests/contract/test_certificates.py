"""TLS from files, replaced under a running server; clients with certificates; a port for probes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from structlog.testing import capture_logs
from tests.contract.authority import Authority
from tests.contract.test_tls import answer

from registrar.cli import listening
from registrar.client import Client, credentials
from registrar.config.settings import Settings
from registrar.domain.errors import ConfigurationError
from registrar.rpc import certificates
from registrar.rpc.certificates import Certificates
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators

health: Any = health_pb2
SERVING = health.HealthCheckResponse.SERVING
GONE = grpc.StatusCode.UNAVAILABLE


@asynccontextmanager
async def served(files: Certificates | None, probes: str = "") -> AsyncIterator[GrpcServer]:
    """With these certificates; its port is `server.port`."""
    desk = Desk()
    settings = ServerSettings(
        credentials=files.credentials() if files else None, health_address=probes, grace=0.2
    )
    uses = Uses(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store))
    server = GrpcServer(uses, settings)
    PORTS[server] = await server.start()
    yield server
    await server.drain()


PORTS: dict[GrpcServer, int] = {}


async def met(server: GrpcServer, root: bytes, pair: tuple[bytes, bytes] | None = None) -> Any:  # noqa: ANN401 - a status or a code
    """By a client of its own that trusts this root, and may show a key and a certificate."""
    key, certificate = pair or (None, None)
    trusting = grpc.ssl_channel_credentials(root, key, certificate)
    options = (("grpc.use_local_subchannel_pool", 1),)
    address = f"127.0.0.1:{PORTS[server]}"
    async with grpc.aio.secure_channel(address, trusting, options=options) as channel:
        try:
            return await answer(channel)
        except grpc.aio.AioRpcError as error:
            return error.code()


async def test_the_next_client_meets_the_new_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a restart; who is connected stays so."""
    monkeypatch.setattr(certificates, "LOOK_SECONDS", 0.0)
    old, new = Authority("old"), Authority("new")
    key, certificate = old.into(tmp_path)
    async with served(Certificates(certificate, key)) as server:
        address = f"127.0.0.1:{PORTS[server]}"
        trusting = grpc.ssl_channel_credentials(old.root)
        async with grpc.aio.secure_channel(address, trusting) as channel:
            assert await answer(channel) == SERVING
            new.into(tmp_path)
            assert await met(server, new.root) == SERVING
            assert await met(server, old.root) is GONE
            assert await answer(channel) == SERVING


async def test_what_cannot_be_used_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half written, say: said once, and the next whole pair is taken."""
    monkeypatch.setattr(certificates, "LOOK_SECONDS", 0.0)
    old, new = Authority("old"), Authority("new")
    key, certificate = old.into(tmp_path)
    async with served(Certificates(certificate, key)) as server:
        with capture_logs() as lines:
            key.write_bytes(new.pair()[0])
            for _ in range(3):
                assert await met(server, old.root) == SERVING
        assert [one["event"] for one in lines if one["event"] != "rpc"] == ["certificate_not_taken"]
        new.into(tmp_path)
        assert await met(server, new.root) == SERVING


async def test_the_files_are_looked_at_once_in_a_while(tmp_path: Path) -> None:
    """However many connect."""
    now = 0.0
    old, new = Authority("old"), Authority("new")
    key, certificate = old.into(tmp_path)
    async with served(Certificates(certificate, key, clock=lambda: now)) as server:
        new.into(tmp_path)
        assert await met(server, old.root) == SERVING
        now += certificates.LOOK_SECONDS
        assert await met(server, new.root) == SERVING


def test_a_handshake_costs_a_look_at_most(tmp_path: Path) -> None:
    """None says: as before."""
    now = 0.0
    key, certificate = Authority().into(tmp_path)
    files = Certificates(certificate, key, clock=lambda: now)
    files.credentials()
    Authority("new").into(tmp_path)
    assert files.fresh() is None
    now += certificates.LOOK_SECONDS
    assert files.fresh() is not None
    now += certificates.LOOK_SECONDS
    assert files.fresh() is None
    certificate.unlink()
    now += certificates.LOOK_SECONDS
    assert files.fresh() is None


async def test_clients_show_who_they_are_where_that_is_asked_for(tmp_path: Path) -> None:
    """By whom the server trusts, and nobody else; an API key is needed all the same."""
    mine, theirs = Authority("mine"), Authority("theirs")
    key, certificate = mine.into(tmp_path)
    ca = tmp_path / "ca.pem"
    ca.write_bytes(mine.root)
    async with served(Certificates(certificate, key, ca)) as server:
        assert await met(server, mine.root, mine.pair("client")) == SERVING
        assert await met(server, mine.root) is GONE
        assert await met(server, mine.root, theirs.pair("client")) is GONE
        own_key, own = mine.into(tmp_path, "client")
        trusting = credentials(str(ca), str(own), str(own_key))
        address = f"127.0.0.1:{PORTS[server]}"
        async with Client(address, "key-a", credentials=trusting) as client:
            assert await client.manufacturers()


def _missing(folder: Path) -> None:
    (folder / "registrar.key").unlink()


def _no_key(folder: Path) -> None:
    (folder / "registrar.key").write_bytes(b"-----BEGIN")


def _locked(folder: Path) -> None:
    (folder / "registrar.key").write_bytes(Authority().pair(password=b"p")[0])


def _no_certificate(folder: Path) -> None:
    (folder / "registrar.pem").write_bytes(b"")


def _another(folder: Path) -> None:
    (folder / "registrar.key").write_bytes(Authority().pair()[0])


def _no_authority(folder: Path) -> None:
    (folder / "ca.pem").write_bytes(b"?")


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (_missing, "registrar.key cannot be read: No such file"),
        (_no_key, "registrar.key is no unencrypted key"),
        (_locked, "registrar.key is no unencrypted key"),
        (_no_certificate, "registrar.pem is no certificate"),
        (_another, "registrar.key is not the key of"),
        (_no_authority, "ca.pem is no certificate"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, breaks: Callable[[Path], None], said: str
) -> None:
    """Before anything listens."""
    mine = Authority()
    key, certificate = mine.into(tmp_path)
    (tmp_path / "ca.pem").write_bytes(mine.root)
    breaks(tmp_path)
    files = {"cert": certificate, "key": key, "client_ca": tmp_path / "ca.pem"}
    given: dict[str, Any] = {f"tls_{name}_file": str(path) for name, path in files.items()}
    settings = Settings(**given)
    with pytest.raises(ConfigurationError, match=said):
        listening.credentials(settings)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"tls_cert_file": "c"}, "REGISTRAR_TLS_KEY_FILE"),
        ({"tls_key_file": "k"}, "REGISTRAR_TLS_CERT_FILE"),
        ({"tls_client_ca_file": "a"}, "REGISTRAR_TLS_CLIENT_CA_FILE"),
        ({"listen": "0.0.0.0:50051"}, "REGISTRAR_PLAINTEXT=true"),
        ({"listen": "[::]:50051"}, "REGISTRAR_LISTEN"),
        ({"listen": "gateway.example:50051"}, "REGISTRAR_LISTEN"),
    ],
    ids=str,
)
def test_what_would_be_unsafe_is_refused(given: dict[str, Any], named: str) -> None:
    """With the setting's name, and what to do."""
    with pytest.raises(ConfigurationError, match=named):
        listening.credentials(Settings(**given))


@pytest.mark.parametrize(
    "given",
    [
        {"listen": "127.0.0.1:0"},
        {"listen": "localhost:50051"},
        {"listen": "[::1]:50051"},
        {"listen": "unix:/run/registrar"},
        {"listen": "0.0.0.0:50051", "plaintext": True},
    ],
    ids=lambda one: str(one["listen"]),
)
def test_in_clear_where_nobody_listens_in_or_where_that_is_wished(given: dict[str, Any]) -> None:
    """As behind a proxy that has the certificate."""
    assert listening.credentials(Settings(**given)) is None


async def test_probes_have_a_port_of_their_own(tmp_path: Path) -> None:
    """In clear; it answers health, and knows no other service."""
    mine = Authority()
    key, certificate = mine.into(tmp_path)
    async with served(Certificates(certificate, key), "127.0.0.1:0") as server:
        async with Client(f"127.0.0.1:{server.health_port}", "key-a") as client:
            assert await client.health("registrar.v1.RegistrationService") == "SERVING"
            with pytest.raises(Exception, match="UNIMPLEMENTED"):
                await client.manufacturers()
        assert await met(server, mine.root) == SERVING
