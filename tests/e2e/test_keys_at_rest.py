"""Keys at rest by the command line: what there is, other keys, and whether all can be read."""

import asyncio
import base64
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.e2e.test_keys import ROOT
from tests.e2e.test_keys import told as program
from tests.integration.app.test_delivery import SUBMISSION
from tests.system import REGISTRAR, clean_environment

from registrar.app import sealing
from registrar.bootstrap import vaults
from registrar.config.settings import load
from registrar.store.sql import open_store
from registrar.testing.records import Wanted, new_registration
from registrar.testing.softhsm import SoftHsm

NEXT, OTHER = (base64.b64encode(one * 32).decode() for one in (b"n", b"o"))
BOTH = {"REGISTRAR_ROOT_KEY": NEXT, "REGISTRAR_ROOT_KEYS_BEFORE": ROOT}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


async def accepted(url: str, count: int) -> list[str]:
    """Registrations, as `serve` leaves them in the database."""
    store, made = open_store(url), list[str]()
    async with vaults.opened(load(database_url=url, root_key=ROOT)) as keys:
        for _ in range(count):
            item = new_registration(Wanted())
            one = item.transition.registration.id
            sealed = await sealing.seal(keys.vault, one, sealing.payload(SUBMISSION))
            await store.insert([replace(item, sealed=sealed)])
            made.append(one)
    await store.close()
    return sorted(made)


PROGRAM = """
import contextlib, io, json, os, sys
from registrar.cli.main import build
programs = {one: build(one) for one in ("keys-at-rest", "audit", "migrate")}
out = sys.stdout
for line in sys.stdin:
    arguments, environment = json.loads(line)
    os.environ.clear()
    os.environ.update(environment)
    said, wrong, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
        try:
            programs[arguments[0]](arguments, prog_name="registrar")
        except SystemExit as ended:
            code = ended.code or 0
    print(json.dumps([code, said.getvalue(), wrong.getvalue()]), file=out, flush=True)
"""
"""The commands one after the other: to load them takes far longer than what they do."""


class Shell:
    """A process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self, folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
        """As `test_keys.told`."""
        settings = {
            "REGISTRAR_DATABASE_URL": f"sqlite:///{folder / 'registrar.db'}",
            "REGISTRAR_ARTIFACTS_URL": str(folder / "artifacts"),
            "REGISTRAR_ROOT_KEY": ROOT,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = json.dumps([arguments, clean_environment() | settings | given])
        self._process.stdin.write(asked + "\n")
        self._process.stdin.flush()
        code, out, err = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out, err)

    def end(self) -> None:
        """Its input."""
        self._process.communicate(timeout=30)


_shells: list[Shell] = []


@pytest.fixture(scope="module", autouse=True)
def shell() -> Iterator[Shell]:
    """For all tests of this module."""
    _shells.append(Shell())
    yield _shells[-1]
    _shells.pop().end()


def told(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """A command, by the shell."""
    return _shells[-1].told(folder, *arguments, **given)


@pytest.fixture(scope="module")
def template(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated, with three registrations; to be copied."""
    assert shell
    folder = tmp_path_factory.mktemp("template")
    done = told(folder, "migrate")
    assert done.returncode == 0, done.stderr
    asyncio.run(accepted(f"sqlite:///{folder / 'registrar.db'}", 3))
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A copy."""
    return shutil.copytree(template, tmp_path / "there")


def at_rest(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """A command of this kind."""
    return told(folder, "keys-at-rest", *arguments, **given)


def answer(folder: Path, *arguments: str, **given: str) -> Any:  # noqa: ANN401 - JSON
    """Its one JSON line; it must have succeeded."""
    done = at_rest(folder, *arguments, "--json", **given)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_keys_are_rotated_under_the_data(folder: Path) -> None:
    """All layers, in the order of the page; then the old root key is of no use."""
    first = answer(folder, "status")
    assert [(one["version"], one["purpose"], one["records"]) for one in first["masters"]] == [
        (1, "identity", 0),
        (2, "data", 3),
    ]
    assert (first["newest_master"], first["retired"], first["destroyed"]) == (2, 0, 0)
    shown = at_rest(folder, "status", **BOTH).stdout
    assert shown.count("NOT the current key") == 2

    assert answer(folder, "rotate", **BOTH)["rewrapped"] == [1, 2]
    text = at_rest(folder, "rotate", **BOTH)
    assert (text.returncode, text.stdout) == (0, "masters wrapped anew: 0\n")
    new = {"REGISTRAR_ROOT_KEY": NEXT}
    moved = answer(folder, "rotate", "--records", "--settle", "0", **new)
    assert moved == {"rewrapped": [], "seen": 3, "moved": 3, "overtaken": 0, "unreadable": 0}
    again = at_rest(folder, "rotate", "--resume", "--settle", "0", **new)
    assert again.stdout.splitlines()[1] == "records seen 3, moved to a new key 0"
    assert "\r" not in again.stderr

    shown = at_rest(folder, "status", **new).stdout
    assert "NOT" not in shown
    assert shown.splitlines()[-2].endswith("3 keys  newest")
    assert shown.endswith("retired 3, destroyed 0\n")
    whole = at_rest(folder, "verify", **new)
    assert (whole.returncode, whole.stdout) == (0, "3 submissions, 0 artifacts\n")
    listed = told(folder, "audit", "list", "--json", **new).stdout.splitlines()
    entries = [(one["action"], one["stage"]) for one in map(json.loads, listed)]
    assert entries.count(("keys.rewrap", "done")) == 4
    assert entries[:2] == [("keys.rotate", "done"), ("keys.rotate", "begun")]
    assert told(folder, "audit", "verify", **new).returncode == 0

    old = at_rest(folder, "status")
    assert (old.returncode, "REGISTRAR_ROOT_KEYS_BEFORE" in old.stderr) == (2, True)


def test_what_cannot_be_read_is_named(folder: Path) -> None:
    """Whatever was done to it; the others are read. A rotation says how many it has left."""
    with closing(sqlite3.connect(folder / "registrar.db")) as database:
        ids = sorted(one for (one,) in database.execute("SELECT id FROM registrations"))
        for one, sealed in ((ids[0], b"\x03" + bytes(80)), (ids[1], b"\x02" + bytes(80))):
            change = "UPDATE registrations SET sealed = ? WHERE id = ?"
            database.execute(change, (sealed, one))
        database.commit()
    found = at_rest(folder, "verify", "--json")
    assert (found.returncode, json.loads(found.stdout)["unreadable"]) == (1, ids[:2])
    assert ids[0] in found.stderr
    left = at_rest(folder, "rotate", "--records", "--settle", "0", "--json")
    met = json.loads(left.stdout)
    assert (left.returncode, met["moved"], met["unreadable"]) == (1, 1, 2)
    assert "2 cannot be read" in left.stderr


@pytest.mark.parametrize("command", ["status", "rotate", "verify"])
def test_without_its_keys_or_databases_nothing_is_done(
    folder: Path, tmp_path: Path, command: str
) -> None:
    """A wrong key and no database are told apart."""
    wrong = at_rest(folder, command, REGISTRAR_ROOT_KEY=OTHER)
    assert (wrong.returncode, "REGISTRAR_ROOT_KEY" in wrong.stderr) == (2, True)
    away = at_rest(tmp_path / "empty", command)
    assert (away.returncode, "StoreUnavailable" in away.stderr) == (3, True)
    assert "Traceback" not in wrong.stderr + away.stderr


def test_from_the_environment_to_a_file(folder: Path) -> None:
    """And on without any root key."""
    keys = folder / "keys"
    keys.touch(mode=0o600)
    keys.write_text(f"2026 {OTHER}\n")
    file = {"REGISTRAR_KEY_PROVIDER": f"file:{keys}"}
    both = file | {"REGISTRAR_KEY_PROVIDER_BEFORE": "env"}
    assert answer(folder, "rotate", **both)["rewrapped"] == [1, 2]
    alone = file | {"REGISTRAR_ROOT_KEY": ""}
    assert answer(folder, "status", **alone)["provider_key"] == "2026"
    assert answer(folder, "verify", **alone)["submissions"] == 3
    assert told(folder, "migrate", **alone).returncode == 0
    needed = at_rest(folder, "status", **both | {"REGISTRAR_ROOT_KEY": ""})
    assert (needed.returncode, "REGISTRAR_ROOT_KEY" in needed.stderr) == (2, True)


def test_another_store_of_keys_is_refused(folder: Path) -> None:
    """By `migrate`, with the setting's name, and nothing is begun there."""
    other = {"REGISTRAR_KEYS_URL": f"sqlite:///{folder / 'other.db'}"}
    done = told(folder, "migrate", **other)
    assert (done.returncode, "keys_url" in done.stderr.lower()) == (2, True)
    same = told(folder, "migrate", REGISTRAR_KEYS_URL=f"sqlite:///{folder / 'registrar.db'}")
    assert (same.returncode, "REGISTRAR_KEYS_URL" in same.stderr) == (2, True)
    nowhere = told(folder, "migrate", REGISTRAR_DATABASE_URL="postgresql://u@127.0.0.1:9/x")
    assert (nowhere.returncode, "StoreUnavailable" in nowhere.stderr) == (3, True)
    assert "Traceback" not in done.stderr + same.stderr + nowhere.stderr


@pytest.mark.postgres
def test_on_postgresql_the_store_of_keys_is_made(tmp_path: Path, postgres_url: str) -> None:
    """A database of its own, named after that of the data."""
    there = {"REGISTRAR_DATABASE_URL": postgres_url}
    for _ in range(2):
        done = told(tmp_path, "migrate", **there)
        assert done.returncode == 0, done.stderr
    assert len(answer(tmp_path, "status", **there)["masters"]) == 2
    url = sa.make_url(postgres_url)
    beside = url.set(database=f"{url.database}_keys").render_as_string(hide_password=False)
    named = at_rest(tmp_path, "status", **there, REGISTRAR_KEYS_URL=beside)
    assert named.returncode == 0, named.stderr


HEEDING = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
    " os.execv(sys.argv[1], sys.argv[1:])"
)
"""What runs in the background is begun deaf to Ctrl-C, and so are its children."""


def test_a_rotation_that_is_cut_off_is_resumed(folder: Path) -> None:
    """By Ctrl-C: no traceback, its own exit code, and the way on is said."""
    environment = clean_environment() | {
        "REGISTRAR_DATABASE_URL": f"sqlite:///{folder / 'registrar.db'}",
        "REGISTRAR_ARTIFACTS_URL": str(folder / "artifacts"),
        "REGISTRAR_ROOT_KEY": ROOT,
    }
    command = [*REGISTRAR, "keys-at-rest", "rotate", "--records", "--settle", "600"]
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", HEEDING, *command],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            said = ""
            while "a second pass" not in said:
                line = process.stderr.readline()
                assert line, said
                said += line
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, "Traceback" in rest) == (130, False)
    assert "--resume goes on" in said
    listed = told(folder, "audit", "list", "--action", "keys.rotate", "--json").stdout
    assert [json.loads(one)["stage"] for one in listed.splitlines()] == ["begun"]
    resumed = answer(folder, "rotate", "--resume", "--settle", "0")
    assert (resumed["seen"], resumed["moved"]) == (3, 0)
    assert answer(folder, "status")["newest_master"] == 3


def test_keys_of_a_security_module_wrap_the_masters(tmp_path: Path, hsm: SoftHsm) -> None:
    """From `migrate` on; a wrong PIN or key ends every process at its start, with the setting."""
    hsm.token("wrapping")
    hsm.key("wrapping", "kek-2026")
    settings = {
        "REGISTRAR_ROOT_KEY": "",
        "REGISTRAR_KEY_PROVIDER": hsm.address("wrapping", "kek-2026"),
        "REGISTRAR_REDIS_URL": "unix:///nowhere/redis.sock",
        "REGISTRAR_BROWSER": "off",
    }
    done = told(tmp_path, "migrate", **settings)
    assert done.returncode == 0, done.stderr
    assert answer(tmp_path, "verify", **settings)["submissions"] == 0
    assert answer(tmp_path, "status", **settings)["provider_key"] == "kek-2026"
    pin = tmp_path / "pin"
    pin.touch(mode=0o600)
    pin.write_text("0000-wrong\n")
    hsm.token("another")
    wrong = hsm.address("wrapping", "kek-2026", pin), "PIN"
    missing = hsm.address("another", "kek-2026"), "there is no AES key 'kek-2026'"
    started = [("dispatch", *wrong), ("serve", *missing), ("work", *missing)]
    for command, address, why in started:
        ended = program(tmp_path, command, **settings | {"REGISTRAR_KEY_PROVIDER": address})
        text = ended.stderr + ended.stdout
        assert (ended.returncode, "REGISTRAR_KEY_PROVIDER" in text) == (2, True), text
        assert why in text
        assert "Traceback" not in text


def test_a_dispatcher_that_waits_for_its_keys_can_be_stopped(folder: Path) -> None:
    """While its store of keys is away."""
    environment = clean_environment() | {
        "REGISTRAR_DATABASE_URL": f"sqlite:///{folder / 'registrar.db'}",
        "REGISTRAR_KEYS_URL": "postgresql://u@127.0.0.1:9/x",
        "REGISTRAR_ROOT_KEY": ROOT,
    }
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*REGISTRAR, "dispatch"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    line = b""
    for line in iter(partial(process.stdout.readline), b""):
        if b"outage_started" in line:
            break
    os.kill(process.pid, signal.SIGTERM)
    assert b"outage_started" in line
    assert process.wait(30) == 0
    process.stdout.close()
