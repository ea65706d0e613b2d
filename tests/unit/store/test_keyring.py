"""Sealing, blind indexes and signatures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.domain.errors import ConfigurationError
from registrar.store.keyring import Keyring

KEYS = Keyring(b"k" * 32)


@given(st.binary(), st.text())
def test_what_was_sealed_opens_in_its_place(plaintext: bytes, context: str) -> None:
    """And the ciphertext differs every time."""
    sealed = KEYS.seal(plaintext, context)
    assert KEYS.open(sealed, context) == plaintext
    assert KEYS.seal(plaintext, context) != sealed


@given(st.binary(min_size=1), st.data())
def test_a_changed_byte_does_not_open(plaintext: bytes, data: st.DataObject) -> None:
    """Version, nonce, ciphertext and tag are all covered."""
    sealed = bytearray(KEYS.seal(plaintext, "here"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1
    with pytest.raises(ValueError, match="sealed"):
        KEYS.open(bytes(sealed), "here")


def test_a_moved_value_does_not_open() -> None:
    """The context is bound, and so is the root."""
    sealed = KEYS.seal(b"secret", "row-1")
    with pytest.raises(ValueError, match="belongs elsewhere"):
        KEYS.open(sealed, "row-2")
    with pytest.raises(ValueError, match="belongs elsewhere"):
        Keyring(b"o" * 32).open(sealed, "row-1")


def test_blind_indexes_are_apart_by_field_and_tenant() -> None:
    """Equal values are equal only within one field of one tenant."""
    one = KEYS.blind_index("serial", "AC1", "tenant-a")
    assert one == KEYS.blind_index("serial", "AC1", "tenant-a")
    others = {
        KEYS.blind_index("reference", "AC1", "tenant-a"),
        KEYS.blind_index("serial", "AC1", "tenant-b"),
        KEYS.blind_index("serial", "AC2", "tenant-a"),
    }
    assert one not in others
    assert len(others) == 3


def test_signatures_are_apart_by_purpose() -> None:
    """A page token is no resume token."""
    assert KEYS.sign("page", b"x") != KEYS.sign("resume", b"x")
    assert KEYS.sign("page", b"x") == KEYS.sign("page", b"x")


def test_a_short_root_is_refused() -> None:
    """With its length named, never its value."""
    with pytest.raises(ConfigurationError, match="expected 32 bytes, got 5"):
        Keyring(b"short")
