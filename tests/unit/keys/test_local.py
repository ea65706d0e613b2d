"""Names of keys, and settings of those that this process holds."""

import base64

import pytest

from registrar.bootstrap.wrapping import provider
from registrar.config.settings import load
from registrar.domain.errors import ConfigurationError
from registrar.keys.environment import of_environment
from registrar.keys.local import name_of
from registrar.ports.key_provider import Wrapped

ONE, OTHER = b"1" * 32, b"2" * 32


def text(*keys: bytes) -> str:
    """As a setting has them."""
    return ",".join(base64.b64encode(key).decode() for key in keys)


def test_a_name_stays_what_it_is() -> None:
    """It is written beside every blob: nobody may change how it is made."""
    assert (name_of(ONE), name_of(OTHER)) == ("d65fbe70bb05fdf0", "fb775886d810f6a7")


def test_the_root_key_is_the_current_one() -> None:
    """Of two that are set; one that is set twice is one."""
    keys = provider(load(root_key=text(ONE), root_keys_before=f"{text(OTHER)}, {text(ONE)}"))
    assert keys.current == name_of(ONE)


@pytest.mark.parametrize("before", ["short", f"{text(ONE)},", ",", text(ONE[1:]), text(ONE) + "!"])
def test_a_wrong_key_of_before_is_named(before: str) -> None:
    """Not shown."""
    with pytest.raises(ConfigurationError, match="REGISTRAR_ROOT_KEYS_BEFORE") as raised:
        load(root_key=text(ONE), root_keys_before=before)
    assert before not in str(raised.value) or before == ","


def test_without_a_root_key_there_is_no_provider() -> None:
    """The setting is named."""
    with pytest.raises(ConfigurationError, match="REGISTRAR_ROOT_KEY: "):
        provider(load())


@pytest.mark.parametrize("given", ["", "vault", "env:", "file:", "pkcs11:"])
def test_an_unknown_provider_is_refused(given: str) -> None:
    """At the start."""
    with pytest.raises(ConfigurationError, match="REGISTRAR_KEY_PROVIDER:"):
        load(key_provider=given)
    if given:
        with pytest.raises(ConfigurationError, match="REGISTRAR_KEY_PROVIDER_BEFORE:"):
            load(key_provider_before=given)


def test_what_was_before_is_named_where_it_is_wrong() -> None:
    """And not what wraps now."""
    given = {"root_key": text(ONE), "key_provider_before": "file:/nowhere/keys"}
    with pytest.raises(ConfigurationError, match=r"^REGISTRAR_KEY_PROVIDER_BEFORE: .*/nowhere"):
        provider(load(**given))


def test_settings_do_not_show_keys() -> None:
    """Nor where they are."""
    shown = repr(
        load(
            root_key=text(ONE),
            root_keys_before=text(OTHER),
            key_provider="file:canary",
            key_provider_before="file:canary",
        )
    )
    assert text(ONE) not in shown
    assert text(OTHER) not in shown
    assert "canary" not in shown


async def test_a_blob_of_today_is_unwrapped_for_ever() -> None:
    """Its form is stored: whoever changes it must still read this one."""
    blob = bytes.fromhex(
        "01b056555054c83136aaa718c8dcf3e137865d8ab6a40ce8af26e035aec476"
        "714e4ad2543f46424dc6798277d69c868ffcecbcf2d55e21febf58c07121"
    )
    keys = of_environment(OTHER, [ONE])
    assert await keys.unwrap(Wrapped(name_of(ONE), blob), "here") == bytes(range(32))
