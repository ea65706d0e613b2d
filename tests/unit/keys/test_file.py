"""Files of keys, and by which rules they are refused."""

import base64
from pathlib import Path

import pytest

from registrar.bootstrap.wrapping import provider
from registrar.config.settings import load
from registrar.domain.errors import ConfigurationError
from registrar.keys.environment import of_environment
from registrar.keys.file import of_file

KEY = base64.b64encode(b"canary-canary-canary-canary-cana").decode()

NEW = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of which only the owner may read."""
    made = tmp_path / "keys"
    made.touch(mode=0o600)
    return made


def test_the_first_line_wraps(file: Path) -> None:
    """Comments and empty lines are none."""
    file.write_text(f"# keys of shop\r\n\n 2027 \t {KEY} # since January\n2026 {KEY}\n")
    keys = provider(load(key_provider=f"file:{file}"))
    assert keys.current == "2027"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777])
def test_a_file_of_others_is_refused(file: Path, mode: int) -> None:
    """Before it is read."""
    file.write_text(f"a {KEY}\n")
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match="its group or others may use it"):
        of_file(str(file))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "there is no key"),
        (f"# a {KEY}", "there is no key"),
        (KEY, "line 1: a name and 32 bytes"),
        (f"a {KEY} {KEY}", "line 1: a name and 32 bytes"),
        (f"a, {KEY}", "line 1: a name and 32 bytes"),
        (f"{'a' * 65} {KEY}", "line 1: a name and 32 bytes"),
        (f"a {KEY}\nb {KEY}\na {KEY}", "line 3: its name stands above already"),
        (f"a {KEY[:-4]}", "line 1: the key has not 32 bytes"),
        (f"a {KEY[:-1]}", "line 1: the key is not base64"),
        (f"a {KEY[:-1]}é", "line 1: the key is not base64"),
        (f"a {KEY}\n" + "#" * 70_000, "has more than 65536 bytes"),
    ],
)
def test_a_wrong_line_is_named_and_not_shown(file: Path, text: str, rule: str) -> None:
    """By its number; with the file, the setting and the rule."""
    file.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        provider(load(key_provider=f"file:{file}"))
    assert str(raised.value).startswith(f"REGISTRAR_KEY_PROVIDER: {file}: {rule}")
    assert KEY[:8] not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_a_root_key_unwraps_from_a_file_too(file: Path) -> None:
    """Under the name that it had: so one moves from the environment."""
    root = base64.b64decode(KEY)
    wrapped = await of_environment(root).wrap(bytes(32), "here")
    file.write_text(f"2027 {NEW}\n{wrapped.key} {KEY}\n")  # noqa: ASYNC240 - a test may wait
    assert await of_file(str(file)).unwrap(wrapped, "here") == bytes(32)


def test_what_is_no_text_or_not_there_is_named(file: Path, tmp_path: Path) -> None:
    """Nothing of the content is said."""
    file.write_bytes(b"\xff\xfe")
    for path, rule in ((file, "is not UTF-8"), (tmp_path, "read"), (tmp_path / "no", "read")):
        with pytest.raises(ConfigurationError, match=rule) as raised:
            of_file(str(path))
        assert str(path) in str(raised.value)
