"""What a security module can do to us, and how its keys are kept: with a real SoftHSM."""

import asyncio
import base64
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pkcs11 import Attribute, AttributeSensitive, KeyType, ObjectClass

from registrar.bootstrap.wrapping import provider
from registrar.config.settings import load
from registrar.domain.errors import ConfigurationError, Unavailable
from registrar.keys.pkcs11 import Pkcs11Keys
from registrar.keys.uri import parsed
from registrar.ports.key_provider import KeyProvider, Wrapped
from registrar.testing.softhsm import KEPT, PIN, SoftHsm

SECRET = bytes(range(32))
Make = Callable[..., KeyProvider]


@pytest.fixture
def make(hsm: SoftHsm, token: str) -> Make:
    """A provider of a key by its label, with another PIN's file where it is said."""

    def made(label: str = "now", pin_file: Path | None = None) -> KeyProvider:
        return provider(load(key_provider=hsm.address(token, label, pin_file)))

    return made


@pytest.fixture
def keys(hsm: SoftHsm, token: str, make: Make) -> KeyProvider:
    """With its key."""
    hsm.key(token, "now")
    return make()


async def refusal(keys: KeyProvider) -> str:
    """The text of the error, which does not have the PIN."""
    with pytest.raises(ConfigurationError, match="REGISTRAR_KEY_PROVIDER: ") as raised:
        await keys.wrap(SECRET, "here")
    error: BaseException | None = raised.value
    while error is not None:
        assert PIN not in repr(error)
        error = error.__cause__ or error.__context__
    return str(raised.value)


async def test_the_key_cannot_be_taken_out(hsm: SoftHsm, token: str, keys: KeyProvider) -> None:
    """The token says so, and refuses to give it."""
    await keys.wrap(SECRET, "here")
    key = hsm.session(token).get_key(label="now")
    assert key[Attribute.SENSITIVE]
    assert not key[Attribute.EXTRACTABLE]
    with pytest.raises(AttributeSensitive):
        key[Attribute.VALUE]


@pytest.mark.parametrize(
    ("template", "bits"),
    [
        ({Attribute.EXTRACTABLE: True}, 256),
        ({Attribute.SENSITIVE: False}, 256),
        ({}, 128),
        ({Attribute.ENCRYPT: False}, 256),
        ({Attribute.DECRYPT: False}, 256),
    ],
)
async def test_a_key_that_is_not_fit_wraps_nothing(
    hsm: SoftHsm, token: str, make: Make, template: dict[Attribute, Any], bits: int
) -> None:
    """It could be taken out, is too short, or may not do it."""
    hsm.key(token, "now", template, bits)
    assert "key 'now'" in await refusal(make())


async def test_a_key_of_before_unwraps_whatever_it_is(
    hsm: SoftHsm, token: str, keys: KeyProvider, make: Make
) -> None:
    """Whoever finds that one can be taken out must get away from it."""
    wrapped = await keys.wrap(SECRET, "here")
    session = hsm.session(token)
    session.get_key(label="now").copy({Attribute.LABEL: "before"})
    hsm.key(token, "next")
    assert await make("next").unwrap(Wrapped("before", wrapped.blob), "here") == SECRET


async def test_a_blob_is_what_the_page_says(hsm: SoftHsm, token: str, make: Make) -> None:
    """AES-256-GCM as others have it: of a key that both have."""
    value = os.urandom(32)
    hsm.session(token).create_object(
        {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.TOKEN: True,
            Attribute.LABEL: "now",
            Attribute.VALUE: value,
            **KEPT,
        }
    )
    blob = (await make().wrap(SECRET, "here")).blob
    assert (len(blob), blob[:1]) == (61, b"\x01")
    assert AESGCM(value).decrypt(blob[1:13], blob[13:], b"\x01here") == SECRET


async def test_a_session_that_was_lost_is_opened_again(hsm: SoftHsm, keys: KeyProvider) -> None:
    """The caller sees nothing of it."""
    wrapped = await keys.wrap(SECRET, "here")
    hsm.restart()
    assert await keys.unwrap(wrapped, "here") == SECRET
    hsm.restart()
    assert (await keys.wrap(SECRET, "here")).key == "now"


async def test_a_key_that_was_made_since_is_found(
    hsm: SoftHsm, token: str, keys: KeyProvider, make: Make
) -> None:
    """By processes that run: one that is ahead has wrapped with it."""
    await keys.wrap(SECRET, "here")
    hsm.key(token, "next")
    wrapped = await make("next").wrap(SECRET, "here")
    assert await keys.unwrap(wrapped, "here") == SECRET


async def test_a_token_that_is_away_is_waited_for(
    hsm: SoftHsm, keys: KeyProvider, tmp_path: Path
) -> None:
    """Unavailable, until it is back; neither a wrong setting nor a changed blob."""
    wrapped = await keys.wrap(SECRET, "here")
    shutil.move(hsm.tokens, tmp_path / "away")
    hsm.tokens.mkdir()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await keys.unwrap(wrapped, "here")
        with pytest.raises(Unavailable):
            await keys.wrap(SECRET, "here")
    hsm.tokens.rmdir()
    shutil.move(tmp_path / "away", hsm.tokens)
    assert await keys.unwrap(wrapped, "here") == SECRET


async def test_a_token_that_never_was_is_named(hsm: SoftHsm) -> None:
    """With the setting."""
    keys = provider(load(key_provider=hsm.address("never made", "now")))
    assert await refusal(keys) == "REGISTRAR_KEY_PROVIDER: there is no token 'never made'"


async def test_a_key_that_is_missing_or_doubtful_is_named(
    hsm: SoftHsm, token: str, make: Make
) -> None:
    """None, and two of the same label."""
    assert f"there is no AES key 'now' in '{token}'" in await refusal(make())
    hsm.key(token, "now")
    hsm.key(token, "now")
    assert f"there is more than one AES key 'now' in '{token}'" in await refusal(make())


async def test_a_key_that_is_missing_costs_no_login(
    keys: KeyProvider, make: Make, tmp_path: Path
) -> None:
    """There may be many blobs of it: the PIN's file is not even there any more."""
    await keys.close()
    file = tmp_path / "pin"
    file.touch(mode=0o600)
    file.write_text(PIN)
    once = make("now", file)
    wrapped = await once.wrap(SECRET, "here")
    file.unlink()
    with pytest.raises(ConfigurationError, match="no AES key 'gone'"):
        await once.unwrap(Wrapped("gone", wrapped.blob), "here")
    assert await once.unwrap(wrapped, "here") == SECRET


async def test_one_moves_from_the_root_key_to_a_module(
    hsm: SoftHsm, token: str, keys: KeyProvider
) -> None:
    """Both are there until all is wrapped again."""
    root = base64.b64encode(bytes(32)).decode()
    old = await provider(load(root_key=root)).wrap(SECRET, "here")
    address = hsm.address(token, "now")
    moving = provider(load(root_key=root, key_provider=address, key_provider_before="env"))
    new = await moving.wrap(await moving.unwrap(old, "here"), "here")
    assert (new.key, await keys.unwrap(new, "here")) == ("now", SECRET)
    with pytest.raises(ConfigurationError, match=r"no AES key 'x'.*; before: .*no key 'x'"):
        await moving.unwrap(Wrapped("x", new.blob), "here")
    await moving.close()


async def test_a_wrong_pin_is_tried_once(keys: KeyProvider, make: Make, tmp_path: Path) -> None:
    """A token that is asked again and again locks itself, for everybody."""
    await keys.close()
    file = tmp_path / "pin"
    file.touch(mode=0o600)
    file.write_text("12344321")
    wrong = make("now", file)
    assert "pin-source: the token refused this PIN" in await refusal(wrong)
    file.write_text(PIN)
    assert "pin-source: the token refused this PIN" in await refusal(wrong)
    assert (await make("now", file).wrap(SECRET, "here")).key == "now"


async def test_a_pin_that_others_may_read_is_refused(make: Make, tmp_path: Path) -> None:
    """By its file's name."""
    file = tmp_path / "pin"
    file.write_text(PIN)
    file.chmod(0o640)
    assert f"{file}: its group or others" in await refusal(make("now", file))
    assert f"{tmp_path / 'none'}: cannot be read" in await refusal(make("now", tmp_path / "none"))


async def test_a_module_that_cannot_be_loaded_is_named(hsm: SoftHsm, tmp_path: Path) -> None:
    """Not there, or no library."""
    (tmp_path / "text.so").write_text("no library")
    for path in (tmp_path / "none.so", tmp_path / "text.so"):
        address = f"pkcs11:token=t;object=o?module-path={path}&pin-source=file:{hsm.pin_file}"
        assert "module-path" in await refusal(provider(load(key_provider=address)))


async def test_one_that_says_nothing_is_not_waited_for(
    hsm: SoftHsm, token: str, keys: KeyProvider, tmp_path: Path
) -> None:
    """What hangs is a pipe that nobody writes the PIN into; then somebody does."""
    await keys.close()
    pipe = tmp_path / "pin"
    os.mkfifo(pipe, 0o600)
    slow = Pkcs11Keys(parsed(hsm.address(token, "now", pipe)), timeout=0.3)
    started = time.monotonic()
    asked = [slow.wrap(SECRET, "here") for _ in range(20)]
    for one in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(one, Unavailable)
    await slow.close()
    assert time.monotonic() - started < 5
    await asyncio.to_thread(pipe.write_text, PIN)
    patient = Pkcs11Keys(parsed(hsm.address(token, "now")))
    wrapped = await patient.wrap(SECRET, "here")
    assert await slow.unwrap(wrapped, "here") == SECRET


async def test_nothing_is_opened_before_it_is_needed(make: Make) -> None:
    """The name of the current key is known without its token."""
    keys = make("not made yet")
    assert keys.current == "not made yet"
    await keys.close()
