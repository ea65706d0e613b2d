"""A security module in software, for tests: SoftHSM with tokens in a folder of their own.

Debian has it as the package softhsm2; `make hsm` installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pkcs11 import Attribute, KeyType, Session, UserAlreadyLoggedIn, lib

PIN = "4711-canary"
_PLACES = (
    "/usr/lib/softhsm",
    "/usr/lib64/softhsm",
    "/usr/lib64/pkcs11",
    "/usr/local/lib/softhsm",
    "/opt/homebrew/lib/softhsm",
)
KEPT: dict[Attribute, Any] = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}


def module() -> str:
    """The library's path; FileNotFoundError where there is none, or no `softhsm2-util`."""
    for place in _PLACES:
        path = Path(place) / "libsofthsm2.so"
        if path.exists() and shutil.which("softhsm2-util"):
            return str(path)
    raise FileNotFoundError("there is no SoftHSM: `make hsm` installs it")


class SoftHsm:
    """`folder`: of this run alone. `SOFTHSM2_CONF` is set for this process and its children."""

    def __init__(self, folder: Path) -> None:
        self.module = module()
        self.tokens = folder / "tokens"
        self.tokens.mkdir()
        self.pin_file = folder / "pin"
        self.pin_file.touch(mode=0o600)
        self.pin_file.write_text(PIN + "\n")
        settings = folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {self.tokens}\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(settings)

    def token(self, label: str) -> None:
        """Makes one, without keys."""
        self._util("--init-token", "--free", "--label", label, "--so-pin", PIN, "--pin", PIN)
        self.restart()

    def end(self, label: str) -> None:
        """And all its keys."""
        self._util("--delete-token", "--token", label)
        self.restart()

    def key(
        self, token: str, label: str, template: dict[Attribute, Any] | None = None, bits: int = 256
    ) -> None:
        """Makes one that stays in the token, or as the template says."""
        session = self.session(token)
        session.generate_key(
            KeyType.AES, bits, label=label, store=True, template={**KEPT, **(template or {})}
        )
        session.close()

    def session(self, token: str) -> Session:
        """One that may write."""
        found = lib(self.module).get_token(token_label=token)
        try:
            return found.open(rw=True, user_pin=PIN)
        except UserAlreadyLoggedIn:  # by a provider of this process
            return found.open(rw=True)

    def restart(self) -> None:
        """Every session ends, and tokens that were made since are seen."""
        lib(self.module).reinitialize()

    def address(self, token: str, label: str, pin_file: Path | None = None) -> str:
        """For `REGISTRAR_KEY_PROVIDER`."""
        asked = f"module-path={quote(self.module)}&pin-source=file:{pin_file or self.pin_file}"
        return f"pkcs11:token={quote(token)};object={quote(label)};type=secret-key?{asked}"

    def _util(self, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - a program of the system, with our own arguments
            ["softhsm2-util", *arguments],  # noqa: S607 - where the system has it
            check=True,
            capture_output=True,
        )
