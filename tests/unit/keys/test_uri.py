"""Addresses of keys, as RFC 7512 has them."""

import pytest

from registrar.domain.errors import ConfigurationError
from registrar.keys.uri import Address, parsed

TAIL = "?module-path=/lib/m.so&pin-source=file:/run/pin"


def test_an_address_is_read() -> None:
    """In any order, with what is percent-encoded as it was."""
    assert parsed(f"pkcs11:token=t;object=o{TAIL}") == Address("t", "o", "/lib/m.so", "/run/pin")
    assert parsed(
        "pkcs11:type=secret-key;object=key%20%C3%A9%3b%3F;serial=0%31;token=a=b%26"
        "?pin-source=file:///run/my%20pin&module-path=/a%25b.so"
    ) == Address("a=b&", "key é;?", "/a%b.so", "/run/my pin", "01")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("pkcs11:token=t;object=o", "module-path and pin-source needed"),
        (f"pkcs11:object=o{TAIL}", "token needed"),
        (f"pkcs11:token=;object=o{TAIL}", "token needed"),
        (f"pkcs11:token=t;token=u;object=o{TAIL}", "token is there twice"),
        (f"pkcs11:token=t;object=o;type=private{TAIL}", "type can only be secret-key"),
        (f"pkcs11:token=t;object=o;id=%01{TAIL}", "only object, serial, token, type can"),
        (f"pkcs11:token=t;object=o{TAIL}&slot-id=1", "only module-path, pin-source can"),
        (f"pkcs11:token=t;object{TAIL}", "only object, serial, token, type can"),
        (f"pkcs11:token=t;object=%4{TAIL}", "object: a percent sign"),
        (f"pkcs11:token=t;object=%ff{TAIL}", "object: is not UTF-8"),
        ("pkcs11:token=t;object=o?module-path=/m&pin-source=/p", "pin-source: file:/PATH"),
        ("pkcs11:token=t;object=o?module-path=/m&pin-source=|/bin/pin", "pin-source: file:/PATH"),
        ("pkcs11:token=t;object=o?module-path=/m&pin-source=file:pin", "pin-source: file:/PATH"),
    ],
)
def test_a_wrong_address_is_refused_by_a_rule(text: str, rule: str) -> None:
    """With the setting's name."""
    with pytest.raises(ConfigurationError) as raised:
        parsed(text)
    assert str(raised.value).startswith(f"REGISTRAR_KEY_PROVIDER: {rule}")


@pytest.mark.parametrize("text", [f"pkcs11:token=t;object=o{TAIL}&", "pkcs11:token=t;"])
def test_a_pin_in_the_setting_is_refused(text: str) -> None:
    """Wherever it stands, and not shown."""
    with pytest.raises(ConfigurationError, match="pin-value is not taken") as raised:
        parsed(f"{text}pin-value=canary")
    assert "canary" not in str(raised.value)
