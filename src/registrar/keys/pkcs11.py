"""A key in a hardware security module, or a cloud's by PKCS #11: it never leaves its token.

Blob: one version byte, 12 bytes nonce, AES-256-GCM ciphertext with its tag (CKM_AES_GCM). A key is
named by its label; older ones unwrap for as long as they are in the token.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

from pkcs11 import (
    Attribute,
    DecryptMixin,
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    EncryptMixin,
    GCMParams,
    KeyType,
    Mechanism,
    MultipleTokensReturned,
    NoSuchToken,
    ObjectClass,
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    SecretKey,
    Session,
    Token,
    UserAlreadyLoggedIn,
    UserPinNotInitialized,
    lib,
)

from registrar.domain.errors import ConfigurationError, Unavailable
from registrar.keys.private import SETTING, read
from registrar.keys.uri import Address
from registrar.outbound.threads import Threads
from registrar.ports.key_provider import Wrapped

if TYPE_CHECKING:
    from pkcs11 import _pkcs11

Answer = TypeVar("Answer")

KEY = 32
_VERSION = b"\x01"
_NONCE = 12
_TAG = 16
_REFUSED = (PinExpired, PinIncorrect, PinInvalid, PinLenRange, PinLocked, UserPinNotInitialized)
_ONE = Lock()
"""The library initialises a module for one thread at a time, and a process has it but once."""


class Pkcs11Keys:
    """`timeout`: seconds of a call, the wait for those before it included."""

    def __init__(self, address: Address, timeout: float = 10.0) -> None:
        self._address = address
        self._threads = Threads(1, timeout)
        self._session: Session | None = None
        self._keys: dict[str, SecretKey] = {}
        self._known = False
        self._barred = False

    @property
    def current(self) -> str:
        """The label that the setting names."""
        return self._address.label

    async def wrap(self, secret: bytes, context: str) -> Wrapped:
        """By the current key, and seen to be unwrapped: nobody else has this secret."""
        if len(secret) != KEY:
            raise ValueError(f"{KEY} bytes are wrapped, and not {len(secret)}")

        def made() -> bytes:
            key = self._key(self.current)
            nonce, sealed = _sealed(key, secret, context)
            if _opened(key, nonce, sealed, context) != secret:
                raise Unavailable("the security module does not unwrap what it has wrapped")
            return _VERSION + nonce + sealed

        return Wrapped(self.current, await self._asked(made))

    async def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """The 32 bytes; ValueError, ConfigurationError or Unavailable as the port says."""
        version, rest = wrapped.blob[:1], wrapped.blob[1:]
        if version != _VERSION or len(rest) != _NONCE + KEY + _TAG:
            raise ValueError("a wrapped key has an unknown form")

        def found() -> bytes:
            key = self._key(wrapped.key)
            try:
                return _opened(key, rest[:_NONCE], rest[_NONCE:], context)
            except (EncryptedDataInvalid, EncryptedDataLenRange):
                pass
            except PKCS11Error:
                # Modules also say "general error" of what was changed: whose fault is it?
                _opened(key, *_sealed(key, bytes(KEY), context), context)
            raise ValueError("a wrapped key was changed, or belongs elsewhere") from None

        return await self._asked(found)

    async def close(self) -> None:
        """Logs out. One that hangs is left behind."""
        with suppress(Unavailable):
            await self._beside(self._dropped)

    async def _asked(self, work: Callable[[], bytes]) -> bytes:
        return await self._beside(lambda: self._twice(work))

    async def _beside(self, call: Callable[[], Answer]) -> Answer:
        def alone() -> Answer:
            with _ONE:
                return call()

        try:
            return await self._threads.run(alone)
        except TimeoutError:
            raise Unavailable("the security module does not answer") from None

    def _twice(self, work: Callable[[], bytes]) -> bytes:
        """Once more with a new session where the one before was lost, or logged out by another."""
        if self._session is not None:
            try:
                return work()
            except _NotThere as missing:
                if self._sees_current():
                    raise _wrong(missing) from None
            except PKCS11Error:
                pass
            self._dropped()
        self._session = self._logged_in()
        self._known = True
        try:
            return work()
        except _NotThere as missing:
            raise _wrong(missing) from None
        except PKCS11Error as error:
            self._dropped()
            raise _away(error) from error

    def _sees_current(self) -> bool:
        """Whether the session is still logged in: without, no key is seen."""
        try:
            self._searched(self.current)
        except (PKCS11Error, _NotThere):
            return False
        return True

    def _key(self, label: str) -> SecretKey:
        """Of the open session, searched once in its life."""
        if label not in self._keys:
            self._keys[label] = self._searched(label)
        return self._keys[label]

    def _searched(self, label: str) -> SecretKey:
        if self._session is None:
            raise _NotThere("there is no session")
        wanted = {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.LABEL: label,
        }
        # To its end: a search that is left open holds the session.
        found = [one for one in self._session.get_objects(wanted) if isinstance(one, SecretKey)]
        if len(found) != 1:
            how_many = "more than one" if found else "no"
            raise _NotThere(f"there is {how_many} AES key {label!r} in {self._address.token!r}")
        (key,) = found
        if label == self.current and not _kept(key):
            raise _NotThere(f"key {label!r}: AES-256, sensitive and not extractable is needed")
        return key

    def _logged_in(self) -> Session:
        if self._barred:
            raise _pin_refused()
        pin = read(self._address.pin_file).rstrip("\r\n")
        token = self._token()
        try:
            return token.open(user_pin=pin)
        except UserAlreadyLoggedIn:  # by another provider: a login is the whole process's
            return token.open()
        except _REFUSED as error:
            # Asked again and again, a token locks itself.
            self._barred = True
            raise _pin_refused() from error
        except PKCS11Error as error:
            raise _away(error) from error

    def _token(self) -> Token:
        """The one of the address; ConfigurationError, or Unavailable where it was there before."""
        at = self._address
        try:
            library = lib(at.module)
        except PKCS11Error as error:
            if self._known:
                raise _away(error) from error
            raise ConfigurationError(f"{SETTING}: module-path: does not work here") from error
        try:
            return _named(library, at)
        except MultipleTokensReturned:
            raise ConfigurationError(f"{SETTING}: more than one token {at.token!r}") from None
        except PKCS11Error:
            # What has come since it was initialised, a module may not see.
            with suppress(PKCS11Error):
                library.finalize()
        try:
            library.initialize()
            return _named(library, at)
        except NoSuchToken as error:
            if self._known:
                raise _away(error) from error
            raise ConfigurationError(f"{SETTING}: there is no token {at.token!r}") from None
        except PKCS11Error as error:
            raise _away(error) from error

    def _dropped(self) -> None:
        session, self._session = self._session, None
        self._keys.clear()
        if session is not None:
            with suppress(PKCS11Error):
                session.close()


class _NotThere(Exception):
    """No such key, or none that may be used; or it is not seen, as another has logged out."""


def _named(library: _pkcs11.lib, at: Address) -> Token:
    serial = at.serial.encode() if at.serial else None
    return library.get_token(token_label=at.token, token_serial=serial)


def _sealed(key: SecretKey, secret: bytes, context: str) -> tuple[bytes, bytes]:
    if not isinstance(key, EncryptMixin):
        raise _NotThere(f"key {key.label!r} may not encrypt")
    given = GCMParams(os.urandom(_NONCE), _VERSION + context.encode())
    sealed = key.encrypt(secret, mechanism=Mechanism.AES_GCM, mechanism_param=given)
    return given.nonce, cast("bytes", sealed)  # whole, as it was given whole


def _opened(key: SecretKey, nonce: bytes, sealed: bytes, context: str) -> bytes:
    if not isinstance(key, DecryptMixin):
        raise _NotThere(f"key {key.label!r} may not decrypt")
    given = GCMParams(nonce, _VERSION + context.encode())
    return cast("bytes", key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=given))


def _kept(key: SecretKey) -> bool:
    """Whether nobody can take it out of its token."""
    return (
        key[Attribute.VALUE_LEN] == KEY
        and bool(key[Attribute.SENSITIVE])
        and not key[Attribute.EXTRACTABLE]
    )


def _wrong(missing: _NotThere) -> ConfigurationError:
    return ConfigurationError(f"{SETTING}: {missing}")


def _pin_refused() -> ConfigurationError:
    return ConfigurationError(f"{SETTING}: pin-source: the token refused this PIN; mend, restart")


def _away(error: PKCS11Error) -> Unavailable:
    return Unavailable(f"the security module fails: {type(error).__name__}")
