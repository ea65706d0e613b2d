"""API keys by the command line: the first in the database, all others by the service."""

import base64
import json
import subprocess
import time
from pathlib import Path

import pytest
from tests.system import REGISTRAR, System, clean_environment, example

from registrar.app.api_keys import ApiKeys
from registrar.bootstrap.vaults import opened
from registrar.config.settings import load
from registrar.ports.api_keys import Scope
from registrar.store.sql import open_store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
ROOT = base64.b64encode(b"r" * 32).decode()
FIRST = ("keys", "first", "--name", "root", "--scope", "admin", "--scope", "read")


def told(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """By who runs the service."""
    settings = {
        "REGISTRAR_DATABASE_URL": f"sqlite:///{folder / 'registrar.db'}",
        "REGISTRAR_ROOT_KEY": ROOT,
    }
    return subprocess.run(  # noqa: S603 - our own program
        [*REGISTRAR, *arguments],
        env=clean_environment() | settings | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_first_key_of_a_tenant_is_made_in_the_database(tmp_path: Path) -> None:
    """Alone on standard output, and live."""
    assert told(tmp_path, "migrate").returncode == 0
    done = told(tmp_path, *FIRST, "--tenant", "shop")
    assert done.returncode == 0, done.stderr
    text = done.stdout.strip()
    assert text.startswith("rgk_live_")
    url = f"sqlite:///{tmp_path / 'registrar.db'}"
    store = open_store(url)
    async with opened(load(database_url=url, root_key=ROOT)) as there:
        caller = await ApiKeys(store, there.keys).authenticate(text)
    await store.close()
    assert (caller.tenant_id, caller.scopes) == ("shop", {Scope.ADMIN, Scope.READ})


@pytest.mark.parametrize(
    ("more", "code", "what"),
    [
        (("--tenant", "a shop"), 2, "tenant"),
        (("--tenant", "shop", "--name", "n" * 101), 2, "display_name"),
        (("--tenant", "shop", "--days", "0"), 2, "--days"),
        (("--tenant", "shop"), 3, "StoreUnavailable"),
    ],
    ids=["tenant", "name", "days", "no tables"],
)
def test_what_is_wrong_with_it_is_named(
    tmp_path: Path, more: tuple[str, ...], code: int, what: str
) -> None:
    """And nothing is made."""
    done = told(tmp_path, *FIRST, *more)
    assert (done.returncode, done.stdout) == (code, "")
    assert what in done.stderr


def let_in_no_more(system: System, key: tuple[str, ...]) -> bool:
    """Within the half minute for which a process remembers it."""
    ends = time.monotonic() + 45
    while (done := system.run("list", *key)).returncode == 0 and time.monotonic() < ends:
        time.sleep(1)
    return done.returncode == 4 and "API_KEY_INVALID" in done.stderr


def test_a_key_that_may_read_does_not_submit(system: System) -> None:
    """From its making to its end."""
    (made,) = system.json("keys", "create", "--name", "reader", "--scope", "read", "--days", "30")
    reader = made["api_key"]["api_key_id"]
    mine = ("--api-key", made["key_text"])
    assert system.run("list", *mine).returncode == 0
    refused = system.run("submit", "-", *mine, "--json", stdin=json.dumps(example(4_900)) + "\n")
    assert "SCOPE_MISSING" in refused.stdout + refused.stderr
    assert "needs the scope submit" in refused.stdout + refused.stderr

    (rotated,) = system.json("keys", "rotate", reader, "--overlap-hours", "0")
    assert let_in_no_more(system, mine)
    successor = ("--api-key", rotated["key_text"])
    assert system.run("list", *successor).returncode == 0

    asked = system.run("keys", "revoke", rotated["api_key"]["api_key_id"])
    assert asked.returncode == 1
    (ended,) = system.json("keys", "revoke", rotated["api_key"]["api_key_id"], "--yes")
    assert ended["state"] == "API_KEY_STATE_REVOKED"
    assert let_in_no_more(system, successor)
    states = {one["api_key_id"]: one["state"] for one in system.json("keys", "list")}
    assert states[reader] == "API_KEY_STATE_EXPIRED"
    table = system.run("keys", "list").stdout
    assert "reader" in table
    assert made["key_text"] not in table
