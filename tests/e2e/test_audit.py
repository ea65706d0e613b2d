"""The audit log by the command line: what was done in the database and by the service."""

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.test_keys import FIRST, told
from tests.system import running, start

OTHER = base64.b64encode(b"o" * 32).decode()
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a database in which two keys were made."""
    assert told(tmp_path, "migrate").returncode == 0
    for tenant in ("shop", "other"):
        assert told(tmp_path, *FIRST, "--tenant", tenant).returncode == 0
    return tmp_path


def test_what_is_done_in_the_database_is_listed(folder: Path) -> None:
    """Newest first, and by tenant; no key opens anything by it."""
    lines = told(folder, "audit", "list", "--json").stdout.splitlines()
    other, shop, schema = map(json.loads, lines)
    assert [one["action"] for one in (other, shop, schema)] == [
        *("key.create", "key.create"),
        "schema.migrate",
    ]
    assert (shop["tenant_id"], shop["actor"], other["tenant_id"]) == ("shop", "cli", "other")
    assert json.loads(shop["after"])["scopes"] == ["admin", "read"]
    assert shop["previous"] == schema["hash"]
    table = told(folder, "audit", "list", "--tenant", "shop", "--since", "2020-01-01").stdout
    assert ("key.create" in table, "schema" in table) == (True, False)
    none = told(folder, "audit", "list", "--until", "2020-01-01", "--json")
    assert (none.returncode, none.stdout) == (0, "")


def test_a_log_that_somebody_has_changed_is_found(folder: Path) -> None:
    """By its exit code and the first position; before that the head is printed, to be noted."""
    good = told(folder, "audit", "verify")
    head = good.stdout.strip()
    assert (good.returncode, head[:2]) == (0, "3:")
    assert told(folder, "audit", "verify", "--head", head).returncode == 0
    unlike = told(folder, "audit", "verify", "--head", "2:" + "0" * 64)
    assert (unlike.returncode, "position 2: " in unlike.stderr) == (1, True)
    with closing(sqlite3.connect(folder / "registrar.db")) as database:
        database.execute("DROP TRIGGER audit_log_no_UPDATE")
        database.execute("UPDATE audit_log SET tenant_id = 'mine', at = 1 << 62 WHERE position = 2")
        database.commit()
    wrong = told(folder, "audit", "verify", "--json")
    assert wrong.returncode == 1
    found = json.loads(wrong.stdout)
    assert (found["position"], found["problem"] != "") == (2, True)
    assert "mine" in told(folder, "audit", "list").stdout


def test_what_is_asked_wrongly_is_said(tmp_path: Path) -> None:
    """And a database that does not answer is no log in order."""
    head = told(tmp_path, "audit", "verify", "--head", "seven")
    assert (head.returncode, "--head" in head.stderr) == (2, True)
    for command in ("list", "verify"):
        away = told(tmp_path, "audit", command)
        assert (away.returncode, "StoreUnavailable" in away.stderr) == (3, True)


def test_what_operators_do_by_the_service_is_in_it(tmp_path: Path) -> None:
    """With the key that has done it."""
    with running(start(tmp_path)) as system:
        given = ("connectors", "pause", "acme", "--reason", "maintenance", "--yes")
        for command in (given, ("connectors", "resume", "acme", "--yes")):
            done = system.run(*command)
            assert done.returncode == 0, done.stderr
    settings = {
        "REGISTRAR_DATABASE_URL": f"sqlite:///{tmp_path / 'registrar.db'}",
        "REGISTRAR_ROOT_KEY": (tmp_path / "root.key").read_text(),
    }
    lines = told(tmp_path, "audit", "list", "--json", **settings).stdout.splitlines()
    resumed, paused, made, schema = map(json.loads, lines)
    actions = [one["action"] for one in (schema, made, paused, resumed)]
    assert actions == ["schema.migrate", "key.create", "connector.pause", "connector.resume"]
    assert (paused["actor"], paused["subject"]) == (f"key:{made['subject']}", "acme/api")
    assert json.loads(resumed["before"]) == json.loads(paused["after"])
    assert told(tmp_path, "audit", "verify", **settings).returncode == 0
    # With another key nothing can be read at all.
    wrong = told(tmp_path, "audit", "verify", **{**settings, "REGISTRAR_ROOT_KEY": OTHER})
    assert (wrong.returncode, "REGISTRAR_ROOT_KEY" in wrong.stderr) == (2, True)
