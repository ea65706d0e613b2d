"""Files, where a process or their place goes away in the middle."""

import asyncio
import os
import shutil
import signal
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.system import System, command_of, example, lines, running, start

from registrar.client import CallError, Client
from registrar.client.messages import Artifact
from registrar.testing.proofs import PDF
from registrar.v1 import artifact_service_pb2 as wire
from registrar.v1.artifact_service_pb2_grpc import ArtifactServiceStub

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]
RECEIPT = PDF + os.urandom(2_000_000)


def serving(system: System) -> int:
    """The process that faces callers."""
    (found,) = [pid for pid in system.members() if "registrar.cli serve" in command_of(pid)]
    return found


def files(folder: Path) -> list[str]:
    """Of which artifacts something is kept; the rest of its name is its key's."""
    return sorted(path.stem for path in (folder / "artifacts").rglob("art_*.*"))


def rows(folder: Path) -> dict[str, bool]:
    """What the database knows of them: whether each is shown."""
    with closing(sqlite3.connect(folder / "registrar.db")) as database:
        return dict(database.execute("SELECT id, ready FROM artifacts"))


async def half(request_id: str, system: System, folder: Path) -> None:
    """An upload whose server is killed while it is under way."""

    async def parts() -> AsyncIterator[wire.UploadProofRequest]:
        header = wire.UploadProofHeader(request_id=request_id, media_type="application/pdf")
        yield wire.UploadProofRequest(header=header)
        for at in range(0, 1_000_000, 50_000):
            yield wire.UploadProofRequest(chunk=RECEIPT[at : at + 50_000])
        await asyncio.Event().wait()

    async with grpc.aio.insecure_channel(system.ready["grpc"]) as channel:
        stub: Any = ArtifactServiceStub(channel)
        key = (("authorization", f"Bearer {system.ready['api_key']}"),)
        call = stub.UploadProof(parts(), metadata=key)
        async with asyncio.timeout(20):
            while not files(folder):  # noqa: ASYNC110 - a folder tells nobody
                await asyncio.sleep(0.02)
        os.kill(serving(system), signal.SIGKILL)
        with pytest.raises(grpc.aio.AioRpcError):
            await call


async def again(request_id: str, system: System) -> Artifact:
    """The whole file, as soon as somebody takes it."""
    async with Client(system.ready["grpc"], system.ready["api_key"]) as client:
        async with asyncio.timeout(40):
            while True:
                try:
                    return await client.artifacts.upload_proof(
                        RECEIPT, "application/pdf", request_id=request_id
                    )
                except CallError as error:
                    if error.code is not grpc.StatusCode.UNAVAILABLE:
                        raise
                    await asyncio.sleep(0.2)


async def fetched(artifact_id: str, system: System) -> bytes:
    """Its content."""
    written: list[bytes] = []
    async with Client(system.ready["grpc"], system.ready["api_key"]) as client:
        await client.artifacts.download(artifact_id, written.append)
    return b"".join(written)


def test_a_serve_that_is_killed_leaves_no_bytes_without_a_row(tmp_path: Path) -> None:
    """What it leaves is known, and not shown; the upload is begun again, and is one."""
    request_id = str(uuid.uuid4())
    with running(start(tmp_path)) as system:
        asyncio.run(half(request_id, system, tmp_path))
        proof = asyncio.run(again(request_id, system))
        assert asyncio.run(again(request_id, system)) == proof
        assert asyncio.run(fetched(proof.id, system)) == RECEIPT
        bought = example(820_001)["purchase"] | {"proofs": [proof.id]}
        (result,) = system.json("submit", "-", stdin=lines(example(820_001, purchase=bought)))
        key = result["response"]["registration"]["id"]
        assert [one["id"] for one in system.json("artifacts", "list", key)] == [proof.id]
        system.registered_once_each([key])
    known = rows(tmp_path)
    assert files(tmp_path) == sorted(known)
    assert [name for name, shown in known.items() if shown] == [proof.id]
    assert len(known) == 2


def test_registrations_go_on_without_a_place_for_files(tmp_path: Path) -> None:
    """Files are refused meanwhile, and taken again as soon as there is one."""
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(RECEIPT)
    state = tmp_path / "state"
    with running(start(state)) as system:
        shutil.rmtree(state / "artifacts", ignore_errors=True)
        (state / "artifacts").write_text("in the way")
        assert system.run("proofs", "add", str(receipt)).returncode == 3
        system.registered_once_each(system.accepted(821_000, 20))
        (state / "artifacts").unlink()
        (proof,) = system.json("proofs", "add", str(receipt))
        assert proof["size"] == str(len(RECEIPT))
    known = rows(state)
    assert [name for name, shown in known.items() if shown] == [proof["id"]]
    assert files(state) == [proof["id"]]
