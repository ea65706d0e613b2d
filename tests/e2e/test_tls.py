"""The whole system behind TLS, and the command line that talks to it."""

import asyncio
import base64
import os
import socket
import subprocess
from pathlib import Path

import pytest
from tests.contract.authority import Authority
from tests.system import REGISTRAR, clean_environment, running, start

from registrar.client import Client

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def free_address() -> str:
    """Where nobody listens."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{made.getsockname()[1]}"


def health(address: str) -> str:
    """As a probe asks that speaks no TLS."""

    async def asked() -> str:
        async with Client(address, "") as client:
            return await client.health()

    return asyncio.run(asked())


def test_commands_talk_to_a_service_that_asks_who_they_are(tmp_path: Path) -> None:
    """With a certificate of their own; in clear, or without one, nobody answers."""
    probed = free_address()
    mine = Authority()
    key, certificate = mine.into(tmp_path)
    own_key, own = mine.into(tmp_path, "client")
    (tmp_path / "ca.pem").write_bytes(mine.root)
    files = {
        "REGISTRAR_TLS_CERT_FILE": str(certificate),
        "REGISTRAR_TLS_KEY_FILE": str(key),
        "REGISTRAR_TLS_CLIENT_CA_FILE": str(tmp_path / "ca.pem"),
        "REGISTRAR_HEALTH_LISTEN": probed,
    }
    shown = {
        "REGISTRAR_CA_FILE": str(tmp_path / "ca.pem"),
        "REGISTRAR_CLIENT_CERT_FILE": str(own),
        "REGISTRAR_CLIENT_KEY_FILE": str(own_key),
    }
    with running(start(tmp_path / "state", **files)) as system:

        def listed(address: str, **environment: str) -> int:
            who = {"REGISTRAR_ADDRESS": address, "REGISTRAR_API_KEY": system.ready["api_key"]}
            return subprocess.run(  # noqa: S603 - our own program
                [*REGISTRAR, "list"],
                env=clean_environment() | who | environment,
                capture_output=True,
                timeout=60,
                check=False,
            ).returncode

        address = system.ready["grpc"]
        assert listed(f"tls://{address}", **shown) == 0
        assert listed(f"tls://{address}", REGISTRAR_CA_FILE=shown["REGISTRAR_CA_FILE"]) == 3
        assert listed(address) == 3
        assert health(probed) == "SERVING"
        missing = {"REGISTRAR_CA_FILE": str(tmp_path / "none.pem")}
        assert listed(f"tls://{address}", **missing) == 2


def test_nothing_is_said_in_clear_where_others_can_listen() -> None:
    """The process ends before it has opened anything, and says what to do."""
    root = base64.b64encode(os.urandom(32)).decode()
    done = subprocess.run(  # noqa: S603 - our own program
        [*REGISTRAR, "serve", "--listen", "0.0.0.0:0"],
        env=clean_environment() | {"REGISTRAR_ROOT_KEY": root},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "REGISTRAR_PLAINTEXT=true" in done.stderr
