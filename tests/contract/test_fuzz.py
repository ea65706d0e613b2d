"""Every method is asked for what nobody would ask, and answers as the contract has it.

A few inputs a method here; a million and more by `make fuzz INPUTS=1000000`.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from structlog.testing import capture_logs
from tests.contract.every_method import methods
from tests.contract.fuzzing import KEY, Fuzzer, everything

from registrar.ports.store import Store
from registrar.store import migrate
from registrar.store.memory import MemoryStore
from registrar.store.sql import open_store

EVERY = list(methods())
INPUTS = int(os.environ.get("FUZZ_INPUTS", "2000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
AT_ONCE = 16
WRONG = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNIMPLEMENTED}
TEXT_OF_ERRORS = ("Traceback", "Error", "Exception", "<class", ", line ", "sqlalchemy")
SECONDS = 1.0
"""For each; watches and waits end so."""


async def answered(channel: grpc.aio.Channel, method: MethodDescriptor, data: bytes) -> str:
    """The code; what is wrong with the answer stands behind it."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    long = method.name.startswith(("Watch", "Wait"))
    given: dict[str, Any] = {"metadata": KEY, "timeout": 0.2 if long else 20}
    try:
        if method.client_streaming:
            await channel.stream_unary(path)(iter([data]), **given)
        elif method.server_streaming:
            call: Any = channel.unary_stream(path)(data, **given)
            await call.read()
            call.cancel()
        else:
            await channel.unary_unary(path)(data, **given)
    except grpc.aio.AioRpcError as error:
        said = error.details() or ""
        told = any(word in said for word in TEXT_OF_ERRORS)
        wrong = error.code() in WRONG or told or (not long and "DEADLINE" in error.code().name)
        return f"{error.code().name} {said}" if wrong else error.code().name
    return "OK"


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """What one database takes, another may refuse."""
    if request.param == "memory":
        yield MemoryStore()
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    await migrate.upgrade(url)
    made = open_store(url)
    yield made
    await made.close()


@pytest.mark.timeout(300 + INPUTS / 100)
@pytest.mark.parametrize("spoiled", [False, True], ids=["any message", "no message"])
async def test_whatever_is_asked_is_answered(kept: Store, tmp_path: Path, *, spoiled: bool) -> None:
    """No defect, no word of an error, nothing that takes long; and the server goes on."""
    found: Counter[str] = Counter()
    async with everything(tmp_path / "files", kept) as (channel, known):

        async def ask(number: int) -> None:
            method, fuzzer = EVERY[number % len(EVERY)], Fuzzer(SEED * 10**9 + number, known)
            message = fuzzer.message(method.input_type)
            data = fuzzer.rubbish(message) if spoiled else message.SerializeToString()
            code = await answered(channel, method, data)
            found[code if " " not in code else f"{number} {method.name}: {code}"] += 1

        with capture_logs() as lines:
            for start in range(0, INPUTS, AT_ONCE):
                await asyncio.gather(*map(ask, range(start, min(start + AT_ONCE, INPUTS))))
                assert [one for one in lines if one["log_level"] == "error"] == []
                lines.clear()
    assert [one for one in found if " " in one] == []
    assert found["OK"] > INPUTS / 500
    assert found["INVALID_ARGUMENT"] > INPUTS / 10
