"""How a request proves who sends it: a key, a name and a password, or a token that is asked for."""

from registrar.connectors.kit.auth.build import Surroundings, authorization
from registrar.connectors.kit.auth.declared import Auth
from registrar.connectors.kit.auth.headers import Authorization, Fixed
from registrar.connectors.kit.auth.reached import Reached
from registrar.connectors.kit.auth.service import Refused, Throttled
from registrar.connectors.kit.auth.sharing import Sharing
from registrar.connectors.kit.auth.tokens import Tokens

__all__ = [
    "Auth",
    "Authorization",
    "Fixed",
    "Reached",
    "Refused",
    "Sharing",
    "Surroundings",
    "Throttled",
    "Tokens",
    "authorization",
]
