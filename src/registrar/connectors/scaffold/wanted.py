"""What is asked for: a manufacturer, the shape of its API, and what its credentials are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from registrar.domain.errors import ConfigurationError

ID = re.compile(r"[a-z][a-z0-9_]{1,30}")
"""As the schema of manifests has it: also a folder's and a package's name."""
COUNTRY = re.compile(r"[A-Z]{2}")


class Shape(StrEnum):
    """What the manufacturer's API does."""

    REGISTER_SYNC = "register-sync"
    REGISTER_ASYNC = "register-async"
    LOOKUP = "lookup"
    NONE = "none"

    @property
    def registers(self) -> bool:
        """Whether no person is needed."""
        return self in {Shape.REGISTER_SYNC, Shape.REGISTER_ASYNC}


class Auth(StrEnum):
    """Every kind that a manifest knows."""

    BEARER = "bearer"
    API_KEY = "api_key"
    BASIC = "basic"
    CLIENT_CREDENTIALS = "oauth2_client_credentials"
    CLIENT_ASSERTION = "oauth2_client_assertion"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Raises ConfigurationError where it cannot be. Without countries it serves all of them."""

    id: str
    name: str
    brands: tuple[str, ...]
    countries: tuple[str, ...] = ()
    shape: Shape = Shape.REGISTER_SYNC
    auth: Auth = Auth.BEARER

    def __post_init__(self) -> None:
        """All that a template could not hold."""
        if not ID.fullmatch(self.id):
            raise ConfigurationError(
                f"no id of a manufacturer: {self.id!r} (2 to 31 of a-z, 0-9 and _; first a letter)"
            )
        wrong = [one for one in self.countries if not COUNTRY.fullmatch(one)]
        if wrong:
            raise ConfigurationError(f"no country by ISO 3166-1 alpha-2: {', '.join(wrong)}")
        texts = [self.name, *self.brands]
        if not self.brands or not all(one.strip() and one.isprintable() for one in texts):
            raise ConfigurationError("a name and at least one brand are needed, each in one line")
