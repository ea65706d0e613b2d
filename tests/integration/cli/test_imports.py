"""What a command imports: nothing that it does not need, so that each starts quickly."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        *(
            (f"connectors {one}", "registrar.connectors.kit")
            for one in ("list", "breaker", "drift")
        ),
        ("connectors overrides", "registrar.connectors.kit"),
        ("sandbox", "registrar.bootstrap"),
        ("work", "sqlalchemy"),
        ("dispatch", "sqlalchemy"),
    ],
)
def test_a_command_starts_without_what_others_need(command: str, unwanted: str) -> None:
    """By the interpreter's own list; it is there all the same, and explains itself."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-X", "importtime", "-m", "registrar.cli", *command.split(), "--help"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"registrar {command}" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "registrar.cli" in imported
    assert [one for one in imported if one.startswith(unwanted)] == []
