"""Settings from files, for what an environment would show to many."""

import os
from pathlib import Path

import pytest

from registrar.config.settings import load
from registrar.domain.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """It is told of by the environment."""
    monkeypatch.setenv("REGISTRAR_SECRETS_FOLDER", str(tmp_path))
    monkeypatch.delenv("REGISTRAR_REDIS_URL", raising=False)
    return tmp_path


def test_a_file_is_a_setting(folder: Path) -> None:
    """With the line's end that an editor leaves; JSON where the environment has it."""
    (folder / "registrar_redis_url").write_text("redis://:secret@valkey/0\n")
    (folder / "registrar_connector_secrets").write_text('{"acme.api_key": "k"}')
    (folder / "tls.key").write_text("another's")
    made = load()
    assert made.redis_url == "redis://:secret@valkey/0"
    assert made.connector_secrets == {"acme.api_key": "k"}


def test_a_link_as_kubernetes_makes_it_is_followed(folder: Path) -> None:
    """So that all files change at once."""
    (folder / "..2026").mkdir()
    (folder / "..2026" / "registrar_redis_url").write_text("redis://valkey/1")
    (folder / "..data").symlink_to("..2026")
    (folder / "registrar_redis_url").symlink_to("..data/registrar_redis_url")
    assert load().redis_url == "redis://valkey/1"


def test_the_environment_counts_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what a command was given, before that."""
    (folder / "registrar_redis_url").write_text("redis://file/0")
    monkeypatch.setenv("REGISTRAR_REDIS_URL", "redis://environment/0")
    assert load().redis_url == "redis://environment/0"
    assert load(redis_url="redis://given/0").redis_url == "redis://given/0"


def test_a_file_of_no_setting_is_named(folder: Path) -> None:
    """A slip would leave the default in force."""
    (folder / "registrar_redis_ulr").write_text("redis://valkey/0")
    with pytest.raises(ConfigurationError, match="no such setting: REGISTRAR_REDIS_ULR"):
        load()


def test_a_folder_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mount that was forgotten."""
    monkeypatch.setenv("REGISTRAR_SECRETS_FOLDER", "/nowhere")
    with pytest.raises(ConfigurationError, match="REGISTRAR_SECRETS_FOLDER: /nowhere: No such"):
        load()


def test_a_file_that_may_not_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is another user's, as those of a mount often are."""
    (folder / "registrar_redis_url").touch()

    def refused(self: Path, **_: object) -> str:
        raise PermissionError(13, os.strerror(13), str(self))

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(ConfigurationError, match="REGISTRAR_REDIS_URL: Permission denied"):
        load()


@pytest.mark.parametrize("where", ["file", "environment"])
def test_what_is_no_json_is_named_and_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """It may be a secret."""
    if where == "file":
        (folder / "registrar_connector_secrets").write_text("hush")
    else:
        monkeypatch.setenv("REGISTRAR_CONNECTOR_SECRETS", "hush")
    with pytest.raises(ConfigurationError) as told:
        load()
    assert str(told.value) == "REGISTRAR_CONNECTOR_SECRETS: JSON is needed"
