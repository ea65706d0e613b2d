"""One `registrar dev` a folder, and one a port."""

import socket
from pathlib import Path

import pytest
import typer

from registrar.cli.alone import alone


def test_a_folder_is_for_one_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second is told which one it is, and takes nothing from the first; then it is free."""
    with alone(tmp_path, 0), pytest.raises(typer.Exit) as told, alone(tmp_path, 0):
        pytest.fail("two on one folder")
    assert told.value.exit_code == 2
    assert f"{tmp_path}: another `registrar dev`" in capsys.readouterr().err
    with alone(tmp_path, 0):
        pass


def test_a_port_that_is_shared_by_the_kernel_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though whoever listens there would let others in."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(typer.Exit) as told, alone(tmp_path, port):
            pytest.fail("two on one port")
    assert told.value.exit_code == 2
    assert f"port {port}: Address already in use" in capsys.readouterr().err
    with alone(tmp_path, port):
        pass
